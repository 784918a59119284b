"""Today: what is due first, where she left off, and that all of it can be reached."""

import uuid
from collections.abc import Callable

import pytest
from textual.widgets import Static

from cs229tui.library.annotations import Annotation, store_annotation
from cs229tui.library.notes import add_note
from cs229tui.library.readings import state_of, update_state
from cs229tui.library.sessions import Session, save_session
from cs229tui.tui.app import Companion
from cs229tui.tui.widgets.rows import Rows

Make = Callable[..., Companion]
ABADI, SHOKRI = "abadi-2016-dp-sgd", "shokri-2016-membership-inference"


def ask(app: Companion, body: str) -> str:
    moment = "2023-02-13T18:00:00.000Z"
    made = Annotation(str(uuid.uuid4()), ABADI, "question", "Ana", body, page=4, created=moment, updated=moment)
    store_annotation(app.database, made)
    return made.id


def text(app: Companion, id: str) -> str:
    widget = app.screen.query_one(f"#{id}")
    if isinstance(widget, Rows):
        return "\n".join(" ".join(cell.plain for cell in row.cells) for row in widget.rows)
    assert isinstance(widget, Static)
    return str(widget.content)


async def test_the_next_lecture_with_what_is_under_way_first(companion: Make) -> None:
    app = companion()
    update_state(app.database, ABADI, status="reading", page=6)
    update_state(app.database, SHOKRI, status="done")
    async with app.run_test(size=(120, 40)):
        due = app.screen.query_one("#due", Rows)
        assert due.rows[0].key == f"reading:{ABADI}"
        assert due.rows[-1].key == f"reading:{SHOKRI}"
        assert str(app.screen.query_one("#due-panel").border_title).startswith("Lecture 4 · Privacy")
        assert "Thu 16 Feb 15:45, in 2 days" in text(app, "when")
        assert "1/16" in str(app.screen.query_one("#due-panel").border_subtitle)


async def test_a_term_of_her_own_moves_every_date(companion: Make) -> None:
    app = companion("first_lecture = 2023-02-16\n")
    async with app.run_test(size=(120, 40)):
        assert str(app.screen.query_one("#due-panel").border_title).startswith("Lecture 1 ·")
        assert "in 2 days" in text(app, "when")


async def test_continue_questions_and_the_week(companion: Make) -> None:
    app = companion()
    update_state(app.database, ABADI, status="reading", page=6, opened="2023-02-14T15:00:00.000Z")
    add_note(app.database, "Why [bold]each[/nope]?")
    ask(app, "is the bound tight?")
    session = Session(ABADI, "2023-02-13T14:00:00.000Z", "2023-02-13T15:00:00.000Z", {1: 1800.0, 2: 2220.0})
    save_session(app.database, session)
    async with app.run_test(size=(120, 40)):
        assert "Abadi+ 16" in text(app, "continue")
        assert "“Why [bold]each[/nope]?”" in text(app, "continue")
        assert "is the bound tight?" in text(app, "questions")
        assert "1 h 07 min" in text(app, "week")
        assert "2 pages  1 annotation" in text(app, "week")


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_every_panel_is_reached_by_the_keyboard(companion: Make, size: tuple[int, int]) -> None:
    app = companion()
    update_state(app.database, ABADI, status="reading", opened="2023-02-14T15:00:00.000Z")
    ask(app, "why?")
    async with app.run_test(size=size) as pilot:
        seen = []
        for _ in range(4):
            seen.append(app.focused.id if app.focused else None)
            await pilot.press("right")
        assert seen[:3] == ["due", "continue", "questions"]
        await pilot.press("h", "h")
        app.screen.query_one("#continue", Rows).focus()
        await pilot.press("G", "down")
        assert app.focused is app.screen.query_one("#questions")
        await pilot.press("up")
        assert app.focused is app.screen.query_one("#continue")


async def test_enter_and_a_double_click_open_the_reading(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion()
    opened: list[object] = []
    monkeypatch.setattr(app, "open_reading", lambda *given, **named: opened.append((given, named)))
    question = ask(app, "why?")
    async with app.run_test(size=(120, 40)) as pilot:
        due = app.screen.query_one("#due", Rows)
        first = due.rows[0].key.removeprefix("reading:")
        await pilot.press("enter")
        await pilot.click("#due", offset=(5, 0), times=2)
        app.screen.query_one("#questions", Rows).focus()
        await pilot.press("enter")
        assert opened == [((first,), {}), ((first,), {}), ((ABADI,), {"annotation": question})]


async def test_no_data_yet_still_says_what_to_do(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(80, 24)) as pilot:
        assert "What you open waits here." in app.screen.query_one("#continue", Rows).render_line(0).text
        for key in ("space", "space", "r", "plus", "minus", "right", "left", "tab", "G", "g"):
            await pilot.press(key, key)
        assert app.is_running


async def test_after_the_term_the_first_unfinished_lecture_is_due(
    companion: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = companion()
    monkeypatch.setenv("CS229TUI_NOW", "2026-09-01T12:00:00-04:00")
    async with app.run_test(size=(80, 24)):
        assert str(app.screen.query_one("#due-panel").border_title).startswith("Lecture 1 ·")
        assert "at your own pace" in text(app, "when")


async def test_space_gives_the_next_status_and_shows_it_at_once(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        due = app.screen.query_one("#due", Rows)
        key = due.current
        for expected in ("reading", "skimmed", "done", "aside", "unread"):
            await pilot.press("space")
            await pilot.pause()
            assert state_of(app.database, key.removeprefix("reading:")).status == expected
            assert due.current == key
