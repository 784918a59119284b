"""What was written on one copy, found in another: once, kept, put right by hand, and taken back."""

from msgspec.structs import replace

from cs229tui.annotations.make import annotate_quote, annotate_reading, annotate_region, edit, remove, reply
from cs229tui.annotations.placing import attach, copy_of, place_next
from cs229tui.documents.flow import Span
from cs229tui.documents.store import open_document
from cs229tui.library.annotations import annotation, store_annotation
from cs229tui.library.database import Database
from cs229tui.library.standing import (
    count_threads,
    lost_on,
    page_beyond,
    root_of,
    root_on,
    rootless,
    roots_on,
    roots_on_whole,
    said_in,
    spots,
    unplaced,
)
from small_paper import TEXTS, stored

OTHER = ("A new cover.", *(text.replace("\u2010 \n", "").replace("clip", "cut") for text in TEXTS))


def here(library: Database):
    document = open_document(library, "abadi")
    return document, copy_of("abadi", document)


def on(library: Database, first: int = 1, last: int = 9) -> list[str]:
    return [root.id for root in roots_on(library, here(library)[1], first, last)]


def test_only_the_pages_asked_for_and_only_roots(library: Database) -> None:
    early = annotate_quote(library, "abadi", "Differential privacy", 1, author="mei")
    late = annotate_quote(library, "abadi", "moments accountant", 2, "question", "why?", author="mei")
    reply(library, late.id, "because", author="sam")
    whole = annotate_reading(library, "abadi", body="A good paper", author="mei")
    assert on(library) == [early.id, late.id]
    assert on(library, 2, 2) == [late.id]
    assert [root.id for root in roots_on_whole(library, "abadi")] == [whole.id]
    assert count_threads(library, "abadi") == 3
    copy = here(library)[1]
    assert page_beyond(library, copy, 1, 1) == 2 and page_beyond(library, copy, 2, 1) is None
    assert page_beyond(library, copy, 2, -1) == 1
    assert sorted((spot.page, spot.kind) for spot in spots(library, copy, 500)) == [(1, "highlight"), (2, "question")]
    assert sorted(one.kind for one in said_in(library, [late.id])) == ["question", "reply"]
    # What is gone leaves its answers behind.
    answer = next(one for one in said_in(library, [late.id]) if one.kind == "reply")
    remove(library, late.id)
    assert on(library) == [early.id] and rootless(library, "abadi") == [late.id]
    assert root_of(library, answer.id) == late.id == root_of(library, late.id)
    assert root_of(library, "nobody") == ""


def test_another_copy_is_searched_once(library: Database) -> None:
    made = annotate_quote(library, "abadi", "moments accountant", 2, author="mei")
    stored(library, "abadi", OTHER, "b" * 64, "other/2")
    document, copy = here(library)
    assert on(library) == []
    assert place_next(library, "abadi", document, 1, 10) == 1
    (root,) = roots_on(library, copy, 3, 3)
    page, start, end = root.spans[0]
    assert OTHER[page - 1][start:end] == "moments accountant" and not root.lost
    assert place_next(library, "abadi", document, 1, 10) == 0
    assert page_beyond(library, copy, 1, 1) == 3 and [spot.page for spot in spots(library, copy, 500)] == [3]
    # A change is looked for again, and shown meanwhile.
    edit(library, made.id, colour="red")
    assert [one.id for one in unplaced(library, copy, 1, 10)] == [made.id] and on(library) == [made.id]


def test_there_and_back_it_stands_by_its_own_offsets(library: Database) -> None:
    made = annotate_quote(library, "abadi", "privacy loss", 2, author="mei")
    first = here(library)[0].record
    stored(library, "abadi", OTHER, "b" * 64, "other/2")
    place_next(library, "abadi", here(library)[0], 1, 10)
    stored(library, "abadi", TEXTS, first.sha256, first.extractor)
    (root,) = roots_on(library, here(library)[1], 1, 9)
    assert root.id == made.id and root.spans is None


