"""The program in a real terminal (tmux): it starts, its tabs and search work, it leaves, the screen is restored."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs229tui.workspace import Workspace
from open_reader import make_paper

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(not shutil.which("tmux") and not os.environ.get("CI"), reason="tmux is not installed"),
]


class Terminal:
    """A tmux server of our own with one window."""

    def __init__(self, home: Path, size: tuple[int, int], words: str = "") -> None:
        self.name = f"cs229-{uuid.uuid4().hex[:8]}"
        environment = f"CS229TUI_HOME={home} CS229TUI_NOW=2023-02-14T12:00:00-05:00 TEXTUAL_ANIMATIONS=none"
        command = (
            f"env -u COLUMNS -u LINES {environment} {sys.executable} -m cs229tui {words}; echo left with $?; sleep 60"
        )
        columns, rows = map(str, size)
        self("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, command)

    def __call__(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *words], capture_output=True, text=True, check=False)
        return done.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self("send-keys", key)

    def screen(self) -> str:
        return self("capture-pane", "-p")

    def wait_for(self, text: str, gone: bool = False, seconds: float = 30.0) -> str:
        """The screen once `text` is on it, or once it is `gone`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if (text in shown) is not gone:
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{text!r} never {'went' if gone else 'came'}:\n{self.screen()}")


@pytest.fixture(params=[(40, 12), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def terminal(home: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    opened = Terminal(home, request.param)
    yield opened
    opened("kill-server")


def test_a_first_evening_from_the_welcome_to_leaving(terminal: Terminal) -> None:
    terminal.wait_for("CS 229br")
    terminal.wait_for("esc skip")
    # A key that comes with an escape is read as one with alt: each escape is waited for.
    terminal.press("Escape")
    shown = terminal.wait_for("esc skip", gone=True)
    assert "Lecture 4" in shown
    assert "1 Today" in shown.splitlines()[0]
    tabs = {
        "2": "─ CS 229br ─",
        "3": "type to narrow",
        "4": "newest first",
        "5": "─ Notes ─",
        "6": "─ Labs ─",
        "1": "Lecture 4",
    }
    for key, shown_there in tabs.items():
        terminal.press(key)
        terminal.wait_for(shown_there)
    terminal.press("3")
    terminal.wait_for("type to narrow")
    terminal.press("/")
    terminal.wait_for("search everything")
    terminal.press(*"abadi")
    terminal.wait_for("Deep Learning with")
    terminal.press("Escape")
    terminal.wait_for("type to narrow")
    terminal("resize-window", "-x", "60", "-y", "15")
    terminal.press("1")
    terminal.wait_for("Lecture 4")
    terminal.press("C-q")
    left = terminal.wait_for("left with 0")
    assert "Traceback" not in left
    assert "Lecture 4" not in left


def test_a_draft_and_what_it_was_to_be_survive_being_killed(home: Path) -> None:
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True)
    workspace.folders.settings.write_text('name = "mei"\n')
    make_paper(workspace)
    drafts = workspace.folders.data / "drafts.json"
    first = Terminal(home, (100, 30), "read paper")
    try:
        first.wait_for("Paragraph")
        first.press("a")
        first.wait_for("Comment on p")
        first("send-keys", "-l", "half a thou $x^2$")
        first.wait_for("half a thou")
        first.press("C-t")
        first.wait_for("Question on p")
        end = time.monotonic() + 30
        while not (drafts.exists() and "question" in drafts.read_text("utf-8")):
            assert time.monotonic() < end, "the draft was never kept"
            time.sleep(0.05)
        shell = first("list-panes", "-F", "#{pane_pid}").strip()
        program = subprocess.run(["pgrep", "-P", shell], capture_output=True, check=True)
        os.kill(int(program.stdout.split()[0]), signal.SIGKILL)
        first.wait_for("left with 137")
    finally:
        first("kill-server")
    again = Terminal(home, (100, 30), "read paper")
    try:
        again.wait_for("Paragraph")
        again.press("a")
        again.wait_for("half a thou $x^2$")
        again.wait_for("Question on p")
    finally:
        again("kill-server")
