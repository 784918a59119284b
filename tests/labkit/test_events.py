"""The events file: what is written comes back, and nothing in it can stop a reader."""

import json
import math
import os
import threading
from pathlib import Path

import pytest

from cs229tui.labkit import events
from cs229tui.labkit.events import (
    Beat,
    ClaimVerdict,
    End,
    EventWriter,
    Metric,
    Note,
    Progress,
    Start,
    Text,
    encode,
)
from cs229tui.labs.events import decode, read_events

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


def test_a_writer_closes_the_line_that_another_left_torn(path: Path) -> None:
    path.write_bytes(encode(Beat(0.0)) + b'{"kind":"be')
    writer = EventWriter(path)
    writer.write(Beat(1.0))
    writer.close()
    assert read_events(path) == [Beat(0.0), Beat(1.0)]


def test_a_disk_that_takes_half_a_line_is_reported_and_healed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = EventWriter(path)
    write = os.write
    monkeypatch.setattr(events.os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(OSError, match="disk"):
        writer.write(Beat(0.0))
    monkeypatch.setattr(events.os, "write", write)
    writer.write(Beat(1.0))
    writer.close()
    assert read_events(path) == [Beat(1.0)]


def test_lines_of_several_threads_are_never_mixed(path: Path) -> None:
    writer = EventWriter(path)

    def work(name: str) -> None:
        for _ in range(200):
            writer.write(Note(0.0, name * 500))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    notes = read_events(path)
    assert len(notes) == 800
    assert all(isinstance(note, Note) and len(set(note.text)) == 1 for note in notes)
