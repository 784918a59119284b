import os
import subprocess
import sys
from pathlib import Path

import pytest

from cs229tui.folders import shipped
from cs229tui.reporting import reported


def start(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cs229tui", *words],
        env={**os.environ, "CS229TUI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [(), ("today",), ("read", "guide"), ("readings",)])
def test_a_broken_library_is_told_before_the_screens_open(home: Path, words: tuple[str, ...]) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "library.db").write_bytes(b"no database " * 1000)
    done = start(home, *words)
    assert done.returncode == 1 and done.stdout == ""
    assert "damaged" in done.stderr and "restore" in done.stderr and "Traceback" not in done.stderr


def test_a_broken_course_is_told_before_the_screens_open(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('course = "/no/such.toml"\n')
    done = start(home)
    assert done.returncode == 1 and "/no/such.toml" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [(), ("today",), ("read", "guide"), ("--course", str(shipped("data/course.toml")))])
def test_without_a_terminal_the_screens_do_not_open(home: Path, words: tuple[str, ...]) -> None:
    done = start(home, *words)
    assert done.returncode == 2 and done.stdout == ""
    assert "need a terminal" in done.stderr and "\x1b" not in done.stderr


def test_a_home_of_a_user_whom_nobody_knows_is_a_folder_like_any_other(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cs229tui", "note", "list"],
        env={**os.environ, "CS229TUI_HOME": "~nobody-of-that-name/x"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr


def test_an_interrupt_is_told_in_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        reported(interrupted)
    assert stop.value.code == 1 and capsys.readouterr().err == "Interrupted.\n"


def test_a_closed_output_is_no_error(home: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -m cs229tui lectures --json >&-', sys.executable],
        env={**os.environ, "CS229TUI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == ""


def test_a_reading_that_is_not_there_is_told(home: Path) -> None:
    done = start(home, "read", "nothing")
    assert done.returncode == 3 and "nothing" in done.stderr
