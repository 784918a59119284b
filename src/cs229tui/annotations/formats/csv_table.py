"""Everything said as a table for a spreadsheet: a row for each annotation and each reply.

It loses the places within a page, the boxes of regions, who voted (the numbers stay) and what was said before an edit.
"""

import csv
import io

from cs229tui.annotations.formats.contents import Contents
from cs229tui.annotations.threads import threads
from cs229tui.documents.videos import moment
from cs229tui.library.annotations import Annotation

COLUMNS = (
    "id", "thread", "reading", "title", "lecture", "page", "moment", "kind", "quote", "text", "tags", "author",
    "upvotes", "me too", "answer", "resolved", "written", "changed",
)  # fmt: skip
# What a spreadsheet would take for a formula, and run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """A text that a spreadsheet shows and never runs."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def csv_table(held: Contents) -> str:
    """The rows in the order of the readings, the texts and the conversations, with a line of names above them."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for reading in dict.fromkeys(one.reading for one in held.annotations):
        for thread in threads(held.on(reading)):
            for one in thread.annotations:
                table.writerow(cell(value) for value in _row(held, thread.id, one))
    return written.getvalue()


def _row(held: Contents, thread: str, one: Annotation) -> tuple[str, ...]:
    reading = held.readings.get(one.reading)
    return (
        one.id,
        thread,
        one.reading,
        reading.title if reading else "",
        "" if one.lecture is None else str(one.lecture),
        str(one.page or ""),
        "" if one.second is None else moment(one.second),
        one.kind,
        one.quote,
        one.body,
        " ".join(f"#{tag}" for tag in one.tags),
        one.author,
        str(held.votes(one, "upvote")),
        str(held.votes(one, "me-too")),
        "yes" if one.id in held.answers else "",
        "yes" if one.resolved else "",
        one.created,
        one.updated,
    )
