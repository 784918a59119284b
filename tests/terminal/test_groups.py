"""Two students, each with a home and a terminal, discuss a paper: over a folder, over git, through a crash, offline."""

import json
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

from cs229tui.annotations.groups.carriers.git_process import git
from cs229tui.course.model import Reading
from cs229tui.documents.store import attach_file
from cs229tui.folders import Folders
from cs229tui.library.database import open_library
from cs229tui.library.readings import add_reading
from pdfs import Put, pdf

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(not shutil.which("tmux") and not os.environ.get("CI"), reason="tmux is not installed"),
]
_PATIENCE = 40


class Student:
    """Somebody with a home, the paper, and a terminal in which its reader is open."""

    def __init__(self, home: Path, name: str, paper: Path) -> None:
        self.home, self.name = home, name
        self.server = f"cs229-{uuid.uuid4().hex[:8]}"
        folders = Folders(home / "data", home / "config", home / "cache")
        folders.settings.parent.mkdir(parents=True)
        folders.settings.write_text(f'name = "{name}"\n')
        database = open_library(folders.database)
        add_reading(database, Reading(id="paper", title="A paper", lectures=(0,)))
        attach_file(database, folders, "paper", paper)
        database.close()
        self.environment = {**os.environ, "CS229TUI_HOME": str(home), "TEXTUAL_ANIMATIONS": "none"}
        self.environment.pop("CS229TUI_NOW", None)

    def run(self, *words: str) -> str:
        """A command of theirs."""
        command = [sys.executable, "-m", "cs229tui", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout or done.stderr

    def tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self.server, *words], capture_output=True, text=True, check=False)
        return done.stdout

    def open(self) -> None:
        """Open the paper, in a terminal of their own."""
        home = f"CS229TUI_HOME={self.home} TEXTUAL_ANIMATIONS=none"
        start = f"env -u COLUMNS -u LINES {home} {sys.executable} -m cs229tui read paper"
        command = f"echo pid $$ > {self.home}/pid; exec {start}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command)
        self.sees("weighs every token")

    def kill(self) -> None:
        """End the program as a power cut would."""
        os.kill(int((self.home / "pid").read_text().split()[1]), signal.SIGKILL)
        self.tmux("kill-server")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)

    def write(self, key: str, text: str) -> None:
        """Open the sheet with a key, write in it, and post it."""
        for _ in range(20):
            # While the list is drawn anew for what a friend wrote, no message may be under the cursor.
            self.press(key)
            if self.soon("keep as draft"):
                break
        self.sees("keep as draft")
        self.tmux("send-keys", "-l", text)
        self.sees(text)
        self.press("C-s")
        self.sees("keep as draft", gone=True)

    def soon(self, text: str) -> bool:
        """Whether it comes on the screen within two seconds."""
        end = time.monotonic() + 2
        while text not in self.screen():
            if time.monotonic() > end:
                return False
            time.sleep(0.03)
        return True

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def sees(self, text: str, gone: bool = False) -> float:
        """Wait until it is on the screen, or is not; returns how many seconds that took."""
        began = time.monotonic()
        while time.monotonic() < began + _PATIENCE:
            if (text in self.screen()) is not gone:
                return time.monotonic() - began
            time.sleep(0.03)
        raise AssertionError(f"{self.name}: {text!r} never {'went' if gone else 'came'}:\n{self.screen()}")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Student, Student]]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(pdf([[Put(72, 700, "Attention weighs every token against all others.")]]))
    students = (Student(tmp_path / "ana", "ana", paper), Student(tmp_path / "ben", "ben", paper))
    yield students
    for student in students:
        student.tmux("kill-server")


@pytest.mark.parametrize("carrier", ["folder", "git"])
def test_two_students_discuss(two: tuple[Student, Student], tmp_path: Path, carrier: str) -> None:
    ana, ben = two
    shared = tmp_path / ("shared" if carrier == "folder" else "remote.git")
    shared.mkdir()
    if carrier == "git":
        git(shared, "init", "--quiet", "--bare")
    made = ("--git", str(shared)) if carrier == "git" else (str(shared),)
    assert "You are in Section" in ana.run("group", "create", "Section", *made, "--yes")
    assert "You are in Section" in ben.run("group", "join", str(shared), "--yes")
    ana.open()
    ben.open()

    def carried(sender: Student, *receivers: Student) -> None:
        # A repository is asked every few minutes; here it is asked as soon as what was sent is there.
        if carrier == "git":
            while json.loads(sender.run("group", "list", "--json"))[0]["waiting"]:
                time.sleep(0.1)
            for student in receivers:
                student.press("F9")
                student.sees("Your groups")
                student.press("s")
                student.sees("brought up to date")
                student.press("Escape")
                student.sees("Your groups", gone=True)

    ana.write("q", "Why every token?")
    carried(ana, ben)
    ben.sees("Why every token?")
    ben.press("Tab")
    ben.write("r", "So that none is lost.")
    carried(ben, ana)
    ana.sees("So that none is lost.")
    ana.press("Tab", "j", "+")
    ana.sees("Upvoted")
    ana.press("a")
    ana.sees("Marked as the answer")
    carried(ana, ben)
    ben.sees("↑1")
    ben.sees("the answer")
    ben.press("j")
    ben.write("e", " Edited.")
    carried(ben, ana)
    ana.sees("lost. Edited.")
    ana.write("r", "A slip.")
    carried(ana, ben)
    ben.sees("A slip.")
    ana.press("j", "x")
    ana.sees("A slip.", gone=True)
    carried(ana, ben)
    ben.sees("A slip.", gone=True)
    # Killed in the middle: what was posted is there, and what comes meanwhile is read at the next start.
    ben.kill()
    ana.press("j")
    ana.write("r", "Not even the last one?")
    assert "Traceback" not in ben.run("group", "sync")
    ben.open()
    ben.sees("Not even the last one?")
    # Away: she writes on, it waits, and it goes once the others can be reached.
    away = shared.rename(tmp_path / "away")
    ana.write("r", "Written on a train.")
    ana.press("F9")
    ana.sees("Your groups")
    ana.press("s")
    ana.sees("1 line waits")
    ana.press("Escape")
    away.rename(shared)
    ana.run("group", "sync")
    carried(ana, ben)
    ben.sees("Written on a train.")
    for student in two:
        words = student.run("annotations", "--json")
        assert words.count("Written on a train.") == 1 and "A slip." not in words
        assert all(said in words for said in ("Why every token?", "So that none is lost. Edited.", "the last one?"))
