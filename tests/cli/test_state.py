import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.cli.exporting import MANIFEST, safe_name, safe_path
from cs229tui.library.annotations import Annotation, store_annotation
from cs229tui.library.notes import add_note, delete_note
from cs229tui.library.sessions import Session, save_session
from cs229tui.workspace import Workspace

Run = Callable[..., object]
ABADI = "abadi-2016-dp-sgd"


@pytest.fixture
def filled(workspace: Workspace, run: Run) -> Workspace:
    """A workspace with a little of everything."""
    run("set", ABADI, "--page", "6", "--rating", "5")
    database = workspace.database
    add_note(database, "On *clipping*", "Clip **each** gradient.", reading=ABADI)
    add_note(database, "con", "free")
    store_annotation(
        database,
        Annotation("11111111-0000", ABADI, "question", "mei", body="Why each?", page=6, quote="clip each", tags=("x",)),
    )
    store_annotation(database, Annotation("22222222-0000", "gone/../reading", "comment", "sam", body="Kept."))
    save_session(database, Session(ABADI, "2023-02-01T10:00:00.000Z", "2023-02-01T10:10:00.000Z", {6: 120.0}))
    return workspace


def test_export_holds_everything(run: Run, filled: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    written = run("export", str(folder), "--json").json
    assert all(Path(name).is_file() for name in written)
    text = (folder / "readings" / f"{ABADI}.md").read_text("utf-8")
    for part in ("Deep Learning with Differential Privacy", "status: reading", "page: 6", "5 of 5", "2 min"):
        assert part in text
    for part in ("Why each?", "clip each", "## Note: On", "Clip **each** gradient."):
        assert part in text
    readings = {entry["id"]: entry for entry in json.loads((folder / "readings.json").read_text("utf-8"))}
    assert (readings[ABADI]["page"], readings[ABADI]["rating"], readings[ABADI]["seconds"]) == (6, 5, 120.0)
    assert len(json.loads((folder / "lectures.json").read_text("utf-8"))) == 12
    assert "Why each?" in (folder / "annotations.jsonld").read_text("utf-8")
    assert "Kept." in (folder / "annotations.jsonld").read_text("utf-8")
    assert len(json.loads((folder / "notes.json").read_text("utf-8"))) == 2
    assert json.loads((folder / "sessions.json").read_text("utf-8"))[0]["pages"] == {"6": 120.0}
    assert json.loads((folder / "runs.json").read_text("utf-8")) == []
    # What stands on a reading that is gone is kept, under a name that cannot leave the folder.
    (orphan,) = [file for file in (folder / "readings").iterdir() if file.name.startswith("gone")]
    assert "Kept." in orphan.read_text("utf-8")
    assert len(list((folder / "notes").iterdir())) == 2


def test_export_again_replaces_its_own_files_only(run: Run, filled: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "diary.txt").write_text("mine")
    assert run("export", str(folder)).code == 0
    (note,) = [file for file in (folder / "notes").iterdir() if "clipping" in file.name]
    found = next(entry for entry in json.loads((folder / "notes.json").read_text()) if "clipping" in entry["title"])
    delete_note(filled.database, found["id"])
    run("set", ABADI, "--page", "7")
    assert run("export", str(folder)).code == 0
    assert not note.exists()
    assert "page: 7" in (folder / "readings" / f"{ABADI}.md").read_text("utf-8")
    assert (folder / "diary.txt").read_text() == "mine"


def test_export_replaces_nothing_that_is_not_its_own(run: Run, filled: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "lectures.json").write_text("mine")
    refused = run("export", str(folder))
    assert refused.code == 1 and "lectures.json" in refused.err
    assert [file.name for file in folder.iterdir()] == ["lectures.json"]
    (folder / "lectures.json").unlink()
    assert run("export", str(folder)).code == 0
    edited = folder / "readings" / f"{ABADI}.md"
    edited.write_text("my own words")
    assert run("export", str(folder)).code == 1
    assert edited.read_text() == "my own words"


def test_export_follows_no_link_and_trusts_no_list(run: Run, filled: Workspace, tmp_path: Path) -> None:
    folder, outside = tmp_path / "out", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "readings").symlink_to(outside)
    assert run("export", str(folder)).code == 1
    assert list(outside.iterdir()) == []
    (folder / "readings").unlink()
    victim = tmp_path / "victim.txt"
    victim.write_text("")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (folder / MANIFEST).write_text(json.dumps({"../victim.txt": [digest]}))
    assert run("export", str(folder)).code == 0
    assert victim.exists()
    for content in ("[]", "{", '{"a": 1}'):
        (folder / MANIFEST).write_text(content)
        assert run("export", str(folder)).code == 1


def test_export_needs_a_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run("export", str(tmp_path / "file")).code == 1
    assert run("export", str(tmp_path / "file" / "below")).code == 1


def test_names_are_safe_and_different() -> None:
    names = [ABADI, "A", "a", "../etc/passwd", "con", "CON.txt", "", "ü", "a/b", "a-b", "x" * 300, "x" * 301, ".hidden"]
    safe = [safe_name(name) for name in names]
    assert safe[0] == ABADI
    assert len({name.casefold() for name in safe}) == len(names)
    assert all(safe_path(f"readings/{name}.md") and len(name) < 100 for name in safe)
    for bad in ("../x", "/etc/passwd", "readings/../x", "a/b", ".hidden", "readings/.x", ""):
        assert not safe_path(bad)


def test_backup_and_restore(run: Run, filled: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    held = run("backup", str(file), "--json").json
    assert (held["notes"], held["annotations"], held["documents"], held["size"]) == (2, 2, 0, file.stat().st_size)
    told = run("backup", str(file))
    assert told.code == 0 and "2 notes" in told.err
    run("set", ABADI, "--status", "done")
    back = run("restore", str(file), "--json").json
    assert Path(back["kept"]).exists() and back["notes"] == 2
    assert run("readings", "--status", "done", "--json").json == []
    assert "kept in" in run("restore", str(file)).err


def test_backup_replaces_nothing_but_a_backup(run: Run, filled: Workspace, tmp_path: Path, home: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("dear aunt")
    for target in (letter, tmp_path, home / "data" / "library.db", tmp_path / "no" / "folder" / "x.db"):
        refused = run("backup", str(target))
        assert refused.code == 1 and "Traceback" not in refused.err
    assert letter.read_text() == "dear aunt"


def test_restore_wants_a_backup(run: Run, filled: Workspace, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear aunt " * 100)
    assert run("restore", str(tmp_path / "none.db")).code == 3
    refused = run("restore", str(tmp_path / "letter"))
    assert refused.code == 1 and "Nothing was changed" in refused.err
    assert run("readings", "--status", "reading", "--json").json[0]["id"] == ABADI