def test_another_revision_of_the_extractor_is_another_copy(library: Database) -> None:
    made = annotate_quote(library, "abadi", "an efficient bound", 3, author="mei")
    sha = here(library)[0].record.sha256
    stored(library, "abadi", ("Head. " + TEXTS[0], TEXTS[1], "Foot. " + TEXTS[2]), sha, "test/2")
    document = here(library)[0]
    assert place_next(library, "abadi", document, 1, 10) == 1
    (root,) = roots_on(library, here(library)[1], 1, 9)
    page, start, end = root.spans[0]
    assert root.id == made.id and document.pages[page - 1].text[start:end] == "an e\ufb03cient bound"


def lost_one(library: Database):
    made = annotate_quote(
        library, "abadi", "Here we clip the update, and we clip the sum", 2, "comment", "x", author="mei"
    )
    changed = TEXTS[1].replace("Here we clip the update, and we clip the sum", "Now all of it is bounded in one go")
    stored(library, "abadi", (TEXTS[0], changed, TEXTS[2]), "c" * 64, "other/2")
    document, copy = here(library)
    place_next(library, "abadi", document, 1, 10)
    return made, document, copy, changed


def test_a_lost_one_is_attached_by_hand_and_that_is_taken_back(library: Database) -> None:
    made, document, copy, changed = lost_one(library)
    (root,) = lost_on(library, copy)
    assert root.id == made.id and root.lost and on(library) == []
    at = changed.index("Now all of it")
    undo = attach(library, "abadi", document, made.id, [Span(2, at, at + 34)])
    assert on(library) == [made.id] and lost_on(library, copy) == []
    assert annotation(library, made.id) == replace(made, person=made.person)
    undo()
    assert [one.id for one in lost_on(library, copy)] == [made.id] and on(library) == []
    assert place_next(library, "abadi", document, 1, 10) == 0


def test_what_was_attached_in_one_copy_is_found_in_the_next(library: Database) -> None:
    made, document, _, changed = lost_one(library)
    at = changed.index("Now all of it")
    attach(library, "abadi", document, made.id, [Span(2, at, at + 34)])
    stored(library, "abadi", ("Cover.", TEXTS[0], "Head. " + changed, TEXTS[2]), "d" * 64, "third/1")
    document, copy = here(library)
    assert place_next(library, "abadi", document, 1, 10) == 1
    (root,) = roots_on(library, copy, 1, 9)
    page, start, end = root.spans[0]
    assert document.pages[page - 1].text[start:end] == "Now all of it is bounded in one go"


def test_a_box_is_where_it_was_drawn_and_elsewhere_where_its_caption_is(library: Database) -> None:
    box = (100.0, 100.0, 300.0, 200.0)
    made = annotate_region(
        library, "abadi", 2, box, body="steep", caption="moments accountant keeps track", author="mei"
    )
    bare = annotate_region(library, "abadi", 3, box, body="what?", author="mei")
    assert set(on(library)) == {made.id, bare.id}
    assert all(root.spans is None for root in roots_on(library, here(library)[1], 1, 9))
    stored(library, "abadi", OTHER, "b" * 64, "other/2")
    document, copy = here(library)
    place_next(library, "abadi", document, 1, 10)
    (root,) = roots_on(library, copy, 1, 9)
    assert root.id == made.id and root.spans[0][0] == 3
    # Without a word about it nobody can tell where it is; it is not forgotten.
    assert [one.id for one in lost_on(library, copy)] == [bare.id]
    assert root_on(library, copy, bare.id).lost


def test_what_others_sent_with_false_offsets_is_not_believed(library: Database) -> None:
    made = annotate_quote(library, "abadi", "moments accountant", 2, author="mei")
    store_annotation(library, replace(made, id="liar", root="liar", person="p", start=0, end=3))
    from cs229tui.annotations.placing import place_again
    from cs229tui.tui.reading.places import Places
    from cs229tui.tui.reading.written import Written

    document, _ = here(library)
    written = Written(library, "abadi", document, Places(document.flow))
    assert [one.id for one in written.on(1, 3) if one.position] == [made.id]
    assert written.astray == {"liar"}
    place_again(library, "abadi", document, said_in(library, ["liar"]))
    written.forget()
    assert {one.id for one in written.on(1, 3) if one.position} == {made.id, "liar"}
