"""Bringing a backup back: checked first, whole or not at all, and never without keeping what was there."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cs229tui.clock import timestamp
from cs229tui.errors import DatabaseError, NotFoundError
from cs229tui.library.database import (
    APPLICATION_ID,
    Database,
    back_up,
    explained,
    newest_version,
    open_library,
    version_of_data,
)

_SECONDS = 3.0


@dataclass(frozen=True)
class Contents:
    """What a library holds, in numbers; `bytes` is the size of its documents' files, which are not in it."""

    readings: int
    notes: int
    annotations: int
    cards: int
    documents: int
    document_bytes: int
    sessions: int
    runs: int


def contents(database: Database) -> Contents:
    """What a library holds."""
    sql = (
        "SELECT (SELECT count(*) FROM reading_state), (SELECT count(*) FROM note WHERE deleted IS NULL),"
        " (SELECT count(*) FROM annotation WHERE deleted IS NULL), (SELECT count(*) FROM card WHERE deleted IS NULL),"
        " (SELECT count(*) FROM document),"
        " (SELECT coalesce(sum(size), 0) FROM document), (SELECT count(*) FROM session), (SELECT count(*) FROM run)"
    )
    return Contents(*database.conn.execute(sql).fetchone())


def is_backup(path: Path) -> bool:
    """Whether the file at `path` is a backup of this program, of whatever version, and not a library that is in use."""
    try:
        with closing(_opened(path)) as connection:
            ours = int(connection.execute("PRAGMA application_id").fetchone()[0]) == APPLICATION_ID
            return ours and connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal"
    except (OSError, sqlite3.Error):
        return False


def restore(path: Path, backup: Path) -> Path | None:
    """Make the library at `path` what `backup` holds; returns where the library that was there is kept, none if none.

    A program that has the library open goes on with the restored one. Raises `NotFoundError`, `DatabaseError`.
    """
    if not backup.exists():
        raise NotFoundError(f"There is no file {backup}.")
    if not backup.is_file():
        raise DatabaseError(f"{backup} is not a file.", "Give a file that cs229tui backup has written.")
    if path.exists() and path.samefile(backup):
        raise DatabaseError(f"{backup} is the library itself.", "Give a file that cs229tui backup has written.")
    try:
        with closing(_opened(backup)) as source:
            _check(source, backup)
            return _replace(path, source)
    except sqlite3.DatabaseError as error:
        raise _damaged(backup, str(error)) from error


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)


def _check(source: sqlite3.Connection, backup: Path) -> None:
    if int(source.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise DatabaseError(f"{backup} is not a cs229tui library.", "Nothing was changed.")
    version = int(source.execute("PRAGMA user_version").fetchone()[0])
    if version > newest_version():
        raise DatabaseError(f"{backup} was written by a newer cs229tui.", "Update cs229tui; nothing was changed.")
    found = str(source.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise _damaged(backup, found)


def _damaged(backup: Path, how: str) -> DatabaseError:
    return DatabaseError(f"{backup} is damaged or not a database: {how}.", "Nothing was changed.")


def _replace(path: Path, source: sqlite3.Connection) -> Path | None:
    kept = path.with_name(f"{path.stem}-before-restore-{timestamp().replace(':', '')}.db")
    if not path.exists():
        _copy_into(path, source)
        kept_at = None
    else:
        kept_at = kept
        present = sqlite3.connect(path, timeout=_SECONDS)
        try:
            with closing(present):
                whole = _is_whole(present)
                if whole:
                    _replace_within(path, present, kept, source)
        except sqlite3.DatabaseError as error:
            raise explained(error, path) from error
        if not whole:
            _set_aside(path, kept)
            _copy_into(path, source)
    # An older backup is brought up to date as any older library is.
    open_library(path).close()
    return kept_at


def _is_whole(present: sqlite3.Connection) -> bool:
    """Whether the library that is there can be copied; a damaged one is moved away instead."""
    try:
        return str(present.execute("PRAGMA quick_check(1)").fetchone()[0]) == "ok"
    except sqlite3.OperationalError:
        # It is locked, or the disk fails: that says nothing of damage.
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False


def _replace_within(path: Path, present: sqlite3.Connection, kept: Path, source: sqlite3.Connection) -> None:
    """Keep a copy of the library that is there, then put what `source` holds into the same file."""
    _refuse_while_written(present, path)
    database = Database(present)
    before = version_of_data(database)
    back_up(database, kept)
    if version_of_data(database) != before:
        kept.unlink(missing_ok=True)
        raise _busy(path)
    # Into the file that is there, in one transaction: a copy of the program that has it open sees the change, where a
    # new file in its place would leave that copy writing to the old one.
    _copy(source, present)


def _refuse_while_written(present: sqlite3.Connection, path: Path) -> None:
    try:
        present.execute("BEGIN IMMEDIATE")
        present.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise _busy(path) from error
        raise


def _busy(path: Path) -> DatabaseError:
    return DatabaseError(f"Another program is writing to {path}.", "Close it and try again; nothing was changed.")


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    deadline = time.monotonic() + _SECONDS

    def stop_waiting(status: int, remaining: int, total: int) -> None:
        if remaining and status != sqlite3.SQLITE_OK and time.monotonic() > deadline:
            raise DatabaseError("Another program is writing to the library.", "Close it; nothing was changed.")

    source.backup(target, progress=stop_waiting, sleep=0.05)


def _copy_into(path: Path, source: sqlite3.Connection) -> None:
    """A new file at `path` with what `source` holds; it appears only when it is whole."""
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        partial.chmod(0o600)
        partial.replace(path)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise DatabaseError(f"{path} cannot be written: {error}.", "Check the folder and the free space.") from error


def _set_aside(path: Path, kept: Path) -> None:
    """Move a damaged library away with its write-ahead log, which may hold what can still be saved."""
    try:
        for end in ("", "-wal", "-shm"):
            file = path.with_name(path.name + end)
            if file.exists():
                file.rename(kept.with_name(kept.name + end))
    except OSError as error:
        raise DatabaseError(f"{path} is damaged and cannot be moved away: {error}.", "Move it by hand.") from error
