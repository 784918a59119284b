"""A bench to run labs on: tiny labs that write their events by hand, so that no torch is needed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cs229tui.config import Settings
from cs229tui.folders import Folders, folders
from cs229tui.labs import find, needs
from cs229tui.labs.find import lab_named
from cs229tui.labs.launch import launch
from cs229tui.labs.process import alive, process_of
from cs229tui.library.database import Database, open_library
from cs229tui.library.runs import RunRecord

LAB_TOML = """
title = "{title}"
lecture = {lecture}
key = "{key}"
summary = "Descends a parabola."
readings = ["vaswani-2017-attention"]

[parameters.lr]
type = "float"
default = 0.1
min = 0.0
max = 1.0
help = "step size"

[parameters.text]
type = "str"
default = ""
help = "a file"

[presets.quick]
minutes = 1
device = "any"
help = "a taste"

[presets.full]
minutes = 60
device = "cuda"
help = "the real thing"
parameters = {{ lr = 0.5 }}

[[panels]]
title = "loss"
metrics = ["train", "held out"]
log = true

[[claims]]
id = "falls"
text = "the loss falls"
reading = "vaswani-2017-attention"
figure = "Figure 1"
metric = "train"
unit = "nats"
presets = {{ quick = {{ high = 0.5 }} }}

[[claims]]
id = "grows"
text = "more is more"
reading = "vaswani-2017-attention"
figure = "Table 3"
metric = "train"
unit = ""
presets = {{ full = {{ low = 0.5 }} }}
"""

# What every main.py begins with: `event` writes a line, `values` are the words after the options, `going` says whether
# nobody has asked it to stop.
HEAD = """
import json, os, signal, sys, time, pathlib
values = dict(word[2:].split("=", 1) for word in sys.argv[1:] if "=" in word)
at = sys.argv.index("--run-folder")
folder = pathlib.Path(sys.argv[at + 1])
preset = sys.argv[sys.argv.index("--preset") + 1]
begun = time.monotonic()
log = open(folder / "events.jsonl", "a", buffering=1)
asked = []
def event(kind, **fields):
    log.write(json.dumps({"kind": kind, "t": time.monotonic() - begun, **fields}) + "\\n")
def start(steps=10, continued=None):
    event("start", run="r", lab="parabola", preset=preset, parameters={}, device="cpu", seed=1, steps=steps,
          continued=continued, pid=os.getpid(), versions={"python": "3"},
          time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
def end(state="done", reason="", **summary):
    event("end", state=state, reason=reason, summary=summary, seconds=time.monotonic() - begun)
def wait_for_stop():
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    start()
    while not asked:
        time.sleep(0.01)
"""

DONE = """
start()
for step in range(10):
    event("metric", step=step, values={"train": 1 / (step + 1), "held out": 1.2 / (step + 1)})
event("text", step=9, name="sample", text="to be or not")
event("claim", id="falls", verdict="confirmed", measured=0.1, wanted="at most 0.5 nats")
event("claim", id="grows", verdict="not tested", measured=None, wanted="")
end(train=0.1)
"""
STOPS = 'wait_for_stop()\nevent("claim", id="falls", verdict="not tested", measured=None, wanted="")\nend("stopped")\n'
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nstart()\ntime.sleep(600)\n"


def make_lab(root: Path, name: str = "parabola", main: str = DONE, key: str = "p", lecture: int = 3) -> Path:
    """A lab's folder below `root` whose main.py does `main`."""
    folder = root / name
    folder.mkdir(parents=True)
    title = name.capitalize()
    (folder / "lab.toml").write_text(LAB_TOML.format(title=title, lecture=lecture, key=key), "utf-8")
    (folder / "main.py").write_text(HEAD + main, "utf-8")
    (folder / "README.md").write_text(f"# {title}\n\nA handout.\n", "utf-8")
    return folder


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until `what` holds; another process is at work, so there is nothing else to wait on."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


Begin = Callable[..., RunRecord]


@pytest.fixture
def bench_folders(home: Path) -> Iterator[Folders]:
    """The folders of the test's home; what still runs at the end is ended."""
    places = folders()
    yield places
    for folder in places.runs.glob("*"):
        running = process_of(folder)
        if running is not None and alive(running):
            os.killpg(running.pid, signal.SIGKILL)


@pytest.fixture
def bench_library(bench_folders: Folders) -> Iterator[Database]:
    opened = open_library(bench_folders.database)
    yield opened
    opened.conn.close()


@pytest.fixture
def torch_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(needs, "_torch_here", lambda: "2.12.0")
    needs._asked.cache_clear()
    yield
    needs._asked.cache_clear()


@pytest.fixture
def only_hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torch_there: None) -> None:
    """None of the labs we ship, and no GPU."""
    monkeypatch.setattr(find, "shipped", lambda name: tmp_path / "none")
    monkeypatch.setattr(needs, "gpu_present", lambda: False)


@pytest.fixture
def begin(bench_folders: Folders, bench_library: Database, torch_there: None) -> Begin:
    """Makes a lab whose main.py does what is given, and starts it."""

    def start(main: str = DONE, name: str = "parabola", **changed: str) -> RunRecord:
        if not (bench_folders.labs / name).exists():
            make_lab(bench_folders.labs, name, main)
        return launch(bench_library, bench_folders, Settings(), lab_named(bench_folders, name), changed=changed)

    return start
