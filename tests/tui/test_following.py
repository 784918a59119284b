"""Following what a text points to, through the pilot: cards, jumps and back, the library, the mouse."""

from typing import Any

import pytest
from textual.color import Color
from textual.geometry import Region
from textual.widgets import Input

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Block, Run, encode
from cs229tui.errors import FetchError
from cs229tui.library.documents import DocumentRecord, Page, attach, store_document
from cs229tui.library.readings import add_reading, update_state
from cs229tui.tui.reading.faces import Box, Face, body_lines, place_card
from cs229tui.tui.screens.following import Following
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.paint import contrast
from cs229tui.tui.widgets.reference_card import ReferenceCard
from cs229tui.workspace import Workspace
from open_reader import Opened, Reader

FILLER = "Nothing is said here that leads anywhere, and it goes on for a while like that. " * 3
SAID = (
    ("heading", "1 Introduction"),
    ("paragraph", "Attention is known [1, 2]. Others [2–4] went on, see Section 2 and Eq. (3) too."),
    ("paragraph", "Our code is at https://example.org/code and nowhere else [5]."),
    *(("paragraph", FILLER),) * 14,
    ("heading", "2 Method"),
    ("paragraph", "We do what we can. And then more. As Figure 1 shows, it works [9]."),
    ("equation", "a = b + c        (3)"),
    ("caption", "Figure 1: What we can do."),
    *(("paragraph", FILLER),) * 8,
    ("heading", "References"),
    ("reference", "[1] Ashish Vaswani and Noam Shazeer. Attention is all you need. arXiv:1706.03762, 2017."),
    ("reference", "[2] A. Author. A work that nobody has, with [bold]signs[/bold] in it. arXiv:2001.00001, 2020."),
    ("reference", "[3] B. Other. Known and read in the library of this student. 2019."),
    ("reference", "[4] C. Third. Nowhere to be found. 1999."),
    ("reference", "[5] D. Fourth. By itself. doi: 10.1000/xyz, 2001."),
)


def make_citing_paper(workspace: Workspace) -> None:
    """A paper of two pages that cites what is in the library and what is not."""
    blocks, texts = [], ["", ""]
    for number, (kind, words) in enumerate(SAID):
        page = 1 if number < 17 else 2
        if number in (0, 17):
            blocks.append(Block("page", str(page), page))
        blocks.append(Block(kind, words, 1, (Run(0, page, len(texts[page - 1]), len(words)),)))
        texts[page - 1] += words + "\n"
    record = DocumentRecord("c" * 64, "pdf", 1, 2, "Paper", "", "test/1", (), encode(tuple(blocks)), ())
    store_document(
        workspace.database, record, [Page(at + 1, str(at + 1), 612, 792, text) for at, text in enumerate(texts)]
    )
    add_reading(workspace.database, Reading(id="paper", title="A paper", lectures=(0,), authors=("Mei Ng",)))
    attach(workspace.database, "paper", "c" * 64, "test")
    known = Reading(id="known", title="Known and Read in the Library of This Student", lectures=(0,), year=2019)
    add_reading(workspace.database, known)
    other = DocumentRecord(
        "d" * 64, "pdf", 1, 10, "K", "", "test/1", (), encode((Block("paragraph", "Known words.", 0),)), ()
    )
    store_document(workspace.database, other, [Page(1, "1", 612, 792, "Known words.")])
    attach(workspace.database, "known", "d" * 64, "test")
    update_state(workspace.database, "known", status="reading", page=4)


@pytest.fixture
def citing(workspace: Workspace) -> Workspace:
    make_citing_paper(workspace)
    return workspace


class Pointing(Opened):
    """The reader, with what points somewhere found."""

    async def __aenter__(self) -> Reader:
        reader = await super().__aenter__()
        for _ in range(50):
            if reader.screen.pointers is not None:
                break
            await reader.app.workers.wait_for_complete()
            await reader.pilot.pause()
        return reader


def card_of(reader: Reader) -> ReferenceCard:
    return reader.screen.query_one(ReferenceCard)


def shown(reader: Reader) -> str:
    return card_of(reader).render().plain


def words_at(reader: Reader) -> str:
    block, offset = reader.text.cursor
    return reader.text.flow[block].text[offset:][:12]


async def to(reader: Reader, words: str) -> None:
    """Put the cursor on the first place of some words."""
    flow = reader.text.flow
    block = next(number for number, block in enumerate(flow) if words in block.text)
    reader.text.go((block, flow[block].text.index(words)), "middle")
    await reader.pilot.pause()


# Cards


