"""How long a run will take is judged by runs of the same, by their steps where that is honest, else as the lab says."""

import json
from pathlib import Path

import pytest

from cs229tui.labkit.lab_file import parse_spec
from cs229tui.labkit.spec import ParameterError, Spec
from cs229tui.labs.estimates import Past, estimate, past_runs
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, save_run

TABLES = {
    "title": "Parabola",
    "lecture": 3,
    "key": "p",
    "summary": "Descends.",
    "parameters": {
        "lr": {"type": "float", "default": 0.1, "help": "step size"},
        "steps": {"type": "int", "default": 100, "min": 1, "help": "steps"},
    },
    "presets": {
        "quick": {"minutes": 1, "device": "any", "help": "a taste"},
        "full": {"minutes": 60, "device": "any", "help": "all", "memory": 8, "parameters": {"steps": 1000}},
    },
}


@pytest.fixture
def spec() -> Spec:
    return parse_spec(TABLES, "parabola")


def past(spec: Spec, seconds: float, memory: float = 0.0, **changed: float) -> Past:
    return Past("quick", spec.values("quick", changed), seconds, memory)


def test_without_a_run_the_lab_says(spec: Spec):
    found = estimate(spec, "full", [])
    assert (found.seconds, found.source, found.runs, found.memory) == (3600, "said", 0, 8)
    assert found.words == "~60 min, says the lab"


def test_runs_of_the_same_are_measured_whatever_their_seed(spec: Spec):
    runs = [past(spec, 40, 0.5), past(spec, 50, 0.7, seed=7), past(spec, 90), past(spec, 10, lr=0.5)]
    found = estimate(spec, "quick", runs)
    assert (found.seconds, found.source, found.runs, found.memory) == (50, "measured", 3, 0.7)
    assert found.words == "~50 s here"


def test_steps_scale_and_nothing_else_does(spec: Spec):
    assert estimate(spec, "full", [past(spec, 10)]).source == "said"  # too short to tell its start from its steps
    found = estimate(spec, "full", [past(spec, 30, steps=300)])
    assert (found.seconds, found.source, found.memory) == (100, "scaled", 8)
    assert estimate(spec, "full", [past(spec, 10, lr=0.2)]).source == "said"
    assert estimate(spec, "full", [past(spec, 10, steps=1)]).source == "said"
    with_start = [past(spec, 12, steps=100), past(spec, 22, steps=200)]
    assert estimate(spec, "full", with_start).seconds == pytest.approx(102)
    assert estimate(spec, "quick", [past(spec, 10)], {"steps": 50}).seconds == 5


def test_a_run_of_an_older_lab_says_nothing(spec: Spec):
    old = Past("quick", {"lr": 0.1, "steps": 100}, 10, 0)
    assert estimate(spec, "quick", [old]).source == "said"


def test_a_wrong_value_is_told(spec: Spec):
    with pytest.raises(ParameterError):
        estimate(spec, "quick", [], {"steps": 0})


def test_only_runs_that_ended_here_count(bench_library: Database, tmp_path: Path):
    def add(id: str, host: str | None = None, **fields: object) -> None:
        folder = tmp_path / id
        folder.mkdir()
        beats = [{"kind": "beat", "t": t, "memory": 1e8 * t} for t in (1, 3, 2)]
        (folder / "events.jsonl").write_text("\n".join(["torn", *map(json.dumps, beats)]) + "\n", "utf-8")
        if host is not None:
            facts = {"pid": 1, "host": host, "boot": "", "started": ""}
            (folder / "process.json").write_text(json.dumps(facts), "utf-8")
        usual = {"state": "done", "started": "2023-02-14T12:00:00.000Z", "ended": "2023-02-14T12:00:09.000Z"}
        save_run(bench_library, RunRecord(id, "parabola", "quick", str(folder), **(usual | fields)))  # type: ignore[arg-type]

    add("a", parameters={"lr": 0.1})
    add("b", host="another machine")
    add("c", state="failed")
    add("d", launcher="slurm")
    (only,) = past_runs(bench_library, "parabola")
    assert (only.preset, only.parameters, only.seconds) == ("quick", {"lr": 0.1}, 9)
    assert only.memory == pytest.approx(0.3)
