"""The lab against what it must be: run with `pytest` in this folder."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def lab() -> Any:
    """main.py as a module."""
    spec = importlib.util.spec_from_file_location(f"{FOLDER.name.replace('-', '_')}_lab", FOLDER / "main.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, *words: str) -> dict[str, str]:
    """Run the lab; returns the verdict on each claim."""
    command = [sys.executable, str(FOLDER / "main.py"), "--run-folder", str(folder), "--device", "cpu", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert {"metric", "image", "histogram", "heatmap", "end"} <= {event["kind"] for event in events}
    return {event["id"]: event["verdict"] for event in events if event["kind"] == "claim"}


def test_a_board_of_two_by_two_is_exclusive_or(lab: Any) -> None:
    corners = lab.torch.tensor([[0.1, 0.1], [0.1, 0.9], [0.9, 0.1], [0.9, 0.9]])
    assert lab.board(corners, 2).tolist() == [0, 1, 1, 0]


def test_it_confirms_its_claims(tmp_path: Path) -> None:
    verdicts = run(tmp_path / "run")
    assert verdicts == {"hidden-layer-learns": "confirmed", "line-fails": "confirmed"}


def test_a_claim_can_fail(tmp_path: Path) -> None:
    assert run(tmp_path / "run", "--hidden", "1")["hidden-layer-learns"] == "not confirmed"
