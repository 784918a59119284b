"""What of hers goes to a Hypothesis group: first as a plan that she can look at, then one by one, never twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from cs229tui.annotations.hypothesis.asking import HypothesisError, TokenError, UncertainError, was_not_sent
from cs229tui.annotations.hypothesis.client import Client, stamp
from cs229tui.annotations.hypothesis.identity import Work, work_of
from cs229tui.annotations.hypothesis.incoming import Incoming
from cs229tui.annotations.hypothesis.mapping import change, digest, group_of, sent
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.clock import now
from cs229tui.library.annotations import Annotation
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import Page, document_of, page_texts
from cs229tui.library.hypothesis import (
    Known,
    claim_posting,
    forget_known,
    keep_known,
    known_here,
    stored,
    taken_back,
    written_for,
)

# After so long an annotation that was on its way, and was not found there, did not arrive.
LOST_AFTER = timedelta(minutes=10)
_LOOKS = (2.0, 4.0, 8.0)
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What would go: new ones, changed ones, and what is to be deleted there; `kept` stay here, each with why."""

    new: tuple[Annotation, ...] = ()
    changed: tuple[Annotation, ...] = ()
    gone: tuple[Known, ...] = ()
    kept: tuple[tuple[Annotation, str], ...] = ()

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone)


