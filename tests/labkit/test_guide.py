"""docs/labkit.md: every example in it runs."""

import re
import runpy
from pathlib import Path

import pytest

from cs229tui import labkit
from cs229tui.labkit import device
from cs229tui.labs.events import read_events

GUIDE = Path(__file__).parents[2] / "docs" / "labkit.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_lab_of_the_guide_and_all_that_it_may_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    (toml,) = blocks("toml")
    whole, *pieces = blocks("python")
    folder, first, second = tmp_path / "line", tmp_path / "first", tmp_path / "second"
    folder.mkdir()
    (folder / "lab.toml").write_text(toml, "utf-8")
    (folder / "main.py").write_text(whole, "utf-8")
    words = ["--device", "cpu", "--run-folder"]
    monkeypatch.setattr("sys.argv", ["main.py", *words, str(first)])
    runpy.run_path(str(folder / "main.py"))
    claims = [event.verdict for event in read_events(first / "events.jsonl") if event.kind == "claim"]
    assert claims == ["confirmed"]
    assert list((first / "checkpoint").iterdir())

    with labkit.start(folder / "main.py", [*words, str(second)]) as run:
        w = torch.zeros(2, requires_grad=True)
        x = torch.linspace(-1, 1, 64)
        names = {"run": run, "device": device, "torch": torch, "w": w, "x": x, "y": 2 * x + 1}
        names["optimiser"] = torch.optim.SGD([w], lr=0.1)
        for piece in pieces:
            exec(piece, names)
    events = read_events(second / "events.jsonl")
    kinds = {event.kind for event in events}
    everything = {
        "metric",
        "text",
        "note",
        "image",
        "histogram",
        "heatmap",
        "artefact",
        "checkpoint",
        "claim",
        "progress",
    }
    assert everything <= kinds and events[-1].kind == "end" and events[-1].state == "done"
    assert (second / "artefacts" / "line.pt").stat().st_size > 0


def test_the_guide_names_every_call_of_a_run() -> None:
    text = GUIDE.read_text("utf-8")
    calls = [name for name in vars(labkit.Run) if not name.startswith("_")]
    assert [name for name in calls if f"run.{name}" not in text] == []
    theirs = ("compiled", "mixed_precision", "Stopwatch", "MemoryMeter", "peak_memory", "generator")
    assert [name for name in theirs if f"device.{name}" not in text] == []