async def test_the_card_shows_the_entry_of_the_next_citation_and_goes_away(citing):
    async with Pointing(citing) as reader:
        await reader.press("K")
        assert "Attention is all you need" in shown(reader)
        assert card_of(reader).border_title == "[1] · cited once: p 1"
        assert reader.app.screen is reader.screen
        await reader.press("escape")
        assert not card_of(reader).is_open
        assert reader.text.has_focus
        assert reader.app.screen is reader.screen


async def test_while_the_card_is_open_nothing_is_written_on_the_text(citing):
    async with Pointing(citing) as reader:
        await reader.press("K", "H", "a", "D")
        assert card_of(reader).is_open
        assert reader.app.screen is reader.screen
        assert not reader.annotations()


async def test_while_the_card_is_open_the_text_does_not_move_nor_ask(citing):
    async with Pointing(citing) as reader:
        await reader.press("K")
        before = reader.text.cursor
        for key in "m", "a", "z", "`", "]", "n", "*", "asterisk", "F":
            await reader.press(key)
            assert card_of(reader).has_focus, key
            assert not reader.text.asking and reader.text.cursor == before, key


async def test_the_card_of_the_reference_under_the_cursor_comes_first(citing):
    async with Pointing(citing) as reader:
        await to(reader, "2]. Others")
        await reader.press("K")
        # What a file says is shown as it is.
        assert "[bold]signs[/bold]" in shown(reader)
        await reader.press("K")
        assert not card_of(reader).is_open


async def test_enter_goes_to_the_entry_and_comes_back(citing):
    async with Pointing(citing) as reader:
        await reader.press("K")
        before = reader.text.cursor
        await reader.press("enter")
        assert words_at(reader).startswith("[1] Ashish")
        assert not card_of(reader).is_open
        assert reader.text.has_focus
        await reader.press("ctrl+o")
        assert reader.text.cursor == before


async def test_enter_on_a_mention_goes_there_and_elsewhere_does_what_it_did(citing):
    async with Pointing(citing) as reader:
        await to(reader, "Section 2 and")
        await reader.press("enter")
        assert words_at(reader) == "2 Method"
        await reader.press("ctrl+o")
        assert words_at(reader).startswith("Section 2")
        await to(reader, "Nothing is said")
        await reader.press("enter")
        assert words_at(reader).startswith("Nothing")
        assert not reader.screen.query(ReferenceCard)


@pytest.mark.parametrize(
    ("words", "title", "text"),
    [
        ("Section 2 and", "Section 2 · p 2", "2 Method\nWe do what we can."),
        ("Eq. (3)", "Equation (3) · p 2", "a = b + c"),
        ("Figure 1 shows", "Figure 1 · p 2", "Figure 1: What we can do."),
        ("https://example.org", "Link", "https://example.org/code"),
    ],
)
async def test_every_kind_of_thing_has_its_card(citing, words, title, text):
    async with Pointing(citing) as reader:
        await to(reader, words)
        await reader.press("K")
        assert card_of(reader).border_title == title
        assert text in shown(reader)


async def test_a_figure_is_seen_as_it_is_printed(citing, monkeypatch):
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(ReaderScreen, "action_alone", lambda screen: seen.append(screen.passage.cursor))
    async with Pointing(citing) as reader:
        await to(reader, "Figure 1 shows")
        await reader.press("K")
        assert "i see it as printed" in shown(reader)
        await reader.press("i")
        await reader.pilot.pause()
        assert seen == [reader.text.cursor]
        assert words_at(reader).startswith("Figure 1: Wh")


async def test_several_works_are_a_list_one_moves_in(citing):
    async with Pointing(citing) as reader:
        await to(reader, "2–4]")
        await reader.press("K")
        card = card_of(reader)
        assert len(card.faces) == 3
        assert "▸ [2]" in shown(reader)
        await reader.press("j")
        assert "▸ [3]" in shown(reader)
        assert card.border_title.startswith("[3]")
        await reader.press("j", "j", "j")
        assert card.number == 2
        await reader.press("k", "enter")
        assert words_at(reader).startswith("[3] B. Other")


async def test_one_steps_from_reference_to_reference(citing):
    async with Pointing(citing) as reader:
        await reader.press("r")
        assert words_at(reader).startswith("1, 2]")
        await reader.press("2", "r")
        assert words_at(reader).startswith("2–4]")
        await reader.press("R")
        assert words_at(reader).startswith("2]. Others")
        await reader.press("K", "r")
        await reader.pilot.pause()
        assert words_at(reader).startswith("2–4]")
        assert len(card_of(reader).faces) == 3


async def test_an_entry_says_where_it_is_cited_and_goes_there(citing):
    async with Pointing(citing) as reader:
        await to(reader, "[2] A. Author")
        await reader.press("K")
        assert card_of(reader).border_title == "[2] · cited twice: p 1"
        await reader.press("enter")
        assert words_at(reader).startswith("2]. Others")


