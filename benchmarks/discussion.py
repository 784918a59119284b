"""A group of 1,000 people with 100,000 annotations: the first merge, a sync with nothing new, one new reply.

Each is measured in a process of its own, as is the peer: a plain loop that reads the same lines with `json` and inserts
them, texts as they are, into a table without an index.
"""

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.groups.folder import GroupFacts, room, write_facts
from cs229tui.annotations.groups.membership import join_group
from cs229tui.annotations.groups.sync import sync
from cs229tui.annotations.w3c import web_annotation, web_reaction
from cs229tui.course.load import load
from cs229tui.folders import shipped
from cs229tui.library.annotations import Annotation
from cs229tui.library.catalog import catalog
from cs229tui.library.database import open_library
from cs229tui.library.much import index_some
from cs229tui.library.people import new_id
from cs229tui.library.reactions import Reaction
from library import _COMMON, folders_below

PEOPLE, EACH, VOTES = 1_000, 100, 10
GROUP = "6f1d2a34-58c7-4f0e-9a3b-1c2d3e4f5a6b"
_BEGAN = 1_675_600_000_000


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    with tempfile.TemporaryDirectory() as folder:
        below = Path(folder)
        # Made by another process: what is started has at least the peak of what started it.
        size = _measured("make", below / "shared", below / "home")["size"]
        print(f"{PEOPLE:,} files, {PEOPLE * EACH:,} annotations and {PEOPLE * VOTES:,} votes, {size / 1e6:.0f} MB")
        # The best of three, each in a new process with a new library, in turns with the peer.
        ours: list[dict[str, float]] = []
        plain: list[dict[str, float]] = []
        for turn in range(3):
            ours.append(_measured("merge", below / "shared", below / f"home-{turn}"))
            plain.append(_measured("plain", below / "shared", below / f"plain-{turn}.db"))
            print(f"   merged in {ours[-1]['seconds']:.2f} s, indexed {ours[-1]['indexed']:.1f} s later")
        first, peer = (min(entry["seconds"] for entry in entries) for entries in (ours, plain))
        last = ours[-1]
        return [
            ("group: first merge of 100,000, s against a plain loop", first, peer, "s", 1.0),
            ("group: first merge of 100,000, s against 3", first, 3.0, "s", 1.0),
            ("group: its peak memory, MB against 300", min(entry["peak"] for entry in ours), 300.0, "MB", 1.0),
            ("group: a transaction of it, ms against half a second", last["longest"], 500.0, "ms", 1.0),
            ("group: sync with nothing new, ms against 150", last["idle"], 150.0, "ms", 1.0),
            ("group: one new reply is there, ms against 2,000", last["reply"], 2_000.0, "ms", 1.0),
        ]


