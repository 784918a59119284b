"""Boxes drawn on a page as it is printed, and what is written on them."""

import asyncio
from pathlib import Path

import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.pdf.wire import Drawn
from cs229tui.documents.store import attach_file
from cs229tui.library.annotations import annotations_of
from cs229tui.library.readings import add_reading
from cs229tui.tui.pictures.painting import Ink, compose
from cs229tui.tui.widgets.page_picture import PagePicture
from cs229tui.workspace import Workspace
from open_reader import Opened
from pdfs import Panel, Put, filler, paragraph, pdf


@pytest.fixture
def workspace(home: Path, tmp_path: Path) -> Workspace:
    """A paper of two pages; on the second a figure with its caption."""
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')
    pages = [paragraph(filler(60, f"a{number}"), 72, 700, 460) for number in (1, 2)]
    pages[1] += [Panel(150, 300, 250, 180), Put(150, 280, "Figure 1: A curve that goes up.", 9)]
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf(pages))
    add_reading(made.database, Reading(id="paper", title="Paper", lectures=(0,)))
    attach_file(made.database, made.folders, "paper", path)
    return made


async def pictured(reader) -> PagePicture:
    for _ in range(600):
        await reader.pilot.pause()
        picture = reader.screen.picture
        if picture is not None and picture.is_open and picture.plate is not None and picture._matrix(picture.page):
            await reader.pilot.pause()
            return picture
        await asyncio.sleep(0.02)
    raise AssertionError("nothing was drawn")


def boxed(reader):
    return [one for one in annotations_of(reader.app.database, "paper") if one.region]


async def test_the_keys_draw_a_box_and_a_question_is_asked_on_it(workspace):
    async with Opened(workspace) as reader:
        await reader.press("2", "G", "p")
        picture = await pictured(reader)
        await reader.press("v")
        first = picture.box
        assert picture.drawing and first is not None
        await reader.press("l", "j")
        left, bottom, right, top = picture.box
        assert left > first[0] and top < first[3]
        assert right - left == pytest.approx(first[2] - first[0]) and top - bottom == pytest.approx(first[3] - first[1])
        await reader.press("L", "L", "J", "shift+left")
        assert picture.box[2] > right and picture.box[1] < bottom
        assert (picture.box[0], picture.box[3]) == pytest.approx((left, top))
        assert any(one.how == "frame" for one in reader.screen._paint(2))
        await reader.press("enter")
        assert not picture.drawing
        await reader.press("q", *"why", "ctrl+s")
        (made,) = boxed(reader)
        assert (made.kind, made.body, made.page, made.start) == ("question", "why", 2, None)
        assert made.region == pytest.approx(picture.box or made.region, abs=0.02) and picture.box is None
        # It is on the page as long as it is in the library.
        assert [one.box for one in reader.screen._paint(2) if one.how == "frame"] == [made.region]
        await reader.press("u")
        assert boxed(reader) == [] and not [one for one in reader.screen._paint(2) if one.how == "frame"]


async def test_a_figure_alone_is_written_on_without_a_box_and_found_again(workspace):
    async with Opened(workspace) as reader:
        await reader.press("f", "i")
        picture = await pictured(reader)
        assert picture.aim.box is not None
        await reader.press("H", "r", "P", *"mine", "ctrl+s")
        highlight, note = sorted(boxed(reader), key=lambda one: one.kind)
        assert (highlight.colour, note.kind, note.audience) == ("red", "note", "")
        assert highlight.quote == note.quote == "Figure 1: A curve that goes up."
        assert highlight.region == pytest.approx((150, 300, 400, 480), abs=25)
        await reader.press("escape", "g", "g")
        # In the text its mark is where the figure is; going to it leads there.
        at = reader.screen.written.find(note.id).position
        assert reader.text.flow[at[0]].kind in ("figure", "caption")
        assert reader.screen.go_to_thread(note.id)
        await reader.pilot.pause()
        assert reader.text.cursor == at and reader.text.mark_at(at)


async def test_the_mouse_draws_one_on_a_figure(workspace):
    async with Opened(workspace) as reader:
        await reader.press("f", "i")
        picture = await pictured(reader)
        await reader.pilot.mouse_down(picture, offset=(30, 10))
        await reader.pilot.hover(picture, offset=(60, 20))
        await reader.pilot.mouse_up(picture, offset=(60, 20))
        assert picture.box is not None and not picture.drawing
        left, bottom, right, top = picture.box
        assert 100 < left < right < 450 and 250 < bottom < top < 500
        await reader.press("escape")
        assert picture.box is None and reader.screen.view == "picture"


async def test_a_box_is_put_away_when_the_page_turns(workspace):
    async with Opened(workspace) as reader:
        await reader.press("p")
        picture = await pictured(reader)
        await reader.press("v", "enter", "pagedown")
        assert picture.box is None and picture.page == 2
        await reader.press("v", "escape")
        assert picture.box is None and reader.screen.view == "picture"


def test_a_frame_is_drawn_around_and_leaves_what_is_in_it():
    drawn = Drawn(bytes([255]) * (40 * 3 * 40), 120, (0, 0, 0, 0, 0, 0))
    image = compose(drawn, (40, 40), (Ink(5, 5, 35, 35, (200, 0, 0), "frame"),), None)
    assert image.getpixel((5, 20)) == image.getpixel((20, 34)) == (200, 0, 0)
    assert image.getpixel((20, 20)) == image.getpixel((2, 2)) == (255, 255, 255)
    large = Drawn(bytes([255]) * (200 * 3 * 200), 600, (0, 0, 0, 0, 0, 0))
    signed = compose(large, (200, 200), (Ink(5, 5, 195, 195, (200, 0, 0), "frame", "?"),), None)
    assert signed.getpixel((8, 30)) == (200, 0, 0)
    # A box that begins left of this sheet has no line on its left edge.
    cut = compose(large, (200, 200), (Ink(-50, 5, 100, 195, (200, 0, 0), "frame"),), None)
    assert cut.getpixel((0, 100)) == (255, 255, 255) and cut.getpixel((50, 5)) == (200, 0, 0)
