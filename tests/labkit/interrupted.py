"""Runs a lab's main.py several times in processes that share one import of torch, and kills them as told.

`python interrupted.py '[{"words": ["main.py", …], "signal": 9, "after": 0.01}, …]'`: each run gets `signal` so many
seconds after its first new checkpoint appears; 0 lets it run to its end. Prints how each ended, as a list.
"""

import importlib
import json
import os
import runpy
import sys
import threading
import time
from pathlib import Path

from cs229tui.labkit import checkpoint

importlib.import_module("torch._dynamo")  # an optimiser imports it at its first step: once for all runs
checkpoint._EVERY_SECONDS = 0.02
checkpoint._MOST_OF_THE_TIME = 1.0


def watch(folder: Path, number: int, after: float) -> None:
    before = set(folder.glob("*.safetensors"))
    while set(folder.glob("*.safetensors")) <= before:
        time.sleep(0.001)
    time.sleep(after)
    os.kill(os.getpid(), number)


def main() -> None:
    ended = []
    for run in json.loads(sys.argv[1]):
        child = os.fork()
        if child == 0:
            sys.argv = run["words"]
            if run["signal"]:
                folder = Path(sys.argv[sys.argv.index("--run-folder") + 1]) / "checkpoint"
                threading.Thread(target=watch, args=(folder, run["signal"], run["after"]), daemon=True).start()
            try:
                sys.path[0] = str(Path(sys.argv[0]).parent)  # a script finds the files beside it
                runpy.run_path(sys.argv[0], run_name="__main__")
            except SystemExit as error:
                sys.stdout.flush()
                os._exit(int(error.code or 0))
            sys.stdout.flush()
            os._exit(0)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    sys.stdout.write(json.dumps(ended) + "\n")


main()
