"""Reading events: nothing in the file can stop a reader or reach the terminal."""

import json
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs229tui.labkit.events import Beat, Note, Text, encode
from cs229tui.labs import events
from cs229tui.labs.event_lines import decode
from cs229tui.labs.events import EventReader, read_events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


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
        b'{"kind":"histogram","t":0,"step":1,"name":"a","low":0,"high":1,"counts":[3,-500]}',
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
    reader = EventReader(path, clock=lambda: 0.0)
    assert reader.read() == [Beat(0.0)]  # zeros may be what a file server has not brought yet
    reader = EventReader(path, clock=iter([0.0, 9.0, 9.0, 9.0]).__next__)
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
    monkeypatch.setattr(events, "_PIECE", 300)
    path.write_bytes(b"x" * 1000 + b"\n" + encode(Beat(0.0)) * 20)
    reader = EventReader(path)
    found = [event for _ in range(20) for event in reader.read()]
    assert len(found) == 20 and reader.garbage == 1
    assert len(read_events(path)) == 20


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40)), st.integers(1, 60))
def test_no_bytes_stop_a_reader_and_pieces_do_not_matter(path: Path, lines: list[bytes], piece: int) -> None:
    content = b"\n".join([*lines, encode(Beat(2.0))])
    path.write_bytes(b"")
    reader = EventReader(path, clock=count(0, 9).__next__)
    found = []
    for start in range(0, len(content), piece):
        with path.open("ab") as file:
            file.write(content[start : start + piece])
        found += reader.read()
    found += reader.read()
    assert found[-1:] == [Beat(2.0)]
    assert found == read_events(path)


def test_zeros_wait_for_the_file_server(path: Path) -> None:
    now = 0.0
    late = encode(Note(1.0, "late"))
    path.write_bytes(encode(Beat(0.0)) + b"\0" * len(late) + encode(Beat(2.0)))
    reader = EventReader(path, clock=lambda: now)
    assert reader.read() == [Beat(0.0)] and reader.read() == []
    path.write_bytes(encode(Beat(0.0)) + late + encode(Beat(2.0)))
    assert reader.read() == [Note(1.0, "late"), Beat(2.0)]
    assert reader.replaced == reader.garbage == 0


@pytest.mark.parametrize("rename", [True, False])
def test_another_file_in_its_place_is_read_from_its_start_even_a_longer_one(path: Path, rename: bool) -> None:
    path.write_bytes(encode(Note(0.0, "the first run")))
    reader = EventReader(path)
    reader.read()
    longer = encode(Note(0.0, "another run")) * 9
    other = path.with_name("other") if rename else path
    other.write_bytes(longer)
    other.replace(path)
    assert len(reader.read()) == 9 and reader.replaced == 1


def test_a_reader_that_goes_on_knows_its_file_again(path: Path) -> None:
    path.write_bytes(encode(Note(0.0, "first")))
    first = EventReader(path)
    first.read()
    with path.open("ab") as file:
        file.write(encode(Note(0.0, "second")))
    assert EventReader(path, first.offset, first.before).read() == [Note(0.0, "second")]
    assert len(EventReader(path, first.offset, b"something else\n").read()) == 2


STEPS = st.one_of(st.integers(-5, 2**53), st.just(2**70))


@given(st.text(max_size=20), st.one_of(st.none(), st.integers(), st.floats()), STEPS)
def test_the_quick_way_and_the_careful_way_agree(name: str, value: float | None, step: int) -> None:
    line = json.dumps({"kind": "metric", "t": 1.5, "step": step, "values": {name: value}}, separators=(",", ":"))
    reader, events = EventReader(Path("none")), []
    reader._decode(line.encode(), events)
    careful = decode(line.encode())
    assert events == ([] if careful is None else [careful])
