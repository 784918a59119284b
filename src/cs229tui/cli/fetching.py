"""Fetching documents: `fetch`, and what `add --fetch` does."""

import sys
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from cs229tui.amounts import counted
from cs229tui.cli.bar import bars_of
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.course.model import Reading
from cs229tui.errors import FetchError, NotFoundError, ReportableError, UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.documents.fetching.outcome import Result, Step
    from cs229tui.documents.fetching.wishes import Wish

_LOOK_SECONDS = 0.1
# What can be done about a whole group of those that did not come.
_REMEDY = "Open them in a browser (o), save them, and attach the files: cs229tui attach READING FILE."
_REMEDIES = {
    "offline": "Is there a network? Run it again then: what has come is not fetched twice.",
    "cut off": "Run it again: it goes on where it stopped.",
    "stopped": "Run it again: it goes on where it stopped.",
    "busy": "Run it again later.",
    "trouble": "Run it again later.",
    "paywalled": f"Your library may have them. {_REMEDY}",
}
# What has come is safe; this long its threads may take to close their files when the person stops.
_GRACE_SECONDS = 3.0


@click.command("fetch", short_help="Download the documents of readings.")
@click.argument("readings", nargs=-1, metavar="[READING]…")
@click.option("--lecture", type=int, metavar="N", help="The readings of lecture N.")
@click.option("--required", is_flag=True, help="Only required ones; alone, those of the whole course.")
@click.option("--all", "everything", is_flag=True, help="Everything there is.")
@click.option("--html", is_flag=True, help="The HTML version that arXiv has of a paper, beside its PDF.")
@click.option(
    "--again", "--refresh", is_flag=True, help="Also what is here, if it has changed; and what failed lately."
)
@click.option("--dry-run", is_flag=True, help="Ask nobody: say which addresses would be asked.")
@json_option
@pass_workspace
def fetch_command(
    workspace: Workspace,
    readings: tuple[str, ...],
    lecture: int | None,
    required: bool,
    everything: bool,
    html: bool,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Download papers, slides and web pages; what is here is not asked for, what was cut off goes on.

    \b
    cs229tui fetch vaswani-2017-attention
    cs229tui fetch --lecture 4 --required
    cs229tui fetch --all
    """
    from cs229tui.documents.fetching.keeping import settle
    from cs229tui.documents.fetching.wishes import wishes

    named, wanted = _wanted(workspace, readings, lecture, required, everything)
    if not dry_run:
        # What a program that was killed had brought in need not come again.
        settle(workspace.database, workspace.folders)
    asked, settled = wishes(workspace.database, wanted, again=again, html=html, insist=bool(readings))
    if dry_run:
        _show_plan(asked, settled, as_json)
        return
    results = {result.reading.id: result for result in settled}
    stopped = False
    try:
        fetched(workspace, asked, results, tell=None if as_json or len(wanted) == 1 else _tell)
    except KeyboardInterrupt:
        stopped = True
    ordered = [results[reading.id] for reading in wanted if reading.id in results]
    _end(ordered, len(wanted), named, stopped, as_json)


def fetched(
    workspace: Workspace,
    asked: "Sequence[Wish]",
    results: "dict[str, Result]",
    tell: "Callable[[Result, str], None] | None" = None,
) -> None:
    """Fetch all of `asked` with progress bars, and put what became of each into `results` by its reading's id.

    `tell` hears of each result, with how many there were. Interrupted, it stops at once and raises `KeyboardInterrupt`.
    """
    from cs229tui.documents.fetching.outcome import Result
    from cs229tui.documents.fetching.queue import FetchQueue

    if not asked:
        return
    events: SimpleQueue[Step | Result] = SimpleQueue()
    queue = FetchQueue(workspace.folders, events.put)
    left = len(asked)

    def take(event: "Step | Result") -> None:
        nonlocal left
        if isinstance(event, Result):
            left -= 1
            results[event.reading.id] = event

    with bars_of(len(asked)) as shown:
        try:
            queue.add(asked)
            while left:
                try:
                    event = events.get(timeout=_LOOK_SECONDS)
                except Empty:
                    queue.wait(0)
                    continue
                take(event)
                shown(event)
                if tell and isinstance(event, Result):
                    tell(event, f"{len(asked) - left}/{len(asked)}")
        except KeyboardInterrupt:
            queue.stop()
            queue.wait(_GRACE_SECONDS)
            while not events.empty():
                take(events.get())
            raise


def fetched_one(workspace: Workspace, reading: Reading) -> FetchError | None:
    """Fetch one reading; the error is why it could not be had."""
    from cs229tui.documents.fetching.outcome import HERE
    from cs229tui.documents.fetching.wishes import wishes

    asked, settled = wishes(workspace.database, [reading], insist=True)
    results = {result.reading.id: result for result in settled}
    fetched(workspace, asked, results)
    result = results[reading.id]
    return None if result.state in HERE else FetchError(result.what, result.remedy, result.outcome)


class _PartlyError(ReportableError):
    """Some of what was asked was done."""


def _wanted(
    workspace: Workspace, names: tuple[str, ...], lecture: int | None, required: bool, everything: bool
) -> tuple[set[str], list[Reading]]:
    """The ids of the readings a person named, and with them those she listed."""
    from cs229tui.documents.fetching.sources import OURS

    if not names and lecture is None and not required and not everything:
        raise UsageError("Nothing to fetch is named.", "Name readings, or give --lecture N, --required or --all.")
    catalog = workspace.catalog()
    named = [workspace.reading(name) for name in names]
    listed: list[Reading] = []
    if lecture is not None:
        if lecture != 0 and workspace.course.lecture(lecture) is None:
            raise NotFoundError(f"There is no lecture {lecture}.", "List them with: cs229tui lectures")
        listed = [reading for reading in catalog.values() if lecture in reading.lectures]
    elif everything or (required and not named):
        listed = list(catalog.values())
    chosen = [reading for reading in listed if (reading.required or not required) and reading.kind not in OURS]
    return {reading.id for reading in named}, list({reading.id: reading for reading in (*named, *chosen)}.values())


def _tell(result: "Result", count: str) -> None:
    """A line for each that came, as data; for each that did not, a message."""
    from cs229tui.documents.fetching.outcome import HERE

    if result.state in HERE:
        # Not click's echo: that goes past the bars, which would be drawn over it.
        sys.stdout.write(f"{_line(result)}\n")
        sys.stdout.flush()
    else:
        say(f"{count} {result.reading.id}: {result.what}")


def _line(result: "Result") -> str:
    state = "" if result.state == "fetched" else f"  {result.state}"
    pages = f"  {counted(result.pages, 'page')}" if result.pages else ""
    return f"{result.reading.id}{pages}{state}"


def _end(results: "list[Result]", wanted: int, named: set[str], stopped: bool, as_json: bool) -> None:
    """Tell what became of all, and end with 1 where something that could be had is not here."""
    from cs229tui.documents.fetching.outcome import HERE

    if as_json:
        show_json([_entry(result) for result in results])
    missing = [
        result
        for result in results
        if result.state not in HERE and (result.state != "nothing" or result.reading.id in named)
    ]
    if not as_json and wanted == 1 and results and not stopped:
        _end_one(results[0])
        return
    if not as_json:
        _summarise(results)
    here = sum(result.state in HERE for result in results)
    if stopped:
        raise _PartlyError(f"Stopped: {here} of {wanted} readings are here.", "Run it again: it goes on from there.")
    if missing:
        raise _PartlyError(f"{here} of {here + len(missing)} readings are here, {len(missing)} are not.")


def _end_one(result: "Result") -> None:
    from cs229tui.documents.fetching.outcome import HERE

    if result.state not in HERE:
        raise FetchError(result.what, result.remedy)
    if result.state == "present":
        pages = f" ({counted(result.pages, 'page')})" if result.pages else ""
        say(f"{result.reading.id} is here already{pages}.")
        return
    click.echo(_line(result))
    for remark in result.remarks:
        say(f"{result.reading.id}: {remark}")


def _summarise(results: "list[Result]") -> None:
    """How many came, and those that did not by why, with what to do about it."""
    from cs229tui.documents.fetching.outcome import HERE, WORDS

    counts = {
        "fetched": "fetched",
        "changed": "changed",
        "unchanged": "unchanged",
        "present": "here already",
    }
    said = [f"{n} {word}" for state, word in counts.items() if (n := sum(r.state == state for r in results))]
    say(f"{', '.join(said) or 'Nothing came'}.")
    remarks = [(result.reading.id, remark) for result in results for remark in result.remarks]
    if remarks:
        say(f"\nlook at these ({len({id for id, _ in remarks})})")
        for id, remark in remarks:
            say(f"  {id}: {remark}")
    groups: dict[str, list[Result]] = {}
    for result in results:
        if result.state not in HERE:
            groups.setdefault(result.outcome, []).append(result)
    for outcome, members in sorted(groups.items(), key=lambda group: group[0] == "nothing"):
        say(f"\n{WORDS.get(outcome, outcome)} ({len(members)})")
        # Without a network all of them say the same.
        for result in members[: 3 if outcome == "offline" else None]:
            since = f" Since {first.since[:10]}." if (first := result.failures[0]).since else ""
            say(f"  {result.reading.id}: {result.what}{since}")
        if outcome == "offline" and len(members) > 3:
            say(f"  and {len(members) - 3} more")
        if any(result.state == "resting" for result in members):
            say("  They were not asked again now; --again does.")
        say(f"  {_REMEDIES.get(outcome, _REMEDY)}")


def _entry(result: "Result") -> dict[str, Any]:
    failures = [
        {"address": one.address, "outcome": one.outcome, "error": one.what, "since": one.since or None}
        for one in result.failures
    ]
    return {
        "id": result.reading.id,
        "state": result.state,
        "outcome": result.outcome,
        "document": result.document,
        "pages": result.pages,
        "address": result.address or None,
        "remarks": list(result.remarks),
        "error": result.what or None,
        "remedy": result.remedy or None,
        "failures": failures,
    }


def _show_plan(asked: "Sequence[Wish]", settled: "Sequence[Result]", as_json: bool) -> None:
    """Which addresses would be asked for what."""
    if as_json:
        wanted = [
            {"id": wish.reading.id, "ask": [{"address": one.address, "for": one.want} for one in wish.sources]}
            for wish in asked
        ]
        show_json([*wanted, *({"id": one.reading.id, "ask": [], "why": _why(one)} for one in settled)])
        return
    rows: list[tuple[str, str, str]] = []
    rows += [(wish.reading.id, one.want, one.address) for wish in asked for one in wish.sources]
    rows += [(result.reading.id, "–", _why(result)) for result in settled]
    show_table(rows, ("reading", "for", "address"))


def _why(result: "Result") -> str:
    return result.what or "It is here already."
