"""Signatures: the first key of a person is theirs; what is forged, stripped or replayed is put aside and shown."""

import stat
from pathlib import Path

import msgspec
import pytest

from classroom import GROUP, Student
from cs229tui.annotations import make
from cs229tui.annotations.groups import rounds
from cs229tui.annotations.groups.believing import ANOTHER, NONE, WRONG
from cs229tui.annotations.groups.folder import GroupFacts, room, write_facts
from cs229tui.annotations.groups.identity import read_identity, take_identity, write_identity
from cs229tui.annotations.groups.roster import roster
from cs229tui.annotations.groups.rounds import go_round, signing_key
from cs229tui.annotations.groups.signing import KeyFileError, SigningKey
from cs229tui.annotations.groups.trust import accept, fingerprint, offer, tidy
from cs229tui.annotations.w3c import WebAnnotation
from cs229tui.errors import UsageError
from cs229tui.library.groups import lines_put_aside
from cs229tui.library.people import me
from cs229tui.library.trust import trusted_keys

OTHER_DEVICE = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"


def rounded(student: Student) -> rounds.Round:
    return go_round(student.database, student.folders, student.group, {})


def says(student: Student, body: str) -> None:
    make.annotate_reading(student.database, "r1", "comment", body, author="mei")
    rounded(student)


def reasons(student: Student) -> list[str]:
    return [one.reason for one in lines_put_aside(student.database, GROUP)]


def test_a_line_is_signed_and_its_author_verified(mei: Student, sam: Student) -> None:
    says(mei, "One.")
    line = msgspec.json.decode(mei.files[0].read_bytes(), type=WebAnnotation)
    assert line.key == signing_key(mei.folders).public and line.signature
    assert rounded(sam).outcome.new == 1
    assert trusted_keys(sam.database)[mei.person] == line.key
    assert {one.name: one.standing for one in roster(sam.database, sam.group, "sam")} == {
        "mei": "verified",
        "sam": "claimed",
    }


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda raw: raw.replace(b"Two.", b"Too."), WRONG),
        (lambda raw: raw[: raw.index(b',"cs229:key"')] + b"}", NONE),
        (lambda raw: raw[: raw.index(b',"cs229:signature"')] + b"}", WRONG),
        (lambda raw: raw.replace(b'"cs229:key":"', b'"cs229:key":"x'), WRONG),
        (lambda raw: raw[:-1] + b',"cs229:resolved":true}', WRONG),
        (lambda raw: raw.replace(b'"cs229:clock":', b'"cs229:clock":9'), WRONG),
    ],
    ids=["changed", "stripped", "half stripped", "key", "added to", "clock"],
)
def test_what_is_forged_is_put_aside(mei: Student, sam: Student, forge, reason: str) -> None:
    says(mei, "One.")
    rounded(sam)
    says(mei, "Two.")
    first, second = mei.files[0].read_bytes().splitlines()
    mei.files[0].write_bytes(first + b"\n" + forge(second) + b"\n")
    outcome = rounded(sam).outcome
    assert (outcome.new, outcome.aside, reasons(sam)) == (0, 1, [reason])
    assert sam.bodies() == ["One."]


def test_what_was_signed_for_this_person_cannot_be_said_again_elsewhere(
    mei: Student, sam: Student, tmp_path: Path
) -> None:
    says(mei, "One.")
    rounded(sam)
    raw = mei.files[0].read_bytes()
    # In another file of the same person it says the same; elsewhere it is not believed.
    (mei.files[0].parent / f"{OTHER_DEVICE}.jsonl").write_bytes(raw)
    assert rounded(sam).outcome.new == 0 and sam.bodies() == ["One."]
    folder = room(Path(sam.group.folder), GROUP) / OTHER_DEVICE
    folder.mkdir()
    (folder / f"{OTHER_DEVICE}.jsonl").write_bytes(raw)
    assert rounded(sam).outcome.aside == 1
    other = "22222222-2222-4222-8222-222222222222"
    write_facts(tmp_path / "shared", GroupFacts(other, "Other"))
    from cs229tui.annotations.groups.membership import join_group

    there = room(Path(sam.group.folder), other) / mei.person
    there.mkdir(parents=True)
    (there / f"{OTHER_DEVICE}.jsonl").write_bytes(raw)
    group = join_group(sam.database, tmp_path / "shared", other)
    outcome = go_round(sam.database, sam.folders, group, {}).outcome
    assert (outcome.new, outcome.bad) == (0, 1)


