"""What is done to messages through the screens: votes, answers, follow, history, links; all of it taken back with u."""

import pytest

from cs229tui.annotations import make
from cs229tui.annotations.votes import votes_on
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import annotation, store_annotation
from cs229tui.library.follows import is_followed
from cs229tui.tui.screens.history import HistorySheet
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor
from cs229tui.tui.widgets.annotation_pane import ThreadList
from cs229tui.tui.widgets.thread_view import ThreadView
from open_reader import Opened, place_of


def others(database, body="why?", kind="question", **more):
    """Something that another person wrote on the paper."""
    from msgspec.structs import replace

    made = make.annotate_reading(database, "paper", "comment", body, author="Mei")
    make.remove(database, made.id)
    return store_annotation(database, replace(made, kind=kind, person="p1", audience="g", **more))


def said_of(reader, one):
    return votes_on(reader.app.database, [annotation(reader.app.database, one.id)]).get(one.id)


async def undo(reader):
    reader.app.action_undo()
    await reader.pilot.pause()


async def test_votes_are_given_shown_and_taken_back(workspace) -> None:
    one = others(workspace.database)
    async with Opened(workspace) as reader:
        reader.screen.do_to("upvote", one.id)
        reader.screen.do_to("me_too", one.id)
        assert (said_of(reader, one).upvotes, said_of(reader, one).me_too) == (1, 1)
        await undo(reader)
        await undo(reader)
        assert said_of(reader, one) is None


async def test_what_has_no_sense_is_told(workspace) -> None:
    theirs = others(workspace.database)
    mine = make.annotate_reading(workspace.database, "paper", "question", "hm?", author="mei")
    async with Opened(workspace) as reader:
        for action, id in (("upvote", mine.id), ("me_too", mine.id), ("answer", mine.id), ("edit", theirs.id)):
            with pytest.raises(ReportableError):
                reader.screen.do_to(action, id)
        for action in ("remove", "links"):
            with pytest.raises(ReportableError):
                reader.screen.do_to(action, theirs.id)


async def test_the_asker_marks_the_answer_and_a_reply_is_replied_to(workspace) -> None:
    database = workspace.database
    asked = make.annotate_reading(database, "paper", "question", "hm?", author="mei")
    first = make.reply(database, asked.id, "so", author="mei")
    async with Opened(workspace) as reader:
        reader.screen.do_to("answer", first.id)
        assert said_of(reader, first).answer
        reader.screen.do_to("reply", first.id)
        await reader.pilot.pause()
        assert isinstance(reader.app.screen, AnnotationEditor)
        await reader.press(*"thanks", "ctrl+s")
        made = [one for one in reader.annotations() if one.body == "thanks"]
        assert made[0].parent == first.id and made[0].root == asked.id
        reader.screen.do_to("resolve", first.id)
        assert annotation(database, asked.id).resolved


async def test_what_she_wrote_in_is_followed_until_she_says_otherwise(workspace) -> None:
    database = workspace.database
    theirs = others(database)
    async with Opened(workspace) as reader:
        assert not is_followed(database, theirs.id)
        reader.screen.do_to("follow", theirs.id)
        assert is_followed(database, theirs.id)
        await undo(reader)
        assert not is_followed(database, theirs.id)


async def test_an_earlier_version_is_shown_and_comes_back(workspace) -> None:
    database = workspace.database
    one = make.annotate_reading(database, "paper", "comment", "the first words", author="mei")
    make.edit(database, one.id, body="the second words")
    async with Opened(workspace) as reader:
        reader.screen.do_to("history", one.id)
        await reader.pilot.pause()
        assert isinstance(reader.app.screen, HistorySheet)
        assert reader.app.screen.query_one("#changed").render().plain == "the firstsecond words"
        await reader.press("j", "r")
        assert annotation(database, one.id).body == "the first words"
        await undo(reader)
        assert annotation(database, one.id).body == "the second words"


async def test_links_are_opened_here_or_chosen_from(workspace, monkeypatch) -> None:
    database = workspace.database
    several = others(database, "[[paper]] and https://a.org/x")
    missing = others(database, "[[nowhere]]")
    async with Opened(workspace) as reader:
        opened = []
        monkeypatch.setattr(reader.app, "open_link", opened.append)
        reader.screen.do_to("links", several.id)
        await reader.pilot.pause()
        assert isinstance(reader.app.screen, Pick)
        await reader.press("j", "enter")
        assert opened == ["https://a.org/x"]
        with pytest.raises(ReportableError):
            reader.screen.do_to("links", missing.id)


async def test_a_click_on_a_link_opens_it_and_goes_nowhere_else(workspace, monkeypatch) -> None:
    link = "https://a.org/x"
    others(workspace.database, f"look at {link} and [[paper]]")
    async with Opened(workspace) as reader:
        opened = []
        monkeypatch.setattr(reader.app, "open_link", opened.append)
        pane = reader.screen.query_one(ThreadList)
        await reader.pilot.click(pane, offset=place_of(pane, link))
        assert opened == [link] and reader.app.screen.passage.has_focus is False
        await reader.press("T")
        view = reader.app.screen.query_one(ThreadView)
        await reader.pilot.click(view, offset=place_of(view, link))
        await reader.pilot.click(view, offset=place_of(view, "→"))
        await reader.pilot.pause()
        assert opened == [link, link]
        assert isinstance(reader.app.screen, ReaderScreen) and len(reader.app.screen_stack) > 3
