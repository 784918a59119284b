"""Telling a person what went wrong, with an exit code, wherever the program was started; it needs no library."""

import os
import sqlite3
import sys
from collections.abc import Callable
from typing import NoReturn

from cs229tui.clean import clean
from cs229tui.errors import ReportableError


def say(message: str) -> None:
    """A message to the person, on standard error; a file name in it cannot steer the terminal."""
    print(clean(message), file=sys.stderr)  # noqa: T201


def report(error: ReportableError) -> NoReturn:
    """Say what happened and what to do, and end with the error's code."""
    say(f"cs229tui: {error.what}")
    if error.remedy:
        say(error.remedy)
    sys.exit(error.exit_code)


def reported(run: Callable[[], object]) -> None:
    """Run the program, or a part of it; never a traceback for what a person or her machine can cause."""
    try:
        run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("Interrupted.")
        sys.exit(1)
    except ReportableError as error:
        report(error)
    except sqlite3.Error as error:
        # What a query meets that opening the file could not foresee: damage, a lock, a full disk.
        from cs229tui.library.database import explained

        report(explained(error))
    except BrokenPipeError:
        # The reader of our output has gone; say nothing, not even at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        report(ReportableError(f"{name}{error.strerror or error}."))
