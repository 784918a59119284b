"""The events file: what is written comes back, and nothing in it can stop a reader."""

import json
import math
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs229tui.labkit import events
from cs229tui.labkit.events import (
    Beat,
    ClaimVerdict,
    End,
    EventReader,
    EventWriter,
    Metric,
    Note,
    Progress,
    Start,
    Text,
    decode,
    encode,
    read_events,
)

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


def test_text_from_a_lab_is_cleaned_on_the_way_in() -> None:
    event = decode(encode(Text(0.0, 1, "sam\x1b[1mple", "a\x1b]0;title\x07b\u202ec\ud800d\x00")))
    assert isinstance(event, Text)
    assert event.name == "sample" and "\x1b" not in event.text and "\u202e" not in event.text
    assert event.text.startswith("ab")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"kind":"metric"}',
        b'{"kind":"metric","t":0,"step":1,"values":[1]}',
        b'{"kind":"metric","t":0,"step":"1","values":{}}',
        b'{"kind":"metric","t":0,"step":1,"values":{"loss":"low"}}',
        b'{"kind":"metric","t":true,"step":1,"values":{}}',
        b'{"kind":"metric","t":1e999,"step":1,"values":{}}',
        b'{"kind":"claim","t":0,"id":"a","verdict":"sure","measured":1,"wanted":""}',
        b'{"kind":"end","t":0,"state":"fine"}',
        b'{"kind":"news","t":0}',
        b'{"kind":[],"t":0}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_event_is_none(line: bytes) -> None:
    assert decode(line) is None


def test_a_torn_last_line_is_read_once_it_is_whole(path: Path) -> None:
    line = encode(Note(0.0, "whole"))
    path.write_bytes(line + line[:10])
    reader = EventReader(path)
    assert len(reader.read()) == 1
    assert reader.read() == []
    with path.open("ab") as file:
        file.write(line[10:])
    assert reader.read() == [Note(0.0, "whole")]
    assert reader.offset == path.stat().st_size and reader.garbage == 0


def test_reading_goes_on_from_an_offset(path: Path) -> None:
    path.write_bytes(encode(Note(0.0, "first")))
    first = EventReader(path)
    first.read()
    with path.open("ab") as file:
        file.write(encode(Note(0.0, "second")))
    assert EventReader(path, first.offset).read() == [Note(0.0, "second")]


def test_garbage_is_counted_and_passed_over(path: Path) -> None:
    path.write_bytes(encode(Beat(0.0)) + b"\x00\x00\n\nnonsense\n" + encode(Beat(1.0)))
    reader = EventReader(path)
    assert reader.read() == [Beat(0.0), Beat(1.0)]
    assert reader.garbage == 2


def test_a_file_that_is_not_there_yet_or_was_replaced(path: Path) -> None:
    reader = EventReader(path)
    assert reader.read() == []
    path.write_bytes(encode(Note(0.0, "a long first note")))
    reader.read()
    path.write_bytes(encode(Beat(0.0)))
    assert reader.read() == [Beat(0.0)]


def test_an_endless_line_is_dropped_and_not_kept_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_LONGEST", 100)
    monkeypatch.setattr(events, "_AT_ONCE", 300)
    path.write_bytes(b"x" * 1000 + b"\n" + encode(Beat(0.0)) * 20)
    reader = EventReader(path)
    found = [event for _ in range(20) for event in reader.read()]
    assert len(found) == 20 and reader.garbage == 1
    assert len(read_events(path)) == 20


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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40)), st.integers(1, 60))
def test_no_bytes_stop_a_reader_and_pieces_do_not_matter(path: Path, lines: list[bytes], piece: int) -> None:
    content = b"\n".join([*lines, encode(Beat(2.0))])
    path.write_bytes(b"")
    reader = EventReader(path)
    found = []
    for start in range(0, len(content), piece):
        with path.open("ab") as file:
            file.write(content[start : start + piece])
        found += reader.read()
    assert found[-1:] == [Beat(2.0)]
    assert found == read_events(path)
