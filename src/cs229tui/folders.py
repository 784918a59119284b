"""Where the program keeps things, and where it finds what it was shipped with."""

import os
from pathlib import Path

import msgspec

_PACKAGE = Path(__file__).parent


class Folders(msgspec.Struct, frozen=True):
    """The three folders of one user: what must not be lost, what she may edit, what can be made again."""

    data: Path
    config: Path
    cache: Path

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data / "library.db"

    @property
    def documents(self) -> Path:
        """Copies of the documents, named by their SHA-256."""
        return self.data / "documents"

    @property
    def runs(self) -> Path:
        """One folder for each lab run."""
        return self.data / "runs"

    @property
    def labs(self) -> Path:
        """The student's own labs."""
        return self.data / "labs"

    @property
    def settings(self) -> Path:
        """The settings file, TOML."""
        return self.config / "config.toml"


def folders() -> Folders:
    """The folders of this user: the platform's own, or all below `CS229TUI_HOME` where that is set."""
    home = os.environ.get("CS229TUI_HOME")
    if home:
        root = expanded(home).absolute()
        return Folders(root / "data", root / "config", root / "cache")
    import platformdirs

    return Folders(
        Path(platformdirs.user_data_path("cs229tui", appauthor=False)),
        Path(platformdirs.user_config_path("cs229tui", appauthor=False)),
        Path(platformdirs.user_cache_path("cs229tui", appauthor=False)),
    )


def expanded(path: str | Path) -> Path:
    """The path with a leading `~` or `~user` filled in; one of a user whom nobody knows is a name like any other."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def shipped(name: str) -> Path:
    """The path of `data/…`, `labs/…` or `docs/guide.md` as shipped: inside an installed package, or in the checkout."""
    installed = _PACKAGE / "shipped" / name
    return installed if installed.exists() else _PACKAGE.parents[1] / name
