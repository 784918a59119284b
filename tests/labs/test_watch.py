"""A run as it is seen: torn lines, garbage and floods neither stop nor fool the watcher."""

import json
from pathlib import Path

import pytest

from bench import LAB_TOML
from cs229tui.labkit.lab_file import parse_spec
from cs229tui.labs.output import log_tail
from cs229tui.labs.watch import Follower, RunView, replay


def line(kind: str, t: float = 0.0, **fields: object) -> str:
    return json.dumps({"kind": kind, "t": t, **fields})


def write(folder: Path, *lines: str, end: str = "\n") -> None:
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + end)


def start(steps: int = 0) -> str:
    fields = {"run": "r", "lab": "parabola", "preset": "quick", "parameters": {}, "device": "cpu", "seed": 1}
    return line("start", **fields, steps=steps, pid=1, versions={}, time="2023-02-14T00:00:00Z")


def test_a_line_cut_in_half_is_read_when_it_is_whole(tmp_path: Path):
    follower, view = Follower(tmp_path), RunView()
    assert follower.next() == []
    whole = line("metric", 1, step=1, values={"loss": 2.0})
    write(tmp_path, line("metric", 0, step=0, values={"loss": 3.0}), whole[:20], end="")
    view.fold(follower.next())
    assert list(view.series["loss"].values) == [3.0]
    write(tmp_path, whole[20:])
    view.fold(follower.next())
    assert list(view.series["loss"].values) == [3.0, 2.0]


def test_garbage_is_passed_over(tmp_path: Path):
    write(tmp_path, start(), "\x1b[2J", "[1, 2]", '{"kind": "metric"}', "null", line("note", 1, text="\x1b[2Jhi [b]"))
    view = replay(tmp_path)
    assert view.start is not None
    assert list(view.notes) == ["hi [b]"]


def test_progress_comes_from_events_or_from_the_steps(tmp_path: Path):
    view = RunView()
    assert view.fraction is None and view.remaining() is None
    write(tmp_path, start(steps=10), line("metric", 5, step=5, values={"loss": 1.0}))
    view = replay(tmp_path)
    assert view.fraction == 0.5
    assert view.remaining() is None
    write(tmp_path, line("progress", 6, step=30, of=40, rate=5.0, unit="steps/s"))
    assert replay(tmp_path).fraction == 0.75
    assert replay(tmp_path).remaining() is None
    write(tmp_path, *(line("progress", 6 + 0.2 * at, step=30 + at, of=40, rate=5.0) for at in range(1, 6)))
    assert replay(tmp_path).remaining() == pytest.approx(1.0)
    write(tmp_path, line("end", 8, state="done", reason="", summary={}, seconds=8.0))
    view = replay(tmp_path)
    assert (view.fraction, view.remaining(), view.seconds) == (1.0, None, 8.0)


def test_the_last_verdict_on_a_claim_counts(tmp_path: Path):
    for verdict in ("not tested", "confirmed"):
        write(tmp_path, line("claim", 1, id="falls", verdict=verdict, measured=0.1, wanted="at most 0.5"))
    assert replay(tmp_path).verdicts["falls"].verdict == "confirmed"


def test_panels_are_the_labs_own_then_one_for_each_other_metric(tmp_path: Path):
    import tomllib

    spec = parse_spec(tomllib.loads(LAB_TOML.format(title="P", lecture=1, key="p")), "parabola")
    view = RunView()
    assert [panel.title for panel in view.panels(spec)] == ["loss"]
    write(tmp_path, line("metric", 0, step=0, values={"train": 1.0, "rate": 2.0}))
    assert [(panel.title, panel.log) for panel in replay(tmp_path).panels(spec)] == [("loss", True), ("rate", False)]
    assert [panel.title for panel in replay(tmp_path).panels(None)] == ["train", "rate"]


def test_panels_without_numbers_come_behind_those_with_some():
    from cs229tui.labkit.events import Metric
    from cs229tui.labkit.spec import Panel, Spec

    panels = tuple(Panel(name, (name,)) for name in ("a", "b", "c"))
    spec = Spec("p", "P", 1, "p", "", (), {}, {}, panels, ())
    view = RunView()
    view.fold([Metric(0.0, 0, {"b": 1.0, "d": 1.0})])
    assert [panel.title for panel in view.panels(spec)] == ["b", "a", "c", "d"]


