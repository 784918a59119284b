"""The live view of a run of eight curves of a million points: opening it, drawing it anew, following it while it grows.

The run is made up, with the events a lab would have written; it is shown on the run's own screen at 120 × 40.
"""

import asyncio
import gc
import json
import os
import random
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cs229tui.labkit.events import EVENTS, Metric
from cs229tui.labs import curves
from cs229tui.labs.watch import Follower
from cs229tui.library.runs import RunRecord, save_run
from cs229tui.workspace import Workspace

POINTS = 1_000_000
SERIES = 8
REPLAYED = 300_000
FRAME, OPENING = 33.0, 300.0
LIVE_SECONDS, LINES_A_SECOND = 6.0, 500
NAMES = tuple(f"loss {number}" for number in range(SERIES))
LAB = f"""title = "Long"
lecture = 1
key = "z"
summary = "A long run."
readings = []
[presets.quick]
minutes = 1
device = "any"
help = "a taste"
[[panels]]
title = "losses"
metrics = {json.dumps(NAMES)}
"""
Row = tuple[str, float, float, str, float]


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    gc.freeze()  # as the program does at its start: what other benchmarks have loaded is none of this one's
    with tempfile.TemporaryDirectory() as home:
        os.environ["CS229TUI_HOME"] = home
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
        workspace = Workspace()
        workspace.folders.settings.parent.mkdir(parents=True)
        workspace.folders.settings.touch()
        lab = workspace.folders.labs / "long"
        lab.mkdir(parents=True)
        (lab / "lab.toml").write_text(LAB, "utf-8")
        (lab / "main.py").touch()
        short, finished, going = (_run(workspace, name) for name in ("short", "finished", "going"))
        _made_up(short, REPLAYED, over=True)
        _made_up(finished, POINTS, over=True)
        _made_up(going, POINTS, over=False)
        without, peer = _best(lambda: _replayed(short)), _best(lambda: _loop(short))
        curves.keep(short)
        with_curves = _best(lambda: curves.open_run(short).next())
        read, points = _timed(lambda: curves.keep(finished)), POINTS * SERIES
        size = (finished / EVENTS).stat().st_size / 1e6
        print(f"{points:,} points, {size:.0f} MB of events: read and kept in {read / 1e3:.1f} s")
        curves.keep(going)
        opened = asyncio.run(_opened(workspace))
        redraws, late, told = asyncio.run(_live(workspace, going))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"live: {told:,} lines of {SERIES} values in {LIVE_SECONDS:g} s; most memory {memory:.0f} MB")
        return [
            ("live view: open 8 × 1,000,000 points, first whole frame", opened, OPENING, "ms", 1.0),
            ("live view: redraw of 8 × 1,000,000 points, median", statistics.median(redraws), FRAME, "ms", 1.0),
            ("live view: wait for the screen while they grow, 95th percentile", _percentile(late), FRAME, "ms", 1.0),
            ("live view: taking in a point, read and folded, against 1 µs", read * 1e3 / points, 1.0, "µs", 1.0),
            ("live view: replay 300,000 steps of 8 values, against json alone", without, peer, "ms", 1.0),
            ("live view: the same with its curves kept", with_curves, peer, "ms", 0.05),
        ]


def _run(workspace: Workspace, name: str) -> Path:
    folder = workspace.folders.runs / name
    folder.mkdir(parents=True)
    started = "2023-02-14T00:00:00Z"
    state: Any = "running" if name == "going" else "done"
    save_run(workspace.database, RunRecord(name, "long", "quick", str(folder), state, started))
    (folder / "run.json").write_text(json.dumps({"id": name, "lab": "long", "preset": "quick", "started": started}))
    return folder


def _made_up(folder: Path, count: int, over: bool) -> None:
    """Curves that fall and are noisy, always the same ones."""
    chance = random.Random(229)
    noise = [chance.random() / 5 for _ in range(4099)]
    start = {"run": folder.name, "lab": "long", "preset": "quick", "parameters": {}, "device": "cpu", "seed": 1}
    more = {"steps": count, "pid": os.getpid(), "versions": {}, "time": "2023-02-14T00:00:00Z"}
    with (folder / EVENTS).open("w", encoding="utf-8") as file:
        file.write(json.dumps({"kind": "start", "t": 0.0, **start, **more}) + "\n")
        for step in range(count):
            base = 3 / (1 + step / 20_000)
            values = ",".join(
                f'"{name}":{base + 0.3 * at + noise[(step * (at + 7)) % 4099]:.6f}' for at, name in enumerate(NAMES)
            )
            file.write(f'{{"kind":"metric","t":{step / 500:.4f},"step":{step},"values":{{{values}}}}}\n')
        if over:
            end = {"state": "done", "reason": "", "summary": {}, "seconds": count / 500}
            file.write(json.dumps({"kind": "end", "t": count / 500, **end}) + "\n")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def _best(work: Callable[[], object], times: int = 3) -> float:
    return min(_timed(work) for _ in range(times))


