"""The conversations beside the text: only those in view, folded where there is much, read when they are looked at."""

from msgspec.structs import replace

from cs229tui.annotations.make import annotate_quote, annotate_reading, remove, reply
from cs229tui.annotations.votes import vote
from cs229tui.library.annotations import store_annotation
from cs229tui.library.database import writing
from cs229tui.library.threads import refresh_threads
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets import annotation_pane
from cs229tui.tui.widgets.annotation_pane import MOST, AnnotationPane, ThreadList
from open_reader import Opened


def said(workspace, paragraph: int, page: int, kind: str = "comment", body: str = "hm"):
    quote = f"Paragraph {paragraph} of page {page}."
    return annotate_quote(workspace.database, "paper", quote, page, kind, body, author="mei")


def many(workspace, count: int, page: int = 1) -> None:
    """So many conversations on one page, each with three answers."""
    one = said(workspace, 0, page)
    row = {"reading": "paper", "author": "sam", "person": "p", "created": "", "updated": ""}
    anchor = {name: getattr(one, name) for name in ("document", "extractor", "page", "start", "end", "quote")}
    ids = [f"n{number}" for number in range(count)]
    with writing(workspace.database) as tables:
        tables.table("annotation").insert_all(
            row | anchor | {"id": id, "root": id, "kind": "comment", "body": "words"} for id in ids
        )
        tables.table("annotation").insert_all(
            row | {"id": f"{id}.{answer}", "root": id, "parent": id, "kind": "reply", "body": "yes"}
            for id in ids
            for answer in range(3)
        )
        refresh_threads(workspace.database, ids)


def shown(reader) -> list[str]:
    threads = reader.screen.query_one(ThreadList)
    return [str(option.prompt) for option in threads.options]


async def test_only_what_is_near_is_fetched_and_the_keys_find_the_rest(workspace):
    made = [said(workspace, 3, page) for page in (1, 4, 6)]
    async with Opened(workspace) as reader:
        near = {one.id for one in reader.screen.threads}
        assert near == {made[0].id}
        await reader.press("right_curly_bracket", "right_curly_bracket")
        assert reader.text.page == 4 and reader.text.mark_at(reader.text.cursor) == made[1].id
        await reader.press("right_curly_bracket")
        assert reader.text.page == 6
        at = reader.text.cursor
        await reader.press("right_curly_bracket")
        assert reader.text.cursor == at
        await reader.press("2", "left_curly_bracket")
        assert reader.text.mark_at(reader.text.cursor) == made[0].id
        assert len([tick for tick in reader.screen._ticks() if tick.sign == "▪"]) == 3


async def test_a_crowded_page_lists_some_and_unfolds_answers(workspace):
    many(workspace, 200)
    async with Opened(workspace) as reader:
        pane = reader.screen.query_one(AnnotationPane)
        pane.list_now()
        await reader.pilot.pause()
        threads = reader.screen.query_one(ThreadList)
        ids = [option.id for option in threads.options]
        assert sum(id.startswith("more:") for id in ids) <= MOST and len(ids) <= 2 * MOST + 2
        assert not any(".0" in id for id in ids)
        folded = next(id for id in ids if id.startswith("more:"))
        threads.focus()
        threads.highlighted = ids.index(folded)
        await reader.press("enter")
        now = [option.id for option in threads.options]
        thread = folded.removeprefix("more:")
        assert [id for id in now if "." in id] == [f"{thread}.{answer}" for answer in range(3)]


async def test_whole_reading_first_then_the_page_then_what_has_no_beginning(workspace):
    whole = annotate_reading(workspace.database, "paper", body="A fine paper", author="mei")
    here = said(workspace, 2, 1, "question", "why?")
    gone = said(workspace, 5, 1)
    reply(workspace.database, gone.id, "it was good", author="mei")
    remove(workspace.database, gone.id)
    async with Opened(workspace) as reader:
        lines = shown(reader)
        assert "on the whole reading" in lines[0] and "A fine paper" in lines[0]
        assert "why?" in lines[1] and "is gone" in lines[2] and "it was good" in lines[3]
        # Going to what is said of it all leaves the text where it is.
        before = reader.text.cursor
        assert reader.screen.go_to_thread(whole.id)
        await reader.pilot.pause()
        assert reader.text.cursor == before
        assert reader.screen.query_one(ThreadList).highlighted_option.id == whole.id
        assert reader.screen.go_to_thread(here.id) and reader.text.cursor != before


