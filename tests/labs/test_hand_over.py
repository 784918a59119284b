"""A run handed over to another tool: all of it, once, by a process beside it; where the tool is missing, it is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import Begin, until
from cs229tui.config import Settings
from cs229tui.errors import LabError, UsageError
from cs229tui.folders import Folders
from cs229tui.labkit.events import Event, Heatmap
from cs229tui.labs import hand_over, receivers
from cs229tui.labs.find import lab_named
from cs229tui.labs.launch import launch
from cs229tui.labs.receivers import Handed, check, renderings
from cs229tui.library.database import Database
from made_runs import falling, made_run


class Recorder:
    """What a tool was told."""

    def __init__(self, handed: Handed) -> None:
        self.handed = handed
        self.events: list[Event] = []
        self.state = ""

    where = "look there"

    def take(self, event: Event) -> None:
        self.events.append(event)

    def kept(self) -> None:
        pass

    def close(self, state: str) -> None:
        self.state = state


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    made: list[Recorder] = []

    def receiver(tool: str, handed: Handed) -> Recorder:
        made.append(Recorder(handed))
        return made[-1]

    monkeypatch.setattr(hand_over, "receiver", receiver)
    monkeypatch.setattr(hand_over, "check", lambda tool: None)
    return made


def test_all_of_a_run_is_handed_over_and_only_once(tmp_path: Path, recorded: list[Recorder]):
    record = made_run(tmp_path, "a", {"loss": falling(1)}, claims={"falls": ("confirmed", 0.1)})
    folder = Path(record.folder)
    assert hand_over.follow(folder, "trackio") == (13, "look there")
    (first,) = recorded
    assert (first.state, first.handed.again) == ("done", False)
    assert first.handed.name == "parabola-quick-a"
    assert [event.kind for event in first.events] == ["start", *["metric"] * 10, "claim", "end"]
    assert hand_over.follow(folder, "trackio") == (0, "")
    assert len(recorded) == 1


def test_a_run_that_is_continued_is_handed_over_from_where_it_was(tmp_path: Path, recorded: list[Recorder]):
    record = made_run(tmp_path, "a", {"loss": falling(1)}, state="stopped")
    folder = Path(record.folder)
    hand_over.follow(folder, "trackio")
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "metric", "t": 5, "step": 11, "values": {"loss": 0.0}}) + "\n")
        file.write(json.dumps({"kind": "end", "t": 6, "state": "done"}) + "\n")
    assert hand_over.follow(folder, "trackio")[0] == 2
    assert recorded[1].handed.again
    assert recorded[1].state == "done"


def test_a_run_that_died_is_handed_over_to_where_it_died(tmp_path: Path, recorded: list[Recorder]):
    record = made_run(tmp_path, "a", {"loss": falling(1)}, state="running")
    (Path(record.folder) / "process.json").write_text(json.dumps({"pid": 1, "host": "x", "boot": "", "started": ""}))
    (Path(record.folder) / "exit").write_text("137\n")
    assert hand_over.follow(Path(record.folder), "trackio")[0] == 11
    assert recorded[0].state == "failed"


def test_afterwards_a_run_that_goes_on_is_handed_over_as_far_as_it_is(tmp_path: Path, recorded: list[Recorder]):
    record = made_run(tmp_path, "a", {"loss": falling(1)}, state="running")
    assert hand_over.follow(Path(record.folder), "trackio", wait=False)[0] == 11
    assert recorded[0].state == "running"


def test_two_do_not_hand_over_the_same_run(tmp_path: Path, recorded: list[Recorder]):
    folder = Path(made_run(tmp_path, "a", {}).folder)
    with hand_over._alone(folder, "trackio"), pytest.raises(LabError, match="already"):
        hand_over.follow(folder, "trackio")
    assert hand_over.follow(folder, "trackio")[0] == 2


def test_what_is_no_run_is_told(tmp_path: Path, recorded: list[Recorder]):
    with pytest.raises(LabError, match="not a run"):
        hand_over.follow(tmp_path / "nowhere", "trackio")
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(LabError, match="not a run"):
        hand_over.follow(tmp_path, "trackio")


def test_a_tool_that_is_missing_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receivers, "find_spec", lambda name: None)
    with pytest.raises(LabError, match=r"W&B is not installed. pip install 'cs229tui\[wandb\]'"):
        hand_over.begin(tmp_path, "wandb")
    with pytest.raises(UsageError, match="tensorboard, wandb, trackio"):
        check("excel")
    hand_over.begin(tmp_path, "off")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_beside_the_run_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # A package of the tool's name that writes down what it is told.
    tools = tmp_path / "tools"
    (tools / "trackio").mkdir(parents=True)
    (tools / "trackio" / "__init__.py").write_text(
        "import json\n"
        "class Run:\n"
        "    def log(self, values, step=None):\n"
        f"        with open({str(tmp_path / 'told')!r}, 'a') as file:\n"
        "            file.write(json.dumps([step, {name: str(value) for name, value in values.items()}]) + '\\n')\n"
        "    def finish(self):\n"
        "        self.log({'finished': True})\n"
        "def init(**named):\n"
        "    assert named['resume'] == 'allow' and named['config']['lr'] == 0.1\n"
        "    return Run()\n"
        "class Markdown(str): pass\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tools))
    monkeypatch.syspath_prepend(str(tools))
    folder = Path(made_run(tmp_path / "runs", "a", {"loss": [(0, 1.0)]}, state="running").folder)
    # A folder of the tool's name in the run's is not the tool.
    (folder / "trackio").mkdir()
    monkeypatch.chdir(folder)
    hand_over.begin(folder, "trackio")
    heard = tmp_path / "told"
    until(heard.exists)
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "metric", "t": 5, "step": 7, "values": {"loss": None}}) + "\n")
        file.write(json.dumps({"kind": "end", "t": 6, "state": "done"}) + "\n")
    until(lambda: "finished" in heard.read_text())
    lines = [json.loads(line) for line in heard.read_text().splitlines()]
    assert lines[:2] == [[0, {"loss": "1.0"}], [7, {"loss": "nan"}]]
    until(lambda: "handed over to trackio" in (folder / hand_over.LOG).read_text())


def test_a_heat_map_is_a_picture_large_enough_to_be_seen(tmp_path: Path):
    png, width, height = renderings.heat_png(Heatmap(0.0, 1, "x", [[1.0, None], [0.5, 2.0]]))
    assert png.startswith(b"\x89PNG") and width == height == 256
    assert renderings.heat_png(Heatmap(0.0, 1, "x", []))[1] > 0


# Written and read back where TensorBoard is; it brings NumPy, which our labs must not come to need.
_READ = """
import json, sys
from pathlib import Path
from cs229tui.labs import hand_over
folder = Path(sys.argv[1])
count, where = hand_over.follow(folder, "tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
read = EventAccumulator(str(folder / "tensorboard"))
read.Reload()
begun = read.summary_metadata["_hparams_/session_start_info"].plugin_data.content
tags = [tag for tag in read.Tags()["tensors"] if tag.endswith("text_summary")]
print(json.dumps({
    "count": count,
    "where": where,
    "loss": [[one.step, one.value, one.wall_time] for one in read.Scalars("loss")],
    "claim": read.Scalars("claims/falls")[0].value,
    "picture": read.Images("picture")[0].encoded_image_string.hex(),
    "confusion": read.Images("confusion")[0].width,
    "weights": list(read.Histograms("weights")[0].histogram_value.bucket),
    "texts": {tag: read.Tensors(tag)[0].tensor_proto.string_val[0].decode() for tag in tags},
    "lr": plugin_data_pb2.HParamsPluginData.FromString(begun).session_start_info.hparams["lr"].number_value,
}))
"""


def test_tensorboard_reads_what_was_written(tmp_path: Path):
    apart = Path(sys.prefix) / "tensorboard"  # where `make test` installs it
    if not apart.is_dir():
        assert not os.environ.get("CI"), f"TensorBoard is not in {apart}"
        pytest.skip("TensorBoard is not installed beside the tests")
    record = made_run(
        tmp_path, "a", {"loss": [(0, 1.0), (1, None), (2, 0.5)]}, claims={"falls": ("confirmed", 0.1)}, state="done"
    )
    folder = Path(record.folder)
    lines = (folder / "events.jsonl").read_text().splitlines()
    png, _, _ = renderings.heat_png(Heatmap(0, 1, "x", [[1.0]]))
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(png)
    more = [
        {"kind": "text", "t": 1, "step": 2, "name": "sample", "text": "to be"},
        {"kind": "image", "t": 1, "step": 2, "name": "picture", "file": "images/a.png", "width": 256, "height": 256},
        {"kind": "histogram", "t": 1, "step": 2, "name": "weights", "low": -1, "high": 1, "counts": [1, 3]},
        {"kind": "heatmap", "t": 1, "step": 2, "name": "confusion", "values": [[1.0, 2.0]]},
    ]
    lines[-1:-1] = [json.dumps(event) for event in more]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(apart)},
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout.splitlines()[-1])
    assert (read["count"], read["where"]) == (len(lines), f"tensorboard --logdir {tmp_path}")
    assert [one[:2] for one in read["loss"]][::2] == [[0, 1.0], [2, 0.5]]
    assert read["loss"][0][2] == pytest.approx(1676332800.0)
    assert read["claim"] == pytest.approx(0.1) and read["lr"] == 0.1
    assert bytes.fromhex(read["picture"]) == png and read["confusion"] == 256
    assert read["weights"] == [1.0, 3.0]
    assert read["texts"]["sample/text_summary"] == "```\nto be\n```"
    assert "| lr | 0.1 |" in read["texts"]["parameters/text_summary"]
    assert "| falls | confirmed | 0.1 |" in read["texts"]["claims/text_summary"]


def test_a_setting_hands_over_every_run_from_its_start(
    begin: Begin, bench_library: Database, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch
):
    begun: list[tuple[str, str]] = []
    monkeypatch.setattr(hand_over, "begin", lambda folder, tool: begun.append((folder.name, tool)))
    first = begin()
    lab = lab_named(bench_folders, first.lab)
    settings = Settings(labs_hand_over="wandb", labs_at_once=8)
    monkeypatch.setattr(receivers, "find_spec", lambda name: None)
    with pytest.raises(LabError, match="not installed"):
        launch(bench_library, bench_folders, settings, lab)
    monkeypatch.setattr(receivers, "find_spec", lambda name: object())
    second = launch(bench_library, bench_folders, settings, lab)
    assert begun == [(Path(first.folder).name, "off"), (Path(second.folder).name, "wandb")]


def test_a_tool_that_went_away_does_not_keep_a_run_from_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "run.json").write_text(json.dumps({"hand_over": "wandb"}))
    monkeypatch.setattr(receivers, "find_spec", lambda name: None)
    hand_over.begin_as_asked(tmp_path)
    assert "W&B is not installed" in (tmp_path / hand_over.LOG).read_text()
