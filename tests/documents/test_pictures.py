"""Drawing pages behind the reader's back: exact pixels, what is wanted first, and pages that kill the child."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cs229tui.documents.pdf.engine import PdfEngine
from cs229tui.documents.pdf.wire import Draw, Drawn
from cs229tui.documents.pictures import Pictures, Shelf, Undrawn
from cs229tui.errors import DocumentError
from pdfs import Panel, Put, Rule, form_recursion, pdf

_WAIT = 30


@dataclass(frozen=True)
class Wanted:
    """A job: a page at a size."""

    page: int
    pixels: int = 40

    @property
    def shot(self) -> Draw:
        return Draw(self.page, self.pixels, self.pixels, 0, 0, self.pixels, self.pixels)


class Gallery:
    """Pictures of a file, and the order in which they came."""

    def __init__(self, path: Path, patience: float = 20.0) -> None:
        self.done: list[Wanted] = []
        self.changed = threading.Condition()
        self.hold = threading.Event()
        self.hold.set()
        self.began = threading.Event()
        self.pictures: Pictures[Wanted, int] = Pictures(path, self._make, self._ready, float, patience=patience)

    def _make(self, job: Wanted, drawn: Drawn) -> int:
        self.began.set()
        assert self.hold.wait(_WAIT)
        return len(drawn.pixels)

    def _ready(self, job: Wanted) -> None:
        with self.changed:
            self.done.append(job)
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(until, _WAIT), self.done


@contextmanager
def gallery(folder: Path, data: bytes, patience: float = 20.0) -> Iterator[Gallery]:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    made = Gallery(path, patience)
    try:
        yield made
    finally:
        made.hold.set()
        made.pictures.close()


def drawn(folder: Path, data: bytes, *wanted: Draw) -> list[Drawn]:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    with PdfEngine(path) as engine:
        return [engine.draw(one) for one in wanted]


def dark(picture: Drawn, width: int) -> set[tuple[int, int]]:
    """Where a drawing has ink: columns and rows."""
    return {
        (x, y)
        for y in range(len(picture.pixels) // picture.stride)
        for x in range(width)
        if sum(picture.pixels[y * picture.stride + 3 * x : y * picture.stride + 3 * x + 3]) < 700
    }


def test_a_part_of_a_page_is_what_stands_there_on_the_whole(tmp_path: Path) -> None:
    page = pdf([[Put(72, 700, "Words that are drawn", 40), Panel(100, 100, 300, 200)]])
    whole, part, beyond = drawn(
        tmp_path,
        page,
        Draw(1, 306, 396, 0, 0, 306, 396),
        Draw(1, 306, 396, 30, 20, 130, 90),
        Draw(1, 306, 396, 300, 390, 320, 400),
    )
    rows = [whole.pixels[y * whole.stride + 90 : y * whole.stride + 390] for y in range(20, 90)]
    assert rows == [part.pixels[y * part.stride : y * part.stride + 300] for y in range(70)]
    assert any(set(row) != {255} for row in rows)
    assert set(beyond.pixels[beyond.stride * 7 :]) == {255}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_matrix_says_where_points_stand_on_turned_pages(tmp_path: Path, rotate: int) -> None:
    page = pdf([[Rule(100, 300, 60)]], size=(400, 600), rotate=rotate)
    width, height = (600, 400) if rotate % 180 else (400, 600)
    (picture,) = drawn(tmp_path, page, Draw(1, width, height, 0, 0, width, height))
    a, b, c, d, e, f = picture.matrix
    ink = dark(picture, width)
    ends = {(round((a * x + c * 300 + e) * width), round((b * x + d * 300 + f) * height)) for x in (101, 159)}
    for x, y in ends:
        assert any((x + dx, y + dy) in ink for dx in (-1, 0, 1) for dy in (-1, 0, 1))


def test_a_crop_box_moves_the_points(tmp_path: Path) -> None:
    data = pdf([[Rule(200, 300, 60)]], size=(400, 600))
    data = data.replace(b"/MediaBox [0 0 400 600]", b"/MediaBox [99 99 400 600]")
    (picture,) = drawn(tmp_path, data, Draw(1, 301, 501, 0, 0, 301, 501))
    a, _, _, d, e, f = picture.matrix
    assert round((a * 200 + e) * 301) == 101
    assert round((d * 300 + f) * 501) == 300
    assert (110, 300) in dark(picture, 301) or (110, 299) in dark(picture, 301)


def test_a_drawing_of_absurd_size_is_refused_and_the_next_one_made(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([[Put(72, 700, "one")]], size=(14400, 14400)))
    with PdfEngine(path) as engine:
        for wanted in (
            Draw(1, 100_000, 100, 0, 0, 100, 100),
            Draw(1, 9000, 9000, 0, 0, 9000, 9000),
            Draw(1, 10, 10, 5, 5, 5, 9),
            Draw(7, 10, 10, 0, 0, 10, 10),
        ):
            with pytest.raises(DocumentError):
                engine.draw(wanted)
        assert len(engine.draw(Draw(1, 60, 60, 0, 0, 60, 60)).pixels) >= 60 * 180


def test_what_is_looked_at_comes_first_and_what_is_stale_never(tmp_path: Path) -> None:
    with gallery(tmp_path, pdf([[Put(72, 700, f"page {number}")] for number in range(1, 44)])) as held:
        held.hold.clear()
        held.pictures.want([Wanted(1)])
        assert held.began.wait(_WAIT)
        # A key held down: each page is wanted for a moment, with its neighbours.
        for page in range(2, 43):
            held.pictures.want([Wanted(page), Wanted(page + 1), Wanted(page - 1)])
        held.hold.set()
        held.wait(lambda: len(held.done) >= 4)
        # What had begun is not lost; of all between nothing was drawn.
        assert held.done == [Wanted(1), Wanted(42), Wanted(43), Wanted(41)]


def test_a_second_visit_draws_nothing(tmp_path: Path) -> None:
    with gallery(tmp_path, pdf([[Put(72, 700, "one")], [Put(72, 700, "two")]])) as held:
        held.pictures.want([Wanted(1), Wanted(2)])
        held.wait(lambda: len(held.done) == 2)
        held.pictures.want([Wanted(1)])
        assert held.pictures.get(Wanted(1)) == held.pictures.get(Wanted(2)) == 40 * 120
        held.pictures.want([Wanted(2, 80)])
        held.wait(lambda: len(held.done) == 3)
        assert held.done == [Wanted(1), Wanted(2), Wanted(2, 80)]


def test_a_page_that_hangs_the_child_gets_a_message_and_the_others_are_drawn(tmp_path: Path) -> None:
    with gallery(tmp_path, form_recursion(), patience=1.5) as held:
        held.pictures.want([Wanted(1, 400), Wanted(2)])
        held.wait(lambda: len(held.done) == 2)
        lost = held.pictures.get(Wanted(1))
        assert isinstance(lost, Undrawn)
        assert "Page 1 cannot be drawn" in lost.why
        assert held.pictures.get(Wanted(2)) == 40 * 120
        # It is not tried again at another size.
        assert held.pictures.get(Wanted(1, 30)) == lost


def test_a_drawing_nobody_waits_for_any_more_is_given_up(tmp_path: Path) -> None:
    with gallery(tmp_path, form_recursion(), patience=600) as held:
        held.pictures.want([Wanted(1)])
        held.pictures.want([Wanted(2)])
        held.wait(lambda: Wanted(2) in held.done)
        assert Wanted(1) not in held.done
        assert held.pictures.get(Wanted(1)) is None


def test_given_up_while_the_child_starts_the_next_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs229tui.documents.pictures._GIVE_UP", 0.0)
    with gallery(tmp_path, pdf([[Put(72, 700, "one")], [Put(72, 700, "two")]])) as held:
        for _ in range(3):
            held.pictures.want([Wanted(1)])
            held.pictures.want([Wanted(2)])
        held.pictures.want([Wanted(2)])
        held.wait(lambda: Wanted(2) in held.done)
        assert held.pictures.get(Wanted(2)) == 40 * 120


def test_closing_ends_the_child(tmp_path: Path) -> None:
    with gallery(tmp_path, pdf([[Put(72, 700, "one")]])) as held:
        held.pictures.want([Wanted(1)])
        held.wait(lambda: len(held.done) == 1)
        assert held.pictures.process
        held.pictures.close()
        assert held.pictures.process is None
        held.pictures.want([Wanted(1, 50)])
        assert held.done == [Wanted(1)]


def test_a_shelf_keeps_what_was_asked_for_last() -> None:
    gone: list[str] = []
    shelf: Shelf[str, int] = Shelf(10, lambda key, _value: gone.append(key))
    for key in "abc":
        shelf.put(key, ord(key), 4)
        assert shelf.get("a") == 97
    assert gone == ["b"]
    shelf.put("huge", 1, 99)
    assert gone == ["b", "c", "a"] and shelf.get("huge") == 1 and len(shelf) == 1
    shelf.clear()
    assert gone[-1] == "huge" and shelf.weight == 0