async def test_what_is_new_is_read_when_it_was_looked_at(workspace, monkeypatch):
    monkeypatch.setattr(annotation_pane, "DWELL", 0.01)
    one = said(workspace, 2, 1, "question", "why?")
    database = workspace.database
    answer = reply(database, one.id, "because", author="sam")
    store_annotation(database, replace(answer, person="sam", author="sam", unread=True))
    vote(database, answer.id, "upvote", author="mei")
    async with Opened(workspace) as reader:
        text = "\n".join(shown(reader))
        assert "because" in text and "↑1" in text
        for _ in range(100):
            (unread,) = database.execute("SELECT unread FROM thread WHERE id = ?", [one.id]).fetchone()
            if not unread:
                break
            await reader.pilot.pause(0.01)
        assert not unread
        await reader.pilot.pause()
        assert "new" not in "\n".join(shown(reader)).split()


async def test_a_private_note_and_the_whole_reading_are_a_key_away(workspace):
    async with Opened(workspace) as reader:
        reader.text.go((3, 0))
        await reader.press("P", *"mine", "ctrl+s")
        await reader.press("W", *"all", "ctrl+s")
        note, whole = sorted(reader.annotations(), key=lambda one: one.kind, reverse=True)
        assert (note.kind, note.body, note.audience) == ("note", "mine", "")
        assert (whole.kind, whole.body, whole.page, whole.quote) == ("comment", "all", None, "")
        assert "only you" in "\n".join(shown(reader))
        await reader.press("T")
        await reader.pilot.pause()
        assert not isinstance(reader.app.screen, ReaderScreen)


async def test_the_colour_of_a_highlight_is_changed_later_and_taken_back(workspace):
    workspace.folders.settings.write_text('name = "mei"\n[highlights]\nred = "wrong"\n')
    from cs229tui.workspace import Workspace

    async with Opened(Workspace()) as reader:
        reader.text.go((3, 0))
        await reader.press("H")
        assert "r wrong" in reader.text.asking
        await reader.press("g")
        await reader.press("tab", "c", "r")
        assert [one.colour for one in reader.annotations()] == ["red"]
        await reader.press("u")
        assert [one.colour for one in reader.annotations()] == ["green"]
        await reader.press("u")
        assert reader.annotations() == []


async def test_overlapping_conversations_on_one_passage_are_both_listed(workspace):
    long = said(workspace, 3, 1, "question", "all of it?")
    short = annotate_quote(workspace.database, "paper", "Paragraph 3", 1, "comment", "this", author="mei")
    async with Opened(workspace) as reader:
        reader.text.go((5, 2))
        at = reader.screen.written.find(short.id).position
        reader.text.go(at)
        await reader.press("enter")
        threads = reader.screen.query_one(ThreadList)
        assert threads.has_focus and threads.highlighted_option.id == short.id
        assert {long.id, short.id} <= {option.id for option in threads.options}


async def test_what_looks_like_markup_is_text(workspace):
    one = said(workspace, 3, 1)
    hostile = "[/nope] [bold]x[/bold] [[y 漢字"
    store_annotation(
        workspace.database,
        replace(one, body=hostile, author="[red]mei[/red]", person="p", quote=one.quote, tags=("[b]",)),
    )
    async with Opened(workspace) as reader:
        await reader.pilot.resize_terminal(40, 12)
        await reader.press("t")
        await reader.pilot.resize_terminal(120, 40)
        await reader.pilot.pause()
        text = "\n".join(shown(reader))
        assert "[/nope]" in text and "[red]mei[/red]" in text and "#[b]" in text


async def test_on_a_narrow_screen_the_list_is_there_when_it_is_opened(workspace):
    said(workspace, 3, 1, body="seen at once")
    async with Opened(workspace, size=(80, 24)) as reader:
        pane = reader.screen.query_one(AnnotationPane)
        assert not pane.display and shown(reader) == []
        await reader.press("t")
        await reader.pilot.pause()
        assert pane.display and "seen at once" in "\n".join(shown(reader))
