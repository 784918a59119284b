"""Who will see what she writes, in words."""

from urllib.parse import urlsplit

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.library.annotations import Kind
from cs229tui.library.database import Database
from cs229tui.library.groups import joined_groups, writers
from cs229tui.library.hypothesis import hypothesis_groups

PRIVATE = "only you: a private note never leaves this machine"


def goes_to(database: Database, kind: Kind, audience: str) -> str:
    """Who sees what is of that kind and shared with that audience."""
    if kind == "note":
        return PRIVATE
    if not audience:
        return "only on this machine"
    for group in joined_groups(database):
        if group.id == audience:
            members = 1 + sum(not one.mine for one in writers(database, group.id))
            return f"goes to {clean_line(group.name, 40)}, {counted(members, 'member')}"
    for known in hypothesis_groups(database):
        if known.audience == audience:
            return f"goes to {clean_line(known.name, 40)} on {urlsplit(audience).hostname or 'Hypothesis'}"
    return "goes to a group you are no longer in"
