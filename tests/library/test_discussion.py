"""Lists of conversations: what narrows them, their order, what is unread, what waits; and that indexes do the work."""

import pytest

from cs229tui.library.annotations import delete_annotation
from cs229tui.library.database import Database, open_library
from cs229tui.library.discussion import (
    Around,
    Listing,
    Wanted,
    conversation,
    count_unread,
    counted_by,
    counted_by_person,
    counted_by_tag,
    listed_ids,
    mark_read,
    mark_unread,
    mentioned,
    new_since,
    take_apart,
    waiting,
)
from cs229tui.library.follows import follow
from talking import person, react, say

ANA = Around(name="Ana Lin")


@pytest.fixture
def talk(database: Database) -> dict[str, str]:
    """Ids by name, of seven conversations."""
    why = say(database, "Mei Chen", "why clip @Ana_Lin?", "question", hour=1, unread=True, page=3, tags=("dp", "Clip"))
    answer = say(database, "me", "sensitivity", hour=9, to=why)
    say(database, "Sam", "see Lemma 1 #proof", hour=10, to=answer, unread=True)
    react(database, why, "me-too", ["Sam", "Tom", "me"])
    noise = say(database, "me", "noise is added", hour=2, page=1)
    react(database, noise, "upvote", ["Sam", "Tom"])
    asked = say(database, "me", "what is epsilon", "question", hour=3, reading="book")
    told = say(database, "Tom", "a bound", hour=4, to=asked, unread=True)
    react(database, told, "answer", ["me"])
    topic = say(database, "Sam", "and scaling?", "question", hour=5, reading="", lecture=7, quote="scaling laws")
    secret = say(database, "me", "ask in class", "note", hour=6)
    gone = say(database, "Mei Chen", "a root that goes", hour=7)
    say(database, "Tom", "left behind", hour=8, to=gone)
    delete_annotation(database, gone.id)
    done = say(database, "Tom", "off by one?", "question", hour=0, resolved=True, page=2)
    found = {"why": why, "noise": noise, "asked": asked, "topic": topic, "secret": secret, "gone": gone, "done": done}
    return {name: one.id for name, one in found.items()}


def names(database: Database, talk: dict[str, str], around: Around = ANA, **wanted: object) -> list[str]:
    listing = Listing(database, Wanted(**wanted), around)  # type: ignore[arg-type]
    by_id = {id: name for name, id in talk.items()}
    return [by_id[one.facts.id] for one in listing.stretch(0, len(listing)) if one is not None]


def test_views(database: Database, talk: dict[str, str]) -> None:
    assert names(database, talk) == ["why", "gone", "secret", "topic", "asked", "noise", "done"]
    assert names(database, talk, views=("unread",)) == ["why", "asked"]
    assert names(database, talk, views=("unanswered",)) == ["why", "topic"]
    assert names(database, talk, views=("mine",)) == ["why", "secret", "asked", "noise"]
    assert names(database, talk, views=("mentions",)) == ["why"]
    assert names(database, talk, views=("missing",)) == ["gone"]
    assert names(database, talk, views=("unread", "mine", "unanswered")) == ["why"]
    assert names(database, talk, standing="open") == ["why", "topic"]
    assert names(database, talk, standing="answered") == ["asked"]
    assert names(database, talk, standing="resolved") == ["done"]
    assert names(database, talk, kind="note") == ["secret"]


def test_following_is_what_she_chose_else_where_she_wrote(database: Database, talk: dict[str, str]) -> None:
    follow(database, talk["done"], True)
    follow(database, talk["noise"], False)
    assert names(database, talk, views=("followed",)) == ["why", "secret", "asked", "done"]


def test_places_people_and_tags(database: Database, talk: dict[str, str]) -> None:
    assert names(database, talk, reading="book") == ["asked"]
    assert names(database, talk, lecture=7) == ["topic"]
    assert names(database, talk, Around(of_lecture=("book",)), lecture=7) == ["topic", "asked"]
    # Who took part, not only who began.
    assert names(database, talk, person=person("Sam")) == ["why", "topic"]
    assert names(database, talk, tag="clip") == ["why"]
    # A tag that is only written in what is said, and one that is only part of a word.
    assert names(database, talk, tag="proof") == ["why"]
    assert names(database, talk, tag="pro") == []
    assert names(database, talk, Around(circle=(person("Tom"),)), circle=True) == ["secret", "asked", "noise", "done"]


def test_typing(database: Database, talk: dict[str, str]) -> None:
    for typed, found in {
        "clip": ["why"],
        "noi": ["noise"],
        "lemma clip": [],
        '"is added"': ["noise"],
        "@mei": ["why"],
        "@chen": ["why"],
        "@Mei_Chen clip": ["why"],
        "@ana": ["why", "secret", "asked", "noise"],
        "@sam @tom": [],
        "#dp": ["why"],
        "#d": ["why"],
        "#d ": [],
        "bound @tom": ["asked"],
        "@x nobody": [],
        "...": [],
        "   ": ["why", "gone", "secret", "topic", "asked", "noise", "done"],
    }.items():
        assert names(database, talk, typed=typed) == found, typed
    assert names(database, talk, Around(named=("book",)), typed="book") == ["asked"]
    assert names(database, talk, Around(named=("book",)), typed="clip") == ["why", "asked"]


def test_orders(database: Database, talk: dict[str, str]) -> None:
    assert names(database, talk, order="upvoted")[0] == "noise"
    assert names(database, talk, order="asked")[0] == "why"
    placed = names(database, talk, order="place", reading="paper")
    assert [one for one in placed if one in ("noise", "done", "why")] == ["noise", "done", "why"]


