"""Groups while the screens are open: what a friend writes comes by itself, what she writes goes by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.annotations import make
from cs229tui.annotations.groups.membership import create_group
from cs229tui.library.annotations import annotations_of
from cs229tui.tui.app import Companion
from friends import Friend, until


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def app(companion: Callable[..., Companion], monkeypatch: pytest.MonkeyPatch, shared: Path) -> Companion:
    monkeypatch.delenv("CS229TUI_NOW")
    made = companion('name = "Ana"\n')
    create_group(made.database, shared, "Section", nickname="Ana")
    return made


def toasts(app: Companion) -> list[str]:
    return [str(one.message) for one in app._notifications]


async def test_what_is_posted_goes_and_what_a_friend_answers_comes_and_is_told_once(
    app: Companion, shared: Path, tmp_path: Path
) -> None:
    ben = Friend(tmp_path / "ben", shared)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.sharing.states)
        asked = make.annotate_reading(app.database, "r1", "question", "Why clip?", author="Ana")
        app.changed()
        await until(pilot, lambda: ben.go_round().outcome.new)
        make.reply(ben.database, asked.id, "For the sensitivity, [/nope]\x1b[31m.", author="Ben")
        ben.go_round()
        await until(pilot, lambda: len(annotations_of(app.database, "r1")) == 2)
        await until(pilot, lambda: any("Ben answers" in one for one in toasts(app)))
        make.annotate_reading(ben.database, "r1", "comment", "Look here, @ana", author="Ben")
        make.annotate_reading(ben.database, "r1", "comment", "Nothing for anybody", author="Ben")
        ben.go_round()
        await until(pilot, lambda: any("Ben mentions you" in one for one in toasts(app)))
        assert len([one for one in toasts(app) if "Ben" in one]) == 2
        thread = app.sharing._thread
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()


async def test_a_folder_that_goes_away_is_told_once_and_all_goes_on_when_it_is_back(
    app: Companion, shared: Path, tmp_path: Path
) -> None:
    ben = Friend(tmp_path / "ben", shared)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.sharing.states)
        away = shared.rename(tmp_path / "away")
        state = lambda: next(iter(app.sharing.states.values()))  # noqa: E731
        await until(pilot, lambda: state().trouble)
        for _ in range(3):
            app.sharing.wake()
            await pilot.pause(0.3)
        assert sum("is not there" in one for one in toasts(app)) == 1
        away.rename(shared)
        make.annotate_reading(ben.database, "r1", "comment", "Back.", author="Ben")
        ben.go_round()
        # The words are there a moment before the round that brought them is told to be over.
        await until(pilot, lambda: annotations_of(app.database, "r1") and not state().trouble)


async def test_without_a_group_no_thread_is_started(companion: Callable[..., Companion]) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.sharing._thread is None
