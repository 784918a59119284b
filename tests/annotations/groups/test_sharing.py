"""What goes into a group's folder and what never does, between students on machines of their own."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from classroom import GROUP, Student, person, place_file, said, written
from cs229tui.annotations import make
from cs229tui.annotations.groups import publishing
from cs229tui.annotations.groups.believing import WRONG
from cs229tui.annotations.groups.folder import GroupError, device_of, room, shared_files
from cs229tui.annotations.groups.membership import create_group, join_group, leave_group
from cs229tui.annotations.groups.publishing import compact, preview
from cs229tui.annotations.groups.sync import members
from cs229tui.annotations.groups.trust import trust
from cs229tui.annotations.votes import vote
from cs229tui.annotations.w3c import WebAnnotation
from cs229tui.errors import DatabaseError, ReportableError, UsageError
from cs229tui.library.annotations import annotation, delete_annotation, versions
from cs229tui.library.groups import audience_now, joined_groups
from cs229tui.library.people import made_by, new_id


def lines_of(student: Student) -> list[WebAnnotation]:
    raw = b"".join(path.read_bytes() for path in student.files)
    return [msgspec.json.decode(line, type=WebAnnotation) for line in raw.splitlines()]


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_two_students_talk(mei: Student, sam: Student) -> None:
    question = make.annotate_reading(mei.database, "r1", "question", "Why clip?", ["exam"], author="mei")
    assert mei.sync().published == 1
    assert sam.sync().new == 1
    reply = make.reply(sam.database, question.id, "For the sensitivity.", author="sam")
    vote(sam.database, question.id, "me-too", author="sam")
    assert sam.sync().published == 2
    outcome = mei.sync()
    assert (outcome.new, outcome.published, outcome.warnings) == (2, 0, ())
    vote(mei.database, reply.id, "answer", author="mei")
    mei.sync()
    sam.sync()
    for student in (mei, sam):
        row = student.database.execute("SELECT replies, me_too, answers FROM thread").fetchone()
        assert row == (1, 1, 1)
    assert mei.database.execute("SELECT body FROM annotation WHERE unread = 1").fetchall() == [
        ("For the sensitivity.",)
    ]
    assert {one.name: one.mine for one in members(sam.database, GROUP)} == {"mei": False, "sam": True}
    assert annotation(sam.database, question.id).tags == ("exam",)


def test_nothing_is_written_twice(mei: Student) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "Once.", author="mei")
    assert [mei.sync().published for _ in range(3)] == [1, 0, 0]
    # As after a crash between the file and the library, or an older library put back.
    mei.database.execute("DELETE FROM published")
    mei.database.execute("DELETE FROM group_file")
    assert mei.sync().published == 0 and len(lines_of(mei)) == 1


def test_what_is_private_never_leaves(mei: Student, shared: Path) -> None:
    note = make.annotate_reading(mei.database, "r1", "note", "SECRET note", ["SECRET-tag"], author="mei")
    make.reply(mei.database, note.id, "SECRET reply", author="mei")
    shown = make.annotate_reading(mei.database, "r1", "comment", "Shown.", author="mei")
    mei.database.execute("INSERT INTO rating VALUES (?, 2, 'SECRET')", [shown.id])
    mei.database.execute(
        "INSERT INTO session (id, reading, started, ended, seconds) VALUES ('SECRET', 'r1', 'SECRET', 'x', 31415.25)"
    )
    assert [one.body for one in preview(mei.database, GROUP).annotations] == ["Shown."]
    mei.sync()
    said = bytes_in(shared)
    assert b"Shown." in said and b"SECRET" not in said and b"31415" not in said and b"points" not in said
    assert note.id.encode() not in said


def test_what_becomes_a_note_is_taken_back_with_her_answers_to_it(mei: Student, sam: Student, shared: Path) -> None:
    comment = make.annotate_reading(mei.database, "r1", "comment", "Said too soon.", author="mei")
    own = make.reply(mei.database, comment.id, "And more.", author="mei")
    mei.sync()
    sam.sync()
    make.reply(sam.database, comment.id, "I see.", author="sam")
    sam.sync()
    mei.sync()
    make.edit(mei.database, comment.id, "SECRET now", kind="note")
    make.edit(mei.database, own.id, "SECRET too")
    assert mei.sync().published == 2
    assert sam.sync().deleted == 2
    assert sam.bodies() == ["I see."]
    # Hers is not taken from her by what she herself said to the others.
    mei.database.execute("DELETE FROM group_file")
    mei.sync()
    assert mei.bodies() == ["I see.", "SECRET now", "SECRET too"]
    assert b"SECRET" not in bytes_in(shared)
    make.edit(mei.database, comment.id, "Said again.", kind="comment")
    mei.sync()
    sam.sync()
    assert sam.bodies() == ["I see.", "Said again."]


def test_edits_and_deletions_arrive_and_can_be_undone(mei: Student, sam: Student) -> None:
    one = make.annotate_reading(mei.database, "r1", "comment", "First.", author="mei")
    mei.sync()
    sam.sync()
    make.edit(mei.database, one.id, "Second.")
    mei.sync()
    assert sam.sync().changed == 1 and sam.bodies() == ["Second."]
    assert [version.body for version in versions(sam.database, one.id)] == ["First."]
    delete_annotation(mei.database, one.id)
    mei.sync()
    assert sam.sync().deleted == 1 and sam.bodies() == []
    assert sam.database.execute("SELECT count(*) FROM thread").fetchone() == (0,)
    delete_annotation(mei.database, one.id, undo=True)
    mei.sync()
    sam.sync()
    assert sam.bodies() == ["Second."]


def test_a_vote_taken_back_is_gone_for_all(mei: Student, sam: Student) -> None:
    one = make.annotate_reading(mei.database, "r1", "question", "Why?", author="mei")
    mei.sync()
    sam.sync()
    for wanted in (1, 0, 1):
        vote(sam.database, one.id, "upvote", author="sam")
        sam.sync()
        mei.sync()
        assert mei.database.execute("SELECT upvotes FROM thread").fetchone() == (wanted,)


def test_her_other_machine_is_hers_and_the_newer_edit_stands(
    tmp_path: Path, shared: Path, mei: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = Student(tmp_path / "laptop", shared, mei.person)
    one = make.annotate_reading(mei.database, "r1", "comment", "On the desk.", author="mei")
    mei.sync()
    laptop.sync()
    assert laptop.database.execute("SELECT mine, unread FROM thread").fetchone() == (1, 0)
    monkeypatch.setenv("CS229TUI_NOW", "2099-01-01T10:00:00Z")
    make.edit(mei.database, one.id, "On the desk, older.")
    monkeypatch.setenv("CS229TUI_NOW", "2099-01-01T10:00:01Z")
    make.edit(laptop.database, one.id, "On the train, newer.")
    for machine in (mei, laptop, mei, laptop):
        machine.sync()
    assert mei.bodies() == laptop.bodies() == ["On the train, newer."]
    # What lost is kept on both.
    for machine in (mei, laptop):
        assert "On the desk, older." in [version.body for version in versions(machine.database, one.id)]
    # Nobody repeats the other's lines.
    assert len(lines_of(mei)) == 3 and len(mei.files) == 2


def test_a_home_that_was_copied_is_another_machine(mei: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    first = device_of(mei.folders)
    assert device_of(mei.folders) == first
    monkeypatch.setattr("socket.gethostname", lambda: "another-host")
    assert device_of(mei.folders) != first


def test_an_id_says_who_made_it() -> None:
    id = new_id(person(0))
    assert made_by(id, person(0)) is True and made_by(id, person(1)) is False
    assert made_by(person(0), person(0)) is None


def test_a_torn_line_is_ended_before_the_next(mei: Student, sam: Student) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "Whole.", author="mei")
    mei.sync()
    (path,) = mei.files
    path.write_bytes(path.read_bytes() + b'{"id": "urn:uu')
    sam.sync()
    assert sam.bodies() == ["Whole."]
    make.annotate_reading(mei.database, "r1", "comment", "After.", author="mei")
    mei.sync()
    outcome = sam.sync()
    assert sam.bodies() == ["After.", "Whole."] and outcome.bad == 1


def test_a_full_disk_loses_nothing(mei: Student, sam: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "One.", author="mei")
    mei.sync()
    whole = mei.files[0].read_bytes()
    for number in range(3):
        make.annotate_reading(mei.database, "r1", "comment", f"More {number}.", author="mei")
    write, left = os.write, [len(whole) // 2 + len(whole)]

    def fills_up(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        some = data[: left[0]]
        left[0] -= len(some)
        return write(descriptor, some)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fills_up)
        with pytest.raises(GroupError, match="is full"):
            mei.sync()
    assert mei.files[0].read_bytes().endswith(b"}\n")
    mei.sync()
    sam.sync()
    assert sam.bodies() == ["More 0.", "More 1.", "More 2.", "One."] and len(lines_of(mei)) == 4


def test_a_stick_that_was_pulled_out_is_told_of_and_not_made_anew(mei: Student, shared: Path) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "Waits.", author="mei")
    away = shared.rename(shared.with_name("away"))
    for there in (False, True):
        if there:
            shared.mkdir()
        with pytest.raises(GroupError, match="is not there"):
            mei.sync()
        assert not (shared / "cs229-share").exists()
    shared.rmdir()
    away.rename(shared)
    assert mei.sync().published == 1


def test_a_folder_that_may_not_be_written_is_told_of(mei: Student, shared: Path) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "Waits.", author="mei")
    (room(shared, GROUP) / mei.person).write_text("a file where the folder should be")
    with pytest.raises(ReportableError, match="cannot be written"):
        mei.sync()


def test_only_one_copy_of_the_program_appends_at_a_time(mei: Student, shared: Path) -> None:
    for number in range(5):
        make.annotate_reading(mei.database, "r1", "comment", f"C{number}", author="mei")
    script = (
        "import sys; sys.path.insert(0, 'tests'); from pathlib import Path; from classroom import Student;"
        f"s = Student.__new__(Student); import cs229tui.library.database as d, cs229tui.library.groups as g;"
        f"from cs229tui.folders import Folders; h = Path({str(mei.folders.data.parent)!r});"
        "s.folders = Folders(h / 'data', h / 'config', h / 'cache'); s.database = d.open_library(s.folders.database);"
        "s.group = g.joined_groups(s.database)[0]; s.sync()"
    )
    copies = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [copy.wait(60) for copy in copies] == [0, 0, 0]
    assert sorted(web.body[0].value for web in lines_of(mei)) == ["C0", "C1", "C2", "C3", "C4"]


def test_compaction_keeps_what_stands_byte_for_byte(mei: Student, sam: Student, shared: Path) -> None:
    kept = make.annotate_reading(mei.database, "r1", "comment", "v0", author="mei")
    other = make.annotate_reading(mei.database, "r1", "comment", "gone", author="mei")
    for number in range(1, 5):
        make.edit(mei.database, kept.id, f"v{number}")
        mei.sync()
    delete_annotation(mei.database, other.id)
    mei.sync()
    sam.sync()
    (before,) = mei.files
    lines = before.read_bytes().splitlines()
    files, _ = shared_files(shared, GROUP)
    assert compact(mei.database, mei.group, device_of(mei.folders), files, always=True) == len(lines) - 2
    (after,) = mei.files
    assert after.name == before.name.replace(".jsonl", ".2.jsonl") and set(after.read_bytes().splitlines()) <= set(
        lines
    )
    state = sam.state()
    assert sam.sync().new == 0 and sam.state() == state
    make.edit(mei.database, kept.id, "v9")
    mei.sync()
    sam.sync()
    assert sam.bodies() == ["v9"] and len(mei.files) == 1
    assert mei.sync().published == 0


@pytest.mark.parametrize("limit", ["MOST_LINES", "LARGEST_FILE"])
def test_what_is_more_than_others_read_of_a_file_goes_to_the_next(
    mei: Student, sam: Student, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    for module in ("publishing", "reading"):
        monkeypatch.setattr(f"cs229tui.annotations.groups.{module}.{limit}", {"MOST_LINES": 4}.get(limit, 2_500))
    first = [make.annotate_reading(mei.database, "r1", "comment", f"said {n}", author="mei") for n in range(10)]
    assert mei.sync().published == 10
    assert len(mei.files) > 2
    assert sam.sync().warnings == () and len(sam.bodies()) == 10
    # What stands in a file that is full is still hers to change.
    make.edit(mei.database, first[0].id, "said otherwise")
    assert mei.sync().published == 1 and mei.sync().published == 0
    assert sam.sync().changed == 1 and "said otherwise" in sam.bodies()


def test_where_the_library_cannot_grow_it_says_so_and_goes_on_later(mei: Student, sam: Student) -> None:
    for number in range(30):
        make.annotate_reading(mei.database, "r1", "comment", f"{number} " + "word " * 1_000, author="mei")
    mei.sync()
    pages = sam.database.execute("PRAGMA page_count").fetchone()[0]
    sam.database.execute(f"PRAGMA max_page_count={pages + 5}")
    with pytest.raises(DatabaseError, match="the disk is full"):
        sam.sync()
    assert sam.bodies() == []
    sam.database.execute("PRAGMA max_page_count=1000000")
    assert sam.sync().new == 30


def test_signing_and_checking_have_their_place(mei: Student, sam: Student) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "Signed.", author="mei")
    mei.sync(sign=lambda web: msgspec.structs.replace(web, key="k", signature="s"))
    assert lines_of(mei)[0].signature == "s"
    outcome = sam.sync(trust=trust(sam.database))
    assert outcome.aside == 1 and sam.bodies() == []
    row = sam.database.execute("SELECT reason, person FROM put_aside").fetchone()
    assert row == (WRONG, mei.person)


def test_the_first_look_shows_what_goes(mei: Student) -> None:
    make.annotate_reading(mei.database, "r1", "comment", "A", author="mei")
    going = preview(mei.database, GROUP)
    assert (going.count, [one.body for one in going.annotations]) == (1, ["A"])
    mei.sync()
    assert preview(mei.database, GROUP) == publishing.Outgoing()


def test_making_joining_and_leaving(tmp_path: Path, mei: Student) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    made = create_group(mei.database, folder, "Second\x1b[2J", course="CS 229br", nickname="mei")
    assert made.name == "Second" and audience_now(mei.database) == made.id
    with pytest.raises(GroupError, match="no group"):
        join_group(mei.database, tmp_path)
    with pytest.raises(GroupError, match="is not there"):
        join_group(mei.database, tmp_path / "nowhere")
    with pytest.raises(UsageError, match="needs a name"):
        create_group(mei.database, folder, " \x1b ")
    create_group(mei.database, folder, "Third")
    with pytest.raises(UsageError, match="holds 2 groups"):
        join_group(mei.database, folder)
    again = join_group(mei.database, folder, "second")
    assert again.id == made.id
    leave_group(mei.database, made.id)
    assert made.id not in {one.id for one in joined_groups(mei.database)} and audience_now(mei.database)


def test_what_others_wrote_stays_after_leaving(mei: Student, shared: Path) -> None:
    place_file(shared, person(0), 0, written(said(new_id(person(0)), person(0), "Stays.")))
    mei.sync()
    leave_group(mei.database, GROUP)
    assert mei.bodies() == ["Stays."]
    mei.group = join_group(mei.database, shared)
    assert mei.sync().new == 0
