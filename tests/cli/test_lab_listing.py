"""`lab list`, `lab show`, `lab runs` and `lab predict`: what the screens say, at the command line."""

import json
from pathlib import Path

import pytest

from bench import make_lab
from cs229tui.folders import Folders
from cs229tui.labs import find
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, save_runs

pytestmark = pytest.mark.usefixtures("only_hers")

QUESTIONS = """
[[questions]]
id = "first"
text = "What is the first loss?"
unit = "nats"
metric = "train"

[[questions]]
id = "which"
text = "Which curve ends lower?"
choices = ["train", "held out"]
"""


@pytest.fixture
def lab(bench_folders: Folders) -> Path:
    folder = make_lab(bench_folders.labs)
    with (folder / "lab.toml").open("a", encoding="utf-8") as file:
        file.write(QUESTIONS)
    return folder


@pytest.fixture
def past(bench_library: Database, bench_folders: Folders, lab: Path) -> None:
    spec = find.lab_named(bench_folders, "parabola").spec
    assert spec is not None
    values = spec.values("quick")
    verdict = {"id": "falls", "verdict": "confirmed", "measured": 0.1}

    def made(id: str, day: int, **fields: object) -> RunRecord:
        began, ended = f"2023-02-{day:02d}T12:00:00.000Z", f"2023-02-{day:02d}T12:00:{10 + day}.000Z"
        usual = {"state": "done", "ended": ended, "verdicts": [verdict], "parameters": values}
        return RunRecord(id, "parabola", "quick", f"/gone/{id}", started=began, **(usual | fields))  # type: ignore[arg-type]

    save_runs(
        bench_library,
        [
            made("aa1", 1),
            made("aa2", 2, parameters={**values, "lr": 0.2}),
            made("bb3", 3, state="failed", verdicts=[], sweep="5eed"),
            made("bb4", 4, sweep="5eed"),
        ],
    )


def ids(result) -> list[str]:
    return [one["id"] for one in result.json]


def test_the_list_tells_what_a_preset_takes_here(run, lab: Path, past: None):
    (facts,) = run("lab", "list", "--json").json
    assert facts["presets"][0]["estimate"] == {"seconds": 12.5, "source": "measured", "runs": 2, "memory": 0.0}
    assert facts["presets"][1]["estimate"]["source"] == "said"
    assert (facts["last"], facts["verdicts"][0]["id"]) == ("bb4", "falls")
    told = run("lab", "list").out
    assert "~12 s here" in told and "~60 min, says the lab" in told and "✓ 1/1" in told


def test_runs_are_narrowed_and_ordered_as_on_the_screen(run, lab: Path, past: None):
    assert ids(run("lab", "runs", "--json")) == ["bb4", "bb3", "aa2", "aa1"]
    assert ids(run("lab", "runs", "parabola", "lr=0.1", "done", "--json")) == ["bb4", "aa1"]
    assert ids(run("lab", "runs", "sweep:", "--order", "state", "--json")) == ["bb3", "bb4"]
    assert ids(run("lab", "runs", "--order", "longest", "--limit", "1", "--json")) == ["bb4"]
    assert ids(run("lab", "runs", "--json", "--", "-done")) == ["bb3"]
    assert ids(run("lab", "runs", "--alive", "--json")) == []
    wrong = run("lab", "runs", "since:soon")
    assert (wrong.code, wrong.out) == (2, "") and "since: takes" in wrong.err
    assert "5eed" in run("lab", "runs").out


def test_show_tells_a_lab_or_a_run(run, lab: Path, past: None):
    told = run("lab", "show", "parabola").out
    assert "Parabola · lecture 3" in told and "quick: ~12 s here. a taste" in told
    assert "✓ the loss falls" in told and "? What is the first loss?" in told
    assert "full: ~60 min, says the lab, GPU" in told and "This needs an NVIDIA" in told
    assert run("lab", "show", "parabola", "--json").json["questions"][1]["choices"] == ["train", "held out"]
    assert run("lab", "show", "aa2", "--json").json["parameters"]["lr"] == 0.2
    assert run("lab", "show", "para").out == told
    nothing = run("lab", "show", "zz")
    assert nothing.code == 3 and "no run" in nothing.err


def test_predictions_are_checked_kept_and_told(run, lab: Path, past: None):
    assert "first  What is the first loss?" in run("lab", "predict", "parabola").out
    assert run("lab", "predict", "parabola", "--answer", "first=4.2 nats", "--answer", "which=held").code == 0
    kept = run("lab", "predict", "parabola", "--json").json
    assert [(one["question"], one["answer"]) for one in kept] == [("first", "4.2"), ("which", "held out")]
    assert "What is the first loss?  (you said: 4.2 nats)" in run("lab", "show", "aa1").out
    assert run("lab", "show", "aa1", "--json").json["predictions"] == {"first": "4.2", "which": "held out"}
    assert run("lab", "list", "--json").json[0]["predictions"]["first"] == "4.2"
    for wrong, says in (("first=much", "not a number"), ("which=both", "not a choice"), ("third=1", "QUESTION=TEXT")):
        result = run("lab", "predict", "parabola", "--answer", wrong)
        assert result.code == 2 and says in result.err


def test_an_export_has_the_predictions(run, lab: Path, tmp_path: Path):
    run("lab", "predict", "parabola", "--answer", "first=4.2")
    assert run("export", str(tmp_path / "out")).code == 0
    (one,) = json.loads((tmp_path / "out" / "predictions.json").read_text("utf-8"))
    assert (one["lab"], one["question"], one["answer"]) == ("parabola", "first", "4.2")


def test_an_empty_list_says_what_to_do(run):
    told = run("lab", "runs")
    assert told.out == "" and "Start one with: cs229tui lab run" in told.err
    assert "No run is like that" in run("lab", "runs", "failed").err