def make_group(folder: Path) -> int:
    """Fill a folder with what a large class wrote, always the same but for ids; returns how many bytes that are."""
    chance = random.Random(229)
    readings = load(shipped("data/course.toml")).readings[:25]
    words = _COMMON.split() + [f"{one}{other}" for one in ("gradi", "model", "privat") for other in ("ent", "s", "ion")]

    def text(count: int) -> str:
        return " ".join(chance.choices(words, k=count)).capitalize() + "."

    folder.mkdir(parents=True)
    write_facts(folder, GroupFacts(GROUP, "The whole class", "CS 229br"))
    people = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(PEOPLE)]
    files: dict[str, list[bytes]] = {person: [] for person in people}
    roots: list[Annotation] = []
    said: list[Annotation] = []
    for number in range(PEOPLE * EACH):
        person = people[chance.randrange(PEOPLE)] if number >= PEOPLE else people[number]
        clock = _BEGAN + number * 60_000
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(clock / 1000))
        id, name = new_id(person), f"student {person[:4]}"
        if number % 2 and roots:
            parent = chance.choice(said)
            one = Annotation(id, parent.reading, "reply", name, text(60), parent=parent.id, root=parent.root)
            reading = None
        else:
            reading = readings[number // 2 % len(readings)]
            kind = ("question", "comment", "highlight")[number // 2 % 3]
            place = chance.randrange(3_000)
            one = Annotation(
                id, reading.id, kind, name, "" if kind == "highlight" else text(25),  # type: ignore[arg-type]
                tags=("exam",) if number % 20 == 0 else (), document=f"{number // 2 % len(readings):064x}",
                extractor="pdfium/5.15.2", page=1 + chance.randrange(14), start=place, end=place + 90, quote=text(14),
                prefix=text(6)[:32], suffix=text(6)[:32], quads=((72.0, 500.5, 300.25, 511.5),), root=id,
            )  # fmt: skip
            roots.append(one)
        one = replace(one, created=moment, updated=moment, person=person, audience=GROUP, clock=clock)
        said.append(one)
        files[person].append(msgspec.json.encode(replace(web_annotation(one, reading), clock=clock)))
    for number, person in enumerate(people * VOTES):
        target = chance.choice(said)
        vote = Reaction(target.id, "upvote", person, f"student {person[:4]}", GROUP, target.created, target.updated)
        files[person].append(msgspec.json.encode(replace(web_reaction(vote), clock=target.clock + number)))
    size = 0
    for person, lines in files.items():
        path = room(folder, GROUP) / person / f"{uuid.UUID(int=chance.getrandbits(128), version=4)}.jsonl"
        path.parent.mkdir()
        size += path.write_bytes(b"".join(line + b"\n" for line in lines))
    return size


def _measured(what: str, folder: Path, target: Path) -> dict[str, float]:
    made = subprocess.run(
        [sys.executable, __file__, what, str(folder), str(target)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        sys.exit(made.stderr)
    told: dict[str, float] = json.loads(made.stdout)
    return told


def _merge(folder: Path, home: Path) -> dict[str, float]:
    below = folders_below(home)
    database = open_library(below.database)
    group = join_group(database, folder)
    readings = catalog(load(shipped("data/course.toml")), database)
    moments = [time.perf_counter()]
    outcome = sync(
        database, below, group, readings, index=False, progress=lambda _: moments.append(time.perf_counter())
    )
    told = {"seconds": time.perf_counter() - moments[0], "peak": _peak()}
    told["longest"] = 1000 * max(after - before for before, after in pairwise(moments))
    # A vote given twice is given once.
    assert outcome.new > 0.99 * PEOPLE * (EACH + VOTES), outcome
    before = time.perf_counter()
    while index_some(database, 500):
        pass
    told["indexed"] = time.perf_counter() - before
    told["idle"] = 1000 * min(_timed(lambda: sync(database, below, group, readings)) for _ in range(5))
    parent = database.execute("SELECT id, root, person FROM annotation WHERE kind = 'question' LIMIT 1").fetchone()
    path = next(room(folder, GROUP).glob("*/*.jsonl"))
    told["reply"] = 0.0
    for number in range(3):
        person = path.parent.name
        clock = round(time.time() * 1000)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        one = Annotation(
            new_id(person), "", "reply", "sam", f"Here {number}.", parent=parent[0], root=parent[1], person=person,
            audience=GROUP, created=moment, updated=moment,
        )  # fmt: skip
        size = path.stat().st_size
        with path.open("ab") as file:
            file.write(msgspec.json.encode(replace(web_annotation(one), clock=clock)) + b"\n")
        spent = 1000 * _timed(lambda: sync(database, below, group, readings))
        with path.open("ab") as file:
            file.truncate(size)
        told["reply"] = max(told["reply"], spent)
        assert database.execute("SELECT count(*) FROM annotation WHERE id = ?", [one.id]).fetchone()[0] == 1
    return told


def _make(folder: Path, _: Path) -> dict[str, float]:
    return {"size": make_group(folder)}


def _plain(folder: Path, path: Path) -> dict[str, float]:
    before = time.perf_counter()
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute(
        "CREATE TABLE annotation (id TEXT PRIMARY KEY, reading, kind, body, author, person, parent, page, start, quote,"
        " created, updated, clock)"
    )
    for file in sorted(room(folder, GROUP).glob("*/*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            one = json.loads(line)
            target, anchor = one["target"], one.get("cs229:anchor", {})
            plain = isinstance(target, str)
            selector = {} if plain else (target.get("selector") or [{}])[-1]
            body = next((part["value"] for part in one.get("body", ())), "")
            row = (
                one["id"], one.get("cs229:reading"), one["motivation"], body, one["creator"]["nickname"],
                one["creator"]["id"], target if plain else None, anchor.get("page"), anchor.get("start"),
                selector.get("exact"), one["created"], one["modified"], one["cs229:clock"],
            )  # fmt: skip
            database.execute(f"INSERT OR REPLACE INTO annotation VALUES ({', '.join('?' * 13)})", row)
    database.commit()
    return {"seconds": time.perf_counter() - before, "peak": _peak()}


def _timed(work: object) -> float:
    before = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - before


def _peak() -> float:
    """In MB, of this process and the largest of those it started, as if both were at their largest at once."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ.setdefault("CS229TUI_HOME", sys.argv[3])
        print(
            json.dumps(
                {"make": _make, "merge": _merge, "plain": _plain}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
            )
        )
    else:
        for row in main():
            print(*row)
