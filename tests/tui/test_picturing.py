"""The reader's pages as pictures, through the pilot: in and out, keys and mouse, what is painted and what is sent."""

import asyncio
import re
import threading
from pathlib import Path

import pytest
from textual.widgets import Static

from cs229tui.course.model import Reading
from cs229tui.documents.pictures import Undrawn
from cs229tui.documents.store import attach_file
from cs229tui.library.annotations import annotations_of
from cs229tui.library.readings import add_reading
from cs229tui.tui.pictures.abilities import Abilities
from cs229tui.tui.pictures.geometry import pixels_of
from cs229tui.tui.pictures.showing import Probe
from cs229tui.tui.screens.help import HelpScreen
from cs229tui.tui.widgets.page_picture import PagePicture
from cs229tui.workspace import Workspace
from open_reader import Opened
from pdfs import Panel, Put, filler, form_recursion, paragraph, pdf

PAGES = 5
NAMES = ("Introduction", "Method", "Proofs", "Experiments", "Ablations", "Discussion", "Related work")
SAID = "The accountant keeps track of the budget over all steps of the training, and page {} says so. "


def paper(pages: int = PAGES, size: tuple[float, float] = (612, 792), **more) -> bytes:
    """Pages of two paragraphs; on the second a figure with its caption."""
    made = []
    for number in range(1, pages + 1):
        items = [Put(72, size[1] - 60, f"{number} {NAMES[number % 7]}", 16)]
        items += paragraph(SAID.format(number) + filler(60, f"a{number}"), 72, size[1] - 100, 460)
        items += paragraph(SAID.format(number) + filler(40, f"b{number * 7}"), 72, size[1] - 220, 460)
        if number == 2:
            items += [Panel(150, 300, 250, 180), Put(150, 280, "Figure 1: A curve that goes up.", 9)]
        made.append(items)
    return pdf(made, size=size, **more)


@pytest.fixture
def library(home: Path, tmp_path: Path):
    """Attaches a PDF to a reading `paper`."""
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')

    def attach(data: bytes, kind: str = "paper") -> Workspace:
        path = tmp_path / "paper.pdf"
        path.write_bytes(data)
        add_reading(
            made.database, Reading(id="paper", title="Paper", lectures=(0,), authors=("Mei Ng",), year=2016, kind=kind)
        )
        attach_file(made.database, made.folders, "paper", path)
        return made

    return attach


async def settled(reader) -> PagePicture:
    """The picture, when all that is in sight is drawn."""
    for _ in range(600):
        await reader.pilot.pause()
        picture = reader.screen.picture
        if picture is not None and picture.is_open and picture.plate is not None and picture._leaves:
            seen = [leaf for leaf in picture._leaves.values() if not picture._distance(leaf)]
            if seen and all(picture._pictures.get(leaf) is not None for leaf in seen):
                await reader.pilot.pause()
                return picture
        if picture is not None and picture.is_open and isinstance(picture._pictures.get(Probe(picture.page)), Undrawn):
            return picture
        await asyncio.sleep(0.02)
    raise AssertionError("nothing was drawn")


def lines(picture: PagePicture) -> list[str]:
    return [picture.render_line(y).text for y in range(picture.size.height)]


def title(reader) -> str:
    return reader.screen.query_one("TitleLine").render().plain


def cell_of(reader, picture: PagePicture, words: str) -> tuple[int, int]:
    """The cell of the widget on which the first letter of some words of the page is."""
    page = reader.screen._stored(picture.page)
    at = page.text.index(words)
    from array import array

    left, bottom, right, top = array("f", page.boxes[16 * at : 16 * at + 16])
    box = pixels_of(picture.plate, picture._matrix(picture.page), (left, bottom, right, top))
    x, y = (box[0] + box[2]) / 2 / picture.plate.across, (box[1] + box[3]) / 2 / picture.plate.down
    return int(x) + picture._left - picture._x, int(y) + picture._top - picture._y


