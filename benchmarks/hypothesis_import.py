"""Importing 10,000 annotations from a Hypothesis server on this machine that honours its own limits, cut off twice.

The server is the tests' own (tests/fake_hypothesis.py), in this process; the program is another process, which is
killed twice in the middle and started again. The limits are faithful in burst and rate (44, then 4 requests a second);
both sides live on one clock that jumps where the program would wait, so that the waiting is reckoned and not spent.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_hypothesis import TOKEN, FakeHypothesis, quote

COUNT = 10_000
_KILLED_AT = (2_000, 6_000)
# Processor seconds that the program may take, beside what it waits.
_WANTED = 10.0
_GROUP = "8JmD3iz1"

# Syncs, and says how far it is; time is the server's, which the program asks for and moves on.
_PROGRAM = """
import json, sys, time, urllib.request
from pathlib import Path
from cs229tui.annotations.hypothesis.asking import Asking
from cs229tui.annotations.hypothesis.client import Client
from cs229tui.annotations.hypothesis.syncing import sync
from cs229tui.course.model import Reading
from cs229tui.library.database import open_library

class Shared:
    slept = 0.0
    def now(self):
        return time.monotonic() + float(Path(sys.argv[3]).read_text())
    def sleep(self, seconds):
        self.slept += seconds
        Path(sys.argv[3]).write_text(str(float(Path(sys.argv[3]).read_text()) + seconds))

clock = Shared()
catalog = {"abadi": Reading(id="abadi", title="DP-SGD", lectures=(4,), arxiv="1607.00133")}
database = open_library(Path(sys.argv[2]))
client = Client(Asking(sys.argv[1], sys.argv[4], clock=clock))
began = time.process_time()
done = sync(client, database, catalog, sys.argv[5],
            told=lambda what, count, total: print(count, flush=True) if what == "received" else None)
took = time.process_time() - began
stored, distinct = database.execute("SELECT count(*), count(DISTINCT body) FROM annotation").fetchone()
print(json.dumps({"took": took, "slept": clock.slept, "new": done.arrived.new, "stored": stored, "distinct": distinct}),
      flush=True)
"""


class _Jumping:
    """The clock of both sides: the machine's, moved on by what was waited."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def now(self) -> float:
        return time.monotonic() + float(self.file.read_text() or "0")


def main() -> list[tuple[str, float, float, str, float]]:
    """What it took, and what was lost or doubled, which must be nothing."""
    with tempfile.TemporaryDirectory() as folder:
        jumped = Path(folder, "jumped")
        jumped.write_text("0")
        server = FakeHypothesis(_Jumping(jumped), limited=True)  # type: ignore[arg-type]
        _fill(server)
        asked = [
            sys.executable,
            "-c",
            _PROGRAM,
            server.url,
            str(Path(folder, "library.db")),
            str(jumped),
            TOKEN,
            _GROUP,
        ]
        for at in _KILLED_AT:
            _killed_at(asked, at)
        last = _run(asked)
        again = _run(asked)
        server.close()
        whole = Path(folder, "whole.db")
        second = FakeHypothesis(_Jumping(jumped), limited=True)  # type: ignore[arg-type]
        _fill(second)
        fresh = _run([*asked[:3], second.url, str(whole), *asked[5:]])
        second.close()
    lost = COUNT - int(last["distinct"])
    doubled = int(last["stored"]) - int(last["distinct"]) + int(again["new"])
    print(
        f"   without a break: {fresh['took']:.1f} s of work and {fresh['slept']:.1f} s of waiting for its limits; after"
        f" two kills {last['new']:.0f} were left to bring; {server.refused + second.refused} requests were refused"
        " and made again",
        file=sys.stderr,
    )
    return [
        (
            "Hypothesis, 10,000 annotations cut off twice: 1 + lost + doubled",
            1.0 + lost + doubled,
            1.0,
            "",
            1.0,
        ),
        ("Hypothesis, 10,000 annotations without a break, processor time", fresh["took"], _WANTED, "s", 1.0),
        ("Hypothesis, sync with nothing new, processor time", again["took"], 1.0, "s", 1.0),
    ]


def _fill(server: FakeHypothesis) -> None:
    chance = random.Random(229)
    first: list[str] = []
    server.step = timedelta(minutes=3)
    for number in range(COUNT):
        # Many share a moment, some hundreds of them at once, as after an import there.
        at = server.time if chance.random() < 0.3 or 4000 <= number < 4700 else None
        more = {"references": [chance.choice(first)]} if first and number % 3 == 0 else {}
        row = server.add(
            f"acct:student{number % 40}@hypothes.is",
            at=at,
            text=f"said {number} " + "word " * chance.randrange(40),
            target=quote(f"words of the paper {number % 977}", "before ", " after", 1 + number % 14),
            **more,
        )
        if not more:
            first.append(row["id"])


def _killed_at(asked: list[str], count: int) -> None:
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        for line in process.stdout or ():
            if line.strip().isdigit() and int(line) >= count:
                process.send_signal(signal.SIGKILL)
                break
        process.wait()


def _run(asked: list[str]) -> dict[str, float]:
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


if __name__ == "__main__":
    for row in main():
        print(row)
