import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cs229tui.errors import DatabaseError, UsageError
from cs229tui.library import database as module
from cs229tui.library.database import (
    Database,
    back_up,
    migrations,
    newest_version,
    open_library,
    version_of_data,
    writing,
)
from cs229tui.library.notes import add_note, note, notes
from cs229tui.library.readings import state_of, update_state


def test_a_new_library_is_made_with_its_folders(library_file: Path) -> None:
    database = open_library(library_file)
    assert database.conn.execute("PRAGMA user_version").fetchone()[0] == newest_version()
    assert database.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert database.conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert library_file.stat().st_mode & 0o077 == 0
    database.close()
    assert not list(library_file.parent.glob("*before*"))


def test_opening_again_keeps_everything(library_file: Path) -> None:
    first = open_library(library_file)
    made = add_note(first, "Kept")
    first.close()
    second = open_library(library_file)
    assert note(second, made.id).title == "Kept"
    second.close()


def test_a_newer_library_is_refused_and_left_alone(library_file: Path) -> None:
    open_library(library_file).close()
    with contextlib.closing(sqlite3.connect(library_file)) as connection:
        connection.execute("PRAGMA user_version=999")
    before = library_file.read_bytes()
    with pytest.raises(DatabaseError, match="newer") as caught:
        open_library(library_file)
    assert "999" in caught.value.what and caught.value.remedy
    assert library_file.read_bytes() == before


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of migrations with a made-up next one, which a test may change."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    for number, script in migrations():
        (folder / f"{number:04d}_real.sql").write_text(script, "utf-8")
    script = folder / f"{newest_version() + 1:04d}_later.sql"
    script.write_text("ALTER TABLE note ADD COLUMN mood TEXT;\nUPDATE note\n  SET mood = 'glad;';\n", "utf-8")
    monkeypatch.setattr(module, "_scripts", lambda: sorted((int(file.name[:4]), file) for file in folder.glob("*.sql")))
    yield script


