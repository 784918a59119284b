"""Making, joining and leaving a group."""

import uuid
from pathlib import Path

from cs229tui.annotations.groups.folder import GroupError, GroupFacts, gone, groups_in, write_facts
from cs229tui.annotations.groups.sync import finish_interrupted
from cs229tui.clean import clean_line
from cs229tui.clock import timestamp
from cs229tui.errors import UsageError
from cs229tui.library.database import Database
from cs229tui.library.groups import (
    JoinedGroup,
    audience_now,
    choose_group,
    forget_group,
    joined_groups,
    store_group,
)
from cs229tui.library.people import me

LONGEST_NAME = 80


def create_group(
    database: Database, folder: Path, name: str, *, course: str = "", nickname: str = "", carrier: str = "folder"
) -> JoinedGroup:
    """Make a group in a folder that its members share, and join it: what she writes from now on goes there.

    `course` is the course's key, `nickname` the name she goes by. Raises `GroupError`, `UsageError`.
    """
    called = clean_line(name, LONGEST_NAME)
    if not called:
        raise UsageError("A group needs a name.", "Give one that its members know it by.")
    if not folder.is_dir():
        raise gone(folder)
    facts = GroupFacts(str(uuid.uuid4()), called, course, me(database), clean_line(nickname, LONGEST_NAME), timestamp())
    write_facts(folder, facts)
    return _join(database, folder, facts, carrier)


def join_group(database: Database, folder: Path, group: str = "", *, carrier: str = "folder") -> JoinedGroup:
    """Join a group that a folder holds, the only one where its id is not given; what she writes goes there from now on.

    Joining again moves the group to this folder. Raises `GroupError`, `UsageError`.
    """
    found = groups_in(folder)
    if group:
        found = [facts for facts in found if facts.id == group or facts.name.casefold() == group.strip().casefold()]
    if not found:
        which = f"no group {clean_line(group, LONGEST_NAME)!r}" if group else "no group"
        raise GroupError(
            f"{clean_line(str(folder))} holds {which}.",
            "Choose the folder in which `cs229-share` lies, or make a group there with: cs229tui group create NAME",
        )
    if len(found) > 1:
        listed = ", ".join(f"{facts.name} ({facts.id[:8]})" for facts in found[:5])
        raise UsageError(f"{clean_line(str(folder))} holds {len(found)} groups: {listed}.", "Say which.")
    return _join(database, folder, found[0], carrier)


def leave_group(database: Database, id: str) -> None:
    """Leave a group: nothing more goes there or comes from there. What came stays, and so does what she wrote in it."""
    finish_interrupted(database)
    current = audience_now(database) == id
    forget_group(database, id)
    left = joined_groups(database)
    if current and left:
        choose_group(database, left[0].id)


def _join(database: Database, folder: Path, facts: GroupFacts, carrier: str) -> JoinedGroup:
    if carrier not in ("folder", "git", "zip"):
        raise UsageError(f"There is no way {carrier!r} to bring a group to the others.", "Use folder, git or zip.")
    made = JoinedGroup(facts.id, facts.name, str(folder.absolute()), carrier, facts.course, True)
    return store_group(database, made)
