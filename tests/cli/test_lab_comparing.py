"""`cs229tui lab compare|export|diff|copy|edit|new`: the same without a screen."""

import json
import sys
from pathlib import Path

import pytest

from bench import make_lab
from cs229tui.folders import Folders
from cs229tui.labs import find
from cs229tui.library.database import Database
from made_runs import falling, made_run


@pytest.fixture(autouse=True)
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "ours")
    return make_lab(tmp_path / "ours")


@pytest.fixture
def runs(bench_folders: Folders, bench_library: Database) -> list[str]:
    return [
        made_run(
            bench_folders.runs,
            f"r{lr}-{seed}",
            {"train": falling(1 + lr + seed / 100)},
            {"lr": lr, "seed": seed},
            claims={"falls": ("confirmed", lr)},
            code=f"lr = {lr}\n",
            sweep="s1",
            database=bench_library,
        ).id
        for lr in (0.003, 0.3)
        for seed in (1, 2)
    ]


def test_runs_are_put_side_by_side(run, runs: list[str]):
    told = run("lab", "compare", *runs)
    assert told.code == 0
    assert told.out.splitlines()[0] == "parabola: 4 runs, 2 settings"
    assert any("3e-3" in line and "±" in line and "4.0 s" in line for line in told.out.splitlines())
    assert "the loss falls" in told.out and "✓ 2/2 0.003" in told.out
    by_sweep = run("lab", "compare", "--sweep", "s1", "--json").json
    assert run("lab", "compare", "s1", "--json").json == by_sweep
    assert [entry["values"]["lr"] for entry in by_sweep["settings"]] == [0.003, 0.3]
    assert by_sweep["settings"][0]["finals"]["train"]["n"] == 2
    assert "curves" not in by_sweep["runs"][0]


def test_what_cannot_be_compared_is_told(run, runs: list[str]):
    assert run("lab", "compare").code == 2
    assert run("lab", "compare", "nothing").code == 3
    assert run("lab", "compare", "--sweep", "nothing").code == 3
    told = run("lab", "compare", runs[0], "--metric", "nothing")
    assert (told.code, "They have: train" in told.err) == (2, True)


def test_runs_are_written_and_nothing_replaced(run, runs: list[str], tmp_path: Path):
    target = tmp_path / "out.csv"
    assert run("lab", "export", "--sweep", "s1", "--to", str(target)).out.split() == [
        str(target),
        str(tmp_path / "out-finals.csv"),
    ]
    assert len(target.read_text().splitlines()) == 41
    again = run("lab", "export", runs[0], "--to", str(target))
    assert (again.code, "already" in again.err) == (2, True)
    assert run("lab", "export", runs[0], "--to", str(target), "--overwrite").code == 0
    assert len(target.read_text().splitlines()) == 11
    for kind in ("md", "svg", "json"):
        assert run("lab", "export", *runs, "--to", str(tmp_path / f"out.{kind}"), "--metric", "train").code == 0
    assert json.loads((tmp_path / "out.json").read_text())["differing"] == ["code", "lr"]


def test_a_missing_tool_says_how_to_get_it(run, runs: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cs229tui.labs.receivers.find_spec", lambda name: None)
    told = run("lab", "export", runs[0], "--to", "wandb")
    assert (told.code, "cs229tui[wandb]" in told.err) == (1, True)


def test_code_of_runs_and_of_a_copy(run, runs: list[str], ours: Path):
    told = run("lab", "diff", runs[0], runs[2])
    assert "-lr = 0.003" in told.out and "+lr = 0.3" in told.out
    assert run("lab", "diff", runs[0], runs[1]).out == ""
    copied = Path(run("lab", "copy", "parabola").out.strip())
    assert copied.name == "my-parabola"
    (copied / "main.py").write_text((copied / "main.py").read_text() + "more = 1\n")
    assert "+more = 1" in run("lab", "diff", "my-parabola").out
    (ours / "main.py").write_text("anew\n")
    told = run("lab", "diff", "my-parabola", "--json")
    assert "parabola was updated since you copied it: main.py." in told.err
    assert told.json["files"][0]["file"] == "main.py"
    assert run("lab", "diff", "parabola").code == 2


def test_labs_are_copied_made_and_edited(run, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made = Path(run("lab", "new", "tangent-kernel").out.strip())
    assert (made / "test_main.py").is_file()
    assert run("lab", "new", "Not This").code == 2
    assert {lab["name"] for lab in run("lab", "list", "--json").json} == {"parabola", "tangent-kernel"}
    assert run("lab", "edit", "tangent-kernel").out.strip() == str(made / "main.py")
    assert run("lab", "edit", "parabola").code == 2
    seen = tmp_path / "seen"
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c \'import sys; open("{seen}", "w").write(sys.argv[1])\'')
    assert run("lab", "edit", "tangent-kernel").code == 0
    assert seen.read_text() == str(made / "main.py")
