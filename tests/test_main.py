import os
import subprocess
import sys
from pathlib import Path

import pytest


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


def test_a_reading_that_is_not_there_is_told(home: Path) -> None:
    done = start(home, "read", "nothing")
    assert done.returncode == 3 and "nothing" in done.stderr
