"""What a student expected of a run, beside what came of it; her own number stays as she wrote it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.labkit.events import RUN
from cs229tui.labkit.spec import Question
from cs229tui.labs.watch import RunView
from cs229tui.labs.words import figure
from cs229tui.library.database import Database
from cs229tui.library.predictions import predictions
from cs229tui.library.runs import RunRecord

_NUMBER = re.compile(r"[-+\u2212]?(?:\d[\d _]*(?:[.,]\d+)?|[.,]\d+)(?:\s*[eE][-+]?\d+)?")
_WORDS = ((0.02, "Spot on."), (0.1, "Very close."), (0.3, "Not far off."), (1.0, "The right order of size."))
_FAR = "Far off: that is where there is most to learn."


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
        story = json.loads((Path(record.folder) / RUN).read_text("utf-8"))
        told = story.get("predictions") if isinstance(story, dict) else None
    except (OSError, ValueError):
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
