"""What has lost its words in the reader: its guess, attaching it there or to the selection, and taking that back."""

from cs229tui.annotations.make import annotate_quote
from cs229tui.tui.widgets.annotation_pane import AnnotationPane, ThreadList
from open_reader import Opened, make_paper

OLD = "Zebras gallop quietly over every frozen lake at dawn. "
NEW = "Zebras walk very quietly past some frozen lakes at noon. "


async def opened(reader) -> AnnotationPane:
    await reader.app.workers.wait_for_complete()
    for _ in range(4):
        await reader.pilot.pause()
    return reader.screen.query_one(AnnotationPane)


def shown(pane: AnnotationPane) -> str:
    threads = pane.query_one(ThreadList)
    return "\n".join(str(option.prompt) for option in threads.options)


async def gone(workspace) -> str:
    """One annotation whose words are nowhere near anything that is said here."""
    make_paper(workspace, sha256="b" * 64, extra=OLD)
    made = annotate_quote(workspace.database, "paper", OLD.strip(), 2, "comment", "hm", author="mei", nth=3)
    make_paper(workspace, sha256="c" * 64, extra=NEW)
    return made.id


async def test_lost_ones_are_listed_with_their_guess_and_attached_with_two_keys(workspace):
    id = await gone(workspace)
    async with Opened(workspace) as reader:
        pane = await opened(reader)
        (lost,) = reader.screen.written.lost
        assert lost.id == id and lost.position is None
        await reader.press("t")
        if not pane.display:
            await reader.press("t")
        assert "not here (once p 2); maybe p 2" in shown(pane)
        await reader.press("A")
        assert reader.screen.query_one(ThreadList).has_focus and pane.lost_here.id == id
        await reader.press("A")
        assert reader.screen.written.lost == ()
        (thread,) = [one for one in reader.screen.written.on(2, 2) if one.position]
        assert thread.id == id
        told = [note.message for note in reader.app._notifications if "Attached" in note.message]
        assert told[-1].endswith("u takes it back"), "nothing more is lost"
        await reader.press("u")
        assert [one.id for one in reader.screen.written.lost] == [id]


async def test_the_guess_is_shown_and_any_selection_takes_it(workspace):
    id = await gone(workspace)
    async with Opened(workspace) as reader:
        await opened(reader)
        await reader.press("A", "g")
        assert reader.text.has_focus and "Zebras walk" in reader.selected
        await reader.press("escape")
        reader.text.go((20, 0))
        await reader.press("v", "w", "w", "A")
        assert reader.screen.written.lost == ()
        thread = reader.screen.written.find(id)
        assert thread.position == (20, 0)
        assert reader.annotations()[0].quote == OLD.strip()


async def test_in_the_next_version_it_stands_where_it_was_put(workspace):
    id = await gone(workspace)
    async with Opened(workspace) as reader:
        await opened(reader)
        await reader.press("A", "A")
        assert reader.screen.written.lost == ()
    make_paper(workspace, sha256="d" * 64, extra=NEW + "And more. ")
    async with Opened(workspace) as reader:
        await opened(reader)
        assert reader.screen.written.lost == ()
        thread = reader.screen.written.find(id)
        (block, start, end), *_ = thread.ranges
        assert "Zebras walk" in reader.text.flow[block].text[start:end]


async def test_with_nothing_lost_the_key_says_so(workspace):
    async with Opened(workspace) as reader:
        await reader.press("A")
        assert any("lost its words" in note.message for note in reader.app._notifications)
