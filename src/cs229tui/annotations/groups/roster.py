"""Who writes in a group: names as they are claimed, and whether a key that was seen before stands behind them."""

import msgspec

from cs229tui.annotations.groups.circles import circle_of
from cs229tui.library.database import Database
from cs229tui.library.groups import JoinedGroup, lines_put_aside, writers
from cs229tui.library.people import me
from cs229tui.library.trust import trusted_keys


class Member(msgspec.Struct, frozen=True):
    """Somebody who writes there. `standing` is "verified" where a trusted key signed what they wrote, "claimed" where
    nothing did; so many of their lines were put `aside`; `circle` says that they are in the student's.
    """

    person: str
    name: str
    mine: bool
    standing: str
    annotations: int
    latest: str
    circle: bool
    aside: int = 0


def roster(database: Database, group: JoinedGroup, own_name: str) -> list[Member]:
    """Everybody who wrote in a group, and the student, the most recent first."""
    found = {one.person: one for one in writers(database, group.id)}
    mine = me(database)
    keys = trusted_keys(database)
    aside: dict[str, int] = {}
    for line in lines_put_aside(database, group.id):
        aside[line.person] = aside.get(line.person, 0) + 1
    circle = circle_of(mine, {*found, mine}, group.course)
    everybody = [
        Member(
            one.person,
            own_name if one.mine else one.name,
            one.mine,
            "verified" if keys.get(one.person) else "claimed",
            one.annotations,
            one.latest,
            one.person in circle,
            aside.get(one.person, 0),
        )
        for one in found.values()
    ]
    if mine not in found:
        standing = "verified" if keys.get(mine) else "claimed"
        everybody.append(Member(mine, own_name, True, standing, 0, "", True, aside.get(mine, 0)))
    # People of whom nothing could be believed.
    unheard = aside.keys() - found.keys() - {mine}
    everybody += [Member(one, one[:8], False, "put aside", 0, "", one in circle, aside[one]) for one in sorted(unheard)]
    return everybody
