"""Logs all that a lab can: curves, texts, pictures, histograms, heat maps, the machine; writes its events by hand."""

import json
import math
import os
import random
import signal
import struct
import sys
import time
import zlib
from pathlib import Path

values = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--") and "=" in word)
preset = sys.argv[sys.argv.index("--preset") + 1]
folder = Path(sys.argv[sys.argv.index("--run-folder") + 1])
steps, pace = int(values.get("steps", 60)), float(values.get("pace", 0.02))
breaks, mood = int(values.get("breaks", 0)), values.get("mood", "calm")
begun = time.monotonic()
log = (folder / "events.jsonl").open("a", buffering=1)
asked: list[int] = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
chance = random.Random(1)
words = ["the", "loss", "falls", "and", "the", "model", "learns", "what", "it", "had", "not", "seen", "before"]


def event(kind: str, **fields: object) -> None:
    log.write(json.dumps({"kind": kind, "t": time.monotonic() - begun, **fields}) + "\n")


def png(width: int, height: int, pixel: object) -> bytes:
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def image(step: int, name: str, width: int, height: int, pixel: object, caption: str = "") -> None:
    file = f"images/{name}-{step:06d}.png"
    (folder / "images").mkdir(exist_ok=True)
    (folder / file).write_bytes(
        b"nothing of a picture" if mood == "corrupt" and step > 20 else png(width, height, pixel)
    )
    event("image", step=step, name=name, file=file, width=width, height=height, caption=caption)


def strip(part: float):
    """Eight circles side by side that come out of noise from left to right."""

    def pixel(x: int, y: int) -> tuple[int, int, int]:
        number, across = divmod(x, 28)
        clear = (number / 7) * part
        inside = (across - 14) ** 2 + (y - 14) ** 2 < (4 + number) ** 2
        target = (230, 180 - 12 * number, 90) if inside else (24, 28, 40)
        return tuple(int(clear * to + (1 - clear) * chance.randrange(256)) for to in target)

    return pixel


event(
    "start",
    run=folder.name,
    lab="everything",
    preset=preset,
    parameters={"steps": steps},
    device="cpu",
    seed=1,
    steps=steps,
    pid=os.getpid(),
    versions={"python": "3"},
    time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
)
event("note", text="Nothing is learnt here: all of it is made up.")
print("begins", flush=True)
loss = held = 1.0
for step in range(1, steps + 1):
    while (folder / "pause").exists() and not asked:
        event("beat")
        time.sleep(0.1)
    if asked:
        break
    part = step / steps
    loss, held = 4 * math.exp(-5 * part) + chance.random() * 0.1, 4 * math.exp(-4 * part) + 0.2
    lost = breaks and step >= breaks
    event("metric", step=step, values={"train": None if lost else loss, "held out": held})
    event("metric", step=step, values={"rate": 0.1 * (1 - part), "norm": 1 + math.sin(step / 9)})
    event("progress", step=step, of=steps, rate=1 / max(pace, 1e-4), unit="steps/s")
    print(f"\rstep {step} of {steps}", end="" if step % 10 else "\n", flush=True)
    if mood == "flood":
        print("\n".join(f"{step} {'x' * 90}" for _ in range(2000)))
    if mood == "raise" and step > 20:
        raise RuntimeError("the lab was told to raise [/red] \x1b[31m")
    if step % 10 == 0 or step == 1:
        event("text", step=step, name="sample", text=" ".join(chance.choices(words, k=40)))
        event(
            "beat",
            memory=4e8 + 6e8 * part,
            cpu=1.2 + 0.6 * math.sin(step),
            device_memory=3e9 * part + 1e9,
            device_total=8e9,
            utilisation=0.5 + 0.4 * part,
        )
        image(step, "from noise", 28 * 8, 28, strip(part), "noise to image")
        image(step, "one", 28, 28, strip(part))
        counts = [int(1000 * math.exp(-((at - 20 - 10 * part) ** 2) / (2 * (2 + 8 * part) ** 2))) for at in range(40)]
        event("histogram", step=step, name="weights", low=-2.0, high=2.0, counts=counts)
        size = 12
        rows = [
            [None if (x, y) == (3, 8) else math.exp(-abs(x - y * part) / 3) for x in range(size)] for y in range(size)
        ]
        event("heatmap", step=step, name="attention", values=rows, rows=(words * 2)[:size], columns=(words * 2)[:size])
        event(
            "heatmap",
            step=step,
            name="kernel",
            values=[[math.sin(x * y * part / 60) for x in range(48)] for y in range(40)],
        )
    if step % 20 == 0:
        (folder / "checkpoint").mkdir(exist_ok=True)
        (folder / "checkpoint" / f"step-{step}.bin").write_bytes(b"0")
        event("checkpoint", step=step, file=f"checkpoint/step-{step}.bin")
    time.sleep(pace)
state = "stopped" if asked else "done"
for id, value, low, high in (("falls", loss, None, 0.5), ("grows", held, 5.0, None)):
    good = (low is None or value >= low) and (high is None or value <= high)
    event(
        "claim",
        id=id,
        verdict="confirmed" if good else "not confirmed",
        measured=value,
        wanted="at most 0.5 nats" if high else "at least 5",
    )
event("end", state=state, reason="", summary={"train": loss}, seconds=time.monotonic() - begun)
