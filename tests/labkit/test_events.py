"""The events file: what is written comes back, and nothing in it can stop a reader."""

import json
import math
from pathlib import Path

import pytest

from cs229tui.labkit import events
from cs229tui.labkit.events import (
    Beat,
    ClaimVerdict,
    End,
    Metric,
    Note,
    Progress,
    Start,
    Text,
    encode,
)
from cs229tui.labs.event_lines import decode

ONE_OF_EACH: list[events.Event] = [
    Start(0.0, "id", "lab", "quick", {"steps": 3, "lr": 0.5, "mask": True, "file": ""}, "cpu ×2", 1, 3, 42, {}, "now"),
    Metric(0.1, 1, {"loss": 4.17, "gap": None}),
    Text(0.2, 1, "sample", "To be,\nor not"),
    Progress(0.3, 1, 3, 1412.5, "tokens/s"),
    Progress(0.3, 1, 3),
    ClaimVerdict(0.4, "falls", "not tested", None, ""),
    Note(0.5, "a note"),
    Beat(0.6),
    End(0.7, "stopped", "stopped by SIGTERM", {"bits": 2.3, "text": "x", "none": None}, 0.7),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.kind)
def test_every_event_comes_back_as_it_was(event: events.Event) -> None:
    line = encode(event)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode(line) == event


def test_what_is_not_a_number_is_written_as_null() -> None:
    line = encode(Metric(0.0, 1, {"loss": math.nan, "top": math.inf, "fine": 1.0}))
    assert json.loads(line)["values"] == {"loss": None, "top": None, "fine": 1.0}
    assert decode(b'{"kind":"metric","t":0,"step":1,"values":{"loss":NaN}}') == Metric(0.0, 1, {"loss": None})
