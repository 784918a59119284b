"""Git as a carrier: nothing conflicts, nothing is lost, nothing of a repository is executed."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from cs229tui.annotations.groups.carriers.files import GroupFiles
from cs229tui.annotations.groups.carriers.git import address, exchange, looks_like_repository, start, waiting
from cs229tui.annotations.groups.carriers.git_process import GitError, git
from cs229tui.errors import UsageError

GROUP = "11111111-1111-4111-8111-111111111111"
ANA, BEN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
DEVICE = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"


class Student:
    """Somebody with a copy of the repository."""

    def __init__(self, folder: Path, remote: Path, person: str, device: str = DEVICE) -> None:
        self.folder, self.person = folder, person
        self.files = GroupFiles(GROUP, person, device)
        start(folder, str(remote))
        self.own = self.path(person, device)

    def path(self, person: str, device: str = DEVICE) -> Path:
        return self.folder / "cs229-share" / "v1" / GROUP / person / f"{device}.jsonl"

    def write(self, *lines: str) -> None:
        self.own.parent.mkdir(parents=True, exist_ok=True)
        with self.own.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def exchange(self):
        return exchange(self.folder, self.files, "somebody")


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "remote.git"
    folder.mkdir()
    git(folder, "init", "--quiet", "--bare")
    return folder


@pytest.fixture
def two(tmp_path: Path, remote: Path) -> tuple[Student, Student]:
    return Student(tmp_path / "ana", remote, ANA), Student(tmp_path / "ben", remote, BEN)


def test_what_one_writes_the_other_gets_and_only_its_growth_is_written(two: tuple[Student, Student]) -> None:
    ana, ben = two
    ana.write("one")
    done = ana.exchange()
    assert done.sent and not done.trouble
    assert ben.exchange().received == 1
    there = ben.path(ANA)
    assert there.read_text() == "one\n"
    inode = there.stat().st_ino
    ana.write("two", "three")
    assert waiting(ana.folder, ana.files) == 2
    ana.exchange()
    assert waiting(ana.folder, ana.files) == 0
    ben.exchange()
    assert there.read_text() == "one\ntwo\nthree\n" and there.stat().st_ino == inode
    again = ben.exchange()
    assert (again.received, again.sent, again.trouble) == (0, False, "")


def test_pushes_at_once_do_not_conflict(tmp_path: Path, remote: Path) -> None:
    people = [f"{number:08x}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for number in range(4)]
    students = [Student(tmp_path / person, remote, person) for person in people]
    for student in students:
        student.write(student.person)
    troubles: list[str] = []
    threads = [threading.Thread(target=lambda one=one: troubles.append(one.exchange().trouble)) for one in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == [""] * 4
    for student in students:
        student.exchange()
        assert [student.path(person).read_text() for person in people] == [f"{person}\n" for person in people]


def test_offline_what_was_written_waits_and_goes_when_the_repository_is_back(
    two: tuple[Student, Student], remote: Path, tmp_path: Path
) -> None:
    ana, ben = two
    away = remote.rename(tmp_path / "away.git")
    ana.write("one")
    done = ana.exchange()
    assert not done.sent and "not there now" in done.trouble
    assert waiting(ana.folder, ana.files) == 1
    away.rename(remote)
    assert ana.exchange().sent
    assert ben.exchange().received == 1


def test_no_hook_filter_or_watch_of_a_repository_runs(
    two: tuple[Student, Student], remote: Path, tmp_path: Path
) -> None:
    ana, ben = two
    witness = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 >> {witness}\ncat\n")
    program.chmod(0o755)
    for folder in (remote / "hooks", ana.folder / ".git" / "hooks", ben.folder / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in ("pre-receive", "update", "post-receive", "post-update", "pre-push", "reference-transaction"):
            (folder / hook).write_bytes(program.read_bytes())
            (folder / hook).chmod(0o755)
    git(remote, "config", "core.fsmonitor", str(program))
    git(ana.folder, "config", "filter.evil.clean", str(program))
    git(ben.folder, "config", "filter.evil.smudge", str(program))
    git(ben.folder, "config", "core.fsmonitor", str(program))
    (ana.folder / ".gitattributes").write_text("* filter=evil\n")
    # The remote holds the same attributes, a link, and a file outside the group's folder.
    other = tmp_path / "other"
    subprocess.run(["git", "-c", "core.hooksPath=/dev/null", "clone", "-q", str(remote), str(other)], check=True)
    (other / ".gitattributes").write_text("* filter=evil\n")
    evil = other / "cs229-share" / "v1" / GROUP / ANA
    evil.mkdir(parents=True)
    (evil / f"{BEN}.jsonl").symlink_to("/etc/passwd")
    (other / "run.sh").write_text("echo\n")
    words = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "core.hooksPath=/dev/null"]
    subprocess.run(["git", *words, "add", "-A"], cwd=other, check=True)
    subprocess.run(["git", *words, "commit", "-qm", "x"], cwd=other, check=True)
    push = ["git", *words, "push", "-q", "--receive-pack=git -c core.hooksPath=/dev/null receive-pack", "origin"]
    subprocess.run([*push, "HEAD:main"], cwd=other, check=True)
    git(remote, "config", "core.alternateRefsCommand", str(program))
    ana.write("one")
    assert ana.exchange().sent
    ben.exchange()
    assert not witness.exists(), witness.read_text()
    assert ben.path(ANA).read_text() == "one\n"
    assert not (ben.path(ANA).parent / f"{BEN}.jsonl").is_symlink()
    assert not (ben.folder / "run.sh").exists() and not (ben.folder / ".gitattributes").exists()


def test_a_second_device_gets_what_the_first_wrote_and_a_lost_file_comes_back(tmp_path: Path, remote: Path) -> None:
    first = Student(tmp_path / "first", remote, ANA)
    first.write("one")
    first.exchange()
    second = Student(tmp_path / "second", remote, ANA, BEN)
    second.write("other")
    second.exchange()
    assert second.path(ANA).read_text() == "one\n"
    first.own.unlink()
    assert waiting(first.folder, first.files) == 0
    git(first.folder, "update-ref", "-d", "refs/cs229tui/taken")
    first.exchange()
    assert first.own.read_text() == "one\n"
    second.exchange()
    assert second.path(ANA).read_text() == "one\n"


def test_a_file_written_anew_replaces_the_older_everywhere(two: tuple[Student, Student]) -> None:
    ana, ben = two
    ana.write("one", "two")
    ana.exchange()
    ben.exchange()
    newer = ana.own.with_name(f"{DEVICE}.2.jsonl")
    newer.write_text("two\n")
    ana.own.unlink()
    ana.exchange()
    ben.exchange()
    assert [path.name for path in ben.path(ANA).parent.iterdir()] == [newer.name]


def test_a_repository_that_takes_nothing_says_so(two: tuple[Student, Student], remote: Path) -> None:
    ana, _ = two
    git(remote, "config", "receive.denyNonFastForwards", "true")
    for path in (remote / "objects", remote / "refs" / "heads"):
        path.chmod(0o555)
    if os.geteuid() == 0:
        # The superuser may write everywhere.
        git(remote, "symbolic-ref", "HEAD", "refs/heads/main")
        (remote / "objects").rename(remote / "nothing")
    ana.write("one")
    done = ana.exchange()
    assert not done.sent and done.trouble
    assert ana.own.read_text() == "one\n"


def test_a_copy_somebody_worked_in_is_told_of(two: tuple[Student, Student]) -> None:
    ana, _ = two
    ana.write("one")
    ana.exchange()
    head = git(ana.folder, "rev-parse", "refs/heads/main").decode().strip()
    git(ana.folder, "update-ref", "--no-deref", "HEAD", head)
    with pytest.raises(GitError, match="no branch"):
        ana.exchange()
    (ana.folder / ".git").rename(ana.folder / "gone")
    with pytest.raises(GitError, match="no copy of a repository"):
        ana.exchange()


@pytest.mark.parametrize(
    "given",
    [
        "ext::sh -c id",
        "http://example.org/x.git",
        "git://example.org/x",
        "-oProxyCommand=id",
        "",
        "https://a:b@c/d.git",
    ],
)
def test_addresses_that_are_refused(given: str) -> None:
    with pytest.raises(UsageError):
        address(given)


def test_what_names_a_repository(tmp_path: Path, remote: Path) -> None:
    assert looks_like_repository("git@github.com:us/group.git") and looks_like_repository("https://x.org/g")
    assert looks_like_repository(str(remote))
    assert not looks_like_repository(str(tmp_path)) and not looks_like_repository("group.zip")


def test_what_git_says_is_cleaned(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        git(tmp_path, "no-such\x1b[31m-word")
    assert "\x1b" not in str(caught.value) and "\x1b" not in caught.value.said


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="took more than"):
        git(tmp_path, "-c", "alias.wait=!sleep 60", "wait", seconds=0.2)
