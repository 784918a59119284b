"""Kept curves are the run's own, or are not used."""

import json
import math
import zlib
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs229tui.labs import curves
from cs229tui.labs.curves import CURVES, keep, open_run
from cs229tui.labs.series import Span
from cs229tui.labs.watch import Follower, RunView, replay

COUNT = 3000


def line(kind: str, t: float = 0.0, **fields: object) -> str:
    return json.dumps({"kind": kind, "t": t, **fields}) + "\n"


START = {"run": "r", "lab": "l", "preset": "quick", "parameters": {}, "device": "cpu", "seed": 1, "steps": COUNT}


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(curves, "WORTH", 1000)
    made = tmp_path / "run"
    made.mkdir()
    with (made / "events.jsonl").open("w") as file:
        file.write(line("start", **START, pid=1, versions={"torch": "2"}, time=""))
        for step in range(COUNT):
            values = {"loss": math.cos(step / 50) if step % 7 else None, "lr": 0.1}
            file.write(line("metric", step / 10, step=step, values=values))
        file.write(line("text", 5, step=50, name="sample", text="to be"))
        file.write(line("image", 5, step=50, name="digits", file="images/1.png", width=8, height=8))
        file.write(line("checkpoint", 199.95, step=2000, file="checkpoint/2000"))
        file.write(line("beat", 201, memory=1e9, utilisation=0.5))
        file.write(line("claim", 300, id="falls", verdict="confirmed", measured=0.1, wanted=""))
        file.write(line("note", 300, text="a note"))
        file.write(line("end", 300, state="done", reason="", summary={}, seconds=300))
    return made


def fresh(folder: Path) -> RunView:
    follower = Follower(folder)
    while events := follower.next():
        follower.view.fold(events)
    return follower.view


def told(view: RunView) -> object:
    """Everything of a view that a screen could show."""
    span = Span(0, COUNT)
    series = {**view.series, **{f"machine {name}": one for name, one in view.machine.series.items()}}
    points = {
        name: (list(one.steps), list(one.seconds), repr(list(one.values)), one.columns(span, 40))
        for name, one in series.items()
    }
    rest = (view.start, view.texts, view.images, view.checkpoints, view.verdicts, view.notes, view.end, view.progress)
    return points, rest, view.step, view.seconds


def test_what_is_kept_is_what_was_read(folder):
    read = fresh(folder)
    assert keep(folder)
    follower = open_run(folder)
    assert follower.next() == [] and not follower.fresh
    assert told(follower.view) == told(read)
    assert isinstance(follower.view.series["loss"].values, memoryview)
    assert not keep(folder)  # nothing new


def test_a_follower_goes_on_from_where_they_end(folder):
    keep(folder)
    with (folder / "events.jsonl").open("a") as file:
        file.write(line("start", 301, **START, pid=2, versions={}, time="", continued=199.95))
        for step in range(2000, 2500):
            file.write(line("metric", 301 + step, step=step, values={"loss": 5.0, "lr": 0.1}))
    view = replay(folder)
    assert told(view) == told(fresh(folder))
    assert view.end is None and not view.verdicts and view.step == 2499
    assert view.series["loss"].extent()[1] == 5.0
    assert keep(folder)


def test_a_short_run_is_not_worth_it(folder, monkeypatch):
    monkeypatch.setattr(curves, "WORTH", 10**9)
    assert not keep(folder)
    assert not (folder / CURVES).exists()


def test_where_the_folder_cannot_be_written_they_go_to_the_cache(folder, monkeypatch):
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).parent == folder:
            raise PermissionError
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert keep(folder)
    assert [path.name for path in folder.iterdir()] == ["events.jsonl"]
    assert open_run(folder).next() == []


@pytest.mark.parametrize("change", ["other events", "longer line", "shorter", "gone"])
def test_stale_curves_are_not_used(folder, change):
    keep(folder)
    events = folder / "events.jsonl"
    text = events.read_text()
    match change:
        case "other events":
            events.write_text(text.replace('"end"', '"END"'))
        case "longer line":
            events.write_text(text.replace('"run": "r"', '"run": "s"'))
        case "shorter":
            events.write_text(text[:2000])
        case "gone":
            events.unlink()
    follower = open_run(folder)
    assert follower.reader.offset == 0 and not follower.view.series


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_torn_and_hostile_files_do_no_harm(folder, data):
    keep(folder)
    file = folder / CURVES
    whole = file.read_bytes()
    try:
        at = data.draw(st.integers(0, len(whole) - 1))
        made = bytearray(whole)
        match data.draw(st.sampled_from(["cut", "flip", "numbers", "more"])):
            case "cut":
                made = made[:at]
            case "flip":
                made[at] ^= 0xFF
            case "more":
                made += b"\0" * (at % 100)
            case "numbers":
                worst = array("d", data.draw(st.lists(st.floats(), min_size=1, max_size=40))).tobytes()
                at -= at % 8
                made[at : at + len(worst)] = worst[: len(made) - at]
        file.write_bytes(made)
        follower = open_run(folder)
        view = follower.view
        for series in view.series.values():
            columns = series.columns(Span(0, COUNT), 50)
            assert all(math.isfinite(value) for column in columns for value in column[:6])
            series.extent()
        view.fold(follower.next())
    finally:
        file.write_bytes(whole)


def test_names_that_a_terminal_would_obey_are_not_taken_from_a_file(folder):
    keep(folder)
    file = folder / CURVES
    whole = file.read_bytes()
    header = curves._FRAME.unpack(whole[: curves._FRAME.size])
    evil = whole.replace(b"\xa4loss", b"\xa4\x1b[2J", 1)
    size = header[2]
    encoded = evil[curves._FRAME.size : curves._FRAME.size + size]
    file.write_bytes(curves._FRAME.pack(header[0], header[1], size, zlib.crc32(encoded)) + evil[curves._FRAME.size :])
    follower = open_run(folder)
    assert follower.reader.offset == 0 and not follower.view.series


def test_nothing_is_left_behind_when_the_disk_is_full(folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(curves, "_write", full)
    assert not keep(folder)
    assert [path.name for path in folder.iterdir()] == ["events.jsonl"]
