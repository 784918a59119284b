"""From a key press to the first number of a lab: cold, and by the warm process that has torch loaded.

The key press is the call of `launch`; the first number is the first metric in the run's events.jsonl, whole on the
disk. The lab is the transformer's quick preset. The peer is the promise: 3 s cold, 1 s warm.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cs229tui.config import Settings
from cs229tui.folders import Folders, folders
from cs229tui.labs import warm
from cs229tui.labs.find import lab_named
from cs229tui.labs.launch import launch, stop
from cs229tui.library.database import Database, open_library

RUNS = 5
COLD_SECONDS = 3.0
WARM_SECONDS = 1.0
_PATIENCE = 30.0


def main() -> list[tuple[str, float, float, str, float]]:
    """Rows of what, ours, peer, unit, wanted ratio: the medians of some launches."""
    before = {name: os.environ.get(name) for name in ("CS229TUI_HOME", "XDG_RUNTIME_DIR", warm.SWITCH)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:  # the last run may still be ending
        os.environ |= {"CS229TUI_HOME": home, "XDG_RUNTIME_DIR": home}
        os.environ.pop(warm.SWITCH, None)
        try:
            places = folders()
            with closing(open_library(places.database)) as library:
                # The first of each writes caches (compiled files, texts) and is not counted.
                cold = [seconds_to_first_number(library, places) for _ in range(RUNS + 1)][1:]
                warm.start(places, Settings())
                _until(lambda: warm.memory(places, Settings()) is not None)
                time.sleep(1.0)
                quick = [seconds_to_first_number(library, places) for _ in range(RUNS + 1)][1:]
                memory = warm.memory(places, Settings()) or 0
        finally:
            warm.let_go()
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
    print(f"cold {min(cold):.2f} to {max(cold):.2f} s, warm {min(quick):.2f} to {max(quick):.2f} s; ", end="")
    print(f"the warm process takes {memory / 1e6:.0f} MB")
    return [
        ("lab: key press to first number, cold", statistics.median(cold), COLD_SECONDS, "s", 1.0),
        ("lab: key press to first number, warm", statistics.median(quick), WARM_SECONDS, "s", 1.0),
    ]


def seconds_to_first_number(library: Database, places: Folders) -> float:
    """Launch the transformer's quick preset; how long until its first metric is there. It is stopped again."""
    lab = lab_named(places, "transformer")
    began = time.perf_counter()
    record = launch(library, places, Settings(), lab, "quick", {"data": "python"})
    events = Path(record.folder) / "events.jsonl"
    _until(lambda: _has_number(events))
    seconds = time.perf_counter() - began
    stop(record, grace=0.0)
    return seconds


def _has_number(events: Path) -> bool:
    try:
        return b'"kind":"metric"' in events.read_bytes().replace(b'": "', b'":"').rpartition(b"\n")[0]
    except FileNotFoundError:
        return False


def _until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came")
        time.sleep(0.002)


if __name__ == "__main__":
    for row in main():
        print(*row)