async def test_the_page_at_the_cursor_and_back_to_the_same_words(library):
    async with Opened(library(paper())) as reader:
        await reader.press("3", "G", "4", "j")
        before = reader.text.cursor
        top = reader.text.scroll_offset.y
        await reader.press("p")
        picture = await settled(reader)
        assert picture.page == 3 and picture.has_focus and not reader.text.display
        assert "p 3 of 5" in title(reader) and "%" in title(reader)
        assert any(set(line) & set("▀▄▌▐█▖▗▘▝") for line in lines(picture))
        await reader.press("p")
        assert reader.text.has_focus and reader.text.display and not picture.display
        assert (reader.text.cursor, reader.text.scroll_offset.y) == (before, top)
        await reader.press("p", "escape")
        assert reader.text.has_focus and reader.text.cursor == before
        assert reader.app.screen is reader.screen


async def test_pages_turn_and_the_text_follows(library):
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        picture = await settled(reader)
        await reader.press("pagedown", "pagedown")
        assert picture.page == 3 and reader.text.page == 3
        await reader.press("pageup")
        assert picture.page == 2
        await reader.press("G")
        assert picture.page == PAGES
        await reader.press("pagedown", "j", "space", "G")
        assert picture.page == PAGES
        await reader.press("4", "G")
        assert picture.page == 4
        await reader.press("g", "g")
        assert picture.page == 1
        await reader.press("k", "backspace", "pageup")
        assert picture.page == 1
        await reader.press("2", "pagedown", "escape")
        assert reader.text.page == 3 and reader.text.has_focus
        await reader.press("p", "pagedown", "pageup", "p")
        assert reader.text.page == 3 and reader.text.cursor == reader.text.places.position(3)
        row = reader.text.layout_now.row(reader.text.cursor)
        assert 0 <= row - reader.text.scroll_offset.y < reader.text.size.height


async def test_scrolling_goes_over_the_page_and_on_to_the_next(library):
    async with Opened(library(paper()), size=(80, 24)) as reader:
        await reader.press("p")
        picture = await settled(reader)
        assert picture._y == 0
        await reader.press("j", "j")
        assert picture._y == 2
        await reader.press("k", "3", "j")
        assert picture._y == 4
        await reader.press("k", "k", "k", "k", "k")
        assert picture._y == 0
        seen = [(picture.page, picture._y)]
        while picture.page == 1:
            await reader.press("space")
            seen.append((picture.page, picture._y))
        assert seen == sorted(seen) and seen[-1] == (2, 0)
        await reader.press("backspace")
        assert (picture.page, picture._y) == seen[-2]


async def test_zoom_keeps_the_middle_and_fits(library):
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        picture = await settled(reader)
        assert picture.plate.columns <= picture.size.width
        wide = picture.zoom
        await reader.press("plus", "plus", "plus")
        assert picture.zoom > 1.9 * wide
        assert picture.plate.columns > picture.size.width
        middle = (picture._x + picture.size.width / 2) / picture.plate.columns
        assert abs(middle - 0.5) < 0.02
        await reader.press("h", "l", "l", "dollar_sign")
        assert picture._x == picture.plate.columns - picture.size.width
        await reader.press("0")
        assert picture.zoom == pytest.approx(wide)
        await reader.press("0")
        assert picture.plate.rows <= picture.size.height
        for _ in range(30):
            picture.action_zoom(1)
        await settled(reader)
        for _ in range(60):
            picture.action_zoom(-1)
        assert picture.plate.rows >= 1
        await settled(reader)


