"""Any two orders of merging the same lines give the same discussion, and nobody's line changes another's words."""

import itertools
import os
import random
import tempfile
from pathlib import Path
from unittest import mock

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom import CLOCK, Student, answer, gone, id_of, person, place_file, said, shared_folder, vote, written
from cs229tui.annotations.w3c import WebAnnotation
from cs229tui.library.hybrid_clock import AHEAD

NOW = {"CS229TUI_NOW": "2023-02-02T10:00:00Z"}
# Three people write five things each; the first has two machines.
PEOPLE, THINGS = 3, 5
FILES = ((0, 0), (0, 1), (1, 2), (2, 3))
BAD = (b"", b"{", b"\xff\xfe", b"null", b'{"id": 1}', b"[" * 5000, b'{"a":' * 5000, b"\x00" * 50, b'"urn:uuid:x"')


@st.composite
def line(draw: st.DrawFn, author: int) -> WebAnnotation | bytes:
    """A line in a file of an author: hers, about another's thing, or nonsense."""
    owner = draw(st.sampled_from((author, author, author, author, (author + 1) % PEOPLE)))
    what = draw(st.sampled_from(("said", "said", "answer", "answer", "vote", "gone", "bad")))
    # Clocks that collide, and some that are days ahead.
    clock = draw(st.integers(1, 6)) + draw(st.sampled_from((0, 0, 0, 0, 0, 5 * AHEAD)))
    thing = draw(st.integers(0, THINGS - 1))
    claimed = draw(st.sampled_from((author, author, author, owner)))
    id, by = id_of(person(owner), thing), person(claimed)
    other = id_of(person(draw(st.integers(0, PEOPLE - 1))), draw(st.integers(0, THINGS - 1)))
    body = f"{draw(st.integers(0, 9))} by {claimed}"
    match what:
        case "said":
            return said(id, by, body, clock)
        case "answer":
            root = draw(st.one_of(st.just(""), st.just(id_of(person(draw(st.integers(0, 2))), 0))))
            return answer(id, by, body, other, root, clock)
        case "vote":
            return vote(other, by, draw(st.sampled_from(("upvote", "me-too", "answer"))), clock)
        case "gone":
            return gone(draw(st.sampled_from((id, vote(other, by).id[9:]))), by, clock)
    return draw(st.sampled_from(BAD))


worlds = st.tuples(*[st.lists(line(author), max_size=8) for author, _ in FILES])


def merged(world: tuple[list[WebAnnotation | bytes], ...], chance: random.Random) -> Student:
    """A student who saw the files grow in some order, by pieces that end anywhere."""
    folder = Path(tempfile.mkdtemp(dir=os.environ["CS229TUI_HOME"]))
    shared = shared_folder(folder / "shared")
    student = Student(folder / "home", shared, person(9))
    # What a file holds so far, and all of it.
    whole = {number: written(*lines) for number, lines in enumerate(world)}
    reached = dict.fromkeys(whole, 0)
    for _ in range(chance.randint(0, 6)):
        number = chance.randrange(len(whole))
        reached[number] = chance.randint(reached[number], len(whole[number]))
        place_file(shared, person(FILES[number][0]), FILES[number][1], whole[number][: reached[number]])
        if chance.random() < 0.2:
            # As after a copy that gave the files other numbers: all is read again.
            student.database.execute("DELETE FROM group_file")
        student.sync(send=False)
    for number in chance.sample(sorted(whole), len(whole)):
        place_file(shared, person(FILES[number][0]), FILES[number][1], whole[number])
        if chance.random() < 0.5:
            student.sync(send=False)
    student.sync(send=False)
    return student


@settings(max_examples=40)
@given(worlds, st.integers(0, 99), st.integers(0, 99))
def test_any_two_orders_give_the_same_discussion(
    world: tuple[list[WebAnnotation | bytes], ...], first: int, second: int
) -> None:
    Path(os.environ["CS229TUI_HOME"]).mkdir(exist_ok=True)
    with mock.patch.dict(os.environ, NOW):
        one, other = merged(world, random.Random(first)), merged(world, random.Random(second))
        assert one.state() == other.state()
        # Once more changes nothing.
        one.database.execute("DELETE FROM group_file")
        one.sync(send=False)
        assert one.state() == other.state()
        _nobody_changed_anothers_words(world, one)
        one.database.close()
        other.database.close()


