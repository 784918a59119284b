"""What comes from a Hypothesis server, put beside what is here: what changed on both sides is never overwritten."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.hypothesis.client import moment
from cs229tui.annotations.hypothesis.identity import Meant
from cs229tui.annotations.hypothesis.mapping import digest, local_id, received
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.annotations.make import anchored
from cs229tui.clean import clean_line
from cs229tui.documents.addresses import is_web_address
from cs229tui.documents.anchors import best_guess, exact_matches
from cs229tui.documents.selections import make_anchor
from cs229tui.errors import AnchorError
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord, Page, document_of, page, page_texts
from cs229tui.library.hypothesis import (
    Known,
    forget_known,
    keep_known,
    known_here,
    known_remotes,
    present,
    put_annotations,
    rename_above,
    stored,
    take_out,
)
from cs229tui.library.people import me, meet

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Arrived:
    """How many annotations came, and what became of them."""

    new: int = 0
    changed: int = 0
    same: int = 0
    deleted: int = 0
    conflicts: int = 0
    elsewhere: int = 0
    hidden: int = 0
    private: int = 0
    bad: list[str] = field(default_factory=list)


@dataclass
class Incoming:
    """Takes in what the group `audience` on `server` says, where she is `userid`. Every method within a transaction."""

    database: Database
    server: str
    audience: str
    userid: str
    meant: Meant
    arrived: Arrived = field(default_factory=Arrived)
    _met: set[tuple[str, str]] = field(default_factory=set)
    _documents: dict[str, tuple[DocumentRecord, list[Page]] | None] = field(default_factory=dict)
    _boxed: dict[tuple[str, int], Page | None] = field(default_factory=dict)
    _me: str = ""

    def take(self, rows: Sequence[Row], reading: str = "") -> None:
        """Store what is new or changed; all of it is on `reading` where that is given."""
        self._me = self._me or me(self.database)
        asked = {row.id for row in rows} | {name for row in rows for name in _above(row)}
        known = known_remotes(self.database, asked)
        ours = known_here(self.database, [row.ours.id for row in rows if self._mine(row)])
        ids = {one.annotation for one in known.values()} | {row.ours.id for row in rows if self._mine(row)}
        ids |= {local_id(name) for name in asked}
        here, stands = stored(self.database, ids), present(self.database, ids)
        made: dict[str, Annotation] = {}
        for row in rows:
            before = known.get(row.id) or self._own(row, ours, here)
            if before is None or before.state in ("elsewhere", "hidden"):
                known[row.id] = self._first(row, before, known, here, made, reading)
            else:
                local = here.get(before.annotation)
                known[row.id] = self._again(row, before, local, stands.get(before.annotation, False), made)
        put_annotations(self.database, list(made.values()))
        keep_known(self.database, (one for one in known.values() if one.remote in {row.id for row in rows}))
        for row in rows:
            # An answer may have come before what it answers, whose id here nobody knew then.
            if known[row.id].annotation != local_id(row.id):
                rename_above(self.database, local_id(row.id), known[row.id].annotation)

    def take_file(self, rows: Sequence[Row], name: str) -> None:
        """Store what a file called `name` says, for nobody else to see; what is here stays but for newer words."""
        known = known_remotes(self.database, {row.id for row in rows} | {id for row in rows for id in _above(row)})
        ids = {local_id(row.id) for row in rows} | {row.ours.id for row in rows}
        here = stored(self.database, ids | {one.annotation for one in known.values()})
        made: dict[str, Annotation] = {}
        for row in rows:
            id = local_id(row.id)
            before = here.get(id)
            if row.id in known or row.ours.id in here or row.hidden:
                self.arrived.same += 1
            elif before is None:
                above = [known[one].annotation if one in known else local_id(one) for one in _above(row)]
                on = self._reading(row, above, here)
                if on:
                    one = self._made(row, id, on, above)
                    here[id] = made[id] = replace(one, via=one.via if row.links else name, unread=False)
                else:
                    self.arrived.elsewhere += 1
            else:
                later = said_by(row, before, "")
                newer = later.updated > before.updated and digest(later) != digest(before) and not before.audience
                if newer:
                    here[id] = made[id] = later
                self.arrived.changed += newer
                self.arrived.same += not newer
        put_annotations(self.database, list(made.values()))

    def gone(self, known: Iterable[Known]) -> None:
        """Put away what is no more there; what she changed here since is a conflict."""
        for one in known:
            local = stored(self.database, [one.annotation]).get(one.annotation)
            stands = present(self.database, [one.annotation]).get(one.annotation, False)
            if one.mine and local is not None and stands and digest(local) != one.digest and one.state != "hidden":
                keep_known(self.database, [replace(one, state="conflict", theirs="")])
                self.arrived.conflicts += 1
                continue
            take_out(self.database, [one.annotation])
            forget_known(self.database, [one.annotation])
            self.arrived.deleted += 1

    def _mine(self, row: Row) -> bool:
        return bool(self.userid) and row.user == self.userid

    def _own(self, row: Row, ours: dict[str, Known], here: dict[str, Annotation]) -> Known | None:
        """What is known of an annotation of hers that this program posted, here or on another device of hers."""
        id = row.ours.id
        if not self._mine(row):
            return None
        posted, local = ours.get(id), here.get(id)
        if posted is not None:
            return replace(posted, remote=row.id, state="same") if posted.state == "posting" else None
        if local is not None and local.person == self._me:
            # Both have it and nobody knows since when: it was the same if it says the same.
            return Known(id, row.id, self.audience, True, "same", "", digest(said_by(row, local, self.audience)))
        return None

    def _first(
        self,
        row: Row,
        before: Known | None,
        known: dict[str, Known],
        here: dict[str, Annotation],
        made: dict[str, Annotation],
        reading: str,
    ) -> Known:
        mine = self._mine(row)
        own = mine and _UUID.fullmatch(row.ours.id) is not None and row.ours.id not in here
        id = before.annotation if before else row.ours.id if own else local_id(row.id)
        fresh = Known(id, row.id, self.audience, mine, "same", row.updated, shared=not row.private)
        if row.hidden and not mine:
            self.arrived.hidden += before is None
            return replace(fresh, state="hidden")
        above = [known[name].annotation if name in known else local_id(name) for name in _above(row)]
        on = reading or self._reading(row, above, here)
        if not on:
            self.arrived.elsewhere += before is None
            return replace(fresh, state="elsewhere", theirs=msgspec.json.encode(row).decode())
        one = here[id] = made[id] = self._made(row, id, on, above)
        return replace(fresh, digest=digest(one))

    def _reading(self, row: Row, above: Sequence[str], here: dict[str, Annotation]) -> str:
        meant = self.meant.reading(row.uri, row.target[0].source if row.target else "")
        return meant or next((here[id].reading for id in reversed(above) if id in here), "")

    def _made(self, row: Row, id: str, reading: str, above: Sequence[str]) -> Annotation:
        mine = self._mine(row)
        self._me = self._me or me(self.database)
        person = self._me if mine else clean_line(row.user, 200) or "unknown"
        parent, root = (above[-1], above[0]) if above else ("", "")
        one = received(row, reading, self.audience, id=id, person=person, parent=parent, root=root)
        if not mine and (person, one.author) not in self._met:
            self._met.add((person, one.author))
            meet(self.database, person, one.author)
        self.arrived.new += 1
        self.arrived.private += row.private
        return self._placed(replace(one, via=self._address(row), unread=not mine))

    def _again(
        self, row: Row, before: Known, local: Annotation | None, stands: bool, made: dict[str, Annotation]
    ) -> Known:
        if before.updated and moment(row.updated) <= moment(before.updated):
            self.arrived.same += 1
            return before
        if row.hidden and not before.mine:
            # Its words are taken away from us; what we have of them stays.
            return replace(before, updated=row.updated)
        now = replace(before, updated=row.updated, shared=not row.private, since=before.since)
        if local is None:
            return now
        theirs = said_by(row, local, self.audience)
        there, here = digest(theirs), digest(local) if stands else "gone"
        if here == there:
            self.arrived.same += 1
            return replace(now, state="same", digest=there, theirs="")
        if before.mine and here != before.digest:
            self.arrived.conflicts += before.state != "conflict"
            return replace(now, state="conflict", theirs=msgspec.json.encode(row).decode())
        if there == before.digest and stands:
            self.arrived.same += 1
            return now
        made[local.id] = theirs
        self.arrived.changed += 1
        return replace(now, state="same", digest=there, theirs="")

    def _address(self, row: Row) -> str:
        link = clean_line(row.links.html or "", 500) if row.links else ""
        if is_web_address(link) and urlsplit(link).hostname == urlsplit(self.server).hostname:
            return link
        return f"{self.server}/a/{clean_line(row.id, 100)}"

    def _placed(self, one: Annotation) -> Annotation:
        """With its place in the document that is here, where its words are there; else the reader looks for them."""
        if not one.quote and one.region is None:
            return one
        if one.reading not in self._documents:
            record = document_of(self.database, one.reading)
            self._documents[one.reading] = (record, page_texts(self.database, record.sha256)) if record else None
        found = self._documents[one.reading]
        if found is None:
            return one
        record, pages = found
        if one.region is not None:
            return replace(one, document=record.sha256, extractor=record.extractor)
        if not exact_matches(pages, one.quote):
            return one
        match = best_guess(pages, one.quote, one.page, one.prefix, one.suffix)
        if match is None or not match.certain:
            return one
        boxed = [self._page(record.sha256, span.page) for span in match.spans]
        try:
            anchor = make_anchor(record.sha256, record.extractor, [one for one in boxed if one], match.spans)
        except AnchorError:
            return one
        return replace(one, **anchored(anchor))

    def _page(self, sha256: str, number: int) -> Page | None:
        if (sha256, number) not in self._boxed:
            self._boxed[sha256, number] = page(self.database, sha256, number)
        return self._boxed[sha256, number]


def said_by(row: Row, local: Annotation, audience: str) -> Annotation:
    """An annotation that is here, saying what a row says; its place stays, which nobody can change there."""
    one = received(
        row, local.reading, audience, id=local.id, person=local.person, parent=local.parent or "", root=local.root
    )
    kind = one.kind
    if kind == "highlight" and not local.quote:
        kind = "comment"
    elif kind == "comment" and not one.body and local.quote:
        kind = "highlight"
    return replace(
        local,
        kind=kind,
        body=one.body,
        tags=one.tags,
        colour=one.colour,
        resolved=one.resolved,
        updated=one.updated,
        audience=one.audience,
        author=one.author if local.person == clean_line(row.user, 200) else local.author,
    )


def _above(row: Row) -> tuple[str, ...]:
    """What an annotation answers, from the first; one that answers itself, in damaged data, does not."""
    return tuple(dict.fromkeys(name for name in row.references if name and name != row.id))
