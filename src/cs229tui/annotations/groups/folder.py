"""What lies where in a group's folder: FOLDER/cs229-share/v1/GROUP/AUTHOR/DEVICE.jsonl, and a file about the group."""

import errno
import os
import re
import socket
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cs229tui.clean import clean_line
from cs229tui.errors import ReportableError
from cs229tui.folders import Folders
from cs229tui.whole import write_whole

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONGEST_NAME = 80
MOST_PEOPLE, MOST_FILES = 10_000, 64
_FILE = re.compile(rf"({UUID.pattern})(?:\.([1-9]\d{{0,8}}))?\.jsonl")
_FACTS = "group.json"
_LARGEST_FACTS = 64 * 1024


class GroupError(ReportableError):
    """A group's folder cannot be found, read or written."""


class GroupFacts(msgspec.Struct, frozen=True):
    """What a group is: the `course` it is about by that course's key, and who made it, under what name and when."""

    id: str
    name: str
    course: str = ""
    creator: str = ""
    nickname: str = ""
    created: str = ""


class SharedFile(msgspec.Struct, frozen=True):
    """A file of a group: its `path` is AUTHOR/DEVICE.jsonl, or AUTHOR/DEVICE.2.jsonl once it was written anew."""

    path: str
    author: str
    device: str
    generation: int
    inode: int
    size: int
    changed: int


class _Device(msgspec.Struct):
    id: str
    host: str


def room(folder: Path, group: str) -> Path:
    """Where a group's files are in the folder that its members share."""
    return folder / "cs229-share" / "v1" / group


def write_facts(folder: Path, facts: GroupFacts) -> None:
    """Say what the group is, for those who join; raises `GroupError`."""
    try:
        path = room(folder, facts.id) / _FACTS
        write_whole(path, msgspec.json.format(msgspec.json.encode(facts), indent=2).decode() + "\n")
        # Others must be able to read it, whoever they are to the system.
        path.chmod(0o644)
    except OSError as error:
        raise cannot("written", folder, error) from error


def groups_in(folder: Path) -> list[GroupFacts]:
    """The groups that a folder holds, by name; raises `GroupError` where the folder cannot be read."""
    found: list[GroupFacts] = []
    top = folder / "cs229-share" / "v1"
    if not folder.is_dir():
        raise gone(folder)
    try:
        names = sorted(entry.name for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("read", folder, error) from error
    for name in names:
        facts = facts_of(folder, name) if UUID.fullmatch(name) else None
        if facts is not None:
            found.append(facts)
    return sorted(found, key=lambda facts: (facts.name.casefold(), facts.id))


def facts_of(folder: Path, group: str) -> GroupFacts | None:
    """What a group's folder says of it, cleaned; none where it says nothing that can be understood."""
    try:
        descriptor = open_plain(room(folder, group) / _FACTS)
        with os.fdopen(descriptor, "rb") as file:
            facts = msgspec.json.decode(file.read(_LARGEST_FACTS + 1)[:_LARGEST_FACTS], type=GroupFacts)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    if facts.id != group:
        return None
    return GroupFacts(
        group,
        clean_line(facts.name, LONGEST_NAME) or group[:8],
        clean_line(facts.course, 200),
        facts.creator if UUID.fullmatch(facts.creator) else "",
        clean_line(facts.nickname, LONGEST_NAME),
        clean_line(facts.created, 40),
    )


def shared_files(folder: Path, group: str) -> tuple[list[SharedFile], list[str]]:
    """Every file of a group, and a sentence for each thing that stands where a file of one should and is none.

    Raises `GroupError` where the group's folder is not there, as when a stick was pulled out.
    """
    here = room(folder, group)
    files: list[SharedFile] = []
    warnings: list[str] = []
    try:
        for step in (folder / "cs229-share", folder / "cs229-share" / "v1", here):
            if step.is_symlink():
                raise GroupError(f"{step} is a link to another place.", "A group's folder holds its files itself.")
        with os.scandir(here) as entries:
            authors = sorted(entry.name for entry in entries if _is_author(entry, warnings))
    except OSError as error:
        raise (gone(folder) if isinstance(error, FileNotFoundError) else cannot("read", folder, error)) from error
    if len(authors) > MOST_PEOPLE:
        warnings.append(f"It holds files of {len(authors):,} people; those of the first {MOST_PEOPLE:,} are read.")
    for author in authors[:MOST_PEOPLE]:
        files += _files_of(here, author, warnings)
    return files, warnings


def _is_author(entry: os.DirEntry[str], warnings: list[str]) -> bool:
    if not UUID.fullmatch(entry.name):
        return False
    if not entry.is_dir(follow_symlinks=False):
        warnings.append(f"{entry.name} is no folder of its author; it was not read.")
        return False
    return True


def _files_of(here: Path, author: str, warnings: list[str]) -> Iterator[SharedFile]:
    found: list[SharedFile] = []
    try:
        with os.scandir(here / author) as entries:
            for entry in entries:
                match = _FILE.fullmatch(entry.name)
                if match is None:
                    continue
                path = f"{author}/{entry.name}"
                facts = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(facts.st_mode):
                    warnings.append(f"{path} is no plain file; it was not read.")
                    continue
                generation = int(match[2] or 1)
                found.append(
                    SharedFile(path, author, match[1], generation, facts.st_ino, facts.st_size, facts.st_mtime_ns)
                )
    except OSError as error:
        warnings.append(f"{author} cannot be read: {error.strerror or error}.")
    if len(found) > MOST_FILES:
        warnings.append(f"{author} has {len(found)} files; {MOST_FILES} are read.")
    found.sort(key=lambda one: (one.device, one.generation))
    yield from found[:MOST_FILES]


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a plain file and nothing else: no link, no device, no pipe that would make us wait; raises `OSError`."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return descriptor


def device_of(folders: Folders) -> str:
    """The id of this device, made at first. A home folder that was copied to another machine is another device: two
    machines must never append to one file.
    """
    path, host = folders.data / "device.json", socket.gethostname()
    try:
        known = msgspec.json.decode(path.read_bytes(), type=_Device)
        if known.host == host and UUID.fullmatch(known.id):
            return known.id
    except (OSError, msgspec.DecodeError):
        pass  # There is none yet, or none that can be read: this is a new device.
    return another_device(folders)


def another_device(folders: Folders) -> str:
    """A new id for this device, which from now on writes to a new file."""
    made = _Device(str(uuid.uuid4()), socket.gethostname())
    try:
        write_whole(folders.data / "device.json", msgspec.json.encode(made).decode() + "\n")
    except OSError as error:
        raise cannot("written", folders.data, error) from error
    return made.id


def gone(folder: Path) -> GroupError:
    """The folder is not there."""
    return GroupError(
        f"The group's folder {clean_line(str(folder))} is not there.",
        "Is the disk or stick it lies on connected? Nothing was lost: what you wrote goes there with the next sync.",
    )


def cannot(what: str, folder: Path, error: OSError) -> GroupError:
    """What the system said when the folder was to be read or written."""
    where = clean_line(str(folder))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return GroupError(
            f"{where} is full.", "Free some space; what you wrote is kept here and goes there with the next sync."
        )
    said = clean_line(error.strerror or str(error), 200)
    return GroupError(f"The group's folder {where} cannot be {what}: {said}.", "Check it; nothing was lost.")
