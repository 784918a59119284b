"""The reader through Textual's pilot: keys in, state and database out."""

import json

from textual.app import App, ComposeResult
from textual.events import Key, MouseMove, MouseScrollDown
from textual.widgets import Input, TextArea

from cs229tui.course.model import Reading
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import annotations_of
from cs229tui.library.readings import add_reading, state_of, update_state
from cs229tui.library.sessions import sessions
from cs229tui.tui.actions import ACTIONS
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor
from cs229tui.tui.widgets.annotation_pane import AnnotationPane, ThreadList
from cs229tui.tui.widgets.find_bar import FindBar
from cs229tui.tui.widgets.outline_panel import OutlinePanel
from cs229tui.tui.widgets.passage import Passage
from cs229tui.tui.widgets.rows import Rows
from cs229tui.workspace import Workspace
from open_reader import PARAGRAPHS, SENTENCES, Opened, make_paper


async def test_it_opens_at_the_beginning_and_starts_the_reading(workspace):
    async with Opened(workspace) as reader:
        assert reader.text.has_focus
        assert reader.text.cursor == (1, 0)
        state = state_of(workspace.database, "paper")
        assert state.status == "reading"
        assert state.opened


async def test_hostile_text_is_shown_as_it_is(workspace):
    async with Opened(workspace) as reader:
        shown = "\n".join(strip.text for strip in (reader.text.render_line(row) for row in range(6)))
        assert "[bold]markup[/bold] [/nope] and 漢字." in shown
        assert "A [b]paper[/b]" in reader.screen.query_one("TitleLine").render().plain


