"""Taking turns: one request to a host at a time among all copies of the program, and never in a hurry."""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cs229tui.documents.addresses import slug
from cs229tui.documents.fetching.refusals import CancelledError
from cs229tui.errors import FetchError

_POLL_SECONDS = 0.05
_JITTER_SECONDS = 0.1


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
        while True:
            wait = _POLL_SECONDS
            if locked(file):
                wait = _until_due(file, spacing)
                if wait <= 0:
                    break
                # Whoever waits for the pause to end does not keep the others from it, nor is always the first after it.
                _unlock(file)
                wait += _JITTER_SECONDS * random.random()  # noqa: S311
            if stop.wait(wait):
                raise CancelledError("Stopped.")

        def take() -> None:
            if stop.wait(_until_due(file, spacing)):
                raise CancelledError("Stopped.")
            file.truncate(0)
            file.write(f"{time.time():.3f}")
            file.flush()

        yield take


def _until_due(file: IO[str], spacing: float) -> float:
    """How many seconds are left of the pause since the last request."""
    file.seek(0)
    try:
        last = float(file.read(40) or 0)
    except ValueError:
        last = 0.0
    left = last + spacing - time.time()
    # Of a clock that was set back meanwhile nothing is learnt.
    return left if 0.0 < left <= spacing + 1.0 else 0.0


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


def _unlock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        return
    import fcntl

    # A file system without locks has given none.
    with suppress(OSError):
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