@dataclass
class Departed:
    """What went, and what stayed here although it was to go, each with why; `notes` say what is less there."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def plan_of(database: Database, catalog: Catalog, audience: str, reading: str = "") -> Plan:
    """What of hers is not in a group as it is here."""
    ids = written_for(database, audience, reading)
    known, here = known_here(database, ids), stored(database, ids)
    works: dict[tuple[str, bool], Work | None] = {}
    new: list[Annotation] = []
    changed: list[Annotation] = []
    kept: list[tuple[Annotation, str]] = []
    going: set[str] = set()
    for one in (here[id] for id in ids):
        before = known.get(one.id)
        if before is None or (before.state == "posting" and before.since < lost_before()):
            why = _why_not(database, catalog, one, works, going)
            if why:
                kept.append((one, why))
                continue
            going.add(one.id)
            new.append(one)
        elif before.state == "posting":
            kept.append((one, "it is on its way; the next sync looks whether it arrived"))
        elif before.state == "conflict":
            kept.append((one, "it was changed there too: cs229tui hypothesis conflicts"))
        elif digest(one) != before.digest:
            changed.append(one)
    return Plan(tuple(new), tuple(changed), tuple(taken_back(database, audience, reading)), tuple(kept))


def push(
    client: Client, database: Database, catalog: Catalog, incoming: Incoming, plan: Plan, told: Told | None = None
) -> Departed:
    """Bring a plan to the server; what fails stays here and says why. Raises `HypothesisError` where going on makes no
    sense; what went is noted then, and the next sync goes on.
    """
    pushing = _Pushing(client, database, catalog, incoming)
    done = 0
    for work, ones in ((pushing.create, plan.new), (pushing.update, plan.changed)):
        for one in ones:
            pushing.guarded(work, one)
            done += 1
            if told:
                told(done, len(plan))
    for known in plan.gone:
        pushing.delete(known)
        done += 1
        if told:
            told(done, len(plan))
    return pushing.departed


@dataclass
class _Pushing:
    client: Client
    database: Database
    catalog: Catalog
    incoming: Incoming
    departed: Departed = field(default_factory=Departed)
    _pages: dict[str, tuple[str, list[Page]]] = field(default_factory=dict)

    def guarded(self, work: Callable[[Annotation], None], one: Annotation) -> None:
        """Do one, and note where the server does not take just this one."""
        try:
            work(one)
        except TokenError:
            raise
        except HypothesisError as error:
            if error.status not in (400, 403, 404, 409, 413, 422):
                raise
            self.departed.kept.append((one.id, error.what))

    def create(self, one: Annotation) -> None:
        """Make an annotation there, unless it was made before and the answer was lost."""
        work = _work(self.database, self.catalog, one)
        references = _references(self.database, one)
        if work is None or (one.parent and not references):
            self.departed.kept.append((one.id, "what it answers is not there"))
            return
        audience = self.incoming.audience
        body, lost = sent(one, work, group_of(audience), references, self._pages_of(one))
        if not claim_posting(self.database, one.id, audience, digest(one), lost_before()):
            return
        try:
            row = self.client.create(body)
        except UncertainError as error:
            if was_not_sent(error):
                forget_known(self.database, [one.id])
                raise
            found = self._look(one)
            if found is None:
                raise
            row = found
        except HypothesisError:
            forget_known(self.database, [one.id])
            raise
        with writing(self.database):
            known = Known(one.id, row.id, audience, True, "same", row.updated, digest(one), shared=not row.private)
            keep_known(self.database, [known])
        self.departed.created += 1
        self.departed.notes += [(one.id, what) for what in lost]
        if row.private:
            self.departed.notes.append((one.id, "the server keeps it private"))

    def update(self, one: Annotation) -> None:
        """Change an annotation there, unless it was changed there meanwhile."""
        known, row = self._as_it_is(one.id)
        if known is None or row is None or digest(one) == known.digest:
            return
        row = self.client.update(row.id, change(one, row))
        with writing(self.database):
            state = Known(one.id, row.id, known.audience, True, "same", row.updated, digest(one), shared=known.shared)
            keep_known(self.database, [state])
        self.departed.updated += 1

    def delete(self, known: Known) -> None:
        """Delete an annotation there, unless it was changed there meanwhile."""
        still, row = self._as_it_is(known.annotation)
        if still is None or row is None:
            return
        self.client.delete(row.id)
        forget_known(self.database, [known.annotation])
        self.departed.deleted += 1

    def _as_it_is(self, id: str) -> tuple[Known | None, Row | None]:
        """What is known of an annotation, and as it is there now; nothing where the other side has changed it."""
        known = known_here(self.database, [id]).get(id)
        if known is None or known.remote is None or known.state != "same":
            return None, None
        row = self.client.annotation(known.remote)
        if row is None:
            # Nothing there, or nothing for this token: only the one is a deletion.
            self.client.account()
        with writing(self.database):
            if row is None:
                self.incoming.gone([known])
                return None, None
            self.incoming.take([row])
            known = known_here(self.database, [id]).get(id)
        return (known, row) if known is not None and known.state == "same" else (None, None)

    def _look(self, one: Annotation) -> Row | None:
        """An annotation whose posting had no answer, if it is there; the search index takes a moment."""
        group = group_of(self.incoming.audience)
        for wait in _LOOKS:
            self.client.asking.clock.sleep(wait)
            try:
                rows = self.client.latest([("user", self.incoming.userid), ("group", group)])
            except UncertainError:
                continue
            for row in rows:
                if row.ours.id == one.id and row.user == self.incoming.userid:
                    return row
        return None

    def _pages_of(self, one: Annotation) -> list[Page]:
        if one.document is None:
            return []
        if one.reading not in self._pages:
            record = document_of(self.database, one.reading)
            found = page_texts(self.database, record.sha256) if record else []
            self._pages = {one.reading: (record.sha256 if record else "", found)}
        sha256, pages = self._pages[one.reading]
        return pages if sha256 == one.document else []


def lost_before() -> str:
    """What was on its way since before this moment did not arrive."""
    return stamp((now() - LOST_AFTER).isoformat())


def _why_not(
    database: Database,
    catalog: Catalog,
    one: Annotation,
    works: dict[tuple[str, bool], Work | None],
    going: set[str],
) -> str:
    if one.kind == "note":
        return "it is private"
    if one.lecture is not None and not one.reading:
        return "Hypothesis has no place for what is said of a lecture"
    asked = one.reading, one.second is not None
    if asked not in works:
        works[asked] = _work(database, catalog, one)
    if works[asked] is None:
        return "its reading has no public address"
    if one.parent and one.parent not in going and not _references(database, one):
        return "what it answers is not there"
    return ""


def _work(database: Database, catalog: Catalog, one: Annotation) -> Work | None:
    reading = catalog.get(one.reading)
    return work_of(database, reading, one.second is not None) if reading else None


def _references(database: Database, one: Annotation) -> tuple[str, ...]:
    """The ids there of what an annotation answers, the first of all first; none where its parent is not there."""
    chain: list[str] = []
    above = one.parent
    while above and above not in chain and len(chain) < 1000:
        chain.append(above)
        before = stored(database, [above]).get(above)
        above = before.parent if before else None
    known = known_here(database, chain)
    remotes = [known[id].remote for id in reversed(chain) if id in known]
    found = tuple(remote for remote in remotes if remote)
    return found if chain and chain[0] in known and known[chain[0]].remote else ()