def _percentile(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def _replayed(folder: Path) -> None:
    follower = Follower(folder)
    while events := follower.next():
        follower.view.fold(events)


def _loop(folder: Path) -> None:
    """What a plain reader does: json for each line, and a list for each name."""
    found: dict[str, list[float]] = {}
    with (folder / EVENTS).open("rb") as file:
        for line in file:
            fields = json.loads(line)
            for name, value in fields.get("values", {}).items():
                found.setdefault(name, []).append(value)


def _app(workspace: Workspace, shown: Callable[[Any], None]) -> Any:
    from cs229tui.tui.app import Companion

    class Watched(Companion):
        """Tells of each frame that is given to the terminal."""

        def _display(self, *arguments: Any) -> None:
            super()._display(*arguments)
            shown(self)

    return Watched(workspace)


def _whole(app: Any) -> bool:
    """Whether all of the curves are on the screen."""
    from cs229tui.tui.screens.run import RunScreen
    from cs229tui.tui.widgets.chart import Chart

    if not isinstance(app.screen, RunScreen):
        return False
    return any(chart.drawn_points >= POINTS * SERIES for chart in app.screen.query(Chart))


async def _opened(workspace: Workspace) -> float:
    """Milliseconds from the key to the first frame with whole curves; the second time, when all is imported."""
    times: list[float] = []
    began = 0.0

    def shown(app: Any) -> None:
        nonlocal began
        if began and _whole(app):
            times.append((time.perf_counter() - began) * 1e3)
            began = 0.0

    app = _app(workspace, shown)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(4):
            await pilot.pause()
            began = time.perf_counter()
            app.open_run("finished")
            while began:
                await asyncio.sleep(0.005)
            await pilot.press("escape")
    print("opening: " + ", ".join(f"{one:.0f}" for one in times) + " ms, the first with imports")
    return min(times[1:])


async def _live(workspace: Workspace, folder: Path) -> tuple[list[float], list[float], int]:
    """Milliseconds of redraws; by how much the screen is late while lines come; and how many came."""
    drawn = 0.0

    def shown(_app: Any) -> None:
        nonlocal drawn
        drawn = time.perf_counter()

    app = _app(workspace, shown)
    over = threading.Event()
    written = [0]
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_run("going")
        while not _whole(app):
            await asyncio.sleep(0.01)
        screen = app.screen
        redraws = []
        for step in range(POINTS, POINTS + 40):
            screen.view.fold([Metric(step / 500, step, dict.fromkeys(NAMES, 1.0))])
            began = time.perf_counter()
            screen._dirty = True
            screen._draw()
            await pilot.pause()
            redraws.append((drawn - began) * 1e3)
        writer = threading.Thread(target=_write, args=(folder, over, written))
        writer.start()
        late = []
        until = time.perf_counter() + LIVE_SECONDS
        while time.perf_counter() < until:
            due = time.perf_counter() + 1 / 30
            await asyncio.sleep(1 / 30)
            late.append((time.perf_counter() - due) * 1e3)
        over.set()
        writer.join()
    return redraws, late, written[0]


def _write(folder: Path, over: threading.Event, written: list[int]) -> None:
    """A lab that logs every 2 ms, written ten times a second as labkit does."""
    step = POINTS + 40
    values = ",".join(f'"{name}":1.5' for name in NAMES)
    with (folder / EVENTS).open("a", encoding="utf-8") as file:
        while not over.wait(0.1):
            for _ in range(LINES_A_SECOND // 10):
                file.write(f'{{"kind":"metric","t":{step / 500:.4f},"step":{step},"values":{{{values}}}}}\n')
                step += 1
                written[0] += 1
            file.flush()


if __name__ == "__main__":
    for what, ours, peer, unit, wanted in main():
        print(f"{what}: {ours:.3g} {unit} / {peer:.3g} {unit} = {ours / peer:.3g} (wanted {wanted:g})")
