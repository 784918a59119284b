"""The tab Discuss: the list, what narrows it, and the way to the passage."""

import uuid
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from cs229tui.library.annotations import Annotation, annotation, matching_annotations, store_annotation
from cs229tui.library.search import parse
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.discuss import DiscussScreen
from cs229tui.tui.widgets.rows import Rows
from cs229tui.workspace import Workspace


def write(workspace, number: int, kind="comment", body="", reading="vaswani-2017-attention", **more) -> Annotation:
    made = Annotation(
        id=str(uuid.uuid4()),
        reading=reading,
        kind=kind,
        author="mei",
        body=body,
        page=number,
        quote="" if kind == "reply" else f"quote {number}",
        created=f"2026-01-{number:02d}T10:00:00.000Z",
        updated=f"2026-01-{number:02d}T10:00:00.000Z",
        **more,
    )
    store_annotation(workspace.database, made)
    return made


@pytest.fixture
def workspace(home: Path) -> Workspace:
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "mei"\n')
    asked = write(made, 1, "question", "why [bold] clip?")
    write(made, 2, "comment", "noise is added")
    write(made, 3, "highlight")
    write(made, 4, "reply", "sensitivity", parent=asked.id)
    write(made, 5, "question", "what is epsilon?", resolved=True)
    return made


class Opened:
    """`async with Opened(workspace) as (pilot, screen)`, on the tab."""

    def __init__(self, workspace):
        self.app = Companion(workspace)
        self.test = self.app.run_test(size=(100, 30))

    async def __aenter__(self):
        pilot = await self.test.__aenter__()
        await pilot.pause()
        await pilot.press("4")
        await pilot.pause()
        assert isinstance(self.app.screen, DiscussScreen)
        return pilot, self.app.screen

    async def __aexit__(self, *problem):
        return await self.test.__aexit__(*problem)


def bodies(screen) -> list[str]:
    return [row.cells[3].plain for row in screen.query_one(Rows).rows]


async def test_the_newest_come_first_and_answers_on_demand(workspace):
    async with Opened(workspace) as (pilot, screen):
        assert [body.split("  ")[0] for body in bodies(screen)] == [
            "what is epsilon?",
            "“quote 3”",
            "noise is added",
            "why [bold] clip?",
        ]
        await pilot.press("t")
        assert bodies(screen) == ["why [bold] clip?  “quote 1”"]
        await pilot.press("t")
        assert len(bodies(screen)) == 2
        await pilot.press("T", "T", "T")
        assert bodies(screen) == ["sensitivity"]


async def test_typing_narrows_by_words_and_by_reading(workspace):
    write(workspace, 6, body="else", reading="dwork-roth-2014")
    async with Opened(workspace) as (pilot, screen):
        for typed, count in (("noi", 1), ("vaswani", 4), ("zzz", 0), ("", 5)):
            await pilot.press("i")
            screen.query_one(Input).value = typed
            await pilot.pause(0.1)
            assert len(bodies(screen)) == count, typed


async def test_escape_goes_back_to_everything(workspace):
    async with Opened(workspace) as (pilot, screen):
        await pilot.press("i", "n", "o", "i")
        await pilot.pause(0.1)
        assert len(bodies(screen)) == 1
        await pilot.press("enter", "escape")
        await pilot.pause(0.1)
        assert len(bodies(screen)) == 4


async def test_the_thread_under_the_cursor_is_shown_whole(workspace):
    async with Opened(workspace) as (pilot, screen):
        await pilot.press("end")
        await pilot.pause()
        said = screen.query_one("#said", Static).content.plain
        assert "why [bold] clip?" in said
        assert "↳ mei  sensitivity" in said


async def test_delete_and_resolve_can_be_undone(workspace):
    async with Opened(workspace) as (pilot, screen):
        await pilot.press("end", "R")
        await pilot.pause()
        one = next(one for one in screen._listed.values() if one.page == 1)
        assert annotation(workspace.database, one.id).resolved
        await pilot.press("u")
        await pilot.pause()
        assert not annotation(workspace.database, one.id).resolved
        await pilot.press("x")
        await pilot.pause()
        assert len(bodies(screen)) == 3
        await pilot.press("u")
        await pilot.pause()
        assert len(bodies(screen)) == 4


async def test_enter_opens_the_reader_there(workspace, monkeypatch):
    opened = []
    monkeypatch.setattr(Companion, "open_reading", lambda self, *place, **named: opened.append((place, named)))
    async with Opened(workspace) as (pilot, screen):
        await pilot.press("home", "enter")
        (one,) = [one for one in screen._listed.values() if one.page == 5]
        assert opened == [(("vaswani-2017-attention",), {"annotation": one.id})]


def test_matching_is_by_all_words_and_kinds_and_never_by_operators(workspace):
    def found(typed, **more):
        return [one.page for one in matching_annotations(workspace.database, parse(typed).fts, **more)]

    assert found("quote") == [5, 3, 2, 1]
    assert found("quote clip") == [1]
    assert found("quote", kinds=("highlight",)) == [3]
    assert found("quote", open_only=True) == [1]
    assert found("sens", kinds=("reply",)) == [4]
    assert found("quote", limit=2) == [5, 3]
    assert found('clip" OR "noise') in ([], [1], [2])
    assert [one.page for one in matching_annotations(workspace.database, (), ["vaswani-2017-attention"])] == [
        5,
        3,
        2,
        1,
    ]
