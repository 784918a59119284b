"""The screen of groups: an empty one teaches, a preview is shown before anything goes, leaving and undoing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from cs229tui.annotations import make
from cs229tui.annotations.groups.folder import room
from cs229tui.annotations.groups.membership import create_group
from cs229tui.library.groups import audience_now, joined_groups
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.groups import GroupsScreen
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.screens.sharing_sheet import SharingSheet
from cs229tui.tui.widgets.rows import Rows
from friends import Friend, until

SIZES = [(40, 12), (80, 24), (120, 40)]


def facts(app: Companion) -> str:
    return str(app.screen.query_one("#facts", Static).visual)


async def answer(pilot: Any, text: str) -> None:
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, Prompt))
    app.screen.dismiss(text)
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_the_empty_screen_teaches(companion: Callable[..., Companion], size: tuple[int, int]) -> None:
    app = companion()
    async with app.run_test(size=size) as pilot:
        await pilot.press("f9")
        await pilot.pause()
        assert isinstance(app.screen, GroupsScreen) and "makes one" in facts(app)
        await pilot.press("x", "s", "w", "escape")
        assert not isinstance(app.screen, GroupsScreen)


async def test_a_group_is_made_after_a_preview_and_undone(companion: Callable[..., Companion], tmp_path: Path) -> None:
    app = companion()
    shared = tmp_path / "shared"
    shared.mkdir()
    make.annotate_reading(app.database, "r1", "question", "Why [/nope] clip?", author="Ana")
    make.annotate_reading(app.database, "r1", "note", "SECRET", author="Ana")
    async with app.run_test() as pilot:
        await pilot.press("f9", "n")
        await answer(pilot, "Section")
        await answer(pilot, str(shared))
        await until(pilot, lambda: isinstance(app.screen, SharingSheet))
        told = str(app.screen.query_one(Static).visual)
        assert (
            "1 question" in told and "Why [/nope] clip?" in told and "SECRET" not in told and "1 private note" in told
        )
        assert not list(shared.iterdir())
        await pilot.press("y")
        await until(pilot, lambda: joined_groups(app.database) and not isinstance(app.screen, SharingSheet))
        (group,) = joined_groups(app.database)
        files = lambda: b"".join(one.read_bytes() for one in room(shared, group.id).rglob("*.jsonl"))  # noqa: E731
        await until(pilot, lambda: b"clip?" in files())
        assert b"SECRET" not in files()
        await until(pilot, lambda: "Section" in facts(app))
        await until(pilot, lambda: app._undo)
        await pilot.press("u")
        await until(pilot, lambda: not joined_groups(app.database))
        assert b"cs229:deleted" in files()
        assert audience_now(app.database) == ""


async def test_nothing_happens_where_she_stays_out(companion: Callable[..., Companion], tmp_path: Path) -> None:
    app = companion()
    shared = tmp_path / "shared"
    shared.mkdir()
    async with app.run_test() as pilot:
        await pilot.press("f9", "n")
        await answer(pilot, "Section")
        await answer(pilot, str(shared))
        await until(pilot, lambda: isinstance(app.screen, SharingSheet))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, GroupsScreen))
        assert not joined_groups(app.database) and not list(shared.iterdir())


@pytest.mark.parametrize("size", SIZES)
async def test_members_and_leaving(companion: Callable[..., Companion], tmp_path: Path, size: tuple[int, int]) -> None:
    app = companion()
    shared = tmp_path / "shared"
    shared.mkdir()
    create_group(app.database, shared, "Section [red]")
    ben = Friend(tmp_path / "ben", shared)
    make.annotate_reading(ben.database, "r1", "question", "What?", author="Ben [bold]")
    ben.go_round()
    async with app.run_test(size=size) as pilot:
        await pilot.press("f9")
        members = app.screen.query_one("#members", Rows)
        await until(pilot, lambda: any("Ben [bold]" in row.cells[0].plain for row in members.rows))
        assert any("verified" in row.cells[1].plain for row in members.rows)
        await pilot.press("w")
        assert audience_now(app.database) == ""
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: not joined_groups(app.database))
        assert app.database.execute("SELECT count(*) FROM annotation").fetchone()[0] == 1


async def test_a_folder_without_a_group_is_told_of(companion: Callable[..., Companion], tmp_path: Path) -> None:
    app = companion()
    async with app.run_test() as pilot:
        await pilot.press("f9", "o")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: any("holds no group" in str(one.message) for one in app._notifications))
        assert not joined_groups(app.database)
