"""Opening the student's file: one connection, checked, migrated and safe to share with other copies of the program."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs229tui.clock import timestamp
from cs229tui.errors import DatabaseError, ReportableError, UsageError

if TYPE_CHECKING:
    import sqlite_utils

Values = Sequence[Any] | Mapping[str, Any]

_BUSY_SECONDS = 15
APPLICATION_ID = int.from_bytes(b"c229")


class Database:
    """One connection to a library, for the thread that opened it; outside `writing` every statement is its own.

    Questions go to SQLite directly; what is written goes through sqlite-utils. Its import takes a tenth of a second,
    which a start that only reads need not wait for.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.isolation_level = None
        self.conn = connection

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return self.conn.execute(sql, values)
        except sqlite3.Error as error:
            raise explained(error) from error
        except (UnicodeError, OverflowError) as error:
            raise _impossible(error) from error

    def query(self, sql: str, values: Values = ()) -> Iterator[dict[str, Any]]:
        """The rows of a SELECT as dictionaries by column name; it runs at once, rows come as they are asked for."""
        cursor = self.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return _named(names, cursor)

    def wait_at_most(self, seconds: float) -> None:
        """Give up after so long where another program holds the library, with a `DatabaseError`."""
        self.conn.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")

    @cached_property
    def tables(self) -> "sqlite_utils.Database":
        """The same connection as sqlite-utils has it: `table("note").insert(row)`; lists and mappings become JSON."""
        import sqlite_utils

        return sqlite_utils.Database(self.conn, execute_plugins=False)

    def close(self) -> None:
        """Close the connection; nothing needs saving."""
        self.conn.close()


def _named(names: list[str], cursor: sqlite3.Cursor) -> Iterator[dict[str, Any]]:
    try:
        for row in cursor:
            yield dict(zip(names, row, strict=True))
    except sqlite3.Error as error:
        raise explained(error) from error


def open_library(path: Path) -> Database:
    """The database at `path`, made or brought up to date first; raises `DatabaseError`.

    A connection belongs to the thread that opened it. Readers never wait; two writers wait for each other.
    """
    new = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"{path} cannot be opened: {error}.", "Check the folder, or set CS229TUI_HOME.") from error
    database = Database(connection)
    try:
        if new:
            path.chmod(0o600)
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        _migrate(database, path)
        if not os.access(path, os.W_OK):
            raise DatabaseError(f"{path} is read-only.", "Make it writable, or set CS229TUI_HOME to another folder.")
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        connection.close()
        raise explained(error, path) from error
    except DatabaseError:
        connection.close()
        raise
    return database


@contextmanager
def writing(database: Database) -> Iterator["sqlite_utils.Database"]:
    """A transaction that takes the write lock at once, so that no other copy's write is read stale or lost.

    Gives the tables to write to.
    """
    connection = database.conn
    if connection.in_transaction:
        yield database.tables
        return
    try:
        tables = database.tables
        connection.execute("BEGIN IMMEDIATE")
        yield tables
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(connection)
        raise explained(error) from error
    except (UnicodeEncodeError, OverflowError) as error:
        _roll_back(connection)
        raise _impossible(error) from error
    except BaseException:
        _roll_back(connection)
        raise


def version_of_data(database: Database) -> int:
    """A number that changes when another connection has written."""
    return int(database.execute("PRAGMA data_version").fetchone()[0])


def back_up(database: Database, target: Path) -> None:
    """Write a consistent copy of the database to `target`, which appears only when it is whole."""
    partial = target.with_name(target.name + ".part")
    try:
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            database.conn.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
        partial.chmod(0o600)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise DatabaseError(f"The backup {target} cannot be written: {error}.", "Choose another place.") from error


def migrations() -> list[tuple[int, str]]:
    """Every migration there is: its number and its SQL, in order."""
    return [(number, script.read_text("utf-8")) for number, script in _scripts()]


def newest_version() -> int:
    """The number of the newest migration; known from file names alone, so that a usual start reads no SQL."""
    return _scripts()[-1][0]


def _scripts() -> list[tuple[int, Path]]:
    folder = Path(__file__).with_name("migrations")
    return sorted((int(script.name.split("_")[0]), script) for script in folder.glob("*.sql"))


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; where two copies create the file at once SQLite does not wait here by itself."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(database: Database, path: Path) -> None:
    connection = database.conn
    current = int(connection.execute("PRAGMA user_version").fetchone()[0])
    newest = newest_version()
    if current > newest:
        raise DatabaseError(
            f"{path} was written by a newer cs229tui (its version is {current}, this program knows {newest}).",
            "Update cs229tui; nothing was changed.",
        )
    identity = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if identity not in (0, APPLICATION_ID):
        raise _foreign(path)
    if current == newest:
        return
    if current > 0:
        back_up(database, path.with_name(f"{path.stem}-before-{newest:04d}-{timestamp().replace(':', '')}.db"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        current = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if current == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise _foreign(path)
        for number, script in migrations():
            if number > current:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _foreign(path: Path) -> DatabaseError:
    return DatabaseError(
        f"{path} is another program's database.", "Move it away, or set CS229TUI_HOME to another folder."
    )


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _impossible(error: UnicodeError | OverflowError) -> ReportableError:
    """What was given to a statement and SQLite cannot hold, or what it gave and Python cannot read."""
    if isinstance(error, OverflowError):
        return UsageError("A number that was given is too large.", "Nothing was changed.")
    if isinstance(error, UnicodeEncodeError):
        return UsageError("A name or text that was given holds bytes that are no text.", "Type it anew.")
    return explained(error)


def explained(error: Exception, path: Path | None = None) -> DatabaseError:
    """What SQLite said, as a problem with a remedy."""
    text = str(error)
    where = str(path) if path else "The library"
    if "locked" in text or "busy" in text:
        return DatabaseError(f"{where} is in use by another program.", "Close what holds it and try again.")
    if "full" in text:
        return DatabaseError(f"{where} cannot grow: the disk is full.", "Free some space; nothing was lost.")
    if "readonly" in text or "read-only" in text:
        return DatabaseError(f"{where} is read-only.", "Make it writable, or set CS229TUI_HOME to another folder.")
    # Where a damaged file makes SQLite complain in bytes that are no text, Python cannot even say what it said.
    garbled = isinstance(error, UnicodeDecodeError)
    if garbled or re.search("not a database|malformed|could not decode", text, re.IGNORECASE):
        return DatabaseError(
            f"{where} is damaged or not a cs229tui library.",
            "Restore a backup with: cs229tui restore FILE. The damaged file is left as it is.",
        )
    return DatabaseError(f"{where}: {text[:200]}.", "Run: cs229tui doctor")
