"""What a command may load: the screens' and the labs' libraries cost time that `--json` must not take."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs a command as the shell does and ends with the heavy modules it has loaded, on standard error.
_RUN = """
import sys
from cs229tui.cli import main
sys.argv = ["cs229tui", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
heavy = ("textual", "torch", "numpy", "httpx", "pypdf", "pypdfium2", "rich", "markdown_it", "lxml")
print("loaded:", *[name for name in heavy if name in sys.modules], file=sys.stderr)
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
        "note list --json",
        "lab list --json",
    ],
)
def test_a_command_loads_no_heavy_library(command: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *command.split()],
        env={**os.environ, "CS229TUI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].strip() == "loaded:", done.stderr
    assert done.stdout
