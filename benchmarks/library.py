"""A library as large as a diligent group's: 200 documents, 10,000 pages, 100,000 annotations; always the same one."""

import hashlib
import json
import os
import random
import shutil
import sys
import uuid
from pathlib import Path

from cs229tui.course.load import load
from cs229tui.folders import Folders, shipped
from cs229tui.library.database import Database, migrations, open_library, writing
from cs229tui.library.documents import DocumentRecord, Page, attach, store_document

DOCUMENTS, PAGES, ANNOTATIONS = 200, 10_000, 100_000
# The words that English papers have most of, in about that order; the rest of a page follows Zipf's law.
_COMMON = (
    "the of and to in a is that for we with as are on this by model be can from an it at or training which data"
    " learning not our these have network has each than number more results also using used all one loss time"
)
_ONSETS = "b c d f g h k l m n p r s t v w br ch cl cr dr fl fr gr pl pr qu sc sh sl sp st str th tr a e i o u"
_ENDS = "an at ed el en er es ial ic ing ion is ive le ly ment nal ness on or ous ral s tion um ure us y"
_WORDS_A_PAGE, _WORDS_AN_ANNOTATION, _VOCABULARY = 480, 18, 30_000


def folders_below(home: Path) -> Folders:
    """What the program takes for its folders where `CS229TUI_HOME` is `home`."""
    return Folders(home / "data", home / "config", home / "cache")


def make_library(home: Path, pages: int = PAGES, annotations: int = ANNOTATIONS, documents: int = DOCUMENTS) -> Path:
    """Fill the library below `home`; returns the database's path. The course's readings get the documents."""
    chance = random.Random(229)
    words = [*_COMMON.split(), *_made_up_words(chance, _VOCABULARY)]
    weights = [1 / (rank + 2.7) for rank in range(len(words))]
    path = folders_below(home).database
    database = open_library(path)
    readings = [reading.id for reading in load(shipped("data/course.toml")).readings]
    readings += [f"added-{number}" for number in range(documents - len(readings))]
    each = pages // documents
    with writing(database):
        for number, reading in enumerate(readings[:documents]):
            sha = f"{number:064x}"
            texts = [_text(chance, words, weights, _WORDS_A_PAGE) for _ in range(each)]
            record = DocumentRecord(sha, "pdf", 1_000_000, each, reading, "", "benchmark/1", (), b"\x90", ())
            store_document(
                database,
                record,
                (Page(page, str(page), 612.0, 792.0, text) for page, text in enumerate(texts, 1)),
            )
            attach(database, reading, sha, f"{reading}.pdf")
            _start_reading(database, reading, number, each)
        database.conn.executemany(
            "INSERT INTO annotation (id, reading, kind, body, tags, author, resolved, document, extractor, page, start,"
            ' "end", quote, prefix, suffix, created, updated) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)',
            (
                _annotation(chance, words, weights, readings[number % documents], number % documents, number, each)
                for number in range(annotations)
            ),
        )
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def _start_reading(database: Database, reading: str, number: int, pages: int) -> None:
    if number % 3 == 0:
        return
    status = "reading" if number % 3 == 1 else "done"
    moment = f"2023-02-{1 + number % 20:02d}T{number % 24:02d}:00:00.000Z"
    database.conn.execute(
        "INSERT INTO reading_state (reading, status, page, opened, updated) VALUES (?, ?, ?, ?, ?)",
        [reading, status, 1 + number % pages, moment, moment],
    )


def _annotation(
    chance: random.Random, words: list[str], weights: list[float], reading: str, document: int, number: int, pages: int
) -> tuple[object, ...]:
    moment = f"2023-02-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00.000Z"
    return (
        str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        reading,
        ("highlight", "comment", "question")[number % 3],
        _text(chance, words, weights, _WORDS_AN_ANNOTATION) if number % 3 else "",
        json.dumps(["exam"] if number % 50 == 0 else []),
        f"student{number % 40}",
        int(number % 30 != 2),
        f"{document:064x}",
        "benchmark/1",
        1 + number % pages,
        10 * (number % 200),
        10 * (number % 200) + 60,
        _text(chance, words, weights, _WORDS_AN_ANNOTATION),
        "",
        "",
        moment,
        moment,
    )


def _made_up_words(chance: random.Random, count: int) -> list[str]:
    onsets, ends = _ONSETS.split(), _ENDS.split()
    return [
        "".join(chance.choice(onsets) + chance.choice("aeiou") for _ in range(chance.randint(1, 3)))
        + chance.choice(ends)
        for _ in range(count)
    ]


def _text(chance: random.Random, words: list[str], weights: list[float], count: int) -> str:
    # Cumulative weights are made once for a list; random.choices would make them on each call.
    if not _cumulative:
        total = 0.0
        for weight in weights:
            total += weight
            _cumulative.append(total)
    drawn = chance.choices(words, cum_weights=_cumulative, k=count)
    return " ".join(word + ("\n" if position % 12 == 11 else "") for position, word in enumerate(drawn)) + "."


_cumulative: list[float] = []


def library_home() -> Path:
    """The home folder of the benchmarks' library, made once in the cache folder and kept for the next run."""
    cache = Path(os.environ.get("CS229TUI_BENCH") or Path.home() / ".cache" / "cs229tui-bench")
    schema = "".join(script for _, script in migrations())
    home = cache / f"library-{hashlib.sha256(schema.encode()).hexdigest()[:12]}"
    if not (home / "whole").exists():
        print("making a library of 10,000 pages and 100,000 annotations (once) …", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        make_library(home)
        # With settings it is not the first run, which would open the welcome.
        settings = folders_below(home).settings
        settings.parent.mkdir(parents=True)
        settings.write_text('name = "mei"\n', "utf-8")
        (home / "whole").touch()
    return home
