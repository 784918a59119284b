"""The score on its screen: every component, and comments that are rated with one key."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from textual.widgets import Static

from cs229tui.annotations.make import annotate_quote
from cs229tui.library.annotations import store_annotation
from cs229tui.library.ratings import ratings
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.screens.score import ScoreScreen, ScoresScreen
from cs229tui.tui.widgets.rows import Rows
from discussed import asked, replied
from small_paper import TEXTS, stored

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


@pytest.fixture
def app(companion: Make) -> Companion:
    made = companion()
    stored(made.database, ABADI, TEXTS, "a" * 64)
    return made


@pytest.fixture
def mine(app: Companion) -> list[str]:
    """Two comments of hers before the deadline, the first of which was answered."""
    ids = []
    for day, quote in ((9, "norm of each"), (10, "add noise")):
        made = annotate_quote(app.database, ABADI, quote, 1, "comment", f"[/b] on {quote} $x_1$", author="Ana")
        ids.append(store_annotation(app.database, replace(made, created=f"2023-02-{day:02}T12:00:00.000Z")).id)
    replied(
        app.database,
        store_annotation(app.database, replace(made, id="third", created="2023-02-11T12:00:00.000Z")),
        "mei",
    )
    asked(app.database, ABADI, "tail. The end", "mei")
    return [*ids, "third"]


def text(app: Companion, id: str) -> str:
    return str(app.screen.query_one(f"#{id}", Static).visual)


def drawn(app: Companion, id: str) -> list[str]:
    rows = app.screen.query_one(f"#{id}", Rows)
    return [rows.render_line(y).text for y in range(rows.size.height)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_component_shows_its_figure_and_target(app, mine, size):
    async with app.run_test(size=size) as pilot:
        app.open_score(ABADI)
        await pilot.pause()
        parts = drawn(app, "parts")
        assert [line.strip().split("  ")[0] for line in parts[1:]] == [
            "comments", "spread", "sittings", "to the end", "active time", "responses", "upvotes",
        ]  # fmt: skip
        assert "0 points" in parts[1] and "8 points" in parts[1] and "+0 of 60 %" in parts[1]
        assert "your best 4, rated by you" in parts[1]
        assert "+5 of 10 %" in parts[6]
        assert text(app, "standing").startswith("5 %, 0 of 3")
        assert "due Thu 16 Feb 15:45, in 2 days" in text(app, "standing")
        assert text(app, "told").startswith("3 of 3 not rated: no points yet")


async def test_a_key_rates_and_goes_on_and_u_takes_it_back(app, mine):
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_score(ABADI)
        await pilot.pause()
        await pilot.press("2", "1", "0")
        await pilot.pause()
        assert ratings(app.database, mine) == dict(zip(mine, (2, 1, 0), strict=True))
        assert isinstance(app.screen, ScoreScreen), "the digits are no tabs here"
        assert [line.split()[0] for line in drawn(app, "table")[1:4]] == ["2", "1", "0"]
        assert "+22.5 of 60 %" in drawn(app, "parts")[1]
        assert text(app, "told") == "All rated; the program judges nothing."
        await pilot.press("u")
        assert ratings(app.database, mine) == dict(zip(mine, (2, 1), strict=False))
        await pilot.press("home", "backspace")
        assert ratings(app.database, mine) == {mine[1]: 1}
        await pilot.press("u", "u", "u")
        assert ratings(app.database, mine) == {}


async def test_a_comment_opens_at_its_passage(app, mine):
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_score(ABADI)
        await pilot.pause()
        assert "[/b] on norm of each x₁" in drawn(app, "table")[1]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ReaderScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, ScoreScreen)


async def test_the_readings_of_a_lecture_and_those_she_worked_on(app, mine):
    async with app.run_test(size=(100, 40)) as pilot:
        app.open_lecture(4)
        await pilot.pause()
        await pilot.press("left", "S")
        await pilot.pause()
        assert isinstance(app.screen, ScoresScreen)
        assert len(app.screen.query_one(Rows).rows) == len(app.course.readings_of(4))
        assert "of the required readings" in text(app, "standing")
        app.screen.query_one(Rows).select(ABADI)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ScoreScreen) and app.screen.lecture == 4
        await pilot.press("escape", "escape")
        app.open_score()
        await pilot.pause()
        assert [row.key for row in app.screen.query_one(Rows).rows] == [ABADI]


@pytest.mark.parametrize("size", [(1, 1), (20, 6), (40, 12), (240, 70)])
async def test_it_works_at_any_size_with_nothing_to_show(app, size):
    async with app.run_test(size=size) as pilot:
        for open_ in (lambda: app.open_score(ABADI), app.open_score, lambda: app.open_score(lecture=0)):
            open_()
            await pilot.pause()
            await pilot.press("2", "backspace", "enter", "j", "escape", "escape")
            await pilot.pause()
        assert app._exception is None


async def test_time_that_is_not_measured_is_said(companion):
    app = companion('name = "Ana"\nmeasure_time = false\n')
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_score(ABADI)
        await pilot.pause()
        assert "Time is not measured" in text(app, "told")
        assert "a comments and q asks" in app.screen.query_one("#table", Rows).empty