async def test_moving_with_counts(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        await reader.press("5", "j")
        assert text.layout_now.row(text.cursor) >= 5
        await reader.press("3", "G")
        assert text.page == 3
        await reader.press("G")
        assert text.cursor[0] == len(text.flow) - 1
        await reader.press("g", "g")
        assert text.cursor == (1, 0)
        await reader.press("2", "w", "b")
        assert text.count == ""
        await reader.press("1", "escape")
        assert text.count == ""
        assert reader.app.screen is reader.screen


async def test_every_key_may_come_twice_and_at_either_end(workspace):
    keys = [
        "j", "k", "h", "l", "w", "b", "e", "space", "pageup", "ctrl+d", "ctrl+u", "home", "end", "0", "dollar_sign",
        "left_parenthesis", "right_parenthesis", "ctrl+up", "ctrl+down", "left_square_bracket", "right_square_bracket",
        "left_curly_bracket", "right_curly_bracket", "n", "N", "less_than_sign", "greater_than_sign", "alt+left",
        "alt+right", "tab", "v", "s", "p", "t", "shift+down", "shift+left", "slash", "o", "enter", "2", "g", "colon",
    ]  # fmt: skip
    async with Opened(workspace) as reader:
        screen = reader.screen
        for start in ("home", "end"):
            for key in keys:
                # Posted at once, as a key held down is: the pilot waits for each.
                for one in (start, key, key):
                    reader.app.post_message(Key(one, one if len(one) == 1 else None))
                await reader.pilot.pause()
                while reader.app.screen is not screen:
                    reader.app.pop_screen()
                reader.text.unselect()
                screen.close_find()
        await reader.pilot.pause()
        assert reader.app.screen is screen
        assert reader.app._exception is None


async def test_keys_and_the_mouse_do_nothing_before_there_is_text():
    class Empty(App[None]):
        def compose(self) -> ComposeResult:
            yield Passage()

    app = Empty()
    async with app.run_test(size=(40, 12)) as pilot:
        passage = app.query_one(Passage)
        passage.focus()
        for action in ACTIONS:
            if action.id.startswith("passage."):
                for key in action.keys.split(","):
                    await pilot.press(key.strip(), key.strip())
        await pilot.click(passage, offset=(3, 3), times=3)
        await pilot.resize_terminal(20, 5)
        assert app.is_running and passage.cursor == (0, 0) and passage.origin is None


async def test_pages_turn_and_come_back(workspace):
    async with Opened(workspace) as reader:
        top = reader.text.scroll_offset.y
        await reader.press("space", "space")
        assert reader.text.scroll_offset.y == top + 2 * (reader.text.size.height - 2)
        await reader.press("pageup", "pageup")
        assert reader.text.scroll_offset.y == top


async def test_the_line_at_the_top_is_where_it_was(workspace):
    async with Opened(workspace) as reader:
        await reader.press("space", "space", "j")
        top = reader.text.top
        await reader.press("escape")
        assert reader.app.screen is not None
    state = state_of(workspace.database, "paper")
    assert state.page is not None
    async with Opened(workspace) as reader:
        assert reader.text.top == top


async def test_a_change_of_width_keeps_the_place(workspace):
    async with Opened(workspace) as reader:
        await reader.press("4", "G")
        top, cursor = reader.text.top, reader.text.cursor
        for width in (60, 40, 200, 81):
            await reader.pilot.resize_terminal(width, 12 if width == 40 else 30)
            await reader.pilot.pause()
            layout = reader.text.layout_now
            # The line at the top stays there, unless the cursor would then be out of sight.
            row = layout.row(cursor) - reader.text.scroll_offset.y
            assert 0 <= row < reader.text.size.height
            assert (
                abs(layout.lines[reader.text.scroll_offset.y].block - top[0]) <= 1 or row == reader.text.size.height - 1
            )
            top = reader.text.top
            assert reader.text.cursor == cursor


async def test_tiny_terminals_work(workspace):
    async with Opened(workspace, size=(40, 12)) as reader:
        await reader.press("space", "s", "q")
        assert isinstance(reader.app.screen, AnnotationEditor)
        await reader.press("w", "h", "y", "ctrl+s")
        assert [one.body for one in reader.annotations()] == ["why"]


async def test_visual_selection_by_word_sentence_and_paragraph(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("v", "e")
        assert reader.selected == "Paragraph"
        await reader.press("escape", "s")
        assert reader.selected == "Paragraph 0 of page 1."
        await reader.press("s")
        assert reader.selected == "Paragraph 0 of page 1. We clip the norm of each gradient."
        await reader.press("p")
        assert reader.selected == reader.text.flow[3].text
        await reader.press("v")
        assert reader.text.selection is None


async def test_a_highlight_and_its_colour_and_undo(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("s", "H", "g")
        (made,) = reader.annotations()
        assert (made.kind, made.colour, made.quote, made.author) == (
            "highlight",
            "green",
            "Paragraph 0 of page 1.",
            "mei",
        )
        assert reader.text.mark_at((3, 4)) == made.id
        await reader.press("u")
        assert reader.annotations() == []
        assert reader.text.mark_at((3, 4)) == ""


async def test_after_a_highlight_other_keys_are_themselves(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("H", "j")
        assert reader.text.layout_now.row(reader.text.cursor) > reader.text.layout_now.row((3, 0))
        assert reader.annotations()[0].colour == "yellow"


async def test_a_question_on_the_sentence_under_the_cursor(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 30))
        await reader.press("q")
        assert isinstance(reader.app.screen, AnnotationEditor)
        reader.app.screen.query_one(TextArea).text = "Why [bold]each[/bold]?"
        await reader.press("ctrl+s")
        (made,) = reader.annotations()
        assert (made.kind, made.quote, made.body) == ("question", SENTENCES[0].strip(), "Why [bold]each[/bold]?")
        listed = reader.screen.query_one(ThreadList)
        assert "Why [bold]each[/bold]?" in str(listed.get_option_at_index(0).prompt)


async def test_what_was_typed_is_never_lost(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("a", "h", "m", "escape")
        assert reader.annotations() == []
        await reader.press("a")
        assert reader.app.screen.query_one(TextArea).text == "hm"
        await reader.press("!", "ctrl+s")
        assert [one.body for one in reader.annotations()] == ["hm!"]
        drafts = json.loads((workspace.folders.data / "drafts.json").read_text())
        assert drafts == {}


async def test_what_cannot_be_stored_is_not_lost(workspace, monkeypatch):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))

        def refused(*_arguments, **_named):
            raise ReportableError("The library is in use.", "Try again.")

        with monkeypatch.context() as patch:
            patch.setattr("cs229tui.annotations.make.annotate_span", refused)
            await reader.press("a", "h", "m", "ctrl+s")
        assert reader.annotations() == []
        await reader.press("a")
        assert reader.app.screen.query_one(TextArea).text == "hm"


async def test_where_not_even_a_draft_can_be_kept_the_box_stays(workspace, monkeypatch):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("a", "h", "m")

        def full(*_arguments, **_named):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cs229tui.whole.Path.replace", full)
        await reader.press("ctrl+s")
        assert reader.app.screen.query_one(TextArea).text == "hm"
        assert [path.name for path in workspace.folders.data.glob("tmp*")] == []


async def test_an_empty_comment_is_not_posted(workspace):
    async with Opened(workspace) as reader:
        await reader.press("a", "ctrl+s")
        assert isinstance(reader.app.screen, AnnotationEditor)
        await reader.press("escape")
        assert reader.annotations() == []


async def test_a_thread_is_answered_edited_resolved_and_deleted(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("q", "o", "k", "ctrl+s")
        await reader.press("enter")
        assert reader.screen.query_one(ThreadList).has_focus
        await reader.press("r", "y", "e", "s", "ctrl+s")
        assert [one.kind for one in reader.annotations() if one.parent] == ["reply"]
        await reader.press("e")
        reader.app.screen.query_one(TextArea).text = "really?"
        await reader.press("ctrl+s", "R")
        root = next(one for one in reader.annotations() if not one.parent)
        assert (root.body, root.resolved) == ("really?", True)
        await reader.press("x")
        assert [one.kind for one in reader.annotations()] == ["reply"]
        await reader.press("u")
        assert len(reader.annotations()) == 2


async def test_annotations_are_there_after_a_restart_and_in_another_copy(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((20, 24))
        await reader.press("s", "H", "escape")
        quote = reader.annotations()[0].quote
    make_paper(workspace, sha256="b" * 64, extra="New words. ")
    async with Opened(workspace) as reader:
        await reader.app.workers.wait_for_complete()
        await reader.pilot.pause()
        (thread,) = reader.screen.threads
        (block, start, end), *_ = thread.ranges
        assert reader.text.flow[block].text[start:end] == quote


async def test_find_shows_counts_steps_and_closes(workspace):
    async with Opened(workspace) as reader:
        start = reader.text.cursor
        await reader.press("slash", *"accountant")
        assert len(reader.screen.hits) == 6 * PARAGRAPHS
        await reader.press("enter", "n", "n")
        assert reader.text.has_focus
        assert reader.text.cursor == reader.screen.hits[2][:2]
        assert "3 of 72" in str(reader.screen.query_one("#find-count").render())
        await reader.press("N", "N", "N")
        assert reader.text.cursor == reader.screen.hits[-1][:2]
        await reader.press("escape")
        assert reader.screen.hits == ()
        assert not reader.screen.query_one(FindBar).has_class("-open")
        await reader.press("ctrl+o")
        assert reader.text.cursor == start


async def test_n_goes_to_annotations_when_nothing_was_looked_for(workspace):
    async with Opened(workspace) as reader:
        for block in (5, 30):
            reader.text.go((block, 0))
            await reader.press("H", "escape")
        await reader.press("home", "n")
        assert reader.text.cursor == (5, 0)
        await reader.press("n")
        assert reader.text.cursor == (30, 0)
        await reader.press("left_curly_bracket")
        assert reader.text.cursor == (5, 0)


async def test_outline_pages_headings_and_back(workspace):
    async with Opened(workspace) as reader:
        await reader.press("o")
        assert isinstance(reader.app.screen, OutlinePanel)
        await reader.press("down", "down", "enter")
        assert reader.text.page == 3
        await reader.press("right_square_bracket")
        assert reader.text.page == 4
        await reader.press("colon")
        reader.app.screen.query_one(Input).value = "106"
        await reader.press("enter")
        assert reader.text.page == 6
        await reader.press("ctrl+o", "ctrl+o", "alt+right")
        assert reader.text.page == 4


async def test_pages_by_their_printed_and_their_own_numbers(workspace):
    """A paper with two pages of front matter, ii and iii, whose third page is printed as 5."""
    make_paper(workspace, id="book", sha256="f" * 64, labels=("ii", "iii", "5", "6", "7", "8"))

    async with Opened(workspace, reading="book") as reader:
        text = reader.text

        async def page(answer: str) -> int:
            await reader.press("colon")
            reader.app.screen.query_one(Input).value = answer
            await reader.press("enter")
            return text.page

        assert [await page(one) for one in ("iii", "5", "#5", "II", "1", " 8 ", "#2")] == [2, 3, 5, 1, 1, 6, 2]
        await reader.press("5", "G")
        assert text.page == 3
        await reader.press("4", "G")
        assert text.page == 4
        await reader.press("7", "home")
        assert text.page == 5
        await reader.press("8", "g", "g")
        assert text.page == 6
        assert "p 8 (6) of 6" in reader.screen.query_one("TitleLine").render().plain
        await reader.press("9", "9", "G")
        assert text.page == 6
        top = text.scroll_offset.y
        await reader.press("g", "g", "2", "ctrl+d", "2", "ctrl+u")
        assert text.scroll_offset.y == 0 < top


async def test_figures_and_tables(workspace):
    make_paper(workspace, id="book", sha256="f" * 64, figures=True)
    async with Opened(workspace, reading="book") as reader:
        text = reader.text
        await reader.press("f")
        assert text.flow[text.cursor[0]].kind == "figure" and text.page == 1
        await reader.press("f")
        assert text.flow[text.cursor[0]].text == "Table 1: Sizes." and text.page == 1
        await reader.press("3", "f")
        assert text.page == 3
        await reader.press("2", "F")
        assert text.page == 2
        await reader.press("ctrl+o")
        assert text.page == 3
        await reader.press("9", "9", "F")
        assert text.page == 1


async def test_the_outline_is_narrowed_by_typing(workspace):
    async with Opened(workspace) as reader:
        await reader.press("5", "G", "o")
        rows = reader.app.screen.query_one(Rows)
        assert rows.current == "4"
        await reader.press("3")
        assert [row.key for row in rows.rows] == ["2"]
        await reader.press("x", "enter")
        assert isinstance(reader.app.screen, OutlinePanel)
        await reader.press("backspace", "enter")
        assert reader.text.page == 3


async def test_pieces_of_text_and_the_other_end(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        text.go((3, 30))
        await reader.press("v", "i", "w")
        assert reader.selected == "clip"
        await reader.press("i", "s")
        assert reader.selected == SENTENCES[0].strip()
        await reader.press("i", "p")
        assert reader.selected == text.flow[3].text
        await reader.press("escape")
        text.go((3, 30))
        await reader.press("v", "i", "l")
        line = text.layout_now.lines[text.layout_now.row((3, 30))]
        assert text.selection.start == (3, line.start)
        await reader.press("escape")
        text.go((3, 30))
        await reader.press("v", "e", "o", "b")
        assert text.selection.start == (3, 26) and reader.selected == "clip the"
        assert text.cursor == text.selection.start
        await reader.press("o", "w")
        assert text.cursor[1] > 33


async def test_a_click_on_what_is_written_on_shows_its_thread(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        for block in (3, 5):
            text.go((block, 0))
            await reader.press("s", "H", "escape")
        row, left = text.layout_now.row((3, 0)) - text.scroll_offset.y, text._frame.left
        await reader.pilot.click(text, offset=(left + 2, row))
        threads = reader.screen.query_one(ThreadList)
        assert threads.highlighted_option.id == text.mark_at((3, 2))


async def test_the_mouse_held_beyond_the_edge_turns_the_text(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        row, left = text.layout_now.row((3, 0)) - text.scroll_offset.y, text._frame.left
        await reader.pilot.mouse_down(text, offset=(left, row))
        text.post_message(MouseMove(text, left, text.size.height + 2, 0, 0, 1, False, False, False))
        await reader.pilot.pause()
        end, top = text.selection.end, text.scroll_offset.y
        for _ in range(5):
            text._drag_on()
        assert text.scroll_offset.y >= top + 5 and text.selection.end > end
        assert text.selection.start == (3, 0)
        await reader.pilot.mouse_up(text, offset=(left, row))
        assert text._edge is None


async def test_dragging_over_pages_while_the_wheel_turns(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        last = max(number for number, block in enumerate(text.flow) if block.runs and block.runs[0].page == 1)
        text.go((last, 0), "top")
        await reader.pilot.pause()
        row, left = text.layout_now.row((last, 0)) - text.scroll_offset.y, text._frame.left
        await reader.pilot.mouse_down(text, offset=(left, row))
        await reader.pilot.hover(text, offset=(left + 5, row + 6))
        before = text.selection
        assert text.places.page(before.end) == 2
        text._wheel(MouseScrollDown(text, left, row, 0, 0, 0, False, False, False), 3)
        await reader.pilot.pause()
        assert text.selection.start == before.start and text.selection.end > before.end
        await reader.pilot.mouse_up(text, offset=(left + 5, row + 6))
        chosen = text.selection
        await reader.pilot.hover(text, offset=(left + 9, row + 8))
        assert text.selection == chosen


async def test_a_page_that_is_not_there_is_said_so(workspace):
    async with Opened(workspace) as reader:
        await reader.press("colon")
        reader.app.screen.query_one(Input).value = "999"
        await reader.press("enter")
        assert reader.text.page == 1
        assert any("999" in note.message for note in reader.app._notifications)


async def test_copies(workspace):
    async with Opened(workspace) as reader:
        copied = []
        reader.app.copy = lambda text, name="": copied.append(text)
        reader.text.go((3, 0))
        await reader.press("s", "y", "s", "Y")
        assert copied[0] == "Paragraph 0 of page 1."
        await reader.press("s", "E")
        assert copied[2].startswith(
            "\\begin{quote}\nParagraph 0 of page 1.\n\\end{quote}\n% Ng, 2016, A [b]paper[/b], p. 101"
        )
        assert copied[1] == "> Paragraph 0 of page 1.\n>\n> — Ng, 2016, A [b]paper[/b], p. 101\n"


async def test_the_mouse_selects_by_drag_word_and_paragraph(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        row, left = text.layout_now.row((3, 0)) - text.scroll_offset.y, text._frame.left
        await reader.pilot.mouse_down(text, offset=(left, row))
        await reader.pilot.hover(text, offset=(left + 8, row))
        await reader.pilot.mouse_up(text, offset=(left + 8, row))
        assert reader.selected == "Paragraph"
        await reader.pilot.click(text, offset=(left + 12, row), times=1)
        assert reader.text.selection is None
        await reader.pilot.click(text, offset=(left + 18, row), times=2)
        assert reader.selected == "page"
        await reader.pilot.click(text, offset=(left + 18, row), times=3)
        assert reader.selected == text.flow[3].text


async def test_the_end_is_reached_and_done_is_one_key(workspace):
    async with Opened(workspace) as reader:
        await reader.press("G")
        assert any("D marks it done" in note.message for note in reader.app._notifications)
        await reader.press("D")
        assert state_of(workspace.database, "paper").status == "done"
        await reader.press("u")
        assert state_of(workspace.database, "paper").status == "reading"


async def test_reading_time_is_stored_by_page(workspace, monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr("cs229tui.tui.screens.timing.monotonic", lambda: moment[0])
    async with Opened(workspace) as reader:
        moment[0] += 30
        await reader.press("j")
        await reader.press("3", "G")
        for _ in range(20):
            moment[0] += 25
            reader.screen.save_sitting()
        (sitting,) = sessions(workspace.database, reading="paper")
        assert sitting.pages == {1: 30.0, 3: 60.0}


async def test_no_time_is_measured_where_that_is_switched_off(workspace, monkeypatch):
    workspace.folders.settings.write_text("measure_time = false\n")
    moment = [1000.0]
    monkeypatch.setattr("cs229tui.tui.screens.timing.monotonic", lambda: moment[0])
    async with Opened(Workspace()) as reader:
        moment[0] += 30
        await reader.press("j")
    assert sessions(workspace.database) == []


async def test_the_threads_are_beside_the_text_when_wide_and_over_it_when_narrow(workspace):
    async with Opened(workspace) as reader:
        pane = reader.screen.query_one(AnnotationPane)
        assert not pane.display
        reader.text.go((3, 0))
        await reader.press("H", "escape")
        assert pane.display
        await reader.pilot.resize_terminal(80, 24)
        await reader.pilot.pause()
        assert not pane.display
        await reader.press("t")
        assert pane.display
        assert reader.screen.query_one(ThreadList).has_focus
        await reader.press("escape")
        assert not pane.display
        assert reader.text.has_focus


async def test_a_reading_without_a_document_says_what_to_do(workspace):
    add_reading(workspace.database, Reading(id="talk", title="A talk", lectures=(0,), kind="book", url="https://a.b/c"))
    async with Opened(workspace, reading="talk") as reader:
        shown = reader.screen.query_one("EmptyReading").render().plain
        assert "A talk" in shown
        assert "This is a book" in shown
        await reader.press("j", "v", "q", "slash", "n")


async def test_a_reading_that_was_removed_can_still_be_opened(workspace):
    async with Opened(workspace, reading="gone") as reader:
        assert "no longer in your library" in reader.screen.query_one("EmptyReading").render().plain
        await reader.press("f", "a", "o", "n", "y", "L", "j", "escape")
        assert not any(isinstance(screen, ReaderScreen) for screen in reader.app.screen_stack)


async def test_a_document_that_arrives_is_shown(workspace):
    add_reading(workspace.database, Reading(id="late", title="Late", lectures=(0,)))
    async with Opened(workspace, reading="late") as reader:
        assert reader.screen.has_class("-no-text")
        make_paper(workspace, id="late", sha256="c" * 64)
        reader.app.changed()
        await reader.pilot.pause()
        assert not reader.screen.has_class("-no-text")
        assert reader.text.has_focus


async def test_opening_at_an_annotation(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((40, 0))
        await reader.press("H", "escape")
        (made,) = reader.annotations()
        await reader.press("escape")
        reader.app.open_reading("paper", annotation=made.id)
        for _ in range(4):
            await reader.pilot.pause()
        assert reader.text.cursor == (40, 0)


async def test_a_place_beyond_the_document_opens_at_its_end(workspace):
    update_state(workspace.database, "paper", page=900, place=10**6)
    async with Opened(workspace) as reader:
        assert reader.text.page == 6


async def test_quitting_saves_the_place_too(workspace):
    async with Opened(workspace) as reader:
        await reader.press("space", "space", "space")
        page, place = reader.text.places.place(reader.text.top)
    state = state_of(workspace.database, "paper")
    assert (state.page, state.place) == (page, place)


async def test_a_reader_left_open_elsewhere_does_not_take_the_place_back(workspace):
    async with Opened(workspace) as reader:
        await reader.press("space")
        reader.screen._save_place()
        update_state(workspace.database, "paper", page=5, place=3)
    state = state_of(workspace.database, "paper")
    assert (state.page, state.place) == (5, 3)


async def test_enter_highlights_while_selecting(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("v", "e", "enter", "escape")
        assert [one.quote for one in reader.annotations()] == ["Paragraph"]


async def test_a_selection_over_pages_is_one_annotation(workspace):
    async with Opened(workspace) as reader:
        last = max(number for number, block in enumerate(reader.text.flow) if block.runs and block.runs[0].page == 1)
        reader.text.go((last, 0))
        await reader.press("v", "ctrl+down", "ctrl+down", "enter", "escape")
        (made,) = reader.annotations()
        assert made.page == 1
        (thread,) = reader.screen.threads
        assert {reader.text.flow[block].runs[0].page for block, _, _ in thread.ranges} == {1, 2}


async def test_the_document_itself_is_opened_or_its_path_copied(workspace, monkeypatch):
    copied = []
    monkeypatch.setattr("cs229tui.tui.links.browser_here", lambda: False)
    async with Opened(workspace) as reader:
        reader.app.copy = lambda text, name="": copied.append(text)
        await reader.press("S")
        assert any("Fetch or attach" in note.message for note in reader.app._notifications)
        path = workspace.folders.documents / "aa" / f"{'a' * 64}.pdf"
        path.parent.mkdir(parents=True)
        path.touch()
        await reader.press("S")
    assert copied == [str(path)]


async def test_a_thousand_annotations_do_not_slow_the_keys(workspace):
    from cs229tui.annotations.make import annotate_quote

    annotate_quote(workspace.database, "paper", "Paragraph 0 of page 1.", author="mei")
    (one,) = annotations_of(workspace.database, "paper")
    with workspace.database.conn as connection:
        connection.executemany(
            'INSERT INTO annotation (id, reading, kind, author, document, extractor, page, start, "end", quote,'
            " created, updated) VALUES (?, 'paper', 'highlight', 'mei', ?, ?, ?, ?, ?, ?, '', '')",
            [(f"n{n}", one.document, one.extractor, one.page, one.start, one.end, one.quote) for n in range(1000)],
        )
    async with Opened(workspace) as reader:
        assert len(reader.screen.threads) == 1001
        reckoned = reader.screen._ticks()
        await reader.press("j", "j")
        assert reader.screen._ticks() is reckoned
        assert reader.screen.query_one(ThreadList).option_count <= 240