def _nobody_changed_anothers_words(world: tuple[list[WebAnnotation | bytes], ...], student: Student) -> None:
    own: dict[str, set[str]] = {}
    for (author, _), lines in zip(FILES, world, strict=True):
        for web in lines:
            if isinstance(web, WebAnnotation) and web.creator.id[9:] == person(author):
                own.setdefault(web.id[9:], set()).update(part.value for part in web.body)
    for row in student.database.query("SELECT id, body, person FROM annotation WHERE deleted IS NULL"):
        author = next(n for n in range(PEOPLE) if row["person"] == person(n))
        assert row["body"] in own[row["id"]]
        assert row["id"] in {id_of(person(author), thing) for thing in range(THINGS)}
    for row in student.database.query("SELECT target, kind, person FROM reaction WHERE deleted IS NULL"):
        author = next(n for n in range(PEOPLE) if row["person"] == person(n))
        webs = [web for (one, _), lines in zip(FILES, world, strict=True) if one == author for web in lines]
        assert any(isinstance(web, WebAnnotation) and web.target == f"urn:uuid:{row['target']}" for web in webs)


def test_of_one_moment_the_greater_device_and_then_the_greater_digest_stands(tmp_path: Path) -> None:
    author, id = person(0), id_of(person(0), 0)
    for files in itertools.permutations(((0, "a"), (1, "b"), (2, "c"))):
        folder = tmp_path / "".join(body for _, body in files)
        shared = shared_folder(folder / "shared")
        student = Student(folder / "home", shared)
        for number, body in files:
            place_file(shared, author, number, written(said(id, author, body)))
            student.sync()
        assert student.bodies() == ["c"]


def test_a_clock_far_ahead_is_told_of_and_does_not_win_for_ever(tmp_path: Path) -> None:
    shared = shared_folder(tmp_path / "shared")
    author, id = person(0), id_of(person(0), 0)
    student = Student(tmp_path / "home", shared)
    far = 400 * AHEAD
    with mock.patch.dict(os.environ, NOW):
        path = place_file(shared, author, 0, written(said(id, author, "first", 1), said(id, author, "far", far)))
        outcome = student.sync()
        assert student.bodies() == ["far"] and "a day ahead" in " ".join(outcome.warnings)
        path.write_bytes(path.read_bytes() + written(said(id, author, "farther", far + 1)))
        student.sync()
        assert student.bodies() == ["farther"]
        # The clock was set right, or she wrote on her other machine.
        place_file(shared, author, 1, written(said(id, author, "right again", 60_000)))
        student.sync()
        assert student.bodies() == ["right again"]
    assert student.database.execute("SELECT latest FROM hybrid_clock").fetchone()[0] <= CLOCK + 2 * AHEAD


def test_a_moment_that_has_not_come_is_now(tmp_path: Path) -> None:
    shared = shared_folder(tmp_path / "shared")
    student = Student(tmp_path / "home", shared)
    far = msgspec.structs.replace(said(id_of(person(0), 0), person(0), "x"), modified="2999-01-01T00:00:00Z")
    place_file(shared, person(0), 0, written(far))
    with mock.patch.dict(os.environ, NOW):
        student.sync()
    assert student.database.execute("SELECT latest FROM thread").fetchone()[0] == "2023-02-02T10:00:00.000Z"


def test_nobodys_tombstone_takes_anothers_vote(tmp_path: Path) -> None:
    target, voter = id_of(person(0), 0), person(1)
    ballot = vote(target, voter)
    for first in (True, False):
        folder = tmp_path / str(first)
        shared = shared_folder(folder / "shared")
        student = Student(folder / "home", shared)
        place_file(shared, person(0), 0, written(gone(ballot.id[9:], person(0), 99), said(target, person(0), "x")))
        if first:
            student.sync()
        place_file(shared, voter, 1, written(ballot))
        student.sync()
        assert student.database.execute("SELECT upvotes FROM thread").fetchone() == (1,)


def test_a_later_tombstone_holds_against_what_an_earlier_one_does_not(tmp_path: Path) -> None:
    author, id = person(0), id_of(person(0), 0)
    lines = (said(id, author, "v1", 1), gone(id, author, 5), gone(id, author, 9), said(id, author, "v7", 7))
    for order in itertools.permutations(range(4)):
        folder = tmp_path / "".join(map(str, order))
        shared = shared_folder(folder / "shared")
        student = Student(folder / "home", shared)
        for number in order:
            place_file(shared, author, number, written(lines[number]))
            student.sync()
        assert student.bodies() == []


def test_a_chain_of_thousands_of_answers_is_one_conversation(tmp_path: Path) -> None:
    shared = shared_folder(tmp_path / "shared")
    student = Student(tmp_path / "home", shared)
    author, count = person(0), 2_000
    # Each names another conversation than the one it is in, and each comes before what it answers.
    lines = [
        answer(id_of(author, n), author, "x", id_of(author, n - 1), id_of(person(1), n), n + 1)
        for n in range(count, 0, -1)
    ]
    place_file(shared, author, 0, written(*lines))
    student.sync()
    place_file(shared, author, 1, written(said(id_of(author, 0), author, "root")))
    student.sync()
    assert student.database.execute("SELECT id, replies FROM thread").fetchall() == [(id_of(author, 0), count)]
