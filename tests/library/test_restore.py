import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from cs229tui.errors import DatabaseError, NotFoundError
from cs229tui.library import restore as module
from cs229tui.library.database import Database, back_up, newest_version, open_library, version_of_data
from cs229tui.library.notes import add_note, notes
from cs229tui.library.restore import contents, is_backup, restore
from cs229tui.library.search import search


def titles(database: Database) -> list[str]:
    return sorted(entry.title for entry in notes(database))


@pytest.fixture
def backup(database: Database, tmp_path: Path) -> Path:
    """A backup that holds one note; the library has another one since."""
    add_note(database, "old")
    target = tmp_path / "backup.db"
    back_up(database, target)
    add_note(database, "new")
    return target


def test_a_running_program_sees_the_restored_library(database: Database, library_file: Path, backup: Path) -> None:
    before = version_of_data(database)
    kept = restore(library_file, backup)
    assert version_of_data(database) != before
    assert titles(database) == ["old"]
    assert [hit.title for hit in search(database, {}, "old")] == ["old"]
    assert search(database, {}, "new") == []
    add_note(database, "after")
    assert database.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert kept is not None and kept.name.startswith("library-before-restore-")
    aside = open_library(kept)
    assert titles(aside) == ["new", "old"]
    aside.close()


def test_where_no_library_is_one_is_made(tmp_path: Path, backup: Path) -> None:
    path = tmp_path / "elsewhere" / "library.db"
    assert restore(path, backup) is None
    made = open_library(path)
    assert titles(made) == ["old"]
    made.close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_library_is_kept_and_replaced(tmp_path: Path, backup: Path) -> None:
    path = tmp_path / "bad" / "library.db"
    path.parent.mkdir()
    path.write_bytes(b"not a database at all " * 500)
    kept = restore(path, backup)
    assert kept is not None and kept.read_bytes().startswith(b"not a database")
    made = open_library(path)
    assert titles(made) == ["old"]
    made.close()


def test_a_library_damaged_in_part_is_kept_and_replaced(tmp_path: Path, backup: Path) -> None:
    path = tmp_path / "elsewhere" / "library.db"
    path.parent.mkdir()
    whole = bytearray(backup.read_bytes())
    middle = whole.index(b"CREATE TABLE note")
    whole[middle : middle + 40] = b"\xfe" * 40
    path.write_bytes(whole)
    kept = restore(path, backup)
    assert kept is not None and kept.read_bytes() == whole
    made = open_library(path)
    assert titles(made) == ["old"]
    made.close()


def test_a_newer_backup_is_refused(database: Database, library_file: Path, backup: Path) -> None:
    with contextlib.closing(sqlite3.connect(backup)) as connection:
        connection.execute(f"PRAGMA user_version={newest_version() + 1}")
    with pytest.raises(DatabaseError, match="newer"):
        restore(library_file, backup)
    assert titles(database) == ["new", "old"]


def test_what_is_no_backup_is_refused(database: Database, library_file: Path, backup: Path, tmp_path: Path) -> None:
    letter, other, cut = tmp_path / "letter", tmp_path / "other.db", tmp_path / "cut.db"
    letter.write_bytes(b"dear aunt " * 1000)
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (x)")
    cut.write_bytes(backup.read_bytes()[:20_000])
    for path in (letter, other, cut):
        with pytest.raises(DatabaseError):
            restore(library_file, path)
        assert not is_backup(letter) and not is_backup(other)
    with pytest.raises(NotFoundError):
        restore(library_file, tmp_path / "none.db")
    with pytest.raises(DatabaseError, match="itself"):
        restore(library_file, library_file)
    assert titles(database) == ["new", "old"]
    assert not list(library_file.parent.glob("*before*"))
    assert is_backup(backup)
    # A library that is in use must not be overwritten as if it were an older backup.
    assert not is_backup(library_file)


def test_a_pipe_is_not_waited_for(library_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    for path in (tmp_path / "pipe.db", tmp_path):
        with pytest.raises(DatabaseError, match="not a file"):
            restore(library_file, path)


def test_while_another_program_writes_nothing_is_restored(
    database: Database, library_file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.05)
    with contextlib.closing(sqlite3.connect(library_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="Another program is writing"):
            restore(library_file, backup)
        other.execute("ROLLBACK")
    assert titles(database) == ["new", "old"]
    assert not list(library_file.parent.glob("*before*"))


def test_what_a_library_holds_is_counted(database: Database) -> None:
    add_note(database, "one")
    assert contents(database).notes == 1
    assert contents(database).annotations == 0
