"""What a student predicts of a lab: when she is asked, what she may answer, and her answer beside what came of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.spec import Question
from cs229tui.labs.find import Lab
from cs229tui.labs.run_folder import change_story, story_of
from cs229tui.labs.watch import RunView
from cs229tui.labs.words import figure
from cs229tui.library.database import Database
from cs229tui.library.predictions import answers, predictions, predictions_of
from cs229tui.library.runs import RunRecord, done_runs

LONGEST = 2_000
"""Characters of an answer."""
_NUMBER = re.compile(r"[-+\u2212]?(?:\d[\d _]*(?:[.,]\d+)?|[.,]\d+)(?:\s*[eE][-+]?\d+)?")
_WORDS = ((0.02, "Spot on."), (0.1, "Very close."), (0.3, "Not far off."), (1.0, "The right order of size."))
_FAR = "Far off: that is where there is most to learn."


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
    change_story(Path(record.folder), predictions=predictions_of(database, record.lab))


@dataclass(frozen=True)
class Expected:
    """A question, her answer, and the run's own number once it is over (None where it has none)."""

    question: Question
    answer: str
    over: bool
    measured: float | None

    @property
    def difference(self) -> str:
        """How far her number is from the run's, exactly and kindly; empty where there is nothing to compare."""
        said = number_in(self.answer)
        if said is None or self.measured is None:
            return ""
        gap = said - self.measured
        if not gap:
            return "Exactly."
        side = "more" if gap > 0 else "less"
        size = abs(gap / self.measured) if self.measured else float("inf")
        share = f" ({figure(round(100 * size, 1))} %)" if size < 10 else ""
        kind = next((words for most, words in _WORDS if size <= most), _FAR)
        return f"You said {figure(abs(gap))} {side}{share}. {kind}"


def number_in(text: str) -> float | None:
    """The first number in what she wrote: `about 4,2 nats` is 4.2."""
    found = _NUMBER.search(text)
    if found is None:
        return None
    words = re.sub(r"[\s_]", "", found[0]).replace(",", ".").replace("\u2212", "-")
    try:
        return float(words)
    except ValueError:
        return None


def answers_of(database: Database | None, record: RunRecord | None) -> dict[str, str]:
    """What she expected before the run, by question: as its folder has it, else as our library does."""
    if record is None:
        return {}
    try:
        told = story_of(Path(record.folder)).get("predictions")
    except LabError:
        told = None
    found: dict[str, str] = {}
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(one.get("question"), str) and isinstance(one.get("answer"), str):
            found[one["question"]] = clean_line(one["answer"], 400)
    if found or database is None:
        return found
    # One that was made when the result was known is none.
    return {one.question: one.answer for one in predictions(database, record.lab) if one.made <= record.started}


def expectations(questions: Sequence[Question], answers: Mapping[str, str], view: RunView) -> list[Expected]:
    """What she answered, with what the run says to it; nothing of that before the run is over."""
    over = view.end is not None and view.end.state == "done"
    made = []
    for question in questions:
        if question.id in answers:
            made.append(Expected(question, answers[question.id], over, _measured(question, view) if over else None))
    return made


def _measured(question: Question, view: RunView) -> float | None:
    if not question.numeric:
        return None
    if question.claim:
        verdict = view.verdicts.get(question.claim)
        return verdict.measured if verdict else None
    # `loss` is where the metric ends, `loss[0]` where it begins.
    name = question.metric.removesuffix("[0]")
    series = view.series.get(name)
    if series is None or not len(series):
        return None
    return series.last if name == question.metric else series.values[0]