@pytest.mark.parametrize(
    "typed",
    ['"', "*", "a AND", "NEAR(", "x:y", "-z", "(", "@", "#", "@@", "##", "@_", "#-", '@"', "#*", "\\", "%", "@" * 300],
)
def test_anything_may_be_typed(database: Database, talk: dict[str, str], typed: str) -> None:
    names(database, talk, typed=typed)
    names(database, talk, Around(name=typed), views=("mentions",), tag=typed, person=typed, reading=typed)


def test_mentions() -> None:
    assert mentioned("hello @Ana_Lin!", "Ana Lin") and mentioned("@ana lin, look", "Ana Lin")
    assert mentioned("@analin", "Ana Lin") and mentioned("@Zoë", "zoë") and mentioned("(@a.b)", "a_b")
    assert not mentioned("@anabel", "Ana") and not mentioned("me@ana.org", "Ana") and not mentioned("ana", "Ana")
    assert not mentioned("anything", "") and not mentioned("@", "  ")
    assert take_apart("clip @Mei_Chen #DP") == take_apart("clip @mei_chen #dp")


def test_a_row_says_how_it_begins_even_where_its_root_is_gone(database: Database, talk: dict[str, str]) -> None:
    why = conversation(database, talk["why"])
    assert why is not None and (why.author, why.facts.replies, why.facts.me_too, why.facts.unread) == (
        "Mei Chen",
        2,
        3,
        2,
    )
    gone = conversation(database, talk["gone"])
    assert gone is not None and (gone.facts.kind, gone.author, gone.body) == ("", "Tom", "left behind")
    assert conversation(database, "nobody") is None


def test_reading_marks_and_their_undo(database: Database, talk: dict[str, str]) -> None:
    assert count_unread(database) == 2 and new_since(database, "2026-03-01T09:30:00.000Z") == (1, 2)
    unread = Listing(database, Wanted(views=("unread",)), ANA)
    assert set(listed_ids(database, unread)) == {talk["why"], talk["asked"]}
    before = mark_read(database, [talk["why"]])
    assert len(before) == 2 and count_unread(database) == 1 and mark_read(database, [talk["why"]]) == []
    assert names(database, talk, views=("unread",)) == ["asked"]
    # What was just read stays where it was read.
    assert names(database, talk, Around(stay=(talk["why"],)), views=("unread",)) == ["why", "asked"]
    mark_unread(database, before)
    assert count_unread(database) == 2 and names(database, talk, views=("unread",)) == ["why", "asked"]


def test_what_waits(database: Database, talk: dict[str, str]) -> None:
    by_id = {id: name for name, id in talk.items()}
    found = [(one.why, by_id[one.conversation.facts.id]) for one in waiting(database, "Ana Lin", 5)]
    assert found == [("answer", "asked"), ("mention", "why"), ("question", "topic")]
    mark_read(database, talk.values())
    assert [one.why for one in waiting(database, "Ana Lin", 1)] == ["question"]
    own = say(database, "me", "mine?", "question", hour=11)
    assert ("own", own.id) in [(one.why, one.conversation.facts.id) for one in waiting(database, "Ana Lin", 5)]


def test_what_can_be_chosen(database: Database, talk: dict[str, str]) -> None:
    assert counted_by(database, "lecture") == {7: 1}
    assert counted_by(database, "reading")["book"] == 1
    assert counted_by_person(database)[person("Tom")] == 3
    assert dict(counted_by_tag(database)) == {"dp": 1, "Clip": 1}


def test_another_program_may_change_what_is_listed(library_file, database: Database, talk: dict[str, str]) -> None:
    listing = Listing(database, Wanted(), ANA)
    other = open_library(library_file)
    say(other, "Tom", "late", hour=20, to=None)
    mark_unread(other, mark_read(other, [talk["why"]]))
    other.close()
    found = listing.stretch(0, len(listing))
    assert len(found) == len(listing) == 7 and found[1] is not None
    assert listing.find(talk["noise"]) == 5 and listing.find("nobody") is None


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "thread_latest"),
        (Wanted(order="upvoted"), "thread_upvotes"),
        (Wanted(order="asked"), "thread_asked"),
        (Wanted(order="place"), "thread_reading"),
        (Wanted(views=("unread",)), "thread_unread"),
        (Wanted(views=("unanswered",)), "thread_open"),
        (Wanted(views=("mine",)), "thread_mine"),
        (Wanted(kind="question"), "thread_kind"),
    ],
)
def test_an_index_gives_the_order(database: Database, wanted: Wanted, index: str) -> None:
    listing = Listing(database, wanted, ANA)
    plan = " ".join(str(row[3]) for row in database.execute("EXPLAIN QUERY PLAN " + listing.sql, listing.values))
    assert index in plan and "TEMP B-TREE" not in plan


def test_it_is_told_where_only_the_newest_were_looked_at(
    database: Database, talk: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(30, 33):
        say(database, "Tom", "once more @ana_lin", "question", hour=hour, tags=("again",))
    named = (Wanted(typed="once"), Wanted(typed="#again"), Wanted(tag="again"), Wanted(views=("mentions",)))
    around = Around("Ana Lin")
    assert not any(Listing(database, wanted, around).cut for wanted in named)
    monkeypatch.setattr("cs229tui.library.discussion.MOST_MATCHES", 2)
    for wanted in named:
        listing = Listing(database, wanted, around)
        assert listing.cut and len(listing) == 2
    assert not Listing(database, Wanted(), around).cut
