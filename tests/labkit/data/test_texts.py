"""Where the text comes from, in which order, and what is said about it."""

import hashlib
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit import data
from cs229tui.labkit.data import DataError, corpus
from data_served import kept

Know = Callable[..., object]


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def refuse(request: Any, **_: Any) -> None:
        asked.append(request.full_url)
        raise urllib.error.URLError("Network is unreachable")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return asked


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda request, **_: io.BytesIO(content))


def provide_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("word " * (size // 5), "utf-8")
    monkeypatch.setenv(data.LIBRARY_TEXT, str(folder))


def test_a_named_file_is_used_and_described(tmp_path: Path, notes: list[str]) -> None:
    file = tmp_path / "poem.txt"
    file.write_bytes(b"a\r\nb\n")
    made = corpus("auto", str(file), note=notes.append)
    assert (made.name, made.data) == ("poem.txt", b"a\nb\n")
    assert made.sha256 == hashlib.sha256(b"a\nb\n").hexdigest()
    assert notes == ["Text: poem.txt (your file; yours to know), 4 bytes."]


def test_a_named_file_that_cannot_be_used_is_an_error_and_no_other_is_taken(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        corpus("auto", str(tmp_path / "missing.txt"))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0\0")
    with pytest.raises(DataError, match="not a text file"):
        corpus("file", str(tmp_path / "picture.png"))
    with pytest.raises(DataError, match="none is named"):
        corpus("file")


def test_the_limit_cuts_between_characters(tmp_path: Path, notes: list[str]) -> None:
    file = tmp_path / "poem.txt"
    file.write_text("aé" * 10, "utf-8")
    assert corpus("file", str(file), 5, notes.append).data.decode() == "aéa"
    assert "the first 4 of 30 bytes" in notes[0]


def test_offline_the_standard_library_is_always_there(
    no_network: list[str], notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(data.LIBRARY_TEXT, raising=False)
    made = corpus("auto", limit=50_000, note=notes.append)
    assert "standard library" in made.name and len(made.data) == 50_000
    assert no_network == [data.DATASETS["shakespeare"].parts[0].url]
    assert "could not be downloaded: <urlopen error Network is unreachable>" in notes[0]
    assert "No text of the library" in notes[1] and "Text: the standard library" in notes[2]
    assert corpus("python", limit=50_000).data == made.data, "the same order each time"


def test_offline_her_readings_come_before_the_standard_library(
    no_network: list[str], notes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide_library(tmp_path, monkeypatch, 300_000)
    assert corpus("auto", note=notes.append).name == "your library"


def test_a_library_with_little_text_is_not_used(
    no_network: list[str], notes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide_library(tmp_path, monkeypatch, 1_000)
    made = corpus("library", limit=10_000, note=notes.append)
    assert "standard library" in made.name and "only 1,000 bytes" in notes[0]
    assert no_network == [], "nobody asked for a download"


def test_shakespeare_is_downloaded_once(monkeypatch: pytest.MonkeyPatch, home: Path, know: Know) -> None:
    know("shakespeare", {"tinyshakespeare.txt": b"To be"})
    serve(monkeypatch, b"To be")
    assert corpus("shakespeare").data == b"To be"
    serve(monkeypatch, b"something else")
    assert corpus("auto").data == b"To be"
    assert kept() == ["tinyshakespeare.txt"]


def test_a_damaged_copy_is_fetched_again(monkeypatch: pytest.MonkeyPatch, home: Path, know: Know) -> None:
    know("shakespeare", {"tinyshakespeare.txt": b"To be"})
    path = home / "cache" / "data" / "tinyshakespeare.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"To b")
    serve(monkeypatch, b"To be")
    assert corpus("shakespeare").data == b"To be" == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"), [(b"<html>", "not the file we know"), (b"x" * 3_000_000, "it is too large")]
)
def test_a_wrong_download_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, home: Path, notes: list[str], content: bytes, said: str
) -> None:
    serve(monkeypatch, content)
    made = corpus("shakespeare", limit=1000, note=notes.append)
    assert "standard library" in made.name and said in notes[0]
    assert kept() == ["shakespeare.tried"]


def test_without_a_network_only_the_first_run_waits_for_it(no_network: list[str], notes: list[str]) -> None:
    corpus("auto", limit=1000)
    corpus("auto", limit=1000, note=notes.append)
    assert len(no_network) == 1
    assert "some minutes ago" in notes[0]
