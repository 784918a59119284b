"""Annotations on moments of a video: made, threaded, and taken elsewhere."""

import msgspec
import pytest

from cs229tui.annotations.formats.contents import contents
from cs229tui.annotations.formats.markdown import reading_markdown
from cs229tui.annotations.make import annotate_moment, edit, remove, reply, restore
from cs229tui.annotations.threads import threads
from cs229tui.annotations.w3c import web_annotation
from cs229tui.course.model import Reading
from cs229tui.errors import UsageError
from cs229tui.library.annotations import annotation, annotations_of
from cs229tui.library.database import Database
from cs229tui.library.search import search

VIDEO = Reading(
    id="cuda",
    title="How CUDA Programming Works",
    lectures=(11,),
    kind="video",
    url="https://www.youtube.com/watch?v=QQceTDjA4f4&t=15m30s",
)


def test_they_stand_in_the_order_of_the_video(library: Database) -> None:
    late = annotate_moment(library, "cuda", 1205.04, "question", "Why 32?", author="Ana")
    early = annotate_moment(library, "cuda", 930, body="Here it begins.", tags=["#gpu"], author="Ana")
    answer = reply(library, late.id, "A warp.", author="sam")
    assert (late.second, early.second, early.tags) == (1205.0, 930.0, ("gpu",))
    assert [one.root and one.root.id for one in threads(annotations_of(library, "cuda"))] == [early.id, late.id]
    assert [one.id for one in threads(annotations_of(library, "cuda"))[1].annotations] == [late.id, answer.id]


def test_they_need_words_and_are_no_highlights(library: Database) -> None:
    with pytest.raises(UsageError, match="words"):
        annotate_moment(library, "cuda", 1, body=" ", author="Ana")
    with pytest.raises(UsageError, match="highlight"):
        annotate_moment(library, "cuda", 1, "highlight", "x", author="Ana")


def test_changes_keep_the_moment_and_are_undone(library: Database) -> None:
    made = annotate_moment(library, "cuda", 754.5, body="one", author="Ana")
    before = edit(library, made.id, body="two", kind="question")
    assert (annotation(library, made.id).second, annotation(library, made.id).kind) == (754.5, "question")
    restore(library, before)
    assert annotation(library, made.id).body == "one"
    restore(library, remove(library, made.id))
    assert annotation(library, made.id).second == 754.5


def test_in_markdown_the_time_is_a_link_to_the_second(library: Database) -> None:
    annotate_moment(library, "cuda", 754.5, "question", "Why *32*?", author="Ana")
    text = reading_markdown(VIDEO, contents(library, {"cuda": VIDEO}))
    assert "## Question at [12:34](<https://www.youtube.com/watch?v=QQceTDjA4f4&t=754s>)" in text
    unknown = Reading(id="cuda", title="X", lectures=(0,))
    assert "## Question at 12:34\n" in reading_markdown(unknown, contents(library, {"cuda": unknown}))


@pytest.mark.parametrize(
    ("second", "value"), [(754.5, "t=npt:754.5"), (930, "t=npt:930"), (123456.7, "t=npt:123456.7")]
)
def test_in_json_ld_it_is_a_media_fragment(library: Database, second: float, value: str) -> None:
    made = msgspec.to_builtins(web_annotation(annotate_moment(library, "cuda", second, body="x", author="Ana"), VIDEO))
    assert made["target"] == {
        "source": "https://www.youtube.com/watch?v=QQceTDjA4f4",
        "selector": ({"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": value},),
    }


def test_search_says_where_in_the_video(library: Database) -> None:
    annotate_moment(library, "cuda", 754.5, body="a warp of threads", author="Ana")
    (hit,) = [hit for hit in search(library, {"cuda": VIDEO}, "warp") if hit.kind == "annotation"]
    assert (hit.second, hit.page, hit.title) == (754.5, None, VIDEO.title)
