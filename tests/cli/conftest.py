import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cs229tui import cli
from cs229tui.workspace import Workspace


@dataclass(frozen=True)
class Result:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line as the shell does, in this process."""

    def command(*words: str) -> Result:
        monkeypatch.setattr("sys.argv", ["cs229tui", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return command


@pytest.fixture
def workspace() -> Workspace:
    """The workspace of the test's own home."""
    return Workspace()
