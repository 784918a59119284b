"""One round of a group: what is hers goes into its folder, the carrier takes it along, what others wrote comes in."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from cs229tui.annotations.groups.believing import Trust
from cs229tui.annotations.groups.carriers.files import GroupFiles
from cs229tui.annotations.groups.carriers.git import Exchange, exchange, waiting
from cs229tui.annotations.groups.folder import device_of
from cs229tui.annotations.groups.publishing import Sign
from cs229tui.annotations.groups.signing import SigningKey, can_sign
from cs229tui.annotations.groups.sync import SyncOutcome, sync
from cs229tui.annotations.groups.trust import trust
from cs229tui.course.model import Reading
from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.groups import JoinedGroup
from cs229tui.library.people import me


class Round(msgspec.Struct, frozen=True):
    """What a round came to. `waiting` lines of hers have not gone out, since `trouble`, for which there is a `remedy`;
    all of it empty where nothing waits.
    """

    outcome: SyncOutcome
    received: int = 0
    sent: bool = False
    trouble: str = ""
    remedy: str = ""
    waiting: int = 0


def signing_key(folders: Folders) -> SigningKey:
    """Her key, in its file; made when it is first used."""
    return SigningKey(folders.data / "signing.key")


def files_of(database: Database, folders: Folders, group: str) -> GroupFiles:
    """The files of a group, seen from this device."""
    return GroupFiles(group, me(database), device_of(folders))


def go_round(
    database: Database, folders: Folders, group: JoinedGroup, catalog: Mapping[str, Reading], *, carry: bool = True
) -> Round:
    """Bring a group up to date both ways; without `carry` only its folder, not what lies behind it.

    Where what lies behind it cannot be had that is told in the answer. Raises `GroupError`, `KeyFileError`.
    """
    sign, believed = _signatures(database, folders)
    outcome = sync(database, folders, group, catalog, trust=believed, sign=sign)
    if group.carrier != "git" or not carry:
        return Round(outcome)
    folder, files = Path(group.folder), files_of(database, folders, group.id)
    done: Exchange = exchange(folder, files, files.author)
    if done.received:
        outcome = _both(outcome, sync(database, folders, group, catalog, trust=believed, sign=sign))
    left = waiting(folder, files) if done.trouble else 0
    return Round(outcome, done.received, done.sent, done.trouble, done.remedy, left)


def _signatures(database: Database, folders: Folders) -> tuple[Sign | None, Trust | None]:
    if not can_sign():
        return None, None
    key = signing_key(folders)
    return key.sign, trust(database, key.public)


def _both(first: SyncOutcome, second: SyncOutcome) -> SyncOutcome:
    numbers = ("new", "changed", "deleted", "published", "bad", "aside")
    added = {name: getattr(first, name) + getattr(second, name) for name in numbers}
    return SyncOutcome(**added, warnings=tuple(dict.fromkeys((*first.warnings, *second.warnings))))
