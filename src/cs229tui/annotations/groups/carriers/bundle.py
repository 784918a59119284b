"""A group's folder in one file, to be sent by e-mail: packed whole, and unpacked member by member, nothing trusted."""

import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from cs229tui.annotations.groups.carriers.files import GroupFiles
from cs229tui.clean import clean_line
from cs229tui.errors import ReportableError, UsageError

MOST_ENTRIES = 10_000
LARGEST = 200 << 20
LARGEST_MEMBER = 50 << 20
_MOST_TIMES = 100
# Below this size what is packed tightly is not suspicious: a short file of one letter is.
_SMALL = 1 << 20
# Every zip made of the same files is the same file.
_MOMENT = (1980, 1, 1, 0, 0, 0)


class BundleError(ReportableError):
    """A zip cannot be read, or holds what no group's zip holds."""


def pack(folder: Path, file: Path, files: GroupFiles) -> int:
    """Write the group's files below `folder` into the zip `file`, whole or not at all; returns how many there are."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    names = files.here(folder)
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name in names:
                member = zipfile.ZipInfo(name, _MOMENT)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = (stat.S_IFREG | 0o644) << 16
                bundle.writestr(member, (folder / name).read_bytes())
        partial.replace(file)
    except OSError as error:
        raise BundleError(f"{file} cannot be written: {error.strerror}.", "Choose another place.") from error
    finally:
        partial.unlink(missing_ok=True)
    return len(names)


def members(file: Path) -> dict[str, bytes]:
    """What a zip holds by path, all of it checked before any of it is given; raises `BundleError`."""
    try:
        with zipfile.ZipFile(file) as bundle:
            infos = [info for info in bundle.infolist() if not info.is_dir()]
            _check(infos)
            return {info.filename: _read(bundle, info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BundleError(f"{file} is no zip that can be read: {clean_line(str(error), 120)}.") from error
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}.", "Check its name.") from error


def unpack(file: Path, folder: Path, files: GroupFiles) -> int:
    """Take what a zip holds of a group into its folder; returns how many files came or grew. Raises `BundleError`.

    A file that is here and has more in it stays as it is, and what this device writes is never taken from a zip.
    """
    found = {name: held for name, held in members(file).items() if files.known(name)}
    if not found:
        raise BundleError(f"{file} holds nothing of a group.", "It is made with: cs229tui group pack FILE")
    changed = 0
    for name, new in found.items():
        path = folder / name
        old = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if (files.mine(name) and old) or len(new) <= len(old):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if new.startswith(old) and old:
            with path.open("ab") as grown:
                grown.write(new[len(old) :])
        else:
            partial = path.with_name(f".{path.name}.{os.getpid()}.part")
            partial.write_bytes(new)
            partial.replace(path)
        changed += 1
    return changed


def _check(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_ENTRIES:
        raise BundleError(f"The zip holds {len(infos):,} files; a group's has at most {MOST_ENTRIES:,}.")
    seen: set[str] = set()
    for info in infos:
        name, shown = info.filename, clean_line(info.filename, 80)
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or name != path.as_posix():
            raise BundleError(f"The zip holds {shown!r}, which points out of its folder.", "Do not use it.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise BundleError(f"The zip holds {shown!r}, which is a link or a device.", "Do not use it.")
        if name.casefold() in seen:
            raise BundleError(f"The zip holds {shown!r} twice.", "Do not use it.")
        seen.add(name.casefold())
        if info.flag_bits & 0x1:
            raise UsageError("The zip is locked with a password.", "Have it sent without one.")
        if info.file_size > _SMALL and info.file_size > _MOST_TIMES * max(1, info.compress_size):
            raise BundleError(
                f"{shown!r} in the zip grows to more than {_MOST_TIMES} times its size.", "Do not use it."
            )
    if sum(info.file_size for info in infos) > LARGEST or any(info.file_size > LARGEST_MEMBER for info in infos):
        raise BundleError(f"The zip holds more than {LARGEST >> 20} MB.", "A group's files are smaller.")


def _read(bundle: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # The size that is said may be a lie: no more than that is read.
    with bundle.open(info) as member:
        held = member.read(info.file_size + 1)
    if len(held) != info.file_size:
        raise BundleError(f"{clean_line(info.filename, 80)!r} in the zip is not as large as it says.", "Do not use it.")
    return held
