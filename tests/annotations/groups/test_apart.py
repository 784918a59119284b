"""Files that another process reads say the same as those that this one reads, also when that process dies."""

import itertools
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from classroom import GROUP, Student, answer, gone, id_of, person, place_file, said, shared_folder, vote, written
from cs229tui.annotations import make
from cs229tui.annotations.groups import apart
from cs229tui.annotations.groups.believing import WRONG, Trust
from cs229tui.annotations.groups.folder import SharedFile, shared_files
from cs229tui.annotations.groups.lines import horizon
from cs229tui.annotations.groups.reading import Portion, portions
from cs229tui.annotations.groups.signing import SigningKey
from cs229tui.library.hybrid_clock import AHEAD
from hostile_text import HOSTILE

ANN, BEN = person(0), person(1)
# Half a surrogate cannot be written down.
SAYABLE = [text for text in HOSTILE if text.encode("utf-8", "ignore").decode() == text]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Files with everything that may stand in one."""
    folder = shared_folder(tmp_path / "shared")
    lines: list[Any] = [said(id_of(ANN, n), ANN, text) for n, text in enumerate(SAYABLE)]
    quoted = {"quote": "words", "page": 3, "start": 1, "end": 6, "document": "0" * 64, "quads": ((1.5, 2, 3, 4),)}
    lines.append(said(id_of(ANN, 900), ANN, "Where?", tags=("exam", "dp"), **quoted))
    lines.append(said(id_of(ANN, 901), ANN, "Late.", 1 + 5_000 * AHEAD))
    place_file(folder, ANN, 0, written(*lines, b"{", said(id_of(BEN, 1), BEN, "Not hers.")))
    one = id_of(ANN, 900)
    place_file(folder, BEN, 1, written(answer(id_of(BEN, 2), BEN, "There.", one), vote(one, BEN), gone(one, BEN)))
    return folder


def test_it_reads_the_same(shared: Path) -> None:
    assert read(apart.portions_apart(*asked(shared), most=20)) == read(portions(*asked(shared), most=20))


def test_it_believes_the_same_and_tells_whom_it_met(tmp_path: Path) -> None:
    mei, key = Student(tmp_path / "mei", shared_folder(tmp_path / "shared")), SigningKey(tmp_path / "key")
    for number in range(3):
        make.annotate_reading(mei.database, "r1", "comment", f"Comment {number}.", author="mei")
    mei.sync(sign=key.sign)
    with mei.files[0].open("ab") as file:
        file.write(mei.files[0].read_bytes().splitlines()[0].replace(b"Comment", b"Forged") + b"\n")
    question, there, here = asked(tmp_path / "shared"), Trust("me", "", {}), Trust("me", "", {})
    told = read(apart.portions_apart(*question, there, 2))
    assert told == read(portions(*question, here, 2))
    assert there.keys == here.keys == {mei.person: key.public}
    assert [portion["met"] for portion in told if portion["met"]] == [{mei.person: key.public}]
    assert [one.reason for portion in told for one in portion["aside"]] == [WRONG]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_where_it_dies_the_rest_is_read_here(shared: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    whole = [*portions(*asked(shared), most=20)]

    def dying(_: object) -> Iterator[Portion]:
        yield from itertools.islice(portions(*asked(shared), most=20), after)
        raise EOFError

    monkeypatch.setattr(apart, "_from_child", dying)
    lines = [line for portion in apart.portions_apart(*asked(shared), most=20) for line in portion.lines]
    assert lines == [line for portion in whole for line in portion.lines]


def test_where_there_is_none_it_is_read_here(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert read(apart.portions_apart(*asked(shared))) == read(portions(*asked(shared)))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert read(apart.portions_apart(*asked(shared))) == read(portions(*asked(shared)))


def test_much_is_merged_the_same(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Student(tmp_path / "mei", shared, person(9))
    whole.sync()
    monkeypatch.setattr("cs229tui.annotations.groups.sync._MUCH", 1)
    much = Student(tmp_path / "sam", shared, person(9))
    much.sync()
    assert much.state() == whole.state()


def asked(shared: Path) -> tuple[Path, str, list[SharedFile], dict[str, Any], Any]:
    return shared, GROUP, shared_files(shared, GROUP)[0], {}, HORIZON


HORIZON = horizon()


def read(found: Iterator[Portion]) -> list[dict[str, Any]]:
    return [asdict(portion) for portion in found]
