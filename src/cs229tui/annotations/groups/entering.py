"""Entering a group, by way of whatever carries it, and leaving one; what would go there is told before."""

import shutil
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cs229tui.annotations.groups.carriers import bundle, git
from cs229tui.annotations.groups.carriers.files import GroupFiles
from cs229tui.annotations.groups.folder import GroupFacts, device_of, groups_in
from cs229tui.annotations.groups.membership import create_group, join_group, leave_group
from cs229tui.annotations.groups.rounds import Round, files_of, go_round
from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.folders import Folders, expanded
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import Database
from cs229tui.library.first_share import earlier, private_notes, withdraw_all
from cs229tui.library.groups import JoinedGroup, joined_groups
from cs229tui.library.people import me

NEVER = "Private notes, reading times, scores, your ratings and flash cards never go."


class Sharing(msgspec.Struct, frozen=True):
    """What would go to a group when she enters it: all she `wrote` so far for nobody else, newest first."""

    wrote: tuple[Annotation, ...]
    notes: int

    @property
    def kinds(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(Counter(one.kind for one in self.wrote).most_common())

    @property
    def readings(self) -> dict[str, int]:
        """How many on each reading, by its id; on a lecture under an empty one."""
        return dict(Counter(one.reading for one in self.wrote).most_common())


def would_share(database: Database) -> Sharing:
    """What would go, and how many notes would not."""
    return Sharing(tuple(earlier(database)), private_notes(database))


class Door(msgspec.Struct, frozen=True):
    """Where a group is to be entered: its `folder` on this machine, which `carrier` brings there, and what it holds.

    `made` says that the folder is ours, made for this.
    """

    folder: Path
    carrier: str
    groups: tuple[GroupFacts, ...]
    made: bool = False


def approach(database: Database, folders: Folders, given: str, *, repository: bool = False) -> Door:
    """Look at what she named: a folder, the address of a git repository, or a zip; nothing of hers goes anywhere.

    Raises `GroupError`, `GitError`, `BundleError`, `UsageError`.
    """
    path = expanded(given)
    if repository or git.looks_like_repository(given):
        folder = _new_folder(folders)
        try:
            git.start(folder, given)
            # Everybody's files, as they are: who writes nothing here has nothing to send.
            for facts in _groups_in_repository(folder):
                git.take(folder, GroupFiles(facts, me(database), device_of(folders)))
            return Door(folder, "git", tuple(groups_in(folder)), True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    if path.is_file():
        folder = _new_folder(folders)
        try:
            folder.mkdir(parents=True)
            for group in _groups_in_zip(path):
                bundle.unpack(path, folder, GroupFiles(group, me(database), device_of(folders)))
            return Door(folder, "zip", tuple(groups_in(folder)), True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return Door(path.absolute(), "folder", tuple(groups_in(path)))


def names_repository(given: str) -> bool:
    """Whether what she named is a git repository rather than a folder or a zip."""
    return git.looks_like_repository(given)


def turn_back(door: Door) -> None:
    """She thought better of it: what was made for the group goes."""
    if door.made:
        shutil.rmtree(door.folder, ignore_errors=True)


def create(database: Database, door: Door, name: str, *, course: str, nickname: str) -> JoinedGroup:
    """Make a group there and enter it; what she writes from now on goes to it."""
    if door.carrier == "zip":
        raise UsageError("A zip is made of a group, not a group in a zip.", "Make it in a folder, then: group pack")
    return create_group(database, door.folder, name, course=course, nickname=nickname, carrier=door.carrier)


def create_for_zip(database: Database, folders: Folders, name: str, *, course: str, nickname: str) -> JoinedGroup:
    """Make a group that has no folder to share: zips carry it."""
    folder = _new_folder(folders)
    folder.mkdir(parents=True)
    return create_group(database, folder, name, course=course, nickname=nickname, carrier="zip")


def join(database: Database, door: Door, group: str = "") -> JoinedGroup:
    """Enter a group that is there, the only one where it is not named; one she is in is moved there."""
    return join_group(database, door.folder, group, carrier=door.carrier)


def take_zip(
    database: Database, folders: Folders, file: Path, catalog: Mapping[str, Reading]
) -> list[tuple[JoinedGroup, Round]]:
    """Take what a zip holds of her groups into their folders and bring those up to date; raises `BundleError`."""
    hers = {group.id: group for group in joined_groups(database)}
    found = _groups_in_zip(file)
    if not hers.keys() & set(found):
        raise NotFoundError("You are not in the group of this zip.", f"Enter it with: cs229tui group join {file}")
    done = []
    for id in found:
        if id in hers:
            bundle.unpack(file, Path(hers[id].folder), files_of(database, folders, id))
            done.append((hers[id], go_round(database, folders, hers[id], catalog)))
    return done


def leave(
    database: Database,
    folders: Folders,
    group: JoinedGroup,
    catalog: Mapping[str, Reading],
    *,
    withdraw: bool,
) -> Round | None:
    """Leave a group; with `withdraw` all that is hers is taken out of it first, for which it must be reachable.

    Returns that last round. What others wrote can still be read here. Raises `GroupError`, and `UsageError` where the
    words cannot be withdrawn now.
    """
    last = None
    if withdraw:
        withdraw_all(database, group.id)
        last = go_round(database, folders, group, catalog)
        if last.trouble:
            raise UsageError(
                f"Your words cannot be withdrawn now: {last.trouble}",
                "They are taken back here, and go from the group with the next sync; leave it then.",
            )
    leave_group(database, group.id)
    folder = Path(group.folder)
    if group.carrier != "folder" and folder.is_relative_to(folders.data / "groups"):
        shutil.rmtree(folder, ignore_errors=True)
    return last


def _new_folder(folders: Folders) -> Path:
    return folders.data / "groups" / str(uuid.uuid4())


def _groups_in_repository(folder: Path) -> list[str]:
    return _named(git.paths(folder))


def _groups_in_zip(file: Path) -> list[str]:
    found = _named(list(bundle.members(file)))
    if not found:
        raise bundle.BundleError(
            f"{clean_line(str(file), 200)} holds nothing of a group.", "It is made with: cs229tui group pack FILE"
        )
    return found


def _named(paths: list[str]) -> list[str]:
    """The groups that some paths belong to."""
    parts = (path.split("/") for path in paths)
    names = {part[2] for part in parts if len(part) > 3 and part[:2] == ["cs229-share", "v1"]}
    return sorted(name for name in names if GroupFiles(name, "", "").known(f"cs229-share/v1/{name}/group.json"))
