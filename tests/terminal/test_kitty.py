"""Pages on a terminal that plays kitty: answers are not keys, a page is sent once, and all is taken back."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.store import attach_file
from cs229tui.library.readings import add_reading
from cs229tui.tui.pictures.kitty import CELL
from cs229tui.workspace import Workspace
from pdfs import Put, pdf

pytestmark = pytest.mark.terminal

_COMMAND = re.compile(r"\x1b_G([^;\x1b]*);?[^\x1b]*\x1b\\")
_PATIENCE = 30


class Kitty:
    """The program on a pty of ours, 100 × 30 cells of 10 × 20 pixels."""

    def __init__(self, home: Path) -> None:
        self.process, self.side = pty.fork()
        if self.process == 0:
            for name in ("TMUX", "STY", "NO_COLOR", "COLUMNS", "LINES", "COLORTERM"):
                os.environ.pop(name, None)
            os.environ |= {"TERM": "xterm-kitty", "CS229TUI_HOME": str(home), "TEXTUAL_ANIMATIONS": "none"}
            os.execv(sys.executable, [sys.executable, "-m", "cs229tui", "read", "paper"])
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 1000, 600))
        self.said = ""
        self.images: set[str] = set()
        self._seen = 0
        self._decoded = codecs.getincrementaldecoder("utf-8")("replace")

    def hear(self) -> bool:
        """Take in what the program wrote, answer what it asked; says whether it is still there."""
        if not select.select([self.side], [], [], 0.05)[0]:
            return True
        try:
            self.said += self._decoded.decode(os.read(self.side, 1 << 16))
        except OSError:
            return False
        for found in _COMMAND.finditer(self.said, self._seen):
            keys = dict(part.split("=") for part in found[1].split(","))
            if keys.get("a") == "T":
                self.images.add(keys["i"])
            elif keys.get("a") == "d":
                self.images.discard(keys["i"])
            self._seen = found.end()
        return True

    def wait(self, until: Callable[[], object]) -> None:
        end = time.monotonic() + _PATIENCE
        while not until():
            assert self.hear() or until(), self.said[-2000:]
            assert time.monotonic() < end, self.said[-2000:]

    def settle(self) -> int:
        """How many images were sent, once a second has passed without another."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < 1:
            self.hear()
            if (sent := self.said.count("a=T")) != count:
                count, since = sent, time.monotonic()
        return count

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.side, keys.encode())


@pytest.fixture
def kitty(home: Path, tmp_path: Path) -> Iterator[Kitty]:
    workspace = Workspace()
    workspace.folders.settings.parent.mkdir(parents=True)
    workspace.folders.settings.write_text('name = "mei"\n')
    path = tmp_path / "paper.pdf"
    texts = ("Attention weighs every token against all others.", "Deep stacks need a residual path to be trained.")
    path.write_bytes(pdf([[Put(72, 700 - 40 * number, text)] for number, text in enumerate(texts)]))
    add_reading(workspace.database, Reading(id="paper", title="A paper", lectures=(0,)))
    attach_file(workspace.database, workspace.folders, "paper", path)
    workspace.database.close()
    opened = Kitty(home)
    yield opened
    os.close(opened.side)
    os.waitpid(opened.process, 0)


def test_a_page_is_sent_once_and_taken_back_at_the_end(kitty: Kitty) -> None:
    kitty.wait(lambda: "weighs every" in kitty.said)
    assert "\x1b_G" not in kitty.said and "\x1b[c" not in kitty.said
    kitty.press("p")
    kitty.wait(lambda: "\x1b[c" in kitty.said)
    assert "a=q" in kitty.said
    # Cut in two, as over a slow line.
    kitty.press("\x1bP>|kitty(0.32.2)\x1b\\\x1b_Gi=31;O")
    time.sleep(0.15)
    kitty.press("K\x1b\\\x1b[6;20;10t\x1b[?62;c")
    kitty.wait(lambda: CELL in kitty.said and "p 1 of 2" in kitty.said)
    kitty.settle()
    kitty.press("\x1b[6~")
    sent = kitty.settle()
    assert sent >= 6
    for key, page in (("\x1b[5~", "p 1 of 2"), ("\x1b[6~", "p 2 of 2")):
        before = len(kitty.said)
        kitty.press(key)
        kitty.wait(lambda before=before, page=page: page in kitty.said[before:] and CELL in kitty.said[before:])
        # The second visit sends no image.
        assert kitty.settle() == sent
    # Nothing of the answers was taken for keys, none of which is on the screen.
    assert "kitty(0" not in kitty.said
    kitty.press("\x11")
    end = time.monotonic() + _PATIENCE
    while kitty.hear():
        assert time.monotonic() < end
    assert not kitty.images
    assert kitty.said.rindex("a=d,d=I") < kitty.said.rindex("\x1b[?1049l")