async def test_where_nothing_points_anywhere_it_is_said(workspace):
    async with Opened(workspace) as reader:
        await reader.app.workers.wait_for_complete()
        await reader.press("K", "r")
        assert not reader.screen.query(ReferenceCard)
        assert [note.message for note in reader.app._notifications] == [
            "Nothing in sight points anywhere.",
            "There is no other reference.",
        ]


# The library


async def test_a_work_in_the_library_is_opened_over_the_reading(citing):
    async with Pointing(citing) as reader:
        await to(reader, "2–4]")
        await reader.press("K", "j")
        assert "o open it, in your library (reading 40%)" in shown(reader)
        await reader.press("o")
        await reader.pilot.pause()
        assert isinstance(reader.app.screen, ReaderScreen)
        assert reader.app.screen.reading_id == "known"
        await reader.press("escape")
        assert reader.app.screen.reading_id == "paper"


async def test_a_work_of_the_course_without_text_is_fetched(citing, monkeypatch):
    async with Pointing(citing) as reader:
        asked: list[str] = []
        monkeypatch.setattr(type(reader.app.fetching), "add", lambda _, id: asked.append(id))
        await reader.press("K")
        assert "in your library (unread)" in shown(reader)
        await reader.press("f")
        assert asked == ["vaswani-2017-attention"]


async def test_a_work_that_is_not_there_is_added_and_fetched_offline_too(citing, monkeypatch):
    def unreachable(*_: Any, **__: Any) -> None:
        raise FetchError("export.arxiv.org cannot be reached.")

    monkeypatch.setattr("cs229tui.documents.fetching.arxiv.arxiv_facts", unreachable)
    async with Pointing(citing) as reader:
        asked: list[str] = []
        monkeypatch.setattr(type(reader.app.fetching), "add", lambda _, id: asked.append(id))
        await to(reader, "2]. Others")
        await reader.press("K")
        assert "f add arXiv 2001.00001 and fetch it" in shown(reader)
        await reader.press("f")
        await reader.app.workers.wait_for_complete()
        await reader.pilot.pause()
        added = next(one for one in reader.app.catalog().values() if one.arxiv == "2001.00001")
        assert added.title == "A work that nobody has, with [bold]signs[/bold] in it"
        assert added.year == 2020
        assert asked == [added.id]
        # The card knows it at once.
        assert "o open it, in your library (unread)" in shown(reader)
        await reader.press("o")
        assert reader.app.screen.reading_id == added.id


async def test_a_number_in_an_entry_is_the_entrys_work_and_another_address_itself(citing):
    async with Pointing(citing) as reader:
        await to(reader, "2001.00001")
        await reader.press("K")
        assert card_of(reader).border_title == "Link"
        assert "f add arXiv 2001.00001 and fetch it" in shown(reader)
        await reader.press("escape")
        await to(reader, "1706.03762")
        await reader.press("K")
        assert "o open it, in your library (unread)" in shown(reader)
        await reader.press("escape")
        await to(reader, "https://example.org")
        await reader.press("K")
        assert "f add it and fetch it" in shown(reader)


async def test_the_browser_gets_the_address_or_a_search(citing, monkeypatch):
    async with Pointing(citing) as reader:
        opened: list[str] = []
        monkeypatch.setattr(type(reader.app), "open_link", lambda _, url: opened.append(url))
        for words in ("1, 2]", "5].", "https://example"):
            await to(reader, words)
            await reader.press("K", "b", "escape")
        await to(reader, "2–4]")
        await reader.press("K", "j", "j", "b")
        assert opened[:3] == [
            "https://arxiv.org/abs/1706.03762",
            "https://doi.org/10.1000/xyz",
            "https://example.org/code",
        ]
        assert opened[3].startswith("https://") and "Nowhere+to+be+found" in opened[3]


# Where it stands, and the mouse


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12), (24, 8)])
async def test_the_card_is_on_the_screen_and_never_over_its_words(citing, size):
    async with Pointing(citing, size=size) as reader:
        for words in ("1, 2]", "2–4]", "Eq. (3)", "9]", "[5] D. Fourth"):
            await to(reader, words)
            await reader.press("K")
            card = card_of(reader)
            if not card.is_open:
                assert words == "9]"
                continue
            assert Region(0, 0, *size).contains_region(card.region)
            row = reader.text.layout_now.row(reader.text.cursor) - reader.text.scroll_offset.y + reader.text.region.y
            assert size[1] < 12 or not card.region.y <= row < card.region.bottom
            await reader.press("escape")


