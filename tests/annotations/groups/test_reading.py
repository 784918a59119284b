"""Files as they should not be: torn, shrunk, replaced, endless, not files at all; and lines that want to do harm."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from classroom import GROUP, Student, answer, id_of, person, place_file, said, vote, written
from cs229tui.annotations.groups import sync as syncing
from cs229tui.annotations.groups.folder import groups_in, room
from cs229tui.annotations.groups.lines import BadLineError, ForeignLineError, horizon, read_line
from cs229tui.annotations.w3c import AnchorFacts, Body, Selector, Target, WebAnnotation
from cs229tui.clean import clean
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation, annotation
from cs229tui.library.catalog import Catalog
from cs229tui.library.groups import file_states, lines_put_aside
from cs229tui.library.much import are_indexes_aside, index_some
from cs229tui.library.people import new_id
from cs229tui.library.search import search
from hostile_text import HOSTILE, RAW

ANN, BEN = person(0), person(1)


def many(count: int, author: str = ANN) -> list[WebAnnotation]:
    return [said(id_of(author, number), author, f"word{number}", number + 1) for number in range(count)]


def test_a_torn_last_line_is_read_once_it_is_whole(mei: Student, shared: Path) -> None:
    whole = written(*many(2))
    path = place_file(shared, ANN, 0, whole[:-40])
    assert mei.sync().bad == 0 and mei.bodies() == ["word0"]
    with path.open("ab") as file:
        file.write(whole[-40:])
    outcome = mei.sync()
    assert (outcome.new, outcome.bad, mei.bodies()) == (1, 0, ["word0", "word1"])


def test_only_what_is_new_is_read(mei: Student, shared: Path) -> None:
    path = place_file(shared, ANN, 0, written(*many(50)))
    read: list[int] = []
    mei.sync(progress=read.append)
    with path.open("ab") as file:
        file.write(written(said(id_of(ANN, 50), ANN, "last", 60)))
    mei.sync(progress=read.append)
    mei.sync(progress=read.append)
    assert read == [50, 1]


@pytest.mark.parametrize("how", ["shrunk", "replaced", "same size, same name", "moved"])
def test_a_file_that_is_another_now_is_read_anew(mei: Student, shared: Path, how: str) -> None:
    path = place_file(shared, ANN, 0, written(*many(3)))
    mei.sync()
    other = written(*(said(id_of(ANN, 7 + number), ANN, f"else{number}", 9 + number) for number in range(3)))
    if how == "shrunk":
        path.write_bytes(other[: other.index(b"\n") + 1])
    elif how == "moved":
        fresh = path.with_name("fresh")
        fresh.write_bytes(path.read_bytes())
        fresh.rename(path)
    else:
        path.write_bytes(other if how == "replaced" else written(said(id_of(ANN, 0), ANN, "word9", 99), *many(3)[1:]))
    outcome = mei.sync()
    assert outcome.bad == 0
    assert outcome.new == {"shrunk": 1, "replaced": 3, "moved": 0}.get(how, 0)
    if how == "same size, same name":
        # The first line changed, the last one did not: nobody who only appends does that.
        assert mei.bodies() == ["word0", "word1", "word2"]


def test_a_line_of_fifty_megabytes_is_skipped_without_holding_it(mei: Student, shared: Path) -> None:
    place_file(shared, ANN, 0, written(*many(1)) + b"x" * 30_000_000 + b"\n" + written(*many(2)[1:]))
    before = resident()
    outcome = mei.sync()
    assert (outcome.new, outcome.bad) == (2, 1) and "longer than a megabyte" in " ".join(outcome.warnings)
    assert resident() - before < 25


def resident() -> float:
    """The greatest memory this process had, in MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_file_that_is_too_large_is_read_to_its_limit(
    mei: Student, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("lines", "reading"):
        monkeypatch.setattr(f"cs229tui.annotations.groups.{module}.MOST_LINES", 10)
    place_file(shared, ANN, 0, written(*many(25)))
    outcome = mei.sync()
    assert outcome.new == 10 and "too large" in " ".join(outcome.warnings)
    assert mei.sync().new == 0


def test_things_in_the_place_of_files_are_refused(mei: Student, shared: Path, tmp_path: Path) -> None:
    here = room(shared, GROUP)
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(written(said(id_of(BEN, 0), BEN, "through a link")))
    good = place_file(shared, ANN, 0, written(*many(1)))
    (here / BEN).mkdir()
    (here / BEN / good.name).symlink_to(secret)
    (here / BEN / f"{person(5)}.jsonl").mkdir()
    os.mkfifo(here / BEN / f"{person(6)}.jsonl")
    (here / person(7)).symlink_to(here / ANN)
    (here / person(8)).write_text("a file where a folder should be")
    (here / "..jsonl").write_text("x")
    (here / "not-a-person").mkdir()
    outcome = mei.sync()
    assert mei.bodies() == ["word0"]
    said_of = " ".join(outcome.warnings)
    assert all(name in said_of for name in (good.name, person(5), person(6), person(7), person(8)))


def test_a_group_that_is_a_link_is_refused(mei: Student, shared: Path) -> None:
    here = room(shared, GROUP)
    here.rename(here.with_name("elsewhere"))
    here.symlink_to(here.with_name("elsewhere"))
    with pytest.raises(Exception, match="is a link"):
        mei.sync()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told_of(mei: Student, shared: Path) -> None:
    place_file(shared, ANN, 0, written(*many(1))).chmod(0)
    place_file(shared, BEN, 1, written(*many(1, BEN)))
    outcome = mei.sync()
    assert outcome.new == 1 and "cannot be read" in " ".join(outcome.warnings)


def test_a_file_that_fails_while_it_is_read_is_told_of_and_left(
    mei: Student, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place_file(shared, ANN, 0, written(*many(1)))
    place_file(shared, BEN, 1, written(*many(1, BEN)))
    from cs229tui.annotations.groups import reading

    whole = reading.open_plain
    monkeypatch.setattr(
        reading,
        "open_plain",
        lambda at: (_ for _ in ()).throw(OSError(5, "Input/output error")) if at == path else whole(at),
    )
    outcome = mei.sync()
    assert outcome.new == 1 and "Input/output error" in " ".join(outcome.warnings)
    monkeypatch.undo()
    assert mei.sync().new == 1


def test_a_group_file_that_says_nonsense_is_no_group(shared: Path) -> None:
    facts = room(shared, GROUP) / "group.json"
    for content in (b"", b"[" * 100_000, b'{"id": "other", "name": "x"}', b"\xff", b"x" * 200_000, b'{"id": 7}'):
        facts.write_bytes(content)
        assert groups_in(shared) == []
    facts.write_text(json.dumps({"id": GROUP, "name": "\x1b[2J\u202eName", "creator": "../..", "course": "c\x00"}))
    (found,) = groups_in(shared)
    assert (found.name, found.creator, found.course) == ("Name", "", "c")


def bad_ones() -> dict[str, WebAnnotation | dict[str, Any]]:
    good = said(id_of(ANN, 0), ANN, "x")
    plain = msgspec.to_builtins(good)
    return {
        "no id": replace(good, id="x"),
        "an id with a way out": replace(good, id="urn:uuid:../../../../../etc/passwd/aaaaaaaaaaaaa"),
        "another group's": replace(good, audience=f"urn:uuid:{person(7)}"),
        "no group": replace(good, audience=""),
        "no clock": replace(good, clock=0),
        "a clock before all": replace(good, clock=-5),
        "a clock beyond all": plain | {"cs229:clock": 10**30},
        "no time": replace(good, created="yesterday"),
        "a time with a tail": replace(good, modified="2023-02-01T10:00:00Z\n"),
        "private": replace(good, private=True),
        "a lecture that cannot be": replace(good, lecture=10**12),
        "a second that cannot be": replace(good, second=-1.0),
        "a box of nothing": replace(good, region=(1e300, 0.0, 0.0, 0.0)),
        "no kind": replace(good, motivation="bookmarking"),
        "an answer to a passage": replace(good, motivation="replying"),
        "an answer to no id": replace(answer(id_of(ANN, 1), ANN, "x", "y"), target="urn:uuid:y"),
        "numbers for words": plain | {"body": [{"type": "T", "value": 7, "purpose": "commenting"}]},
        "lists for words": plain | {"created": []},
        "a reaction's id": replace(good, id=vote(id_of(ANN, 1), ANN).id),
        "a vote of no kind": replace(vote(id_of(BEN, 1), ANN), body=()),
    }


@pytest.mark.parametrize("name", bad_ones())
def test_a_bad_line_is_counted_and_does_no_harm(mei: Student, shared: Path, name: str) -> None:
    line = bad_ones()[name]
    raw = json.dumps(line).encode() if isinstance(line, dict) else msgspec.json.encode(line)
    place_file(shared, ANN, 0, written(raw, said(id_of(ANN, 9), ANN, "good", 5)))
    outcome = mei.sync()
    assert (outcome.bad, outcome.new, mei.bodies()) == (1, 1, ["good"])
    assert file_states(mei.database, GROUP).popitem()[1].bad == 1


def test_lines_about_what_others_wrote_are_put_aside_with_the_reason(mei: Student, shared: Path) -> None:
    place_file(shared, ANN, 0, written(*many(1)))
    theirs = id_of(ANN, 0)
    place_file(
        shared,
        BEN,
        1,
        written(
            said(theirs, BEN, "taken over", 99),
            said(theirs, ANN, "in her name", 99),
            replace(vote(theirs, BEN), id=vote(theirs, ANN).id),
        ),
    )
    outcome = mei.sync()
    assert outcome.aside == 3 and mei.bodies() == ["word0"]
    reasons = {one.reason for one in lines_put_aside(mei.database, GROUP)}
    assert reasons == {
        "Its id says that another person wrote it.",
        "It stands in another person's folder.",
        "Its id is not that of what it says.",
    }


def test_an_id_that_does_not_tell_is_its_first_claimants(mei: Student, shared: Path) -> None:
    old = "11111111-1111-4111-8111-111111111111"
    place_file(shared, BEN, 0, written(said(old, BEN, "first", 1)))
    mei.sync()
    place_file(shared, ANN, 1, written(said(old, ANN, "second", 99)))
    assert mei.sync().aside == 1 and mei.bodies() == ["first"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_clean_in_every_field(mei: Student, shared: Path, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    line = replace(
        said(id_of(ANN, 0), ANN, "x", quote="q", page=1),
        body=(Body("TextualBody", text, "commenting"), Body("TextualBody", text, "tagging")),
        creator=replace(said(id_of(ANN, 0), ANN, "x").creator, nickname=text),
        reading=text,
        colour=text,
        via=text,
        target=Target(text, (Selector("TextQuoteSelector", exact=text, prefix=text, suffix=text),)),
        anchor=AnchorFacts(text, text, 1, 2, 3, (), text),
    )
    place_file(shared, ANN, 0, written(line))
    outcome = mei.sync()
    assert outcome.new == 1
    one = annotation(mei.database, id_of(ANN, 0))
    stored = " ".join((one.body, one.author, one.reading, one.quote, one.prefix, one.suffix, one.via, *one.tags))
    stored += one.extractor + (one.document or "") + str(mei.database.execute("SELECT name FROM person").fetchall())
    assert not RAW & set(stored)
    assert len(one.author) <= 80 and len(one.reading) <= 200 and one.document is None


@given(st.binary(max_size=300), st.sampled_from((b"", b'{"id":"urn:uuid:')))
def test_no_bytes_do_more_than_be_refused(raw: bytes, before: bytes) -> None:
    with pytest.raises((BadLineError, ForeignLineError)):
        read_line(before + raw, GROUP, ANN, BEN, 0, horizon())


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
)
FIELDS = sorted(
    msgspec.to_builtins(said(id_of(ANN, 0), ANN, "x", quote="q", page=1, start=1, end=2, document="a" * 64))
)


@given(st.sampled_from([*FIELDS, "cs229:region", "cs229:second", "cs229:lecture", "cs229:deleted"]), json_values)
def test_whatever_one_field_holds_a_line_is_read_or_refused(field: str, value: Any) -> None:
    plain = msgspec.to_builtins(said(id_of(ANN, 0), ANN, "x", quote="q", page=1, start=1, end=2, document="a" * 64))
    raw = json.dumps(plain | {field: value}).encode()
    try:
        line = read_line(raw, GROUP, ANN, BEN, 0, horizon())
    except (BadLineError, ForeignLineError):
        return
    assert line.id == id_of(ANN, 0) and line.person == ANN and line.clock > 0


@given(st.binary(max_size=8))
def test_bytes_within_words_are_clean_or_refused(raw: bytes) -> None:
    line = msgspec.json.encode(said(id_of(ANN, 0), ANN, "@@", author="@@", quote="@@", page=1)).replace(b"@@", raw)
    try:
        made = read_line(line, GROUP, ANN, BEN, 0, horizon()).said
    except (BadLineError, ForeignLineError):
        return
    assert isinstance(made, Annotation)
    for text in (made.body, made.author, made.quote):
        assert clean(text) == text


def test_deep_nesting_is_refused() -> None:
    for raw in (b"[" * 100_000, b'{"id":' * 100_000, b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"):
        with pytest.raises(BadLineError):
            read_line(raw, GROUP, ANN, BEN, 0, horizon())


def test_readings_are_matched_by_work_and_by_file(mei: Student, shared: Path) -> None:
    catalog: Catalog = {
        "r1": Reading(id="r1", title="R", lectures=(1,)),
        "dp": Reading(id="dp", title="DP", lectures=(4,), arxiv="1607.00133", url="https://example.org/dp/"),
        "doi": Reading(id="doi", title="D", lectures=(4,), doi="10.1000/xyz"),
    }
    sources = {
        "https://arxiv.org/abs/1607.00133v2": "dp",
        "http://www.example.org/dp": "dp",
        "https://doi.org/10.1000/XYZ": "doi",
        "https://nowhere.org/": "theirs",
    }
    lines = [
        replace(said(id_of(ANN, number), ANN, source, number + 1, reading="theirs"), target=Target(source))
        for number, source in enumerate(sources)
    ]
    reply = answer(id_of(ANN, 20), ANN, "reply", id_of(ANN, 0), clock=30)
    place_file(shared, ANN, 0, written(replace(reply, reading="theirs"), *lines))
    syncing.sync(mei.database, mei.folders, mei.group, catalog)
    rows = dict(mei.database.execute("SELECT body, reading FROM annotation").fetchall())
    assert rows == sources | {"reply": "dp"}


def test_much_at_once_is_found_by_search_in_the_end(mei: Student, shared: Path) -> None:
    count = 6_000
    place_file(
        shared,
        ANN,
        0,
        written(
            *many(count), *(answer(id_of(ANN, count + n), ANN, "r", id_of(ANN, n), clock=n + 1) for n in range(50))
        ),
    )
    mei.sync(index=False)
    assert not are_indexes_aside(mei.database)
    assert mei.database.execute("SELECT count(*), sum(replies) FROM thread").fetchone() == (count, 50)
    # Until then what is changed or deleted must not confuse the index.
    mei.database.execute("UPDATE annotation SET body = 'changed word' WHERE body = 'word7'")
    mei.database.execute("UPDATE annotation SET deleted = 'x' WHERE body = 'word8'")
    mei.database.execute("DELETE FROM annotation WHERE body = 'word9'")
    while index_some(mei.database, 1000):
        pass
    mei.database.execute("UPDATE annotation SET body = 'later word' WHERE body = 'word10'")
    found = {
        word: len(search(mei.database, {}, f"{word} ")) for word in ("word7", "word8", "word9", "word10", "word11")
    }
    assert found == {"word7": 0, "word8": 0, "word9": 0, "word10": 0, "word11": 1}
    assert len(search(mei.database, {}, "changed")) == len(search(mei.database, {}, "later")) == 1
    mei.database.execute("INSERT INTO annotation_text (annotation_text, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("writes", [3, 12, 14, 30])
def test_killed_at_any_moment_it_goes_on_and_nothing_is_lost(
    mei: Student, shared: Path, tmp_path: Path, writes: int
) -> None:
    """The process dies by SIGKILL when it commits for the nth time."""
    place_file(shared, ANN, 0, written(*many(6_500), *(vote(id_of(ANN, n), ANN) for n in range(100))))
    replies = [answer(id_of(BEN, n), BEN, f"reply{n}", id_of(ANN, n), clock=n + 1) for n in range(3_000)]
    place_file(shared, BEN, 1, written(*replies))
    script = f"""
import os, signal, sys
from pathlib import Path
from cs229tui.folders import Folders
from cs229tui.library.database import open_library
from cs229tui.library.groups import joined_groups
from cs229tui.annotations.groups.sync import sync
home, left = Path({str(tmp_path / "mei")!r}), [{writes}]
folders = Folders(home / "data", home / "config", home / "cache")
database = open_library(folders.database)
class Dying:
    def __init__(self, inner): self.__dict__["inner"] = inner
    def __getattr__(self, name): return getattr(self.inner, name)
    def execute(self, sql, *values):
        if sql == "COMMIT":
            left[0] -= 1
            if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.execute(sql, *values)
    def __setattr__(self, name, value): setattr(self.inner, name, value)
database.tables
database.conn = Dying(database.conn)
sync(database, folders, joined_groups(database)[0], {{}})
"""
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert made.returncode == -signal.SIGKILL, made.stderr.decode()
    mei.sync()
    fresh = Student(tmp_path / "fresh", shared, mei.person)
    fresh.sync()
    assert mei.state() == fresh.state()
    assert not are_indexes_aside(mei.database)
    names = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
    assert mei.database.execute(names).fetchall() == fresh.database.execute(names).fetchall()
    assert len(search(mei.database, {}, "reply2999")) == 1
    mei.database.execute("INSERT INTO annotation_text (annotation_text, rank) VALUES ('integrity-check', 1)")


def test_nothing_new_costs_little(mei: Student, shared: Path) -> None:
    for number in range(50):
        author = person(100 + number)
        place_file(shared, author, number, written(said(new_id(author), author, "x", number + 1)))
    mei.sync()
    opened: list[object] = []
    mei.sync(progress=opened.append)
    before = mei.database.conn.total_changes
    mei.group = replace(mei.group, synced="2999-01-01T00:00:00.000Z")
    outcome = mei.sync()
    assert opened == [] and outcome == syncing.SyncOutcome() and mei.database.conn.total_changes == before
