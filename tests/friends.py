"""A friend in the same group, and waiting in a pilot for what a thread will do."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cs229tui.annotations.groups.membership import join_group
from cs229tui.annotations.groups.rounds import go_round
from cs229tui.folders import Folders
from cs229tui.library.database import Database, open_library
from cs229tui.library.groups import JoinedGroup

_PATIENCE = 20


class Friend:
    """Another student, with a home and a library of their own."""

    def __init__(self, home: Path, shared: Path) -> None:
        self.folders = Folders(home / "data", home / "config", home / "cache")
        self.database: Database = open_library(self.folders.database)
        self.group: JoinedGroup = join_group(self.database, shared)

    def go_round(self) -> Any:
        return go_round(self.database, self.folders, self.group, {})


async def until(pilot: Any, met: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE
    while not met():
        assert time.monotonic() < end
        await pilot.pause(0.02)
