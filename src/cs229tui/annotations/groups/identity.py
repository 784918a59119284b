"""Who she is, in a file, so that she is the same person on a second device."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from cs229tui.annotations.groups.folder import UUID
from cs229tui.annotations.groups.rounds import signing_key
from cs229tui.annotations.groups.signing import KeyFileError, can_sign
from cs229tui.errors import UsageError
from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.identity import become
from cs229tui.library.people import me

_LARGEST = 10_000


class Identity(msgspec.Struct, frozen=True):
    """A `person`, and the `secret` that signs what they write, base64; empty where they do not sign."""

    person: str
    secret: str = ""


def write_identity(database: Database, folders: Folders, file: Path) -> None:
    """Write who she is, for her eyes only, and over nothing that is there; raises `KeyFileError`."""
    key = signing_key(folders)
    found = Identity(me(database), key.secret() if can_sign() or key.path.exists() else "")
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(msgspec.json.encode(found) + b"\n")
    except OSError as error:
        raise KeyFileError(f"{file} cannot be written: {error.strerror}.", "Choose another name.") from error


def read_identity(file: Path) -> Identity:
    """What such a file holds; raises `KeyFileError`."""
    try:
        with file.open("rb") as held:
            found = msgspec.json.decode(held.read(_LARGEST), type=Identity)
    except OSError as error:
        raise KeyFileError(f"{file} cannot be read: {error.strerror}.", "Check its name.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise KeyFileError(f"{file} does not say who you are.", "Make it with: group identity export") from error
    if not UUID.fullmatch(found.person):
        raise KeyFileError(f"{file} does not say who you are.", "Make it with: group identity export")
    return found


def take_identity(database: Database, folders: Folders, taken: Identity) -> None:
    """Be that person on this device; raises `UsageError` where she has written in a group here as somebody else."""
    key = signing_key(folders)
    if taken.person == me(database) and (not taken.secret or (key.path.exists() and key.secret() == taken.secret)):
        raise UsageError("You are that person here already.", "Nothing was changed.")
    become(database, taken.person)
    if taken.secret:
        with suppress(FileNotFoundError):
            # What was signed with it here was shown to nobody.
            key.path.unlink()
        key.keep(taken.secret)
