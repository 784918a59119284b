"""What to fetch of what was asked for: not what is here, nor what lately could not be had."""

from collections.abc import Iterable
from dataclasses import dataclass

from cs229tui.clock import now
from cs229tui.course.model import Reading
from cs229tui.documents.fetching.download import Validators
from cs229tui.documents.fetching.outcome import Failure, Result
from cs229tui.documents.fetching.sources import Plan, Source, plan
from cs229tui.library.database import Database
from cs229tui.library.documents import attached
from cs229tui.library.downloads import Download, downloads, resting


@dataclass(frozen=True)
class Wish:
    """A reading to fetch from the first of `sources` that gives it; `failures` are those not worth asking now."""

    reading: Reading
    sources: tuple[Source, ...]
    failures: tuple[Failure, ...] = ()
    again: bool = False
    known: tuple[tuple[str, Validators], ...] = ()


def wishes(
    database: Database,
    readings: Iterable[Reading],
    *,
    again: bool = False,
    html: bool = False,
    insist: bool = False,
) -> tuple[list[Wish], list[Result]]:
    """What to fetch, and what became of the rest at once.

    With `again` also what is here, asking the server whether it changed; with `insist` also addresses that lately gave
    nothing. What a server asked us to wait for is waited for unless `again`.
    """
    here = attached(database)
    asked = downloads(database)
    versions = {(row["reading"], row["document"]) for row in database.query("SELECT reading, document FROM attachment")}
    wanted: list[Wish] = []
    settled: list[Result] = []
    for reading in readings:
        made = plan(reading, html)
        before = asked.get(reading.id, {})
        if (done := _settled(made, before, here.get(reading.id), versions, again, html)) is not None:
            settled.append(done)
            continue
        fresh, failures = _worth_asking(made, before, again, insist)
        if not fresh:
            settled.append(Result(reading, "resting", failures=failures))
            continue
        known = tuple(
            (address, Validators(row.etag, row.modified))
            for address, row in before.items()
            if again and (reading.id, row.document) in versions
        )
        wanted.append(Wish(reading, fresh, failures, again, known))
    return wanted, settled


def about(asked: Iterable[Wish]) -> float:
    """About how many megabytes are going to come."""
    return sum(plan(wish.reading).megabytes for wish in asked)


def _settled(
    made: Plan,
    before: dict[str, Download],
    here: tuple[str, int] | None,
    versions: set[tuple[str, str]],
    again: bool,
    html: bool,
) -> Result | None:
    """What became of a reading that needs no asking."""
    if not made.sources:
        if here is not None and not html:
            return Result(made.reading, "present", *here)
        open_it = f"Open {made.reading.url or 'it'} in a browser (o)"
        remedy = f"{open_it}, or attach a file: cs229tui attach READING FILE."
        return Result(made.reading, "nothing", failures=(Failure("", "nothing", made.obstacle, remedy),))
    if again or here is None:
        return None
    if html:
        # Another version may be the one that is read: this one is here if it ever came.
        rows = [before[source.address] for source in made.sources if source.address in before]
        kept = next((row.document for row in rows if (made.reading.id, row.document) in versions), None)
        return Result(made.reading, "present", kept) if kept else None
    return Result(made.reading, "present", *here)


def _worth_asking(
    made: Plan, before: dict[str, Download], again: bool, insist: bool
) -> tuple[tuple[Source, ...], tuple[Failure, ...]]:
    fresh: list[Source] = []
    failures: list[Failure] = []
    moment = now()
    for source in made.sources:
        row = before.get(source.address)
        held = row is not None and not again and resting(row, moment) and (bool(row.again) or not insist)
        if row is None or not held:
            fresh.append(source)
            continue
        if row.outcome == "busy":
            remedy = f"It asks to be left alone until {row.again[:16].replace('T', ' ')} UTC."
        else:
            remedy = f"It is so since {row.since[:10]}; ask once more with: cs229tui fetch READING --again"
        failures.append(Failure(source.address, row.outcome, row.detail, remedy, row.since))
    return tuple(fresh), tuple(failures)
