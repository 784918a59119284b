"""What confuses people as a report to read before class: Markdown, and a table for a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence

from cs229tui.amounts import counted
from cs229tui.annotations.confusion import ConfusingPassage, Question
from cs229tui.annotations.formats.csv_table import cell
from cs229tui.annotations.formats.markdown import escaped
from cs229tui.course.model import Reading
from cs229tui.documents.videos import moment

COLUMNS = (
    "rank", "score", "reading", "lecture", "page", "moment", "quote", "question", "by", "also", "people", "replies",
    "answered", "written", "id",
)  # fmt: skip
FORMULA = "score = times asked (a “me too” is one) + times still without an answer"


def summary(passages: Sequence[ConfusingPassage]) -> str:
    """How much there is: `12 questions asked 19 times on 5 passages, 4 unanswered`."""
    questions = sum(len(one.questions) for one in passages)
    if not questions:
        return "no questions"
    times, open_ones = sum(one.asked for one in passages), sum(one.unanswered for one in passages)
    asked, places = counted(times, "time"), counted(len(passages), "passage")
    return f"{counted(questions, 'question')} asked {asked} on {places}, {open_ones} unanswered"


def where(one: Question) -> str:
    """The place of a question: `page 4`, `12:34`, `topic`, `whole reading`."""
    if one.second is not None:
        return moment(one.second)
    if one.lecture is not None and not one.reading:
        return f"lecture {one.lecture}"
    return f"page {one.page}" if one.page is not None else "whole reading"


def confusion_markdown(
    title: str, passages: Sequence[ConfusingPassage], readings: Mapping[str, Reading], several: bool = False
) -> str:
    """The report; `several` says that it is about more than one reading, so that each passage names its own."""
    lines = [f"# What confuses people: {escaped(title)}", "", f"{summary(passages)}.".capitalize(), ""]
    if passages:
        lines += [f"Ranked by {FORMULA}; of equal ones by place.", ""]
    for rank, one in enumerate(passages, 1):
        reading = readings.get(one.first.reading)
        named = f"{escaped(reading.short if reading else one.first.reading)}, " if several and one.first.reading else ""
        lines += [f"## {rank}. {named}{where(one.first)} (score {one.score})", ""]
        if one.quote:
            lines += [f"> {escaped(one.quote)}", ""]
        lines += [_line(asked) for asked in one.questions]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def confusion_csv(passages: Sequence[ConfusingPassage]) -> str:
    """A row for each question, in the order of the ranks."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for rank, passage in enumerate(passages, 1):
        for one in passage.questions:
            table.writerow(cell(value) for value in _row(rank, passage.score, one))
    return written.getvalue()


def standing(one: Question) -> str:
    """Whether a question is answered: `answered`, `2 replies, no answer yet`, `no reply yet`."""
    if one.answered:
        return "answered"
    if not one.replies:
        return "no reply yet"
    return f"{one.replies} {'reply' if one.replies == 1 else 'replies'}, no answer yet"


def who(one: Question) -> str:
    """Who has a question: `Ana, also Mei and Sam`; without names how many, `3 people`."""
    others = [name for name in one.also if name]
    if not one.author:
        return "1 person" if one.people == 1 else f"{one.people} people"
    if not one.also:
        return one.author
    many = len(others) > 6 or len(others) < len(one.also)
    shown = f"{len(one.also)} {'other' if len(one.also) == 1 else 'others'}" if many else _listed(others)
    return f"{one.author}, also {shown}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _line(one: Question) -> str:
    lost = ", its words are not in the document any more" if one.lost else ""
    return f"- {escaped(one.text)} ({escaped(who(one))}; {standing(one)}{lost})"


def _row(rank: int, score: int, one: Question) -> tuple[str, ...]:
    return (
        str(rank),
        str(score),
        one.reading,
        "" if one.lecture is None else str(one.lecture),
        "" if one.page is None else str(one.page),
        "" if one.second is None else moment(one.second),
        one.quote,
        one.text,
        one.author,
        "; ".join(name for name in one.also if name),
        str(one.people),
        str(one.replies),
        "yes" if one.answered else "no",
        one.created,
        one.id,
    )