async def test_a_click_puts_the_cursor_on_the_word_and_dragging_selects(library):
    workspace = library(paper())
    async with Opened(workspace) as reader:
        await reader.press("p", "plus", "plus")
        picture = await settled(reader)
        await reader.press("g", "g", "circumflex_accent")
        await settled(reader)
        x, y = cell_of(reader, picture, "accountant")
        await reader.pilot.click(picture, offset=(x, y))
        block, offset = reader.text.cursor
        assert reader.text.flow[block].text[offset:].startswith("accountant")
        x2, y2 = cell_of(reader, picture, "budget")
        await reader.pilot.mouse_down(picture, offset=(x, y))
        await reader.pilot.hover(picture, offset=(x2, y2))
        await reader.pilot.mouse_up(picture, offset=(x2, y2))
        await reader.pilot.pause()
        assert reader.selected.startswith("accountant keeps track of the b")
        await reader.press("H")
        (made,) = annotations_of(workspace.database, "paper")
        assert made.kind == "highlight" and made.quote.startswith("accountant keeps track of the b")
        await reader.press("r")
        assert annotations_of(workspace.database, "paper")[0].colour == "red"
        # It is on the picture now, at the words.
        await settled(reader)
        painted = [one for one in picture.paint(1) if one.how == "marker"]
        assert len(painted) == 1
        left, bottom, right, top = painted[0].box
        assert left < right and bottom < top
        await reader.pilot.click(picture, offset=(x, y), times=2)
        assert reader.selected == "accountant"
        await reader.press("escape")
        assert not reader.selected and reader.screen.view == "picture"
        await reader.press("escape")
        assert reader.screen.view == "text" and reader.text.flow[reader.text.cursor[0]].text


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("zooms", [0, 3])
async def test_places_are_exact_on_turned_pages(library, rotate, zooms):
    data = paper(1, rotate=rotate).replace(
        b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 612 792] /CropBox [40 60 600 780]"
    )
    async with Opened(library(data)) as reader:
        await reader.press("p")
        picture = await settled(reader)
        for _ in range(zooms):
            await reader.press("plus")
        await settled(reader)
        page = reader.screen._stored(1)
        for at in range(20, len(page.text), 37):
            if page.text[at].isspace():
                continue
            from array import array

            left, bottom, right, top = array("f", page.boxes[16 * at : 16 * at + 16])
            box = pixels_of(picture.plate, picture._matrix(1), (left, bottom, right, top))
            x, y = (box[0] + box[2]) / 2 / picture.plate.across, (box[1] + box[3]) / 2 / picture.plate.down
            point = picture.point_of(x + picture._left - picture._x, y + picture._top - picture._y)
            assert point == pytest.approx(((left + right) / 2, (bottom + top) / 2), abs=1e-3)
            from cs229tui.tui.pictures.geometry import character_at

            assert character_at(page, point) == at


async def test_hits_and_selection_show_and_go(library):
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        picture = await settled(reader)
        plain = len(picture.paint(1))
        await reader.press("slash", *"budget", "enter")
        await settled(reader)
        assert picture.has_focus
        assert len(picture.paint(1)) >= plain + 2
        await reader.press("n")
        while picture.page == 1:
            await reader.press("n")
        # The next hit on another page turns the picture.
        assert picture.page == 2 == reader.text.page
        await reader.press("escape")
        assert len(picture.paint(1)) <= plain
        assert reader.screen.view == "picture"


async def test_a_figure_alone_fills_the_room_and_the_next_key_goes_on(library):
    async with Opened(library(paper())) as reader:
        await reader.press("2", "G", "i")
        picture = await settled(reader)
        assert picture.page == 2 and picture.aim.box is not None
        assert "figure alone" in title(reader)
        left, bottom, right, top = picture.aim.box
        assert 100 < left < 160 and 390 < right < 420 and 270 < bottom < 310 and 470 < top < 500
        plate = picture.plate
        assert plate.rows >= picture.size.height - 1 or plate.columns >= picture.size.width - 1
        await reader.press("i")
        assert picture.aim.box is None and picture.page == 2
        await reader.press("i")
        assert picture.aim.box is not None
        await reader.press("escape")
        assert reader.screen.view == "text"


async def test_a_text_without_figures_shows_the_page(library):
    async with Opened(library(paper(1))) as reader:
        await reader.press("i")
        picture = await settled(reader)
        assert picture.page == 1 and picture.aim.box is None
        assert any("figure" in note.message for note in reader.app._notifications)


