"""All readings there are: the course's, our own guide and handouts, and what the student added."""

from collections.abc import Iterable

from cs229tui.course.model import Course, Reading
from cs229tui.errors import NotFoundError
from cs229tui.library.database import Database
from cs229tui.library.readings import added_readings

GUIDE = Reading(
    id="guide", title="A guide to cs229tui", lectures=(0,), group="cs229tui", authors=("cs229tui",), kind="guide"
)

Catalog = dict[str, Reading]


def catalog(course: Course, database: Database, handouts: Iterable[Reading] = ()) -> Catalog:
    """Every reading by id: the course's first, then the guide and the labs' `handouts`, then the student's own."""
    listed = (*course.readings, GUIDE, *handouts)
    known = {reading.id: reading for reading in listed}
    return known | {reading.id: reading for reading in added_readings(database) if reading.id not in known}


def pick(readings: Catalog, name: str) -> Reading:
    """The reading with that id, arXiv id or DOI, or the only one whose id begins so; raises `NotFoundError`."""
    if name in readings:
        return readings[name]
    wanted = name.strip().casefold().removeprefix("arxiv:").removeprefix("https://doi.org/").removeprefix("doi:")
    same = [entry for entry in readings.values() if wanted and wanted in (entry.arxiv.casefold(), entry.doi.casefold())]
    close = same or [entry for key, entry in readings.items() if wanted and key.casefold().startswith(wanted)]
    if len(close) == 1:
        return close[0]
    if close:
        some = ", ".join(entry.id for entry in close[:5])
        raise NotFoundError(f"{name!r} could be {len(close)} readings: {some}.", "Give more of the id.")
    near = [key for key in readings if wanted and wanted in key.casefold()][:5]
    hint = f"Did you mean {', '.join(near)}?" if near else "List them with: cs229tui readings"
    raise NotFoundError(f"There is no reading {name!r}.", hint)
