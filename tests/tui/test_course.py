"""Course: lectures, the readings of one as the page groups them, its links, and what the student did."""

from collections.abc import Callable

import pytest
from textual.widgets import Static

from cs229tui.library.lectures import lecture_states
from cs229tui.library.readings import update_state
from cs229tui.tui.app import Companion
from cs229tui.tui.widgets.rows import Rows

Make = Callable[..., Companion]
ABADI = "abadi-2016-dp-sgd"


async def course(app: Companion, pilot: object) -> tuple[Rows, Rows]:
    await pilot.press("2")  # type: ignore[attr-defined]
    await pilot.pause()  # type: ignore[attr-defined]
    return app.screen.query_one("#lectures", Rows), app.screen.query_one("#detail", Rows)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_opens_at_the_next_lecture_with_its_readings_in_groups(companion: Make, size: tuple[int, int]) -> None:
    app = companion()
    async with app.run_test(size=size) as pilot:
        lectures, detail = await course(app, pilot)
        assert lectures.current == "lecture:4"
        assert [row.key for row in lectures.rows][-2:] == ["lecture:0", "homework:hw0"]
        texts = [row.cells[0].plain for row in detail.rows if not row.key and row.cells]
        assert texts[:3] == ["Privacy in machine learning", "Attacks on non-private models", "Failure of heuristics"]
        assert texts[-3:] == ["Links", "Discussion", "You"]
        listed = [row.key for row in detail.rows if row.key.startswith("reading:")]
        assert listed[:3] == [
            "reading:dwork-2014-algorithmic-foundations-dp",
            "reading:vadhan-2017-complexity-dp",
            f"reading:{ABADI}",
        ]


async def test_the_progress_of_a_lecture_is_drawn(companion: Make) -> None:
    app = companion()
    for reading in app.course.readings_of(3):
        update_state(app.database, reading.id, status="done")
    async with app.run_test(size=(120, 40)) as pilot:
        lectures, _ = await course(app, pilot)
        bars = {row.key: row.cells[3].plain for row in lectures.rows}
        assert bars["lecture:3"] == "━━━━━━"
        assert bars["lecture:5"] == "╌╌╌╌╌╌"


async def test_what_was_done_with_a_lecture_is_kept_and_taken_back(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        await course(app, pilot)
        await pilot.press("t", "s")
        state = lecture_states(app.database, app.course.key)[4]
        assert (state.attended, state.watched, state.slides_read) == (True, False, True)
        await pilot.press("u")
        assert not lecture_states(app.database, app.course.key)[4].slides_read
        await pilot.press("right", "G", "enter")
        assert lecture_states(app.database, app.course.key)[4].slides_read


async def test_links_open_and_copy_and_readings_open(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = companion()
    did: list[tuple[str, str]] = []
    monkeypatch.setattr(app, "open_link", lambda url: did.append(("open", url)))
    monkeypatch.setattr(app, "copy", lambda text, name="": did.append(("copy", text)))
    monkeypatch.setattr(app, "open_reading", lambda id: did.append(("read", id)))
    async with app.run_test(size=(120, 40)) as pilot:
        _, detail = await course(app, pilot)
        await pilot.press("l")
        detail.select(f"reading:{ABADI}")
        await pilot.press("enter", "y")
        link = next(row.key for row in detail.rows if row.key.startswith("link:"))
        detail.select(link)
        await pilot.press("o", "enter", "y")
    slides = link.removeprefix("link:")
    assert did == [
        ("read", ABADI),
        ("copy", "https://arxiv.org/abs/1607.00133"),
        ("open", slides),
        ("open", slides),
        ("copy", slides),
    ]


async def test_what_is_not_verified_is_said_quietly(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(120, 40)) as pilot:
        lectures, detail = await course(app, pilot)
        lectures.select("homework:hw0")
        await pilot.pause()
        assert app.screen.query_one("#one").border_title == "Homework zero"
        await pilot.press("l")
        detail.select("reading:pytorch-60min-blitz")
        await pilot.pause()
        assert "unverified: year of the tutorial" in str(app.screen.query_one("#hint", Static).content)


async def test_in_a_narrow_terminal_one_side_at_a_time(companion: Make) -> None:
    app = companion()
    async with app.run_test(size=(40, 12)) as pilot:
        lectures, detail = await course(app, pilot)
        assert lectures.display and not app.screen.query_one("#one").display
        await pilot.press("enter")
        assert app.screen.query_one("#one").display and not lectures.display
        assert detail.has_focus
        assert detail.size.height >= 3
        await pilot.press("escape")
        assert lectures.has_focus