async def test_side_by_side_follows_the_text_where_there_is_room(library):
    async with Opened(library(paper()), size=(160, 40)) as reader:
        await reader.press("vertical_line")
        picture = await settled(reader)
        assert reader.text.display and picture.display and reader.text.has_focus
        assert reader.text.size.width > 60 and picture.size.width > 60
        await reader.press("4", "G")
        assert picture.page == 4
        await reader.press("vertical_line")
        assert not picture.display and reader.text.size.width > 120
    async with Opened(library_of(reader), size=(100, 30)) as narrow:
        await narrow.press("vertical_line")
        assert narrow.screen.view == "text"
        assert any("140 columns" in note.message for note in narrow.app._notifications)


def library_of(reader) -> Workspace:
    return reader.app.workspace


async def test_a_page_without_text_is_shown_at_once(library):
    data = pdf([[Put(72, 700, "Words. " * 9)], [Panel(100, 100, 300, 300)], [Put(72, 700, "More words. " * 5)]])
    async with Opened(library(data)) as reader:
        assert reader.screen.view == "text"
        await reader.press("colon", "2", "enter")
        picture = await settled(reader)
        assert reader.screen.view == "picture" and picture.page == 2
        await reader.press("escape")
        assert reader.screen.view == "text" and reader.text.page == 2


async def test_a_scan_opens_as_pictures(library):
    async with Opened(library(pdf([[Panel(100, 100, 300, 300)]] * 3))) as reader:
        picture = await settled(reader)
        assert reader.screen.view == "picture" and picture.page == 1
        await reader.press("pagedown", "pagedown")
        assert picture.page == 3
        await reader.press("escape")
        assert reader.screen.view == "text"


async def test_slides_turn_a_page_at_a_time(library):
    async with Opened(library(paper(6, size=(720, 405)), kind="slides"), size=(80, 24)) as reader:
        # Where there are no sharp pictures the text comes first.
        assert reader.screen.view == "text"
        seen = [reader.text.page]
        for key in ("space", "pagedown", "space", "pageup"):
            await reader.press(key)
            seen.append(reader.text.page)
        assert seen == [1, 2, 3, 4, 3]
        assert reader.text.cursor == reader.text.places.position(3)


async def test_slides_open_as_pictures_where_the_terminal_shows_them(library, monkeypatch):
    sent = []
    use(monkeypatch, Abilities("kitty", "said so"), sent)
    async with Opened(library(paper(6, size=(720, 405)), kind="slides")) as reader:
        picture = await settled(reader)
        assert reader.screen.view == "picture" and picture.plate.rows <= picture.size.height
        await reader.press("space", "space")
        assert picture.page == 3


async def test_a_page_that_cannot_be_drawn_says_so_and_the_next_can(library, monkeypatch):
    monkeypatch.setattr("cs229tui.documents.pictures._PATIENCE", 1.5)
    async with Opened(library(form_recursion(9, 3))) as reader:
        await reader.press("p")
        if reader.screen.picture is None:
            await settled(reader)
        reader.screen.picture._pictures._engine._patience = 1.0
        monkeypatch.setattr(reader.screen, "_size_of", lambda page: (612.0, 792.0))
        await reader.press("pagedown")
        picture = await settled(reader)
        assert picture.page == 2
        assert any(set(line) & set("▀▄▌▐█▖▗▘▝") for line in lines(picture))


async def test_keys_do_not_wait_and_stale_pages_are_not_drawn(library):
    async with Opened(library(paper(43))) as reader:
        await reader.press("p")
        picture = await settled(reader)
        made = []
        make = picture._pictures._make
        turned = threading.Event()

        def counted(job, drawn):
            made.append(job.shot.page)
            turned.wait(20)
            return make(job, drawn)

        picture._pictures._make = counted
        for _ in range(42):
            picture.action_pages(1)
        assert picture.page == 43
        assert "page 43" in "".join(lines(picture))
        turned.set()
        await settled(reader)
        # What had been begun, the page that is wanted, and its neighbours.
        assert len(set(made)) <= 5 and 43 in made


