"""Getting events to disk: whole lines, one system call, and a disk that is full for a while."""

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit import writing
from cs229tui.labkit.events import Beat, End, Metric, Note, encode
from cs229tui.labkit.writing import EventWriter
from cs229tui.labs.events import EventReader, read_events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


class Disk:
    """Takes the place of os.write: `room` more bytes fit, in pieces of at most `piece`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int, piece: int = 1 << 30) -> None:
        self.room, self.piece, self.calls = room, piece, 0
        self._write = os.write
        monkeypatch.setattr(writing.os, "write", self.write)

    def write(self, file: int, data: Any) -> int:
        self.calls += 1
        size = min(len(data), self.room, self.piece)
        if size == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= size
        return self._write(file, bytes(data[:size]))


def test_a_writer_closes_the_line_that_another_left_torn(path: Path) -> None:
    path.write_bytes(encode(Beat(0.0)) + b'{"kind":"be')
    writer = EventWriter(path)
    writer.write(Beat(1.0))
    assert writer.close()
    assert read_events(path) == [Beat(0.0), Beat(1.0)]


def test_many_lines_are_one_system_call(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, room=1 << 30)
    writer = EventWriter(path)
    writer.add(b"".join(encode(Metric(0.0, step, {"loss": 1.0})) for step in range(1000)), 1000)
    assert disk.calls == 0
    writer.write(Note(0.0, "all of them"))
    assert disk.calls == 1 and len(read_events(path)) == 1001


def test_a_line_that_fits_in_part_is_finished_when_there_is_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    disk = Disk(monkeypatch, room=10)
    writer = EventWriter(path, clock=lambda: seconds[0])
    reader = EventReader(path)
    writer.write(Note(0.0, "first"))
    writer.write(Note(0.0, "second"))
    assert writer.trouble == "No space left on device" and reader.read() == []
    disk.room = 1 << 30
    writer.write(Note(0.0, "third"))
    assert reader.read() == [], "a full disk is not asked at every event"
    seconds[0] += 3
    writer.write(Note(0.0, "fourth"))
    assert [event.text for event in reader.read() if isinstance(event, Note)] == ["first", "second", "third", "fourth"]
    assert reader.garbage == 0 and writer.trouble == "" and writer.close()


def test_a_disk_that_takes_small_pieces_gets_them_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, room=1 << 30, piece=7)
    writer = EventWriter(path)
    writer.write(Note(0.0, "a" * 100))
    assert read_events(path) == [Note(0.0, "a" * 100)] and not writer.trouble


def test_what_is_too_much_for_the_memory_is_dropped_and_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_MOST_KEPT", 10_000)
    disk = Disk(monkeypatch, room=0)
    writer = EventWriter(path)
    line = encode(Metric(0.0, 1, {"loss": 1.0}))
    for _ in range(1000):
        writer.add(line)
        writer.flush()
    writer.write(End(1.0, "done"))
    assert 0 < writer.lost < 1000 and len(writer._waiting) < 20_100
    lost = writer.lost
    assert not writer.close() and read_events(path) == []
    disk.room = 1 << 30
    writer = EventWriter(path)
    writer._waiting += line
    writer.lost, writer.trouble = lost, "No space left on device"
    writer.flush(now=True)
    kinds = [event.kind for event in read_events(path)]
    assert kinds == ["metric", "note"] and f"{lost:,} events were lost" in path.read_text("utf-8")


def test_the_end_is_kept_where_metrics_are_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_MOST_KEPT", 1000)
    disk = Disk(monkeypatch, room=0)
    writer = EventWriter(path)
    for step in range(1000):
        writer.add(encode(Metric(0.0, step, {"loss": 1.0})))
    writer.write(End(1.0, "done"))
    disk.room = 1 << 30
    assert writer.close()
    kinds = {event.kind for event in read_events(path)}
    assert kinds == {"metric", "note", "end"}


def test_without_a_path_nothing_is_written_and_time_goes_on() -> None:
    writer = EventWriter(None, before=100.0)
    writer.write(Beat(0.0))
    assert writer.seconds >= 100 and writer.close()


def test_nothing_is_written_after_the_end_or_in_a_fork(path: Path) -> None:
    writer = EventWriter(path)
    writer.add(encode(Beat(0.0)))
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        writer.abandon()
        writer.write(Beat(1.0))
        os._exit(0 if writer.close() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    writer.close()
    writer.write(Beat(2.0))
    assert read_events(path) == [Beat(0.0)]


def test_a_metrics_line_is_what_json_would_write() -> None:
    values = {"loss": 0.1, 'a"\n\x1b': 1e-300, "big": 1e22, "none": None, "nan": float("nan"), "ü\ud800": -0.0}
    line = encode(Metric(1.23456, -3, values))
    assert json.loads(line) == {
        "kind": "metric",
        "t": 1.2346,
        "step": -3,
        "values": {"loss": 0.1, 'a"\n\x1b': 1e-300, "big": 1e22, "none": None, "nan": None, "ü?": 0.0},
    }
    assert line.count(b"\n") == 1


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
