"""Taking turns: one request to a host at a time among all copies of the program, and never in a hurry."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cs229tui.documents.addresses import slug
from cs229tui.documents.refusals import CancelledError
from cs229tui.errors import FetchError


@contextmanager
def turn(cache: Path, family: str, spacing: float, cancel: threading.Event | None) -> Iterator[Callable[[], None]]:
    """Hold a host for ourselves among all copies of the program; calling what is given waits until a request is due."""
    stop = cancel or threading.Event()
    folder = cache / "turns"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / slug(family, 100)).open("a+", encoding="ascii")
    except OSError as error:
        raise FetchError(f"{folder} cannot be written: {error.strerror}.", "Check the folder.") from error
    with file:
        while not locked(file):
            if stop.wait(0.05):
                raise CancelledError("Stopped.")

        def wait() -> None:
            file.seek(0)
            try:
                last = float(file.read(40) or 0)
            except ValueError:
                last = 0.0
            # A clock that was set back must not make us wait for hours.
            if stop.wait(max(0.0, min(spacing, last + spacing - time.time()))):
                raise CancelledError("Stopped.")
            file.truncate(0)
            file.write(f"{time.time():.3f}")
            file.flush()

        yield wait


def locked(file: IO[str] | IO[bytes]) -> bool:
    """Whether we now hold the lock of an open file; it goes when the file is closed."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: go on without.
        return True
    return True