def test_another_key_is_put_aside_until_it_is_trusted(mei: Student, sam: Student) -> None:
    says(mei, "One.")
    rounded(sam)
    old = signing_key(mei.folders).public
    signing_key(mei.folders).path.unlink()
    mei.database.execute("UPDATE person SET key = '' WHERE mine = 1")
    says(mei, "Two.")
    assert rounded(sam).outcome.aside == 1 and reasons(sam) == [ANOTHER]
    offered = offer(sam.database, mei.person)
    assert (offered.known, offered.key, offered.lines) == (old, signing_key(mei.folders).public, 1)
    assert fingerprint(offered.key) != fingerprint(old)
    accept(sam.database, offered)
    assert rounded(sam).outcome.new == 1
    tidy(sam.database, offered)
    assert reasons(sam) == [] and sam.bodies() == ["One.", "Two."]
    with pytest.raises(UsageError):
        offer(sam.database, mei.person)


def test_what_came_before_the_first_signature_counts(
    mei: Student, sam: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "can_sign", lambda: False)
    says(mei, "One.")
    monkeypatch.undo()
    says(mei, "Two.")
    assert rounded(sam).outcome.new == 2 and not reasons(sam)


def test_without_the_library_lines_are_claims(mei: Student, sam: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    says(mei, "One.")
    monkeypatch.setattr(rounds, "can_sign", lambda: False)
    assert rounded(sam).outcome.new == 1
    assert [one.standing for one in roster(sam.database, sam.group, "sam")] == ["claimed", "claimed"]


def test_the_key_is_in_a_file_of_hers_alone_and_nowhere_else(mei: Student, tmp_path: Path) -> None:
    says(mei, "One.")
    path = signing_key(mei.folders).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_bytes().strip()
    everything = [one for one in (*(tmp_path / "mei").rglob("*"), *(tmp_path / "shared").rglob("*")) if one.is_file()]
    assert [one for one in everything if secret in one.read_bytes()] == [path]


def test_a_damaged_key_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("nonsense\n")
    with pytest.raises(KeyFileError):
        _ = SigningKey(tmp_path / "key").public


def test_she_is_the_same_person_on_a_second_device(mei: Student, sam: Student, shared: Path, tmp_path: Path) -> None:
    says(mei, "One.")
    file = tmp_path / "me.json"
    write_identity(mei.database, mei.folders, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(KeyFileError):
        write_identity(mei.database, mei.folders, file)
    second = Student(tmp_path / "second", shared)
    take_identity(second.database, second.folders, read_identity(file))
    assert me(second.database) == mei.person
    says(second, "Two.")
    rounded(sam)
    rounded(mei)
    for student in (sam, mei, second):
        assert student.bodies() == ["One.", "Two."] and not reasons(student)
    with pytest.raises(UsageError, match="already"):
        take_identity(second.database, second.folders, read_identity(file))


def test_who_has_written_here_stays_who_they_are(mei: Student, sam: Student, tmp_path: Path) -> None:
    make.annotate_reading(sam.database, "r1", "comment", "Mine.", author="sam")
    write_identity(mei.database, mei.folders, tmp_path / "me.json")
    with pytest.raises(UsageError, match="already"):
        take_identity(sam.database, sam.folders, read_identity(tmp_path / "me.json"))
