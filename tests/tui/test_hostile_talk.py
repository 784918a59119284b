"""Names, words, tags and quotes as nobody should write them, on each screen of the discussion: nothing raw is drawn."""

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from cs229tui.annotations import make
from cs229tui.clean import clean, clean_line
from cs229tui.library.notes import add_note
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.history import HistorySheet
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor
from cs229tui.tui.widgets.writing_page import WritingPage
from cs229tui.workspace import Workspace
from hostile_text import HOSTILE, RAW
from talking import react, say

QUOTE = "Paragraph 3"


@pytest.fixture
def talk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The paper, and what nobody should write on it, cleaned as everything is that comes in."""
    monkeypatch.setenv("CS229TUI_NOW", "2026-03-02T12:00:00Z")
    base = workspace.database
    make.annotate_quote(base, "paper", QUOTE, 1, "question", "mine", author="mei")
    for hour, text in enumerate(HOSTILE):
        body, line = clean(text), clean_line(text, 80)
        named = clean_line(f"{hour} {text}", 200)
        root = say(
            base, named, body, "question", hour=hour, unread=True, quote=line, page=1, tags=(line,) if line else ()
        )
        reply = say(base, named, f"@mei {body} #{line}", hour=hour, to=root, unread=True)
        say(base, "me", body, hour=hour, to=reply)
        react(base, root, "me-too", [named])
        add_note(base, line, body)
    own = make.annotate_reading(base, "paper", "comment", clean(HOSTILE[2]), author="mei")
    for text in HOSTILE[3:7]:
        make.edit(base, own.id, body=clean(text))
    return workspace


class Seen:
    """All that a screen has drawn, looked through whenever it is `look`ed at."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.screens: set[type[Screen[object]]] = set()

    async def look(self, *keys: str) -> str:
        """Press some keys, and give back what is on the screen then."""
        await self.pilot.press(*keys)
        await self.pilot.pause()
        screen = self.pilot.app.screen
        self.screens.add(type(screen))
        drawn = [strip.text for strip in screen._compositor.render_strips()]
        for line in drawn:
            raw = {letter for letter in line if letter in RAW or ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0}
            assert not raw, (type(screen).__name__, raw, line)
        return "\n".join(drawn)


async def test_in_discuss_and_what_it_opens(talk: Workspace) -> None:
    app = Companion(talk)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        seen = Seen(pilot)
        await seen.look()
        await seen.look("4")
        for _ in HOSTILE:
            await seen.look("j", "j")
        for key in ("p", "number_sign", "b", "w", "n"):
            await seen.look(key)
            assert isinstance(app.screen, Pick), key
            await seen.look("G")
            await seen.look("escape")
        await seen.look("p", "j", "j", "enter")
        await seen.look("escape", "g", "right", "j", "r")
        assert isinstance(app.screen, AnnotationEditor)
        await seen.look("escape")
        await seen.look("left", "C")
        await seen.look("j", "j", "n")
        await seen.look("escape", "S")
        await seen.look("enter")
        await seen.look("escape", "escape", "1")
        for text in HOSTILE:
            app.notify(clean_line(text, 200), markup=False, timeout=60)
        await seen.look()


async def test_in_the_reader_its_list_and_its_sheets(talk: Workspace) -> None:
    app = Companion(talk, "paper")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        seen = Seen(pilot)
        await seen.look()
        await seen.look("t", "tab")
        for _ in range(12):
            await seen.look("j", "j", "j")
        await seen.look("escape", "a")
        sheet = app.screen
        assert isinstance(sheet, AnnotationEditor)
        for sign in ("@", "#", "[["):
            for letter in ("", "e", "表", "1"):
                page = sheet.query_one(WritingPage)
                page.text = ""
                page.insert(sign + letter)
                await seen.look("down")
        for text in HOSTILE:
            sheet.query_one(WritingPage).text = clean(text)[:5_000]
            await seen.look("ctrl+r")
            await pilot.press("ctrl+r")


async def test_what_was_said_before(talk: Workspace) -> None:
    app = Companion(talk, "paper")
    async with app.run_test(size=(80, 24)) as pilot:
        seen = Seen(pilot)
        await seen.look()
        own = app.database.execute(
            "SELECT annotation FROM annotation_version JOIN annotation ON annotation.id = annotation"
        ).fetchone()
        app.screen.do_to("history", own[0])
        await seen.look()
        assert isinstance(app.screen, HistorySheet)
        for _ in HOSTILE[:4]:
            await seen.look("j")
