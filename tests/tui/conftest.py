"""What the screens' tests share: the program on a workspace of its own, in the middle of the term."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.tui.app import Companion
from cs229tui.workspace import Workspace

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def companion(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Companion]:
    """Makes the app; welcomed already, so that it opens on Today."""
    monkeypatch.setenv("CS229TUI_NOW", "2023-02-14T12:00:00-05:00")
    for name in ("SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)

    def make(settings: str = 'name = "Ana"\n', reading: str | None = None, welcomed: bool = True) -> Companion:
        workspace = Workspace()
        if welcomed:
            workspace.folders.settings.parent.mkdir(parents=True, exist_ok=True)
            workspace.folders.settings.write_text(settings, "utf-8")
        return Companion(workspace, reading)

    return make


@pytest.fixture
def workspace(home: Path) -> Workspace:
    """A library with one paper in it, `paper`, whose reader `open_reader.Opened` opens."""
    from open_reader import make_paper

    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')
    make_paper(made)
    return made