async def test_reading_time_is_counted_on_the_page_shown(library, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("cs229tui.tui.screens.timing.monotonic", lambda: clock[0])
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        await settled(reader)
        await reader.press("pagedown", "pagedown")
        clock[0] += 20
        await reader.press("j")
        assert reader.screen.clock.pages[3] >= 20


async def test_off_and_without_printed_pages(library, tmp_path):
    workspace = library(paper())
    workspace.folders.settings.write_text('name = "mei"\npictures = "off"\n')
    async with Opened(Workspace()) as reader:
        await reader.press("p")
        assert reader.screen.view == "text"
        assert any("S opens" in note.message for note in reader.app._notifications)
    note = tmp_path / "note.md"
    note.write_text("# A note\n\nWords.")
    attach_file(workspace.database, workspace.folders, "paper", note)
    async with Opened(Workspace()) as reader:
        await reader.press("p")
        assert reader.screen.view == "text"
        assert any("printed pages" in note.message for note in reader.app._notifications)


# What is sent to the terminal


def use(monkeypatch, abilities: Abilities, sent: list[str]) -> None:
    async def learn(_self) -> Abilities:
        return abilities

    monkeypatch.setattr("cs229tui.tui.pictures.terminal.Terminal.learn", learn)
    monkeypatch.setattr("cs229tui.tui.app.Companion.write_to_terminal", lambda _self, text: sent.append(text))


async def test_kitty_gets_a_page_once_and_forgets_it_at_the_end(library, monkeypatch):
    sent: list[str] = []
    use(monkeypatch, Abilities("kitty", "said so", cell=(10, 20)), sent)
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        picture = await settled(reader)
        # The whole page and what comes next, in the background.
        for _ in range(1000):
            if not picture._pictures._queue and not picture._pictures._current:
                break
            await reader.pilot.pause()
            await asyncio.sleep(0.01)
        await reader.pilot.pause()
        assert "\U0010eeee" in lines(picture)[5]
        before = len(sent)
        await reader.press("space", "backspace", "j", "k", "0", "0")
        for _ in range(3):
            await settled(reader)
        ids = set(re.findall(r"i=(\d+)", "".join(sent)))
        again = len("".join(sent[before:]))
        await reader.press("question_mark")
        assert isinstance(reader.app.screen, HelpScreen)
        await reader.pilot.pause()
        assert "\U0010eeee" not in "".join(lines(picture))
        await reader.press("escape")
        await reader.pilot.pause()
        assert "\U0010eeee" in lines(picture)[5]
        assert len("".join(sent[before:])) == again
        visits = len(sent)
        await reader.press("p", "p")
        await settled(reader)
        assert len(sent) == visits
    gone = set(re.findall(r"a=d,d=I,i=(\d+)", "".join(sent)))
    assert ids <= gone


async def test_sixels_are_drawn_over_the_frame_and_not_over_what_covers_it(library, monkeypatch):
    sent: list[str] = []
    use(monkeypatch, Abilities("sixel", "said so", cell=(10, 20)), sent)
    async with Opened(library(paper())) as reader:
        await reader.press("p")
        picture = await settled(reader)
        await reader.pilot.pause()
        drawn = "".join(sent)
        assert drawn.count("\x1bP0;1;0q") >= picture.size.height - 1
        assert "\x1b[2;1H\x1bP0;1;0q" in drawn
        assert not any(set(line) & set("▀▄▌▐█▖▗▘▝") for line in lines(picture))
        sent.clear()
        await reader.press("question_mark")
        await reader.pilot.pause()
        assert "\x1bP" not in "".join(sent)
        await reader.press("escape")
        await reader.pilot.pause()
        assert "".join(sent).count("\x1bP0;1;0q") >= picture.size.height - 1
        sent.clear()
        over = Static("Over the last rows.")
        over.styles.dock, over.styles.height, over.styles.layer = "bottom", 6, "_toastrack"
        await reader.screen.mount(over)
        await reader.pilot.pause()
        sent.clear()
        picture.refresh()
        await reader.pilot.pause()
        rows = {int(row) for row in re.findall(r"\x1b\[(\d+);\d+H\x1bP", "".join(sent))}
        covered = set(range(over.region.y, over.region.bottom))
        assert covered and rows and not {row - 1 for row in rows} & covered
        sent.clear()
        await reader.press("escape")
        await reader.pilot.pause()
        assert "\x1bP" not in "".join(sent)
