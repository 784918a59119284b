"""What leaves in the W3C shape comes back as it was, whatever it is."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cs229tui.annotations.w3c import (
    WebAnnotation,
    annotation_from,
    is_reaction,
    reaction_from,
    tombstone,
    web_annotation,
    web_reaction,
)
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation
from cs229tui.library.reactions import Reaction

READING = Reading(id="abadi", title="DP", lectures=(4,), arxiv="1607.00133")
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
ids = st.uuids().map(str)
moments = st.just("2023-02-01T10:00:00.000Z")
boxes = st.tuples(*[st.floats(0, 2000, width=32)] * 4)
common = {
    "id": ids, "author": texts, "body": texts, "person": ids, "created": moments, "updated": moments,
    "tags": st.lists(texts, max_size=3).map(tuple),
    "colour": st.sampled_from(("yellow", "red", "green", "blue", "purple")),
    "resolved": st.booleans(), "audience": st.one_of(st.just(""), ids), "via": texts,
}  # fmt: skip
kinds = st.sampled_from(("highlight", "comment", "question", "note"))
numbers = st.integers(0, 10**6)
passages = st.builds(
    Annotation, **common, reading=texts, kind=kinds, document=st.just("ab" * 32), extractor=texts, page=numbers,
    start=numbers, end=numbers, quote=texts.filter(bool), prefix=texts, suffix=texts, quads=st.lists(boxes).map(tuple),
)  # fmt: skip
regions = st.builds(
    Annotation, **common, reading=texts, kind=kinds, document=st.just("ab" * 32), extractor=texts, page=numbers,
    quote=texts, region=boxes,
)  # fmt: skip
wholes = st.builds(Annotation, **common, reading=texts, kind=kinds)
topics = st.builds(Annotation, **common, reading=st.just(""), kind=kinds, lecture=numbers, quote=texts)
moments_of_videos = st.builds(Annotation, **common, reading=texts, kind=kinds, second=st.floats(0, 10**5))
replies = st.builds(Annotation, **common, reading=texts, kind=st.just("reply"), parent=ids, root=ids)


@given(st.one_of(passages, regions, wholes, topics, moments_of_videos, replies))
def test_every_annotation_comes_back_whole_and_as_the_same_bytes(one: Annotation) -> None:
    one = replace(one, root=one.root or one.id)
    written = msgspec.json.encode(web_annotation(one, READING))
    read = msgspec.json.decode(written, type=WebAnnotation)
    assert annotation_from(read) == one
    assert msgspec.json.encode(web_annotation(annotation_from(read), READING)) == written


@given(st.builds(Reaction, ids, st.sampled_from(("upvote", "me-too", "answer")), ids, texts, ids, moments, moments))
def test_every_reaction_comes_back_whole(one: Reaction) -> None:
    read = msgspec.json.decode(msgspec.json.encode(web_reaction(one)), type=WebAnnotation)
    assert is_reaction(read) and reaction_from(read) == one and read.id == f"urn:uuid:{one.id}"


def test_a_tombstone_names_what_is_gone_and_whose_it_was() -> None:
    gone = tombstone("1", "2", "mei", "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z", "g", 7)
    assert (gone.id, gone.creator.id, gone.deleted, gone.clock) == (
        "urn:uuid:1",
        "urn:uuid:2",
        "2023-01-02T00:00:00Z",
        7,
    )
