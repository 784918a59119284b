"""How facts are drawn: a status as sign and word, a fraction as a bar, a moment as a person says it.

Never by colour alone: every sign differs in shape too.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from textual.content import Content

from cs229tui.course.model import Reading
from cs229tui.library.coverage import Coverage
from cs229tui.library.readings import FINISHED, ReadingState, Status

SIGNS: dict[Status, tuple[str, str]] = {
    "unread": ("○", "$text-muted"),
    "reading": ("●", "$accent"),
    "skimmed": ("◐", "$success"),
    "done": ("✓", "$success"),
    "aside": ("–", "$text-muted"),
}
WORDS: dict[Status, str] = {
    "unread": "unread",
    "reading": "reading",
    "skimmed": "skimmed",
    "done": "done",
    "aside": "set aside",
}
_SPARKS = " ▁▂▃▄▅▆▇█"


def muted(text: str) -> Content:
    """Text of second rank."""
    return Content.styled(text, "$text-muted")


def sign(status: Status) -> Content:
    """The sign of a status."""
    return Content.styled(*SIGNS[status])


def fraction(state: ReadingState, pages: int | None) -> float:
    """How much of a reading is read, 0 to 1: by its page where it is under way."""
    if state.status in FINISHED:
        return 1.0
    return min(1.0, state.page / pages) if state.status == "reading" and state.page and pages else 0.0


def standing(state: ReadingState, pages: int | None) -> Content:
    """A status in a word, with how far it is where it is under way."""
    if state.status == "reading":
        far = f" {fraction(state, pages):.0%}" if state.page and pages else ""
        return Content.styled(f"reading{far}", "$accent")
    return Content.styled(WORDS[state.status], "$success" if state.status in FINISHED else "$text-muted")


def short_standing(state: ReadingState, pages: int | None) -> Content:
    """How far a reading is where it is under way; its sign says the rest."""
    if state.status != "reading" or not state.page:
        return Content()
    return Content.styled(f"{fraction(state, pages):.0%}" if pages else f"p {state.page}", "$accent")


def bar(part: float, width: int) -> Content:
    """A fraction as a line of `width` cells; anything begun shows, and only all of it is full."""
    full = round(part * width)
    if 0 < part < 1:
        full = max(1, min(width - 1, full))
    return Content.assemble(("━" * full, "$primary"), ("╌" * (width - full), "$text-muted"))


def bar_of(done: int, total: int, width: int) -> Content:
    """So many of so many as a line of `width` cells; no line where there is nothing to do."""
    return bar(done / total, width) if total else Content(" " * width)


def spark(values: Sequence[float]) -> str:
    """Small numbers as a row of blocks, the largest full; nothing is a low dot."""
    most = max(values, default=0.0)
    if most <= 0:
        return "·" * len(values)
    return "".join("·" if value <= 0 else _SPARKS[max(1, round(value / most * 8))] for value in values)


def duration(seconds: float) -> str:
    """`3 h 12 min`, `12 min`, `40 s`."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{round(seconds)} s"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def day(moment: date) -> str:
    """`Thu 16 Feb`, in English whatever the locale of the machine."""
    weekdays = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{weekdays[moment.weekday()]} {moment.day} {months[moment.month - 1]}"


def clock(moment: datetime) -> str:
    """`Thu 16 Feb 15:45`."""
    return f"{day(moment)} {moment:%H:%M}"


def until(moment: datetime, start: datetime, end: datetime) -> str:
    """How far off something is, by the calendar where it is: `now`, `today`, `tomorrow`, `in 2 days`, `3 days ago`."""
    if start <= moment <= end:
        return "now"
    days = (start.date() - moment.astimezone(start.tzinfo).date()) // timedelta(days=1)
    if days == 0:
        return "today" if moment < start else "was today"
    if days == 1:
        return "tomorrow"
    return f"in {days} days" if days > 0 else "yesterday" if days == -1 else f"{-days} days ago"


def ago(stamp: str, moment: datetime) -> str:
    """When something stored was last touched: `now`, `5 min`, `3 h`, `2 d`, `14 Feb`."""
    then = datetime.fromisoformat(stamp)
    seconds = (moment - then).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h"
    if seconds < 86400 * 14:
        return f"{int(seconds // 86400)} d"
    return day(then.date()).split(" ", 1)[1]


def since(stamp: str, moment: datetime) -> str:
    """`ago` within a sentence: `just now`, `5 min ago`, `on 14 Feb`."""
    found = ago(stamp, moment)
    if found == "now":
        return "just now"
    return f"{found} ago" if found.split()[-1] in ("min", "h", "d") else f"on {found}"


def ahead(seconds: float) -> str:
    """How long until something comes: `1 min`, `3 h`, `8 d`, `5 months`."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 36 * 60:
        return f"{round(minutes / 60)} h"
    days = round(minutes / 1440)
    return f"{days} d" if days < 60 else f"{round(days / 30.4)} months" if days < 730 else f"{round(days / 365)} years"


def pages_seen(seen: Coverage) -> str:
    """`read 9 · skimmed 3 of 14 pages`."""
    skimmed = f" · skimmed {seen.count('skimmed')}" if seen.count("skimmed") else ""
    return f"read {seen.count('read')}{skimmed} of {len(seen.pages)} pages"


def pages_of(reading: Reading, attached: Mapping[str, tuple[str, int]]) -> int | None:
    """How many pages a reading has: of the document it is read from, else as published."""
    return attached[reading.id][1] if reading.id in attached else reading.pages


def citation(reading: Reading) -> str:
    """One line that names a reading elsewhere."""
    named = f"{reading.by(3)}. " if reading.authors else ""
    year = f" {reading.year}." if reading.year else ""
    return f"{named}{reading.title}.{year} {reading.url}".strip()
