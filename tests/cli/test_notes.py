"""`note` as a person and another program use it."""

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_note_is_written_shown_changed_and_put_away(run: Callable[..., Any]) -> None:
    made = run("note", "add", "Why per example?", "--body", "Sensitivity.", "--reading", "vaswani", "--json").json
    assert set(made) == {"id", "title", "body", "reading", "lecture", "created", "updated", "passage"}
    assert (made["title"], made["body"], made["reading"]) == (
        "Why per example?",
        "Sensitivity.",
        "vaswani-2017-attention",
    )
    assert run("note", "add", "On lecture 4", "--body", "x", "--lecture", "4").out.rstrip().endswith("  On lecture 4")
    assert [one["title"] for one in run("note", "list", "--json").json] == ["On lecture 4", "Why per example?"]
    assert len(run("note", "list", "--reading", "vaswani", "--json").json) == 1
    assert len(run("note", "list", "--lecture", "4", "--json").json) == 1
    assert "vaswani-2017-attention  Why per example?" in run("note", "list").out
    assert run("note", "show", made["id"][:6]).out == "# Why per example?\n\nSensitivity.\n"
    changed = run("note", "edit", made["id"][:6], "--body", "It is \x1b[2Jthe sensitivity.", "--json").json
    assert (changed["title"], changed["body"]) == ("Why per example?", "It is the sensitivity.")
    assert run("note", "edit", made["id"], "--title", "Why?").code == 0
    gone = run("note", "delete", made["id"][:6])
    assert gone.code == 0 and f"--undo {made['id']}" in gone.err
    assert run("note", "show", made["id"]).code == 3
    assert run("note", "delete", "--undo", made["id"]).code == 0
    assert run("note", "show", made["id"], "--json").json["title"] == "Why?"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "x", "--reading", "nope"], 3),
        (["add", "x", "--lecture", "99"], 3),
        (["add", "  ", "--body", "x"], 2),
        (["add"], 2),
        (["show", "zzz"], 3),
        (["show", ""], 3),
        (["edit", "zzz", "--title", "x"], 3),
        (["delete", "zzz"], 3),
        (["delete", "--undo", "zzz"], 3),
        (["shout"], 2),
    ],
)
def test_what_is_wrong_is_said(run: Callable[..., Any], words: list[str], code: int) -> None:
    done = run("note", *words)
    assert done.code == code and done.err and not done.out


def command(*words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    stdin = {"input": text} if text is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(
        [sys.executable, "-m", "cs229tui", *words],
        capture_output=True,
        text=True,
        check=False,
        **stdin,  # type: ignore[call-overload]
    )


def test_a_note_from_a_pipe_and_none_without(run: Callable[..., Any]) -> None:
    assert command("note", "add", "Piped", text="# From a pipe\n").returncode == 0
    assert command("note", "add", "Empty").returncode == 0
    bodies = {one["title"]: one["body"] for one in run("note", "list", "--json").json}
    assert bodies == {"Piped": "# From a pipe\n", "Empty": ""}


def test_the_editor_gets_a_private_draft_and_nothing_is_lost(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = run("note", "add", "Draft", "--body", "old").out.split()[0]
    assert run("note", "edit", made).code == 2
    seen = tmp_path / "seen"
    script = tmp_path / "my editor"
    script.write_text(f'#!/bin/sh\nls -l "$2" > "{seen}"\ncat "$2" >> "{seen}"\necho new >> "$2"\n')
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", f"'{script}' --wait")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert run("note", "edit", made).code == 0
    assert seen.read_text().startswith("-rw-------") and seen.read_text().endswith("old")
    assert run("note", "show", made, "--json").json["body"] == "oldnew\n"
    assert not list(tmp_path.glob("cs229tui-*"))
    script.write_text('#!/bin/sh\necho mine > "$2"\nexit 3\n')
    failed = run("note", "edit", made)
    draft = next(tmp_path.glob("cs229tui-*/note.md"))
    assert failed.code == 1 and str(draft) in failed.err and draft.read_text() == "mine\n"
    assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
    assert run("note", "show", made, "--json").json["body"] == "oldnew\n"
    monkeypatch.setenv("EDITOR", str(tmp_path / "none"))
    assert run("note", "edit", made).code == 1


def test_a_note_changed_elsewhere_meanwhile_is_not_overwritten(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = run("note", "add", "Shared", "--body", "old").out.split()[0]
    script = tmp_path / "editor"
    script.write_text(
        f'#!/bin/sh\n"{sys.executable}" -m cs229tui note edit {made} --body theirs >/dev/null\necho mine > "$1"\n'
    )
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    done = run("note", "edit", made)
    assert done.code == 1 and "changed elsewhere" in done.err
    assert run("note", "show", made, "--json").json["body"] == "theirs"
    assert next(tmp_path.glob("cs229tui-*/note.md")).read_text() == "mine\n"
