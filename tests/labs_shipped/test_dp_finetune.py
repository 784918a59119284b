"""Fine-tuning with privacy: the clipped sum of a transformer and of LoRA's part, what is public, a run that goes on."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import until
from cs229tui.course.load import load
from cs229tui.errors import LabError
from cs229tui.folders import shipped
from cs229tui.labkit import other_lab
from cs229tui.labkit.lab_file import load_spec
from cs229tui.labs.events import read_events
from cs229tui.labs.run_folder import copy_code
from shipped_lab import loaded

FOLDER = shipped("labs/dp_sgd")
SMALL = [
    "--preset=finetune", "--task=python", "--layers=1", "--width=16", "--heads=2", "--context=24", "--pretraining=6",
    "--lot=20", "--epochs=0.1", "--draws=2", "--sigma=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Any:
    loaded(FOLDER)
    return sys.modules["finetune"]


def classifier(lab: Any, method: str) -> Any:
    """A small model that says something, with a head and B that are not 0."""
    base = lab.Transformer(11, 2, 16, 2, 24, zero_init=False).eval()
    model = lab.Classifier(base, 2, method, r=3)
    for weight in model.trained:
        lab.torch.nn.init.normal_(weight, std=0.1)
    return model


@pytest.mark.parametrize("method", ["full", "lora", "readout"])
@pytest.mark.parametrize("bound", [0.1, 1e6])
def test_the_clipped_sum_is_that_of_one_gradient_a_text(lab: Any, method: str, bound: float) -> None:
    x, y = lab.torch.randint(11, (9, 20)), lab.torch.randint(2, (9,))
    x[2, 7:] = -1  # a text that ends early
    with lab.sdpa_kernel(lab.SDPBackend.MATH):
        assert lab.difference_from_vmap(classifier(lab, method), x, y, bound) < 1e-5


def test_a_step_moves_what_is_trained_and_nothing_else(lab: Any) -> None:
    model = classifier(lab, "lora")
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    x, y = lab.torch.randint(11, (9, 20)), lab.torch.randint(2, (9,))
    lab.clipped_sum(model, x, y, 0.1)
    lab.add_noise(model, 1.0, 0.1, 9)
    lab.torch.optim.Adam(model.trained, lr=0.01).step()
    moved = {name for name, weight in model.named_parameters() if not lab.torch.equal(weight, before[name])}
    assert moved == {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert moved == {name for name in before if name.startswith("head.") or ".A." in name or ".B." in name}


def test_the_other_lab_is_found_beside_this_one_and_else_where_it_was_shipped(tmp_path: Path) -> None:
    mine = tmp_path / "labs" / "mine" / "main.py"
    assert other_lab.lab_folder(mine, "transformer") == shipped("labs/transformer")
    beside = tmp_path / "labs" / "transformer"
    beside.mkdir(parents=True)
    (beside / "main.py").touch()
    assert other_lab.lab_folder(mine, "transformer") == beside
    with pytest.raises(LabError, match="which is not here"):
        other_lab.lab_folder(mine, "no-such-lab")


def test_a_run_keeps_the_other_labs_code_beside_its_own(tmp_path: Path) -> None:
    copy_code(FOLDER, tmp_path)
    kept = {path.relative_to(tmp_path / "code").as_posix() for path in (tmp_path / "code").rglob("*.py")}
    assert {"main.py", "finetune.py", "transformer/lora.py", "transformer/transformer.py"} <= kept
    imported = set(re.findall(r'other_lab\.use\(__file__, "(\w+)"\)', (FOLDER / "finetune.py").read_text("utf-8")))
    assert imported == set(load_spec(FOLDER).uses)


def test_its_readings_are_in_the_course() -> None:
    ids = {reading.id for reading in load(shipped("data/course.toml")).readings}
    assert {claim.reading for claim in load_spec(FOLDER).claims if "finetune" in claim.presets} <= ids
    assert len((FOLDER / "finetune.py").read_text("utf-8").splitlines()) <= 250


def events_of(folder: Path) -> list[Any]:
    return list(read_events(folder / "events.jsonl"))


def process(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={folder}", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.parent)


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    assert process(unbroken, "--threads=1", *SMALL).wait() == 0
    stopped = process(broken, "--threads=1", *SMALL)
    until(lambda: any("lora" in one.values for one in events_of(broken) if one.kind == "metric") or stopped.poll() == 0)
    stopped.terminate()
    stopped.wait()
    assert process(broken, "--continue").wait() == 0
    events = events_of(unbroken)
    whole = next((one.state, one.summary) for one in events if one.kind == "end")
    half, rest = [(one.state, one.summary) for one in events_of(broken) if one.kind == "end"]
    assert half[0] == "stopped" and whole[0] == "done" and rest == whole, "to the last bit"

    tested = {one.id: one.verdict for one in events if one.kind == "claim" and one.verdict != "not tested"}
    assert tested.keys() == {claim.id for claim in load_spec(FOLDER).claims if "finetune" in claim.presets}
    assert tested["clipping-is-exact-full"] == tested["clipping-is-exact-lora"] == "confirmed"
    table = next(one.text for one in events if one.kind == "text")
    assert "LoRA, plain" in table and max(map(len, table.splitlines())) <= 35, "as wide as a panel"
    assert any("No text is in both" in one.text for one in events if one.kind == "note")


def test_a_lot_larger_than_what_is_private_is_a_clear_error(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "main.py"), f"--run-folder={tmp_path / 'run'}", *SMALL, "--lot=50000"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2 and "--lot" in done.stderr and "Traceback" not in done.stderr
