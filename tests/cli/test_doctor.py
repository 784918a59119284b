import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.tui.pictures.abilities import Answers, Evidence, Tmux
from cs229tui.workspace import Workspace

Run = Callable[..., object]


@pytest.fixture(autouse=True)
def torch(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the Python of the labs answers; asking the real one takes seconds."""
    answer: dict[str, Any] = {
        "code": 0,
        "out": '{"version": "2.12.0+cpu", "devices": [], "mps": false, "threads": 2}',
        "err": "",
    }
    real = subprocess.run

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if "-c" not in command:
            return real(command, **options)
        if "raises" in answer:
            raise answer["raises"]
        return subprocess.CompletedProcess(command, answer["code"], answer["out"], answer["err"])

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    return answer


def checks(result: Any) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in result.json}


def test_on_a_sound_machine_nothing_fails(run: Run, workspace: Workspace) -> None:
    assert workspace.database is not None
    result = run("doctor", "--json")
    found = checks(result)
    assert result.code == 0
    assert all(set(check) == {"name", "state", "found", "remedy"} for check in found.values())
    assert not [check for check in found.values() if check["state"] == "fail"]
    for name in ("Python", "SQLite", "course", "library", "data folder", "terminal", "letters", "clipboard", "PyTorch"):
        assert name in found
    assert "160 readings" in found["course"]["found"]
    assert "undamaged" in found["library"]["found"]
    assert "network" not in found
    assert len(run("doctor").out.splitlines()) == len(found)


def test_it_makes_no_library(run: Run, home: Path) -> None:
    assert "not there yet" in checks(run("doctor", "--json"))["library"]["found"]
    assert not (home / "data" / "library.db").exists()


def test_what_is_broken_is_said_with_what_to_do(run: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('course = "/no/such.toml"\n')
    (home / "data").mkdir()
    (home / "data" / "library.db").write_bytes(b"no database " * 1000)
    result = run("doctor", "--json")
    assert result.code == 1
    found = checks(result)
    for name in ("course", "library"):
        assert found[name]["state"] == "fail" and found[name]["remedy"]
    (home / "config" / "config.toml").write_text("text_width = 1\n")
    result = run("doctor", "--json")
    assert checks(result)["settings"]["state"] == "warn" and result.err == ""


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ({"out": '{"version": "2.11.1", "devices": ["NVIDIA H100"], "mps": false, "threads": 2}'}, "ok", "H100"),
        ({"out": '{"version": "1.9.0", "devices": [], "mps": false, "threads": 2}'}, "warn", "1.9.0"),
        ({"code": 1, "err": "Traceback\nImportError: libcudart\x1b[31m"}, "warn", "libcudart"),
        ({"code": -11}, "warn", "cannot import"),
        ({"out": "hello"}, "warn", "no sensible answer"),
        ({"raises": subprocess.TimeoutExpired("python", 60)}, "warn", "did not answer"),
        ({"raises": FileNotFoundError(2, "No such file")}, "warn", "cannot be started"),
    ],
)
def test_whatever_torch_does_is_a_line(
    run: Run, torch: dict[str, Any], answer: dict[str, Any], state: str, said: str
) -> None:
    torch.update(answer)
    check = checks(run("doctor", "--json"))["PyTorch"]
    assert check["state"] == state and said in check["found"] and "\x1b" not in check["found"]


def test_without_torch_it_says_how_to_get_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    check = checks(run("doctor", "--json"))["PyTorch"]
    assert check["state"] == "warn" and "pip install torch" in check["remedy"]


def test_tmux_is_asked_only_inside_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tmux" not in checks(run("doctor", "--json"))
    monkeypatch.setenv("TMUX", "/no/such/socket,1,0")
    monkeypatch.setenv("PATH", "")
    assert checks(run("doctor", "--json"))["tmux"]["state"] == "warn"


def test_it_says_which_page_pictures_there_are_and_how_it_knows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no terminal" in checks(run("doctor", "--json"))["page pictures"]["found"]
    tmux = Tmux("ghostty 1.1.0", "RGB", False)
    monkeypatch.setattr(
        "cs229tui.tui.pictures.asking.ask_directly", lambda: Evidence({"TMUX": "x"}, Answers(True), tmux)
    )
    check = checks(run("doctor", "--json"))["page pictures"]
    assert check["state"] == "warn" and "ghostty" in check["found"]
    assert check["remedy"] == "tmux set -g allow-passthrough on"


def test_torch_is_never_imported_here(run: Run) -> None:
    loaded = "torch" in sys.modules
    run("doctor", "--json")
    assert ("torch" in sys.modules) == loaded
