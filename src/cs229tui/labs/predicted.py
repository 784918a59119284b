"""What a student predicts of a lab: when she is asked, what she may answer, and where a run's folder keeps it."""

import json
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.events import RUN
from cs229tui.labkit.spec import Question
from cs229tui.labs.find import Lab
from cs229tui.library.database import Database
from cs229tui.library.predictions import answers, predictions_of
from cs229tui.library.runs import RunRecord, done_runs
from cs229tui.whole import write_whole

LONGEST = 2_000
"""Characters of an answer."""


def to_ask(database: Database, lab: Lab) -> bool:
    """Whether she is asked before a run is shown: while she has said nothing and seen no run of it to its end."""
    if lab.spec is None or not lab.spec.questions:
        return False
    return not answers(database, lab.name) and not done_runs(database, lab.name, 1)


def checked(question: Question, text: str) -> str:
    """An answer as it is kept; empty for none. Raises `UsageError`."""
    text = text.strip()
    if not text:
        return ""
    if question.choices:
        close = [choice for choice in question.choices if choice.casefold().startswith(text.casefold())]
        exact = [choice for choice in close if choice.casefold() == text.casefold()]
        if len(exact or close) != 1:
            shown = clean_line(text, 60)
            raise UsageError(f"{shown!r} is not a choice.", f"Choose one of: {', '.join(question.choices)}.")
        return (exact or close)[0]
    if question.numeric:
        number = text.removesuffix(question.unit).strip() if question.unit else text
        try:
            float(number)
        except ValueError as error:
            raise UsageError(f"{clean_line(text, 60)!r} is not a number.", "Type one such as 4.2 or 3e-4.") from error
        return number
    return text[:LONGEST]


def keep_in_run(database: Database, record: RunRecord) -> None:
    """Write her predictions into the folder of a run that was started before she made them; raises `LabError`."""
    path = Path(record.folder) / RUN
    try:
        story = json.loads(path.read_text("utf-8"))
        story["predictions"] = predictions_of(database, record.lab)
        write_whole(path, json.dumps(story, ensure_ascii=False, indent=2) + "\n")
    except (OSError, ValueError, TypeError) as error:
        raise LabError(f"{path} cannot be written: {error}.", "Your predictions are kept in the library.") from error
