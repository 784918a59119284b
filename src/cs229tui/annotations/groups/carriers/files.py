"""Which files of a shared folder are a group's, and which of them this device writes."""

import re
from pathlib import Path

import msgspec

from cs229tui.annotations.groups.folder import UUID, room

_FILE = re.compile(rf"({UUID.pattern})/({UUID.pattern})(\.[1-9]\d{{0,8}})?\.jsonl")


class GroupFiles(msgspec.Struct, frozen=True):
    """The files of a `group`; paths are from the top of the shared folder, with /. `author` and `device` are ours."""

    group: str
    author: str
    device: str

    @property
    def facts(self) -> str:
        """The file that says what the group is; written once, by who made it."""
        return f"{self._top}group.json"

    @property
    def _top(self) -> str:
        return room(Path(), self.group).as_posix() + "/"

    def known(self, path: str) -> bool:
        """Whether a path is one of the group's files."""
        inner = path.removeprefix(self._top)
        return path == self.facts or (inner != path and _FILE.fullmatch(inner) is not None)

    def mine(self, path: str) -> bool:
        """Whether this device, and nobody else, writes it."""
        match = _FILE.fullmatch(path.removeprefix(self._top))
        return match is not None and path.startswith(self._top) and match.group(1, 2) == (self.author, self.device)

    def own(self, folder: Path) -> list[str]:
        """Those that are here and ours."""
        return [path for path in self.here(folder) if self.mine(path)]

    def here(self, folder: Path) -> list[str]:
        """Those that are here, plain files and nothing else."""
        top = room(folder, self.group)
        found = (path for path in (*top.glob("*/*.jsonl"), *top.glob("group.json")))
        names = (path.relative_to(folder).as_posix() for path in found if path.is_file() and not path.is_symlink())
        return sorted(name for name in names if self.known(name))
