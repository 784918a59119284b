"""What every test gets: a home of its own, no network, a fixed terminal."""

import os
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A landing must not hang on a draw of lots: where nobody watches, the same examples every time; on a desk, new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

pytest_plugins = ["bench"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for the program, and nothing of the machine's own settings."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CS229TUI_HOME", str(folder))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("CS229TUI_WARM", "off")  # no test loads torch in the background unless that is its point
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "TMUX", "SSH_TTY", "CS229TUI_NOW", "TEXTUAL_THEME", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine can be reached, but for tests marked `network`."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def papers() -> Path:
    """A folder of real papers, given by `CS229TUI_PAPERS`; they are never committed."""
    given = os.environ.get("CS229TUI_PAPERS")
    if not given:
        pytest.skip("CS229TUI_PAPERS names no folder of real papers")
    return Path(given)
