"""The tab Discuss: the list and what narrows it, the conversation beside it, what is read, the ways there and back."""

from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input, Static

from cs229tui.library.annotations import annotation, delete_annotation
from cs229tui.library.database import open_library
from cs229tui.library.discussion import Wanted, count_unread, mark_read
from cs229tui.library.reactions import reactions_to
from cs229tui.tui.app import Companion
from cs229tui.tui.screens import discuss, discuss_narrowing
from cs229tui.tui.screens.course import CourseScreen
from cs229tui.tui.screens.discuss import DiscussScreen
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.today import TodayScreen
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor
from cs229tui.tui.widgets.chips import Chips
from cs229tui.tui.widgets.empty_reading import EmptyReading
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.many_rows import ManyRows, Stretches
from cs229tui.tui.widgets.rows import Rows
from cs229tui.tui.widgets.tab_bar import TabBar
from cs229tui.tui.widgets.thread_view import ThreadView
from cs229tui.workspace import Workspace
from open_reader import place_of
from talking import react, say

READING = "vaswani-2017-attention"
HOSTILE = "a\x1b]52;c;aGk=\x07\x9b2J \u202eb[/nope] [bold] 漢字 " + "e\u0301\u0301\u0301\u0301\u0301" + "W" * 300


@pytest.fixture
def home_of_talk(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A library in which five people talk; nothing counts as read by itself."""
    monkeypatch.setenv("CS229TUI_NOW", "2026-03-02T12:00:00Z")
    monkeypatch.setattr(discuss, "READ_AFTER", 3600)
    monkeypatch.setattr(discuss_narrowing, "WHILE_TYPING", 0.001)
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "Ana"\n')
    base = made.database
    why = say(
        base, "Mei", "why [bold] clip?", "question", hour=1, page=3, quote="clip it", reading=READING, tags=("dp",)
    )
    first = say(base, "Tom", "sensitivity, $x_1$", hour=6, to=why, unread=True)
    say(base, "me", "thanks", hour=6, to=first)
    react(base, first, "upvote", ["Sam"])
    say(base, "me", "noise is *added*", hour=2, page=1, quote="noise", reading=READING)
    say(
        base,
        "Sam",
        "and $x_i$ scaling? @ana",
        "question",
        hour=3,
        reading="",
        lecture=7,
        quote="scaling laws",
        unread=True,
    )
    say(base, "me", "ask in class", "note", hour=4, reading=READING)
    say(base, "me", "", "highlight", hour=5, page=2, quote="a highlight", reading="dosovitskiy-2020-vit")
    return made


class Opened:
    """`async with Opened(workspace) as (pilot, screen)`, on the tab."""

    def __init__(self, workspace: Workspace, size: tuple[int, int] = (120, 40)) -> None:
        self.app = Companion(workspace)
        self.test = self.app.run_test(size=size)

    async def __aenter__(self) -> tuple[Any, DiscussScreen]:
        pilot = await self.test.__aenter__()
        await pilot.pause()
        await pilot.press("4")
        await pilot.pause()
        assert isinstance(self.app.screen, DiscussScreen)
        return pilot, self.app.screen

    async def __aexit__(self, *problem: Any) -> None:
        await self.test.__aexit__(*problem)


async def typed(pilot: Any, screen: DiscussScreen) -> None:
    """The list has followed what was typed."""
    await pilot.pause()
    while screen._typing is not None:
        await pilot.pause(0.002)


def listed(screen: DiscussScreen) -> list[str]:
    """The first word of what each row says."""
    return [row.cells[3].plain.strip("“").split(" ")[0].strip("”") for row in screen.query_one(ManyRows).rows]


def shown(view: Any) -> str:
    return "\n".join(view.render_line(y).text.rstrip() for y in range(view.size.height))


def chips(screen: DiscussScreen) -> list[str]:
    return [words for _, words in screen.query_one(Chips).chips]


async def test_the_newest_come_first_and_t_goes_through_the_lists(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        assert listed(screen) == ["why", "a", "ask", "and", "noise"]
        for found, chip in (
            (["why", "and"], ["unread"]),
            (["why", "and"], ["unanswered questions"]),
            (["why", "a", "ask", "noise"], ["mine"]),
            (["and"], ["mentioning me"]),
            (["why", "a", "ask", "noise"], ["followed"]),
            ([], ["beginning missing"]),
            (["why", "a", "ask", "and", "noise"], []),
        ):
            await pilot.press("t")
            assert (listed(screen), chips(screen)) == (found, chip)
        await pilot.press("T")
        assert chips(screen) == ["beginning missing"]
        assert "Every conversation has its beginning" in shown(screen.query_one(ManyRows))
        assert "Such replies are listed here" in " ".join(shown(screen.query_one(ThreadView)).split())


async def test_typing_narrows_and_escape_shows_all_again(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        for words, found in (("noi", 1), ("vaswani", 3), ("@tom", 1), ("#dp", 1), ("zzz", 0), ("", 5)):
            await pilot.press("i")
            screen.query_one(Input).value = words
            await typed(pilot, screen)
            assert len(listed(screen)) == found, words
        await pilot.press("n", "o", "i")
        await typed(pilot, screen)
        await pilot.press("enter", "t", "escape")
        await pilot.pause()
        assert len(listed(screen)) == 5 and screen.query_one(Input).value == "" and not chips(screen)


async def test_while_one_types_no_letter_is_a_key(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk, (80, 24)) as (pilot, screen):
        assert "reply" not in screen.query_one(KeyLine).render().plain
        await pilot.press("i")
        await pilot.pause()
        assert "resolve" not in screen.query_one(KeyLine).render().plain
        await pilot.press("R", "shift+r")
        assert screen.query_one(Input).value.startswith("R")


async def test_filters_combine_are_chips_and_are_taken_away(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        await pilot.press("b")
        assert isinstance(pilot.app.screen, Pick)
        await pilot.press("down", "enter")
        await pilot.press("K", "down", "enter", "v")
        await pilot.pause()
        assert chips(screen) == ["questions", "open", "Vaswani+ 17"] and listed(screen) == ["why"]
        await pilot.press("backspace", "backspace")
        assert chips(screen) == ["questions"] and listed(screen) == ["why", "and"]
        await pilot.click(Chips, offset=(2, 0))
        await pilot.pause()
        assert not chips(screen) and len(listed(screen)) == 5
        await pilot.press("p", "down", "enter")
        assert chips(screen)[0].startswith("@")
        await pilot.press("escape", "number_sign", "down", "enter")
        assert chips(screen) == ["#dp"] and listed(screen) == ["why"]
        await pilot.press("escape", "l", *["down"] * 7, "enter")
        assert chips(screen) == ["lecture 7"] and listed(screen) == ["and"]
        await pilot.press("escape", "c")
        assert chips(screen) == ["my circle"] and len(listed(screen)) == 5
        await pilot.press("escape", "s")
        assert screen.wanted == Wanted(order="upvoted") and listed(screen)[0] == "why"


async def test_what_it_is_narrowed_to_is_kept_for_the_next_start(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        await pilot.press("t", "s", "i", "w", "h", "y")
        await typed(pilot, screen)
        assert listed(screen) == ["why"]
    async with Opened(home_of_talk) as (_, screen):
        assert screen.wanted == Wanted(views=("unread",), order="upvoted", typed="why")
        assert screen.query_one(Input).value == "why" and listed(screen) == ["why"]
        assert screen.since == "2026-03-02T12:00:00.000Z"
    for broken in ("{", '{"wanted": {"views": ["nonsense"]}}', "[" * 90_000, '{"wanted": {"lecture": "x"}}'):
        (home_of_talk.folders.data / "discuss.json").write_text(broken)
        async with Opened(home_of_talk) as (_, screen):
            assert screen.wanted == Wanted()


async def test_the_conversation_is_shown_whole_and_each_message_has_its_keys(home_of_talk: Workspace) -> None:
    base = home_of_talk.database
    async with Opened(home_of_talk) as (pilot, screen):
        view = screen.query_one(ThreadView)
        text = shown(view)
        for words in ("Attention Is All You Need", "p 3", "“clip it”", "why [bold] clip?", "sensitivity, x₁", "thanks"):
            assert words in text
        assert text.index("sensitivity") < text.index("thanks")
        await pilot.press("right", "down")
        reply = view.current
        assert annotation(base, reply).body.startswith("sensitivity")
        await pilot.press("plus")
        await pilot.pause()
        assert len(reactions_to(base, [reply])) == 2 and view.current == reply
        await pilot.press("u")
        await pilot.pause()
        assert len(reactions_to(base, [reply])) == 1
        await pilot.press("r")
        assert isinstance(pilot.app.screen, AnnotationEditor)
        await pilot.press("o", "k", "ctrl+s")
        await pilot.pause()
        assert "ok" in shown(view) and view.has_focus
        await pilot.press("left")
        assert screen.query_one(ManyRows).has_focus
        # On the list the same keys mean what it begins with.
        await pilot.press("m")
        await pilot.pause()
        assert screen.query_one(ManyRows).rows[0].cells[5].plain.endswith("✚1")


async def test_delete_and_resolve_can_be_undone(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        await pilot.press("end", "R")
        await pilot.pause()
        assert annotation(home_of_talk.database, screen.current).resolved
        await pilot.press("u", "x")
        await pilot.pause()
        assert "noise" not in listed(screen)
        await pilot.press("u")
        await pilot.pause()
        assert "noise" in listed(screen)


async def test_what_is_looked_at_is_read_and_what_is_passed_is_not(
    home_of_talk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = home_of_talk.database
    async with Opened(home_of_talk) as (pilot, screen):
        assert pilot.app.screen.query_one(TabBar).render().plain.count("Discuss •2") == 1
        await pilot.press("down", "down", "down", "up")
        await pilot.pause()
        assert count_unread(base) == 2
        await pilot.press("t", "home")
        screen._read(screen.listing.stretch(1, 2)[0].facts.id)
        assert count_unread(base) == 2, "the cursor is elsewhere"
        screen._read(screen.current)
        await pilot.pause()
        # It stays where it was read, without its mark.
        assert count_unread(base) == 1 and listed(screen) == ["why", "and"]
        assert "Discuss •1" in screen.query_one(TabBar).render().plain
        monkeypatch.setattr(discuss, "READ_AFTER", 0.001)
        await pilot.press("down")
        for _ in range(500):
            await pilot.pause(0.002)
            if not count_unread(base):
                return
        raise AssertionError("it was looked at and is not read")


async def test_all_can_be_taken_as_read_and_that_be_undone(home_of_talk: Workspace) -> None:
    base = home_of_talk.database
    async with Opened(home_of_talk) as (pilot, _):
        await pilot.press("N")
        await pilot.pause()
        assert not count_unread(base)
        await pilot.press("N", "u")
        await pilot.pause()
        assert count_unread(base) == 2


async def test_enter_opens_it_at_its_place_and_reads_it(
    home_of_talk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(Companion, "open_reading", lambda self, *place, **named: opened.append((place, named)))
    async with Opened(home_of_talk) as (pilot, screen):
        why = screen.current
        await pilot.press("home", "enter")
        assert opened.pop() == ((READING,), {"annotation": why}) and count_unread(home_of_talk.database) == 1
        await pilot.press("right", "down", "enter")
        assert opened.pop() == ((READING,), {"annotation": screen.query_one(ThreadView).current})
        # One on a lecture is in the Course tab.
        await pilot.press("left", "i", *"scaling")
        await typed(pilot, screen)
        assert listed(screen) == ["and"]
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CourseScreen) and not opened


async def test_a_conversation_without_its_beginning(home_of_talk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(Companion, "open_reading", lambda self, *place, **named: opened.append(named["annotation"]))
    base = home_of_talk.database
    gone = say(base, "Mei", "it goes", hour=8, reading=READING)
    left = say(base, "Tom", "left behind", hour=9, to=gone)
    between = say(base, "Tom", "between", hour=9, to=gone)
    last = say(base, "Sam", "below it", hour=10, to=between)
    for one in (gone, between):
        delete_annotation(base, one.id)
    async with Opened(home_of_talk) as (pilot, screen):
        assert screen.current == gone.id and listed(screen)[0] == "left"
        text = " ".join(shown(screen.query_one(ThreadView)).split())
        assert "What this answers is not here" in text and "a reply that is not here" in text
        assert "left behind" in text and "below it" in text
        await pilot.press("enter")
        assert opened == [left.id]
        await pilot.press("r", "x", "f", "h", "o", "m", "plus", "a")
        await pilot.pause()
        assert pilot.app.is_running and annotation(base, last.id)


async def test_from_a_reading_and_back(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        app = pilot.app
        await pilot.press("comma")
        over = app.screen
        app.open_discussion(reading=READING)
        await pilot.pause()
        visit = app.screen
        assert isinstance(visit, DiscussScreen) and visit is not screen and chips(visit) == ["Vaswani+ 17"]
        await pilot.press("t", "escape")
        await pilot.pause()
        assert app.screen is over and screen.wanted == Wanted()
        await pilot.press("escape", "2")
        app.open_discussion(lecture=7)
        await pilot.pause()
        await pilot.pause()
        assert app.screen is screen and chips(screen) == ["lecture 7"]


async def test_a_reading_whose_text_is_not_here_shows_what_is_said_of_it(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, discuss):
        discuss.app.open_reading(READING)
        await pilot.pause()
        empty = discuss.app.screen.query_one(EmptyReading)
        told = empty.render().plain
        assert "3 conversations on it" in told and "?  p 3  Mei  why [bold] clip?  “clip it”" in told
        await pilot.click(empty, offset=place_of(empty, "clip?"))
        await pilot.pause()
        shown = discuss.app.screen
        assert isinstance(shown, DiscussScreen) and shown.wanted.reading == READING
        assert "clip" in shown.query_one(ThreadView)._entries[0].drawn(40).plain
        await pilot.press("escape", "T")
        await pilot.pause()
        assert isinstance(discuss.app.screen, DiscussScreen) and discuss.app.screen is not discuss
        await pilot.press("escape", "W", *"hello", "ctrl+s")
        await pilot.pause()
        assert "hello" in empty.render().plain and "4 conversations" in empty.render().plain


async def test_writing_on_a_lecture(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        for keys in (("n", "home", "down", "enter", "enter"), ("2", "home", "q", "down", "enter")):
            await pilot.press(*keys)
            await pilot.pause()
            assert isinstance(pilot.app.screen, AnnotationEditor), keys
            await pilot.press("h", "m", "ctrl+s")
            await pilot.pause()
        found = [one for one in screen.listing.stretch(0, 9) if one and one.facts.lecture == 1 and one.body == "hm"]
        await pilot.press("4")
        await pilot.pause()
        found = [one for one in screen.listing.stretch(0, 9) if one and one.facts.lecture == 1 and one.body == "hm"]
        assert len(found) == 2 and {one.facts.kind for one in found} == {"question"}


async def test_what_another_copy_writes_appears_and_the_cursor_stays(home_of_talk: Workspace) -> None:
    async with Opened(home_of_talk) as (pilot, screen):
        await pilot.press("down", "down")
        here = screen.current
        other = open_library(home_of_talk.folders.database)
        say(other, "Tom", "just now", hour=20, reading=READING)
        other.close()
        pilot.app._poll()
        await pilot.pause()
        assert listed(screen)[0] == "just" and screen.current == here
        assert screen.query_one(ThreadView).thread == here


async def test_today_says_what_waits(home_of_talk: Workspace) -> None:
    app = Companion(home_of_talk)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TodayScreen)
        rows = app.screen.query_one("#questions", Rows)
        assert [row.cells[3].plain for row in rows.rows] == ["mentions you", ""]
        assert rows.rows[0].cells[2].plain == "and xᵢ scaling? @Ana"
        assert rows.border_subtitle == "2 conversations unread"
        rows.focus()
        await pilot.press("home", "enter")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, DiscussScreen) and chips(app.screen) == ["lecture 7"]
        mark_read(home_of_talk.database, [app.screen.current])


async def test_an_empty_library_teaches(home: Path) -> None:
    made = Workspace()
    made.folders.settings.parent.mkdir(parents=True)
    made.folders.settings.write_text('name = "Ana"\n')
    async with Opened(made) as (pilot, screen):
        assert "Nothing is written yet" in shown(screen.query_one(ManyRows))
        assert "s  selects the sentence" in shown(screen.query_one(ThreadView))
        for key in ("enter", "r", "e", "x", "R", "m", "a", "f", "h", "o", "N", "right", "p", "escape", "number_sign"):
            await pilot.press(key, key)
            await pilot.press("escape")
        assert pilot.app.is_running


def test_only_stretches_that_are_looked_at_are_fetched() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(start: int, stop: int) -> list[Any]:
        asked.append((start, stop))
        return list(range(start, stop))

    rows = Stretches(100_000, fetch)
    assert rows[5] == 5 and rows[99_999] == 99_999 and rows[-1] == 99_999 and len(asked) == 2
    for at in range(0, 100_000, 64):
        assert rows[at] == at
    assert len(rows.kept) <= 24 * 64 and rows[3:6] == [3, 4, 5]
    with pytest.raises(IndexError):
        rows[100_000]


async def test_thousands_scroll(home_of_talk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from cs229tui.library.database import writing

    base = home_of_talk.database
    with writing(base):
        for number in range(3_000):
            row = [f"id{number:05}", READING, f"said {number}", f"2026-02-01T00:00:{number / 100:09.6f}Z"]
            base.execute(
                "INSERT INTO annotation (id, reading, kind, body, author, created, updated, root)"
                " VALUES (?1, ?2, 'comment', ?3, 'Tom', ?4, ?4, ?1)",
                row,
            )
        base.execute(
            "INSERT INTO thread SELECT id, reading, NULL, 1, 0, NULL, kind, '', 0, 0, 0, 0, 0, 0, 0, created, updated"
            " FROM annotation WHERE id LIKE 'id%'"
        )
    async with Opened(home_of_talk) as (pilot, screen):
        table = screen.query_one(ManyRows)
        assert len(table.rows) == 3_005 and len(table.rows.kept) <= 128
        await pilot.press("end")
        assert screen.current == "id00000" and table.cursor == 3_004
        await pilot.press("k", "pageup", "ctrl+u", "down", "home")
        assert table.cursor == 0
        table.go_to(1_500)
        await pilot.pause()
        assert "said" in shown(table) and screen.query_one(ThreadView).thread == screen.current


@pytest.mark.parametrize("size", [(1, 1), (12, 5), (80, 24), (300, 100)])
async def test_every_key_twice_at_every_size_with_hostile_words(home_of_talk: Workspace, size: tuple[int, int]) -> None:
    base = home_of_talk.database
    from cs229tui.clean import clean

    hostile = clean(HOSTILE)
    root = say(
        base, hostile, hostile, "question", hour=20, quote=hostile, reading=READING, page=1, tags=(hostile[:40],)
    )
    for hour in range(21, 30):
        root = say(base, hostile, f"{hostile}\n\n# {hostile}\n\n- [x](javascript:1) `{hostile}`", hour=hour, to=root)
    say(base, "Mei", hostile, hour=31, reading="no-such-reading", page=4)
    say(base, "Mei", hostile, hour=32, reading="", lecture=99, quote=hostile)
    async with Opened(home_of_talk, size) as (pilot, screen):
        keys = "j k G g t T s v c K w b l p right j k G left number_sign backspace N u r e x R plus m a f h o i home"
        for key in keys.split():
            for _ in range(2):
                pilot.app.post_message(Key(key, key if len(key) == 1 else None))
                await pilot.pause()
            while pilot.app.screen is not screen:
                pilot.app.pop_screen()
                await pilot.pause()
            screen.query_one(ManyRows).focus()
        await pilot.press("escape")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        await pilot.press("right", "j", "j")
        for widget in (screen.query_one(ManyRows), screen.query_one(ThreadView), screen.query_one(TabBar)):
            for y in range(widget.size.height):
                strip = widget.render_line(y)
                assert isinstance(widget, TabBar) or strip.cell_length == widget.scrollable_content_region.width
                assert not any(
                    ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or letter == "\u202e" for letter in strip.text
                )
        assert pilot.app._exception is None
        assert screen.query_one("#count", Static)
