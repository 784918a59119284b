"""Students on machines of their own who share a folder, and lines as others may have written them."""

import uuid
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.folder import GroupFacts, room, write_facts
from cs229tui.annotations.groups.membership import join_group
from cs229tui.annotations.groups.sync import SyncOutcome, sync
from cs229tui.annotations.w3c import WebAnnotation, tombstone, web_annotation, web_reaction
from cs229tui.folders import Folders
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database, open_library
from cs229tui.library.people import me
from cs229tui.library.reactions import Reaction

GROUP = "6f1d2a34-58c7-4f0e-9a3b-1c2d3e4f5a6b"
MOMENT = "2023-02-01T10:00:00.000Z"
# Hybrid time of that moment.
CLOCK = 1_675_245_600_000


class Student:
    """One student's machine, in the group that `shared` holds."""

    def __init__(self, home: Path, shared: Path, person: str = "") -> None:
        self.folders = Folders(home / "data", home / "config", home / "cache")
        self.database: Database = open_library(self.folders.database)
        if person:
            self.database.execute("UPDATE person SET id = ? WHERE mine = 1", [person])
        self.group = join_group(self.database, shared)

    @property
    def person(self) -> str:
        return me(self.database)

    def sync(self, **more: Any) -> SyncOutcome:
        return sync(self.database, self.folders, self.group, {}, **more)

    @property
    def files(self) -> list[Path]:
        """Her own files in the group's folder."""
        return sorted((room(Path(self.group.folder), GROUP) / self.person).glob("*.jsonl"))

    def bodies(self) -> list[str]:
        """All words that can be seen."""
        return [
            row[0] for row in self.database.execute("SELECT body FROM annotation WHERE deleted IS NULL ORDER BY body")
        ]

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """All that can be seen of the discussion."""
        columns = ", ".join(
            row["name"] for row in self.database.query("PRAGMA table_info(annotation)") if row["name"] != "seq"
        )
        return {
            "annotation": self.database.execute(
                f"SELECT {columns} FROM annotation WHERE deleted IS NULL ORDER BY id"
            ).fetchall(),
            "reaction": self.database.execute("SELECT * FROM reaction WHERE deleted IS NULL ORDER BY id").fetchall(),
            "thread": self.database.execute("SELECT * FROM thread ORDER BY id").fetchall(),
        }


def shared_folder(path: Path) -> Path:
    """A folder with a group in it."""
    path.mkdir(parents=True)
    write_facts(path, GroupFacts(GROUP, "Deep learning", "CS 229br"))
    return path


def person(number: int) -> str:
    return str(uuid.UUID(int=0xA000 + number, version=4))


def device(number: int) -> str:
    return str(uuid.UUID(int=0xD000 + number, version=4))


def id_of(person: str, number: int) -> str:
    """Always the same id for a person's nth annotation."""
    from cs229tui.library.people import _shaped

    return _shaped(f"{number:015x}", person)


def said(id: str, person: str, body: str, clock: int = 1, **more: Any) -> WebAnnotation:
    """A line of a person's: a question on reading r1, or what `more` says."""
    facts = {"reading": "r1", "kind": "question", "author": "someone", "root": id, "audience": GROUP} | more
    one = Annotation(id, body=body, person=person, created=MOMENT, updated=MOMENT, **facts)
    return replace(web_annotation(one), clock=CLOCK + clock)


def answer(id: str, person: str, body: str, parent: str, root: str = "", clock: int = 1) -> WebAnnotation:
    return said(id, person, body, clock, kind="reply", parent=parent, root=root or parent)


def vote(target: str, person: str, kind: Any = "upvote", clock: int = 1) -> WebAnnotation:
    return replace(web_reaction(Reaction(target, kind, person, "someone", GROUP, MOMENT, MOMENT)), clock=CLOCK + clock)


def gone(id: str, person: str, clock: int = 1) -> WebAnnotation:
    return tombstone(id, person, "someone", MOMENT, MOMENT, GROUP, CLOCK + clock)


def written(*lines: WebAnnotation | bytes) -> bytes:
    """Lines as a file holds them."""
    return b"".join((line if isinstance(line, bytes) else msgspec.json.encode(line)) + b"\n" for line in lines)


def place_file(shared: Path, author: str, number: int, content: bytes) -> Path:
    """Write a file of a person's nth device."""
    path = room(shared, GROUP) / author / f"{device(number)}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path
