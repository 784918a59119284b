"""Any keys, clicks and sizes, in any order, over runs with all that a lab can log: a run's screens take them."""

import json
import os
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import OutOfBounds

from cs229tui.library.runs import RunRecord
from cs229tui.tui.actions import ACTIONS
from cs229tui.tui.screens.run import RunScreen
from lab_screens import until, watching
from made_runs import falling, made_run

# CS229TUI_MONKEY=3000 presses so many keys in each of the tests; in the suite a taste must do.
PRESSES = int(os.environ.get("CS229TUI_MONKEY", "40"))
SIZES = [(20, 5), (40, 12), (80, 24), (120, 40), (250, 60), (1, 1)]
# Neither an editor nor a new process: what these do is tested where they belong.
LEFT_OUT = {"e", "r", "C", "shift+c", "q", "ctrl+c", "ctrl+q"}
SCREENS = ("run.", "compare.", "predict.", "tries.", "claims.", "panels.", "cells.", "moments.", "log.")


def png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 8, 2, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(18))) + chunk(b"IEND", b"")


@pytest.fixture
def everything(tmp_path: Path) -> RunRecord:
    """A run whose numbers, pictures and matrices are as odd as a file can hold them."""
    from cs229tui.workspace import Workspace

    workspace = Workspace()
    odd = [(-(10**30), 1e308), (0, None), (1, -1e308), (2, 5e-324), (2**63, 0.0)]
    curves = {"loss": falling(1.0), "odd": odd, "[/red]": falling(3.0)} | {f"m{at}": falling(at) for at in range(1, 9)}
    record = made_run(
        workspace.folders.runs, "odd", curves, claims={"c": ("confirmed", 1e308)}, database=workspace.database
    )
    folder = Path(record.folder)
    (folder / "images").mkdir()
    (folder / "images" / "ok.png").write_bytes(png())
    (folder / "images" / "folder.png").mkdir()
    (folder / "output.log").write_bytes(b"\x1b[31m[red]\xff\n" * 50)
    with (folder / "events.jsonl").open("a") as file:

        def event(kind: str, **fields: Any) -> None:
            file.write(json.dumps({"kind": kind, "t": 5, "step": 1, "name": f"{kind} [b]", **fields}) + "\n")

        for name, width, height in (("ok", 8, 2), ("folder", 4, 4), ("gone", 10**9, 1), ("ok", 0, 0)):
            event("image", file=f"images/{name}.png", width=width, height=height, name=f"{name} {width}")
        for at, values in enumerate(
            [[[]], [[1.0]], [[1e308, -1e308], [None, 0.0]], [[float(x) for x in range(300)]] * 200]
        ):
            event("heatmap", values=values, rows=["a"] * 9, name=f"map {at}")
        for at, counts in enumerate([[], [0, 0], [10**300, 1], [1, 2, 3]]):
            event("histogram", low=-1e308, high=1e308, counts=counts, name=f"spread {at}")
        event("text", text="words\n" * 30)
        event("beat", memory=1e308, cpu=-5, device_memory=3, device_total=0, utilisation=900)
        event("progress", of=-1.0)
        event("end", state="failed", reason="[/red] boom", summary={"a": 1e308}, seconds=1e308)
    return record


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_runs_screens_take_any_keys_at_any_size(everything: RunRecord, seed: int):
    chance = random.Random(seed)
    named = [one for one in ACTIONS if one.id.startswith(SCREENS)]
    keys = sorted({key for one in named for key in one.keys.split(",")} - LEFT_OUT) + ["tab", "enter", "escape"] * 2
    async with watching(everything, chance.choice(SIZES[2:5])) as (pilot, screen):
        await until(pilot, lambda: screen.whole)
        app = screen.companion
        for _ in range(PRESSES):
            kind = chance.random()
            where = (chance.randrange(app.size.width), chance.randrange(app.size.height))
            try:
                if kind < 0.08:
                    await pilot.resize_terminal(*chance.choice(SIZES))
                elif kind < 0.2:
                    await pilot.click(offset=where, times=chance.choice([1, 2]))
                elif kind < 0.25:
                    await pilot.hover(offset=where)
                else:
                    key = chance.choice(keys)
                    await pilot.press(*[key] * chance.choice([1, 2]))
            except OutOfBounds:
                continue
            if not any(isinstance(one, RunScreen) for one in app.screen_stack):
                app.open_run(everything.id)
                await pilot.pause()
        assert app.is_running
