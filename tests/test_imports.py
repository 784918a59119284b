"""What may be loaded when: the screens' and the labs' libraries cost time that `--json` and the first screen must not
take.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# What a document, a picture, a download or a lab needs, and nothing else.
_LATER = (
    "torch", "numpy", "httpx", "pypdf", "pypdfium2", "lxml", "PIL", "fsrs", "regex", "charset_normalizer",
    "markdown_it", "mdit_py_plugins",
)  # fmt: skip
# Runs a command as the shell does and ends with the heavy modules it has loaded, on standard error.
_COMMAND = f"""
import sys
from cs229tui.cli import main
sys.argv = ["cs229tui", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("loaded:", *[name for name in {("textual", "rich", *_LATER)} if name in sys.modules], file=sys.stderr)
"""
# Opens the screens without a terminal, and ends likewise.
_SCREENS = f"""
import asyncio, sys
from cs229tui.tui.app import Companion
from cs229tui.workspace import Workspace

async def open_today():
    companion = Companion(Workspace(), None)
    async with companion.run_test() as pilot:
        await pilot.pause()
        print(type(companion.screen).__name__)

asyncio.run(open_today())
print("loaded:", *[name for name in {_LATER} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command",
    [
        "--version",
        "--help",
        "lectures --json",
        "readings --json",
        "search x --json",
        "set vaswani-2017-attention --page 2 --json",
        "annotations --json",
        "hypothesis conflicts --json",
        "note list --json",
        "lab list --json",
        "progress vaswani-2017-attention --json",
        "cards --json",
        "cache list --json",
        "cache prune --json",
        "fetch --all --dry-run --json",
    ],
)
def test_a_command_loads_no_heavy_library(command: str, home: Path) -> None:
    assert _run(_COMMAND, home, *command.split())


def test_the_first_screen_loads_no_heavy_library(home: Path) -> None:
    settings = home / "config" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('name = "Ana"\n')
    assert _run(_SCREENS, home) == "TodayScreen\n"


def _run(program: str, home: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "CS229TUI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].strip() == "loaded:", done.stderr
    return done.stdout
