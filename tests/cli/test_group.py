"""Groups at the command line: what is asked, what is told, how it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.annotations import make
from cs229tui.annotations.groups.carriers.git_process import git
from cs229tui.workspace import Workspace
from friends import Friend


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


def test_what_would_go_is_shown_and_nobody_is_taken_by_surprise(
    run: Callable[..., Any], workspace: Workspace, shared: Path
) -> None:
    make.annotate_reading(workspace.database, "r1", "question", "Why clip?", author="mei")
    make.annotate_reading(workspace.database, "r1", "note", "SECRET", author="mei")
    refused = run("group", "create", "Section", str(shared))
    assert refused.code == 2 and "1 question" in refused.err and "Why clip?" in refused.err
    assert "SECRET" not in refused.err and "never go" in refused.err and not list(shared.iterdir())
    made = run("group", "create", "Section", str(shared), "--yes", "--json")
    assert made.code == 0 and made.json["name"] == "Section" and made.json["sync"]["outcome"]["published"] == 1
    (one,) = run("group", "list", "--json").json
    assert one["current"] and one["waiting"] == 0 and one["reachable"]
    assert run("group", "leave", "section", "--withdraw", "--yes").code == 0
    assert run("group", "list", "--json").json == []
    assert len(run("annotations", "--json").json) == 2


def test_from_now_on(run: Callable[..., Any], workspace: Workspace, shared: Path, tmp_path: Path) -> None:
    make.annotate_reading(workspace.database, "r1", "question", "Before.", author="mei")
    run("group", "create", "Section", str(shared), "--from-now", "--yes")
    make.annotate_reading(workspace.database, "r1", "question", "After.", author="mei")
    assert run("group", "sync", "--json").json[0]["sync"]["outcome"]["published"] == 1
    ben = Friend(tmp_path / "ben", shared)
    ben.go_round()
    bodies = [row[0] for row in ben.database.execute("SELECT body FROM annotation")]
    assert bodies == ["After."]
    found = run("group", "members", "--json").json
    assert [(one["mine"], one["annotations"]) for one in found] == [(True, 1)]


def test_a_repository_that_cannot_be_had(run: Callable[..., Any], workspace: Workspace, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    remote.mkdir()
    git(remote, "init", "--quiet", "--bare")
    assert run("group", "create", "Section", "--git", str(remote), "--yes").code == 0
    remote.rename(tmp_path / "away")
    make.annotate_reading(workspace.database, "r1", "question", "Waits.", author="mei")
    done = run("group", "sync")
    assert done.code == 1 and "1 line of yours wait" in done.err
    (tmp_path / "away").rename(remote)
    assert run("group", "sync").code == 0
    refused = run("group", "join", str(tmp_path / "nothing.git"), "--yes")
    assert refused.code == 1 and "no repository" in refused.err
    folders = list((workspace.folders.data / "groups").iterdir())
    assert len(folders) == 1


def test_a_zip_there_and_back(run: Callable[..., Any], workspace: Workspace, tmp_path: Path) -> None:
    assert run("group", "create", "Section", "--zip", "--yes").code == 0
    make.annotate_reading(workspace.database, "r1", "question", "By post.", author="mei")
    file = tmp_path / "group.zip"
    assert run("group", "pack", str(file)).code == 0
    assert run("group", "unpack", str(file)).code == 0
    assert run("group", "unpack", str(tmp_path / "none.zip")).code == 1
    assert run("group", "pack", str(tmp_path)).code == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create", "Section"), 2),
        (("create", "Section", "--git", "ext::sh -c id", "--yes"), 2),
        (("join", "/nowhere/at/all", "--yes"), 1),
        (("sync",), 3),
        (("members",), 3),
        (("leave", "x", "--yes"), 3),
        (("trust", "nobody", "--yes"), 3),
    ],
)
def test_mistakes(run: Callable[..., Any], words: tuple[str, ...], code: int) -> None:
    done = run("group", *words)
    assert done.code == code and done.out == "" and "Traceback" not in done.err
