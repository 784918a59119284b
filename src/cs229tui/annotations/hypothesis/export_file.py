"""The file that the Hypothesis client exports and imports, for which nobody needs an account.

`{export_date, export_userid, client_version, annotations}`, the annotations as the API gives them. Its own import keeps
the words, the tags, the place and the work, and makes the importer the author.
"""

import base64
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cs229tui.amounts import file_size
from cs229tui.annotations.hypothesis.client import row_of
from cs229tui.annotations.hypothesis.identity import Meant, Work, work_of
from cs229tui.annotations.hypothesis.incoming import Arrived, Incoming
from cs229tui.annotations.hypothesis.mapping import WORLD, local_id, sent
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.annotations.works import works
from cs229tui.clean import clean_line
from cs229tui.clock import timestamp
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import Annotation
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import Database, writing
from cs229tui.library.documents import Page, document_of, page_texts
from cs229tui.library.hypothesis import accounts, known_here
from cs229tui.library.people import me
from cs229tui.whole import write_whole

LARGEST = 200 * 1024 * 1024
_VERSION = "cs229tui"


class _File(msgspec.Struct, frozen=True):
    annotations: tuple[msgspec.Raw, ...]
    export_userid: str | None = None
    export_date: str = ""
    client_version: str = ""


@dataclass(frozen=True)
class Written:
    """How many annotations a file got; `kept` are the ids of those it has no place for, each with why."""

    count: int
    kept: tuple[tuple[str, str], ...] = field(default=())


def import_export_file(
    database: Database, catalog: Catalog, path: Path, told: Callable[[int, int], None] = lambda done, total: None
) -> Arrived:
    """Take in what a browser exported; what is here already, whichever way it came, is not taken twice.

    What was on works that are not among her readings is counted, and stays in the file. Raises `ReportableError`.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ReportableError(f"{path} is larger than {file_size(LARGEST)}.", "Export less at a time.")
        data = path.read_bytes()
    except OSError as error:
        raise ReportableError(f"{path} cannot be read: {error.strerror}.", "Check the name.") from error
    userid, rows, bad = _rows(data, str(path))
    own = userid if userid in {one.userid for one in accounts(database)} else ""
    incoming = Incoming(database, "https://hypothes.is", "", own, Meant(works(database, catalog)))
    incoming.arrived.bad += bad
    for first in range(0, len(rows), 500):
        with writing(database):
            incoming.take_file(rows[first : first + 500], clean_line(path.name, 200))
        told(min(first + 500, len(rows)), len(rows))
    return incoming.arrived


def write_export_file(
    database: Database, catalog: Catalog, path: Path, annotations: Sequence[Annotation], userid: str = ""
) -> Written:
    """Write annotations as the Hypothesis client does, so that it can import them; private notes stay here.

    Times and authors are in the file; the client's import leaves them out. Raises `ReportableError`.
    """
    known, own = known_here(database, [one.id for one in annotations]), me(database)
    remotes = {id: one.remote for id, one in known.items() if one.remote}
    above = {one.id: one for one in annotations}
    found: list[dict[str, Any]] = []
    kept: list[tuple[str, str]] = []
    places: dict[tuple[str, bool], tuple[Work | None, list[Page], str]] = {}
    for one in annotations:
        if one.kind == "note":
            kept.append((one.id, "it is private"))
            continue
        asked = one.reading, one.second is not None
        if asked not in places:
            places[asked] = _place(database, catalog, one)
        work, pages, sha256 = places[asked]
        if work is None:
            kept.append((one.id, "its reading has no public address"))
            continue
        references = _references(one, above, remotes)
        body, _ = sent(one, work, WORLD, references, pages if sha256 == one.document else ())
        author = userid if userid and one.person == own else _userid(one)
        found.append(
            body
            | {
                "id": remotes.get(one.id) or _wire_id(one.id),
                "created": one.created,
                "updated": one.updated,
                "user": author,
                "user_info": {"display_name": one.author},
                "hidden": False,
                "flagged": False,
                "links": {"html": one.via} if one.via.startswith("https://") else {},
                "permissions": {
                    "read": [f"group:{WORLD}"],
                    "update": [author],
                    "delete": [author],
                    "admin": [author],
                },
            }
        )
    made = {
        "export_date": timestamp(),
        "export_userid": userid or "acct:me@cs229tui",
        "client_version": _VERSION,
        "annotations": found,
    }
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n")
    except OSError as error:
        raise ReportableError(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    return Written(len(found), tuple(kept))


def _rows(data: bytes, name: str) -> tuple[str, list[Row], list[str]]:
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportableError(
            f"{clean_line(name, 200)} is no export of Hypothesis: {clean_line(str(error), 160)}.",
            "Export it in the Hypothesis sidebar, as JSON.",
        ) from error
    rows: list[Row] = []
    bad: list[str] = []
    for number, raw in enumerate(file.annotations, 1):
        try:
            rows.append(row_of(raw))
        except ValueError as error:
            bad.append(f"annotation {number}: {clean_line(str(error), 160)}")
    return file.export_userid or "", rows, bad


def _place(database: Database, catalog: Catalog, one: Annotation) -> tuple[Work | None, list[Page], str]:
    reading = catalog.get(one.reading)
    record = document_of(database, one.reading) if reading else None
    work = work_of(database, reading, one.second is not None) if reading else None
    return work, page_texts(database, record.sha256) if record else [], record.sha256 if record else ""


def _references(one: Annotation, above: dict[str, Annotation], remotes: dict[str, str]) -> list[str]:
    chain: list[str] = []
    parent = one.parent
    while parent and parent not in chain and len(chain) < 1000:
        chain.append(parent)
        parent = above[parent].parent if parent in above else None
    return [remotes.get(id) or _wire_id(id) for id in reversed(chain)]


def _wire_id(id: str) -> str:
    """An id as their server writes UUIDs."""
    try:
        return base64.urlsafe_b64encode(uuid.UUID(id).bytes).decode().rstrip("=")
    except ValueError:
        return base64.urlsafe_b64encode(uuid.UUID(local_id(id)).bytes).decode().rstrip("=")


def _userid(one: Annotation) -> str:
    if one.person.startswith("acct:"):
        return one.person
    plain = "".join(sign for sign in one.author.lower() if sign.isascii() and (sign.isalnum() or sign in "._"))
    return f"acct:{plain or 'somebody'}@cs229tui"
