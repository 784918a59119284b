"""What confuses people, on its screen: ranked, opened at the passage and back, handed on without names."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from cs229tui.annotations.heat import PageHeat
from cs229tui.library.annotations import Annotation
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.confusion import ConfusionScreen
from cs229tui.tui.screens.discuss import DiscussScreen
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.heat_strip import HeatStrip
from cs229tui.tui.widgets.rows import Rows
from discussed import asked, replied, topic_asked, voted
from small_paper import TEXTS, stored

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"
HOSTILE = "[/nope] [red]x[/red] \u202e漢字 " + "a" * 3000


@pytest.fixture
def app(companion: Make) -> Companion:
    made = companion()
    stored(made.database, ABADI, TEXTS, "a" * 64)
    return made


@pytest.fixture
def question(app: Companion) -> Annotation:
    """A question two have on page 1, and one on page 3 that nobody else has."""
    asked(app.database, ABADI, "tail. The end", "Sam Okafor", "What tail?")
    made = asked(app.database, ABADI, "clip the", "Ana Maria", "Why $\\ell_2$?", page=1)
    voted(app.database, made, "me-too", "Mei Lin")
    return made


def text(app: Companion, id: str) -> str:
    return str(app.screen.query_one(f"#{id}", Static).visual)


async def ranked(app: Companion, pilot: Pilot[None]) -> None:
    """Wait until the passages are ranked."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


def drawn(app: Companion) -> list[str]:
    rows = app.screen.query_one(Rows)
    return [rows.render_line(y).text for y in range(len(rows.rows) + 1)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_is_ranked_and_opens_at_the_passage_and_comes_back(app, question, size):
    async with app.run_test(size=size) as pilot:
        app.open_confusion(ABADI)
        await ranked(app, pilot)
        header, first, second = drawn(app)
        assert header.split()[:4] == ["score", "▾", "where", "the"]
        assert first.split()[:4] == ["1", "4", "p", "1"] and "“clip the”" in first
        assert second.split()[:4] == ["2", "2", "p", "3"]
        assert "2 questions asked 3 times" in text(app, "head")
        assert "Why ℓ₂?" in text(app, "said") and "Ana Maria, also Mei Lin · no reply yet" in text(app, "said")
        assert app.screen.query_one(HeatStrip).here == 1
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ReaderScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, ConfusionScreen)
        await pilot.press("escape")
        assert not isinstance(app.screen, ConfusionScreen)


async def test_by_place_and_back(app, question):
    late = asked(app.database, ABADI, "The end of", "kim")
    voted(app.database, late, "me-too", "tom")
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_confusion(ABADI)
        await ranked(app, pilot)
        assert [line.split()[0] for line in drawn(app)[1:]] == ["1", "2"]
        assert app.screen.current().first.page == 3
        await pilot.press("s")
        assert [line.split()[0] for line in drawn(app)[1:]] == ["2", "1"]
        # The cursor stays on the passage.
        assert app.screen.current().first.page == 3
        await pilot.press("s")
        assert [line.split()[0] for line in drawn(app)[1:]] == ["1", "2"]


async def test_without_names_nobody_is_named_here_and_in_the_copy(app, question, monkeypatch):
    copied: list[str] = []
    monkeypatch.setattr(app, "copy", lambda text, name="": copied.append(text))
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_confusion(ABADI)
        await ranked(app, pilot)
        await pilot.press("y", "n", "y")
        assert "2 people · no reply yet" in text(app, "said")
        assert "Ana" in copied[0] and "Ana" not in copied[1] and "Mei" not in copied[1]
        assert copied[1].startswith("# What confuses people: ")


async def test_an_answer_that_comes_is_shown(app, question):
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_confusion(ABADI)
        await ranked(app, pilot)
        voted(app.database, replied(app.database, question, "Sam"), "answer", "Ana Maria")
        app.changed()
        await ranked(app, pilot)
        assert [line.split()[1] for line in drawn(app)[1:]] == ["2", "2"]
        assert "answered" in text(app, "said")


async def test_a_lecture_from_the_course_has_its_topics_too(app, question):
    topic_asked(app.database, 4, "differential privacy", "kim")
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_lecture(4)
        await pilot.pause()
        await pilot.press("left", "Q")
        await ranked(app, pilot)
        screen = app.screen
        assert isinstance(screen, ConfusionScreen) and screen.lecture == 4
        assert [one.first.lecture for one in screen._found] == [None, None, 4]
        assert "Abadi+ 16 p 1" in drawn(app)[1]
        await pilot.press("G", "enter")
        await pilot.pause()
        assert isinstance(app.screen, DiscussScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is screen


async def test_from_the_reader(app, question):
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_reading(ABADI)
        await pilot.pause()
        await pilot.press("Q")
        await pilot.pause()
        assert isinstance(app.screen, ConfusionScreen) and app.screen.reading_id == ABADI


@pytest.mark.parametrize("size", [(80, 24), (20, 6), (1, 1), (240, 70)])
async def test_empty_it_teaches_at_any_size(app, size):
    async with app.run_test(size=size) as pilot:
        app.open_confusion("unheard-of")
        await ranked(app, pilot)
        assert "q asks" in app.screen.query_one(Rows).empty
        await pilot.press("enter", "s", "n", "y", "j", "escape")
        assert app._exception is None


@pytest.mark.parametrize("size", [(20, 6), (80, 24), (120, 40)])
async def test_hostile_words_are_only_words(app, size):
    made = asked(app.database, ABADI, "clip the", HOSTILE[:80], HOSTILE, page=1)
    voted(app.database, made, "me-too", "[/b]")
    topic_asked(app.database, 4, "[/nope]", "[/x]")
    async with app.run_test(size=size) as pilot:
        app.open_confusion(None, 4)
        await ranked(app, pilot)
        assert len(app.screen._found) == 2
        if size[1] > 10:
            assert "[/nope] [red]x[/red]" in text(app, "said")
        rows = app.screen.query_one(Rows)
        for y in range(rows.size.height):
            line = rows.render_line(y)
            assert line.cell_length == rows.size.width and not set(line.text) & set("\x1b\u202e\x9b")
        await pilot.press("down", "n", "up")
        assert app._exception is None


async def test_a_click_on_the_strip_opens_that_page(app, question):
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_confusion(ABADI)
        await ranked(app, pilot)
        strip = app.screen.query_one(HeatStrip)
        # Three columns a page after the names of the rows.
        await pilot.click(strip, offset=(8 + 7, 0))
        await pilot.pause()
        reader = app.screen
        assert isinstance(reader, ReaderScreen)
        await pilot.pause()
        assert reader.passage.places.page(reader.passage.cursor) == 3


@pytest.mark.parametrize("width", [1, 9, 20, 80, 200])
@pytest.mark.parametrize("count", [1, 14, 2000])
async def test_a_strip_of_any_size_is_three_lines(app, width, count):
    async with app.run_test(size=(width, 10)) as pilot:
        strip = HeatStrip()
        await app.screen.mount(strip)
        assert not strip.display, "without pages there is none"
        strip.show([PageHeat(page, {"comment": page % 3}, page % 3, 0, float(page)) for page in range(1, count + 1)], 1)
        await pilot.pause()
        lines = strip.render().plain.split("\n")
        assert [line[:8].rstrip() for line in lines] == ["written", "time", "page"]
        assert max(len(line) for line in lines) <= max(width, 9)
