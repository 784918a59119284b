"""Tiny labs for tests: a lab.toml and a main.py that writes its events by hand, so that no torch is needed."""

import time
from collections.abc import Callable
from pathlib import Path

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
def start(steps=10):
    event("start", run="r", lab="parabola", preset=preset, parameters={}, device="cpu", seed=1, steps=steps,
          pid=os.getpid(), versions={"python": "3"}, time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
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