def test_a_lab_that_logs_ever_new_names_is_bounded():
    from cs229tui.labkit.events import Metric, Text

    view = RunView()
    view.fold(Metric(0.0, step, {f"name {step}": 1.0}) for step in range(1000))
    view.fold(Text(0.0, step, "s", "x") for step in range(1000))
    assert len(view.series) == 200
    assert len(view.texts) == 200


def test_of_a_flood_only_the_end_is_read(tmp_path: Path):
    with (tmp_path / "output.log").open("wb") as file:
        for at in range(100):
            file.write(b"%04d " % at + b"x" * 9_994 + b"\n")
    tail = log_tail(tmp_path, 25_000)
    assert len(tail) < 25_000
    assert [part[:4] for part in tail.split("\n")] == ["0098", "0099"]


def test_the_log_is_safe_to_show(tmp_path: Path):
    (tmp_path / "output.log").write_bytes(b"\x1b[31mred\x07 [b]\xff\r\n 10%\r 50%\r100%\n\tdone\n")
    assert log_tail(tmp_path) == "red [b]\ufffd\n100%\n    done"
    assert log_tail(tmp_path / "nowhere") == ""


def test_a_continued_run_takes_back_what_it_does_again(tmp_path: Path):
    write(tmp_path, start(steps=40), *(line("metric", at, step=at, values={"loss": at}) for at in range(20)))
    write(
        tmp_path,
        line("claim", 0.5, id="begins", verdict="confirmed", measured=1.0, wanted=""),
        line("checkpoint", 9.5, step=10, file="checkpoint/10"),
        line("text", 9, step=9, name="sample", text="kept"),
        line("text", 15, step=15, name="sample", text="done again"),
        line("image", 15, step=15, name="digits", file="images/15.png", width=8, height=8),
        line("claim", 19, id="falls", verdict="not tested", measured=None, wanted=""),
        line("progress", 19, step=20, of=40),
        line("end", 20, state="stopped", seconds=20),
    )
    assert replay(tmp_path).end is not None
    continued = json.loads(start(steps=40)) | {"continued": 9.5, "t": 20.0}
    write(tmp_path, json.dumps(continued), line("metric", 21, step=10, values={"loss": 0.5}))
    view = replay(tmp_path)
    assert view.end is None and view.progress is None and view.step == 10
    assert list(view.series["loss"].values) == [*range(10), 0.5]
    assert list(view.verdicts) == ["begins"]
    assert [text.text for text in view.texts] == ["kept"] and not view.images
    assert view.checkpoint is not None and view.checkpoint.step == 10
    assert view.start is not None and view.start.continued == 9.5
    assert view.fraction == 0.25


def test_a_run_that_begins_anew_in_its_folder_is_another(tmp_path: Path):
    write(tmp_path, start(), line("metric", 1, step=1, values={"loss": 1.0}), line("note", 1, text="old"))
    write(tmp_path, start(), line("metric", 0, step=0, values={"other": 1.0}))
    view = replay(tmp_path)
    assert list(view.series) == ["other"] and not view.notes


def test_pictures_and_readings_are_kept_by_name_and_bounded(tmp_path: Path):
    write(
        tmp_path,
        *(line("histogram", at, step=at, name="w", low=0, high=1, counts=[at]) for at in range(300)),
        *(line("heatmap", at, step=at, name=f"head {at}", values=[[at]]) for at in range(100)),
        line("artefact", 3, name="model", file="artefacts/model.pt"),
        line("beat", 5, memory=2e9, utilisation=0.5),
        line("beat", 10, memory=3e9),
        line("beat", 15),
        line("note", 16, text="real data"),
        line("note", 17, text="real data"),
    )
    view = replay(tmp_path)
    assert [event.step for event in view.histograms["w"]] == list(range(100, 300))
    assert len(view.heatmaps) == 50
    assert view.artefacts["model"].file == "artefacts/model.pt"
    assert list(view.machine.series["memory"].values) == [2e9, 3e9]
    assert list(view.machine.series["memory"].seconds) == [5, 10]
    assert len(view.beats) == 2 and list(view.notes) == ["real data"]


def test_a_time_budget_is_counted_like_steps(tmp_path: Path):
    write(tmp_path, start(), *(line("progress", at, step=at, of=60, unit="s") for at in range(10)))
    left = replay(tmp_path).left()
    assert left is not None and left.likely == pytest.approx(51.0) and left.words == "51 s"