def test_a_card_stands_below_else_above_and_takes_the_larger_side() -> None:
    room = Box(0, 1, 80, 22)
    assert place_card(room, 5, 5, 3, lambda width: 6) == Box(3, 6, 76, 6)
    assert place_card(room, 20, 20, 3, lambda width: 6) == Box(3, 14, 76, 6)
    assert place_card(room, 10, 11, 60, lambda width: 40) == Box(4, 12, 76, 11)
    assert place_card(room, 15, 15, 0, lambda width: 40) == Box(0, 1, 76, 14)
    assert place_card(Box(0, 1, 30, 10), 3, 3, 9, lambda width: 4) == Box(0, 4, 30, 4)


def test_kept_lines_keep_their_shape_and_others_are_wrapped() -> None:
    assert body_lines(Face("", "    a\n  b = c", "", kept=True), 20) == ["  a", "b = c"]
    assert body_lines(Face("", "one two three\nfour", ""), 8) == ["one two", "three", "four"]


def cell_of(reader: Reader, words: str) -> tuple[int, int]:
    """The cell of the passage in which some words begin."""
    flow, text = reader.text.flow, reader.text
    block = next(number for number, block in enumerate(flow) if words in block.text)
    position = (block, flow[block].text.index(words))
    left = text.text_left - text.region.x
    return left + text.layout_now.column(position), text.layout_now.row(position) - text.scroll_offset.y


async def test_the_mouse_over_a_reference_shows_its_card_and_leaves_the_focus(citing, monkeypatch):
    monkeypatch.setattr("cs229tui.tui.screens.following._HOVER_SECONDS", 0.001)
    async with Pointing(citing) as reader:
        await reader.pilot.hover(reader.text, cell_of(reader, "1, 2]"))
        for _ in range(20):
            await reader.pilot.pause()
            if reader.screen.query(ReferenceCard) and card_of(reader).is_open:
                break
        assert "Attention is all you need" in shown(reader)
        assert reader.text.has_focus
        await reader.pilot.hover(reader.text, cell_of(reader, "Nothing is said"))
        await reader.pilot.pause()
        assert not card_of(reader).is_open


async def test_a_click_follows_and_a_drag_selects(citing):
    async with Pointing(citing) as reader:
        await reader.pilot.click(reader.text, cell_of(reader, "Section 2 and"))
        await reader.pilot.pause()
        assert words_at(reader) == "2 Method"
        await reader.press("ctrl+o")
        await reader.pilot.click(reader.text, cell_of(reader, "1, 2]"))
        await reader.pilot.pause()
        assert card_of(reader).has_focus
        await reader.press("escape")
        await reader.pilot.click(reader.text, cell_of(reader, "1, 2]"), times=2)
        await reader.pilot.pause()
        assert reader.selected == "1"
        assert not card_of(reader).is_open


async def test_what_can_be_done_can_be_clicked(citing):
    async with Pointing(citing) as reader:
        await reader.press("K")
        lines = shown(reader).split("\n")
        row = next(number for number, line in enumerate(lines) if "enter go there" in line)
        await reader.pilot.click(card_of(reader), (4, row + 1))
        await reader.pilot.pause()
        assert words_at(reader).startswith("[1] Ashish")


async def test_finding_words_closes_the_card(citing):
    async with Pointing(citing) as reader:
        await reader.press("K", "slash")
        assert not card_of(reader).is_open
        assert isinstance(reader.app.focused, Input)


# Looks


async def test_references_are_legible_in_every_theme(citing):
    async with Pointing(citing) as reader:
        for theme in reader.app.available_themes:
            reader.app.theme = theme
            await reader.pilot.pause()
            inks = reader.text.inks
            style = inks.base + inks.named["pointer"]
            if "ansi" in theme:
                assert style.underline
                continue
            # On a highlight or a hit the letters are those that the tint is made for.
            for mark in ("yellow", "hit", "selection"):
                assert (style + inks.named[mark]).color == (inks.base + inks.named[mark]).color, (theme, mark)
            ground, letters = Color.from_rich_color(style.bgcolor), Color.from_rich_color(style.color)
            assert contrast(ground, letters) >= 4.5, theme
            assert style.underline or letters != Color.from_rich_color(inks.base.color)


async def test_a_document_that_changes_has_its_own_references(citing):
    async with Pointing(citing) as reader:
        await reader.press("K")
        first = reader.screen.pointers
        reader.screen.reopen()
        await reader.app.workers.wait_for_complete()
        await reader.pilot.pause()
        await reader.pilot.pause()
        assert reader.screen.pointers is not first
        assert not card_of(reader).is_open
        assert isinstance(reader.screen, Following)