def test_a_migration_keeps_what_is_there_and_a_backup_first(
    library_file: Path, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = later.read_text("utf-8")
    later.unlink()
    database = open_library(library_file)
    made = add_note(database, "Before")
    database.close()
    later.write_text(script, "utf-8")
    database = open_library(library_file)
    assert database.conn.execute("SELECT title, mood FROM note WHERE id = ?", [made.id]).fetchone() == (
        "Before",
        "glad;",
    )
    database.close()
    (backup,) = library_file.parent.glob("library-before-*.db")
    with contextlib.closing(sqlite3.connect(backup)) as old:
        assert old.execute("PRAGMA user_version").fetchone()[0] == newest_version() - 1
        assert old.execute("SELECT title FROM note").fetchone() == ("Before",)
    open_library(library_file).close()
    assert len(list(library_file.parent.glob("library-before-*.db"))) == 1


def test_a_migration_that_fails_changes_nothing(library_file: Path, later: Path) -> None:
    later.unlink()
    database = open_library(library_file)
    add_note(database, "Before")
    database.close()
    later.write_text("ALTER TABLE note ADD COLUMN mood TEXT;\nINSERT INTO nowhere VALUES (1);\n", "utf-8")
    with pytest.raises(DatabaseError):
        open_library(library_file)
    later.unlink()
    database = open_library(library_file)
    assert "mood" not in {row["name"] for row in database.query("PRAGMA table_info(note)")}
    assert [entry.title for entry in notes(database)] == ["Before"]
    database.close()


def test_what_is_no_library_is_refused_and_left_alone(library_file: Path) -> None:
    library_file.parent.mkdir(parents=True)
    library_file.write_bytes(b"this is a letter to my aunt, not a database\n" * 100)
    with pytest.raises(DatabaseError, match="damaged or not") as caught:
        open_library(library_file)
    assert "restore" in caught.value.remedy
    assert library_file.read_bytes().startswith(b"this is a letter")


def test_a_library_overwritten_in_part_is_told_as_damaged(library_file: Path) -> None:
    # What SQLite says of it quotes the schema, which is then no UTF-8.
    open_library(library_file).close()
    whole = library_file.read_bytes()
    start = whole.index(b"CREATE TABLE note")
    library_file.write_bytes(whole[:start] + b"CREATE TABLE n\xff\xfe(\xfd" + whole[start + 18 :])
    with pytest.raises(DatabaseError, match="damaged"):
        open_library(library_file)


def test_damage_met_while_it_is_open_is_told(library_file: Path) -> None:
    database = open_library(library_file)
    add_note(database, "Kept")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("PRAGMA cache_size=0")
    library_file.write_bytes(b"\xee" * library_file.stat().st_size)
    for ask in (lambda: notes(database), lambda: add_note(database, "More")):
        with pytest.raises(DatabaseError, match="damaged"):
            ask()
    database.close()


def test_a_wait_can_be_made_short(library_file: Path) -> None:
    database = open_library(library_file)
    database.wait_at_most(0.05)
    with contextlib.closing(sqlite3.connect(library_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="in use"):
            add_note(database, "Not now")
        other.execute("ROLLBACK")
    database.close()


def test_what_sqlite_cannot_hold_is_refused(database: Database) -> None:
    with pytest.raises(UsageError, match="no text"):
        note(database, "a\udcff")
    with pytest.raises(UsageError, match="no text"), writing(database) as tables:
        tables.table("note").delete_where("id = ?", ["a\udcff"])
    with pytest.raises(UsageError, match="too large"):
        update_state(database, "a", page=10**30)
    assert not database.conn.in_transaction


def test_another_programs_database_is_refused(library_file: Path) -> None:
    library_file.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(library_file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(DatabaseError, match="another program's"):
        open_library(library_file)
    with contextlib.closing(sqlite3.connect(library_file)) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["bookmarks"]


def test_a_read_only_library_says_so(library_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_library(library_file).close()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(DatabaseError, match="read-only") as caught:
        open_library(library_file)
    assert "CS229TUI_HOME" in caught.value.remedy


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        open_library(tmp_path / "file" / "library.db")


def test_a_locked_library_says_so(library_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.05)
    database = open_library(library_file)
    with contextlib.closing(sqlite3.connect(library_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="in use"):
            add_note(database, "Not now")
        # Reading goes on meanwhile.
        assert notes(database) == []
        other.execute("ROLLBACK")
    assert add_note(database, "Now").title == "Now"
    database.close()


def test_a_full_disk_loses_nothing(database: Database) -> None:
    add_note(database, "Kept")
    pages = database.conn.execute("PRAGMA page_count").fetchone()[0]
    database.conn.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(DatabaseError, match="disk is full") as caught:
        add_note(database, "Too much", "x" * 200_000)
    assert "Free" in caught.value.remedy
    assert [entry.title for entry in notes(database)] == ["Kept"]
    database.conn.execute("PRAGMA max_page_count=100000")
    add_note(database, "Room again", "x" * 200_000)
    assert database.conn.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def test_an_error_inside_takes_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(RuntimeError), writing(database):
        update_state(database, "one", status="done")
        add_note(database, "Gone")
        raise RuntimeError
    assert notes(database) == []
    assert state_of(database, "one").status == "unread"
    add_note(database, "And on it goes")


def test_a_change_by_another_connection_is_noticed(database: Database, library_file: Path) -> None:
    before = version_of_data(database)
    add_note(database, "My own")
    assert version_of_data(database) == before
    other = open_library(library_file)
    add_note(other, "Another's")
    other.close()
    assert version_of_data(database) != before
    assert len(notes(database)) == 2


_WRITING = """
import sys
from pathlib import Path
from cs229tui.library.database import open_library, writing
from cs229tui.library.notes import add_note, note, update_note
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
database = open_library(path)
for number in range(count):
    add_note(database, f"{name} {number}")
    if count > 1:
        # Read, then write: what a lost update would show.
        with writing(database):
            shared = note(database, "shared-counter")
            update_note(database, "shared-counter", "shared", str(int(shared.body) + 1))
"""


def _at_once(path: Path, names: str, count: int) -> None:
    """Run a process for each name that writes `count` notes, all starting at the same moment."""
    command = [sys.executable, "-c", _WRITING, str(path)]
    processes = [
        subprocess.Popen([*command, name, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_two_processes_at_once_lose_nothing(library_file: Path) -> None:
    database = open_library(library_file)
    with writing(database):
        database.execute(
            "INSERT INTO note (id, title, body, created, updated) VALUES ('shared-counter', 'shared', '0', '', '')"
        )
    _at_once(library_file, "ab", 150)
    titles = {entry.title for entry in notes(database)}
    assert titles == {"shared", *(f"{name} {number}" for name in "ab" for number in range(150))}
    assert note(database, "shared-counter").body == "300"
    database.close()


def test_processes_that_make_the_library_at_once_agree(library_file: Path) -> None:
    _at_once(library_file, "abc", 1)
    database = open_library(library_file)
    assert len(notes(database)) == 3
    database.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
from cs229tui.library.database import open_library, writing
from cs229tui.library.notes import add_note
database = open_library(Path(sys.argv[1]))
add_note(database, "committed")
with writing(database):
    for number in range(500):
        add_note(database, f"half {number}", "x" * 2000)
    database.conn.execute("PRAGMA cache_spill=1")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle_of_a_write_leaves_a_whole_library(library_file: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(library_file)], check=False)
    assert killed.returncode == -signal.SIGKILL
    database = open_library(library_file)
    assert database.conn.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    assert [entry.title for entry in notes(database)] == ["committed"]
    add_note(database, "life goes on")
    database.close()


def test_a_backup_is_whole_and_replaces_only_when_it_is(database: Database, tmp_path: Path) -> None:
    add_note(database, "Kept")
    target = tmp_path / "copy.db"
    back_up(database, target)
    assert not target.with_name("copy.db.part").exists()
    copy = open_library(target)
    assert [entry.title for entry in notes(copy)] == ["Kept"]
    copy.close()
    with pytest.raises(DatabaseError, match="cannot be written"):
        back_up(database, tmp_path / "no" / "such" / "folder.db")


def test_a_library_of_the_first_version_keeps_its_documents(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    connection = sqlite3.connect(path)
    connection.executescript(migrations()[0][1])
    connection.execute("PRAGMA user_version=1")
    connection.execute(
        "INSERT INTO document (sha256, format, size, pages, extractor, flow, added)"
        " VALUES ('a', 'markdown', 1, 1, 'x', x'', '')"
    )
    connection.execute(
        "INSERT INTO page (document, number, label, width, height, text) VALUES ('a', 1, '1', 0, 0, 'the words')"
    )
    connection.commit()
    connection.close()
    database = open_library(path)
    assert [row["format"] for row in database.query("SELECT format FROM document")] == ["markdown"]
    assert list(database.query("SELECT text, links FROM page")) == [{"text": "the words", "links": b""}]
    database.execute("UPDATE document SET format = 'html'")
    with pytest.raises(DatabaseError):
        database.execute("UPDATE document SET format = 'epub'")
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
