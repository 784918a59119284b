"""The Hypothesis API, version 1: https://h.readthedocs.io/en/latest/api-reference/v1/.

Search knows the value it sorts by and nothing else to go on from, so annotations of one moment can fall between two
pages. Each page is therefore asked for from just before the end of the last, and what comes twice is dropped; where one
moment fills a whole page, all is read by id, which no two share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec

from cs229tui.annotations.hypothesis.asking import Asking, HypothesisError, TokenError
from cs229tui.annotations.hypothesis.wire import Body, Found, Group, Member, Members, Profile, Row

PAGE = 200
_MEMBERS = 100
# More pages than this are a server that gives the same ones again and again.
_MOST_PAGES = 20_000
T = TypeVar("T")
Filters = Sequence[tuple[str, str | int]]


@dataclass(frozen=True)
class Page:
    """A page of annotations, each for the first time; `bad` could not be read. `until` is the moment of change of the
    last, `total` how many the server says there are in all.
    """

    rows: tuple[Row, ...]
    bad: tuple[str, ...]
    until: str
    total: int


class Client:
    """What one asks a Hypothesis server; every method raises `HypothesisError`."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.server = asking.server

    def close(self) -> None:
        """Let go of the connection."""
        self.asking.close()

    def links(self) -> Body:
        """What the server offers; raises where it is no Hypothesis server."""
        links = self._get("/", dict[str, msgspec.Raw]).get("links")
        try:
            found = msgspec.json.decode(links, type=dict[str, object]) if links is not None else {}
        except msgspec.DecodeError:
            found = {}
        if "search" not in found or "annotation" not in found:
            raise HypothesisError(f"{self.asking.host} is no Hypothesis server.", "Check the setting hypothesis.")
        return found

    def profile(self) -> Profile:
        """Whom the token belongs to."""
        return self._get("/profile", Profile)

    def account(self) -> Profile:
        """Whom the token belongs to; raises `TokenError` where it belongs to nobody (any more)."""
        found = self.profile()
        if not found.userid:
            raise TokenError(
                f"{self.asking.host} does not accept the token: it is wrong, or has expired.",
                f"Make a new one at {self.server}/account/developer, then: cs229tui hypothesis login",
            )
        return found

    def own_groups(self) -> tuple[Group, ...]:
        """The groups that she is in."""
        return self._get("/profile/groups", tuple[Group, ...])

    def groups(self, uri: str = "") -> tuple[Group, ...]:
        """The groups one can see, those of a document where its `uri` is given."""
        return self._get("/groups", tuple[Group, ...], [("document_uri", uri)] if uri else [])

    def group(self, id: str) -> Group:
        """One group."""
        return self._get(f"/groups/{_part(id)}", Group)

    def create_group(self, name: str, description: str = "") -> Group:
        """A new private group; its name has 3 to 25 characters."""
        sent: Body = {"name": name} | ({"description": description} if description else {})
        return self._read(self.asking.create("/groups", sent).content, Group)

    def members(self, id: str) -> Iterator[Member]:
        """Everybody in a group."""
        number, given = 1, 0
        while number < _MOST_PAGES:
            asked: Filters = [("page[number]", number), ("page[size]", _MEMBERS)]
            page = self._get(f"/groups/{_part(id)}/members", Members, asked)
            yield from page.data
            given += len(page.data)
            number += 1
            if not page.data or given >= page.meta.page.total:
                return

    def total(self, filters: Filters) -> int:
        """How many annotations there are."""
        return self._get("/search", Found, [*filters, ("limit", 0)]).total

    def changed(self, filters: Filters, since: str = "") -> Iterator[Page]:
        """Every annotation that was changed after a moment (all, where it is empty), in that order but for those of
        one moment; none is left out or given twice.
        """
        seen: set[str] = set()
        after = since
        for _ in range(_MOST_PAGES):
            asked = [*filters, ("sort", "updated"), ("order", "asc"), ("limit", PAGE)]
            found = self._get("/search", Found, [*asked, ("search_after", after)] if after else asked)
            page = self._page(found, seen, since)
            yield page
            if len(found.rows) < PAGE:
                return
            following = _just_before(page.until) if page.until else ""
            if following <= after:
                # One moment fills a page: behind it there may be more of that moment. By id nothing can hide.
                yield from self.every(filters, seen)
                following = earlier(page.until, -0.001)
            if following <= after:
                raise HypothesisError(f"{self.asking.host} gives the same annotations again and again.")
            after = following

    def every(self, filters: Filters, seen: set[str] | None = None) -> Iterator[Page]:
        """Every annotation there is but those `seen`, by id. Their moments are no place to go on from."""
        seen = set() if seen is None else seen
        after = ""
        for _ in range(_MOST_PAGES):
            asked = [*filters, ("sort", "id"), ("order", "asc"), ("limit", PAGE)]
            found = self._get("/search", Found, [*asked, ("search_after", after)] if after else asked)
            last = max((_id(raw) for raw in found.rows), default="")
            page = self._page(found, seen, "")
            yield Page(page.rows, page.bad, "", page.total)
            if len(found.rows) < PAGE:
                return
            if last <= after:
                raise HypothesisError(f"{self.asking.host} gives the same annotations again and again.")
            after = last

    def latest(self, filters: Filters, most: int = 50) -> tuple[Row, ...]:
        """The newest annotations."""
        asked: Filters = [*filters, ("sort", "created"), ("order", "desc"), ("limit", most)]
        return self._page(self._get("/search", Found, asked), set(), "").rows

    def replies(self, id: str) -> Iterator[Row]:
        """Every answer to an annotation, and to its answers."""
        for page in self.changed([("references", id)]):
            yield from page.rows

    def annotation(self, id: str) -> Row | None:
        """One annotation; none where there is none, or she may not see it."""
        try:
            return self._get(f"/annotations/{_part(id)}", Row)
        except HypothesisError as error:
            if error.status == 404:
                return None
            raise

    def create(self, sent: Body) -> Row:
        """Make an annotation; raises `UncertainError` where nobody knows whether it was made."""
        return self._read(self.asking.create("/annotations", sent).content, Row)

    def update(self, id: str, sent: Body) -> Row:
        """Change what is given of an annotation of hers."""
        return self._read(self.asking.ask("PATCH", f"/annotations/{_part(id)}", (), sent).content, Row)

    def delete(self, id: str) -> None:
        """Delete an annotation of hers; one that is gone already is no error."""
        try:
            self.asking.ask("DELETE", f"/annotations/{_part(id)}")
        except HypothesisError as error:
            if error.status != 404:
                raise

    def flag(self, id: str) -> None:
        """Report an annotation to who moderates its group; that cannot be undone."""
        self.asking.ask("PUT", f"/annotations/{_part(id)}/flag")

    def _get(self, path: str, shape: type[T], query: Filters = ()) -> T:
        return self._read(self.asking.ask("GET", path, query).content, shape)

    def _read(self, content: bytes, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise HypothesisError(
                f"{self.asking.host} answers what Hypothesis does not.", "Try again later; nothing was taken of it."
            ) from error

    def _page(self, found: Found, seen: set[str], until: str) -> Page:
        rows, bad = [], []
        for raw in found.rows:
            try:
                row = row_of(raw)
            except ValueError as error:
                id = _id(raw) or "?"
                if id == "?" or id not in seen:
                    bad.append(f"{id}: {error}")
                seen.add(id)
                continue
            until = max(until, row.updated, key=moment)
            if row.id not in seen:
                seen.add(row.id)
                rows.append(row)
        return Page(tuple(rows), tuple(bad), stamp(until) if until else "", found.total)


def row_of(raw: msgspec.Raw) -> Row:
    """An annotation as it came; raises `ValueError` for what cannot be one."""
    try:
        row = msgspec.json.decode(raw, type=Row)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not row.id:
        raise ValueError("it has no id")
    moment(row.updated)
    return row


def moment(text: str) -> datetime:
    """A moment as the server writes it; the beginning of time for none. Raises `ValueError`."""
    if not text:
        return datetime.fromtimestamp(0, UTC)
    found = datetime.fromisoformat(text)
    if not 1900 < found.year < 9000:
        # What lies there is no moment of this world, and neither can be reckoned from nor written with four digits.
        raise ValueError(f"{found.year} is not a year in which somebody wrote")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def stamp(text: str) -> str:
    """A moment with milliseconds, as our own are written."""
    return moment(text).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def earlier(text: str, seconds: float) -> str:
    """So much before a moment; the search index of the server lags behind."""
    return stamp((moment(text) - timedelta(seconds=seconds)).isoformat()) if text else ""


def _just_before(text: str) -> str:
    # The server sorts by whole milliseconds.
    return earlier(text, 0.001)


def _id(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Id).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


class _Id(msgspec.Struct, frozen=True):
    id: str


def _part(id: str) -> str:
    return quote(id, safe="")
