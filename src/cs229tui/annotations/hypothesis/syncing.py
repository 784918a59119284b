"""Bringing one Hypothesis group up to date: what is new there comes here, what is new of hers goes there.

It can be stopped at any moment and goes on where it was: how far it came is stored with what came.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from cs229tui.annotations.hypothesis.asking import HypothesisError
from cs229tui.annotations.hypothesis.client import Client, Filters, Page, earlier
from cs229tui.annotations.hypothesis.identity import Meant, work_of
from cs229tui.annotations.hypothesis.incoming import Arrived, Incoming
from cs229tui.annotations.hypothesis.mapping import WORLD, audience_of, group_of
from cs229tui.annotations.hypothesis.outgoing import Departed, Plan, plan_of, push
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.annotations.works import works
from cs229tui.clean import clean_line
from cs229tui.clock import timestamp
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database, writing
from cs229tui.library.hypothesis import (
    Known,
    agree,
    count_known,
    cursor,
    known_in,
    known_on,
    mark_synced,
    move_cursor,
    remember_group,
    set_account,
)

# How much is asked for again each time, in seconds: what was changed may be found a while later.
OVERLAP = 120.0
# How many deletions are looked into in one sync, each with a request of its own.
_MOST_CHECKS = 400
Told = Callable[[str, int, int], None]


@dataclass
class Synced:
    """What a sync did; `later` deletions are looked into next time. With a `plan` that was refused nothing went."""

    audience: str
    name: str
    arrived: Arrived
    plan: Plan = field(default_factory=Plan)
    departed: Departed = field(default_factory=Departed)
    later: int = 0
    refused: bool = False


class _DryError(Exception):
    """Ends a transaction of which nothing is to stay."""


def sync(
    client: Client,
    database: Database,
    catalog: Catalog,
    group: str,
    reading: str = "",
    *,
    full: bool = False,
    dry_run: bool = False,
    agreed: Callable[[Plan], bool] = lambda plan: True,
    told: Told = lambda what, done, total: None,
) -> Synced:
    """Bring a group up to date, or what is in it on one reading. `agreed` is asked before the first time that something
    of hers goes there; with `full` all ids are compared, also where their number is right. Raises `HypothesisError`,
    `UsageError`.
    """
    if group == WORLD and not reading:
        raise UsageError("What everybody in the world wrote is too much.", "Name the reading it is about.")
    me = client.account()
    userid = me.userid or ""
    found = client.group(group)
    audience = audience_of(client.server, group)
    filters: Filters = [("group", group)]
    if reading:
        work = work_of(database, catalog[reading])
        if work is None:
            raise UsageError(f"{reading} has no public address.", "Nobody there can have written on it.")
        filters = [*filters, *(("uri", name) for name in work.names)]
    set_account(database, client.server, userid, (me.user_info and me.user_info.display_name) or "")
    kept = remember_group(database, audience, found.name)
    incoming = Incoming(database, client.server, audience, userid, Meant(works(database, catalog)))
    result = Synced(audience, kept.name, incoming.arrived)
    _pull(client, incoming, filters, reading, dry_run, told)
    result.later = _notice_deletions(client, incoming, filters, reading, full, dry_run, told)
    # A token that expired on the way makes the server say that there is nothing, which is no reason to believe it.
    client.account()
    result.plan = plan_of(database, catalog, audience, reading)
    if dry_run:
        return result
    if len(result.plan):
        if not kept.agreed:
            if not agreed(result.plan):
                result.refused = True
                return result
            agree(database, audience)
        result.departed = push(
            client, database, catalog, incoming, result.plan, lambda done, total: told("sent", done, total)
        )
    mark_synced(database, audience)
    return result


def _pull(client: Client, incoming: Incoming, filters: Filters, reading: str, dry: bool, told: Told) -> None:
    database, audience = incoming.database, incoming.audience
    with _kept(database, dry):
        _retry_elsewhere(incoming)
    since = cursor(database, audience, reading)
    done = 0
    for page in client.changed(filters, earlier(since, OVERLAP)):
        _take(incoming, page, reading, dry)
        done += len(page.rows) + len(page.bad)
        told("received", done, max(done, page.total) if not since else 0)


def _take(incoming: Incoming, page: Page, reading: str, dry: bool) -> None:
    incoming.arrived.bad += page.bad
    with _kept(incoming.database, dry):
        incoming.take(page.rows, reading)
        if page.until:
            # A moment that is still to come would hide all that is said until then.
            until = min(page.until, earlier(timestamp(), 0))
            move_cursor(incoming.database, incoming.audience, reading, until)


def _retry_elsewhere(incoming: Incoming) -> None:
    """What was on works that were not among her readings, which they may be by now."""
    waiting = known_in(incoming.database, incoming.audience, ("elsewhere",))
    rows = [msgspec.json.decode(one.theirs, type=Row) for one in waiting]
    meant = [row for row in rows if incoming.meant.reading(row.uri) or row.references]
    if meant:
        incoming.take(meant)


def _notice_deletions(
    client: Client, incoming: Incoming, filters: Filters, reading: str, full: bool, dry: bool, told: Told
) -> int:
    """Put away what is no more there; returns for how many that is still to be looked into.

    Search never says what was deleted. Where it finds fewer than are known all ids are read, and each that is missing
    is asked for by itself: an index that lags behind is not believed.
    """
    database, audience = incoming.database, incoming.audience
    count = count_known(database, audience, reading)
    if not full and (not count or client.total(filters) == count):
        return 0
    seen: set[str] = set()
    for page in client.every(filters):
        seen.update(row.id for row in page.rows)
        seen.update(bad.split(":")[0] for bad in page.bad)
        if page.rows:
            with _kept(database, dry):
                incoming.take(page.rows, reading)
        told("compared", len(seen), max(page.total, len(seen)))
    known = known_on(database, audience, reading) if reading else known_in(database, audience)
    there = (one for one in known if one.remote and not (one.state == "conflict" and not one.theirs))
    missing = [one for one in there if one.remote not in seen]
    if missing:
        # Who is nobody sees nothing, not even what is there.
        client.account()
    gone: list[Known] = []
    for number, one in enumerate(missing[:_MOST_CHECKS], 1):
        told("looked for", number, len(missing))
        if client.annotation(one.remote or "") is None:
            gone.append(one)
    if gone:
        client.account()
        with _kept(database, dry):
            incoming.gone(gone)
    return max(0, len(missing) - _MOST_CHECKS)


@contextmanager
def _kept(database: Database, dry: bool) -> Iterator[None]:
    """A transaction, of which nothing stays on a dry run."""
    try:
        with writing(database):
            yield
            if dry:
                raise _DryError
    except _DryError:
        return


def group_named(client: Client, name: str) -> str:
    """The id of the group that is meant by its id, address or name; raises `NotFoundError`."""
    text = name.strip()
    if text.startswith(client.server):
        text = group_of(text).split("/")[0]
    if text in (WORLD, "world", "public"):
        return WORLD
    own = client.own_groups()
    meant = [one for one in own if one.id == text] or [one for one in own if one.name.casefold() == text.casefold()]
    if len(meant) == 1:
        return meant[0].id
    if len(meant) > 1:
        raise HypothesisError(f"You are in {len(meant)} groups named {text!r}.", "Give the id.")
    try:
        # One that is open to read is no group of hers.
        return client.group(text).id
    except HypothesisError as error:
        if error.status != 404:
            raise
        shown = clean_line(text, 60)
        raise NotFoundError(
            f"There is no group {shown!r} there that you may see.", "List yours with: cs229tui hypothesis groups"
        ) from error
