"""What the history of runs is narrowed to, kept from one start to the next, and in words."""

import json
from pathlib import Path

import msgspec

from cs229tui.clean import clean_values
from cs229tui.errors import ReportableError
from cs229tui.library.run_history import Order, Wanted
from cs229tui.whole import write_whole

ORDERS: dict[Order, str] = {
    "newest": "newest first",
    "longest": "longest first",
    "lab": "by lab",
    "verdicts": "best verdicts first",
    "state": "by state",
}
ORDERED_BY: dict[str, Order] = {
    "lab": "lab",
    "state": "state",
    "claims": "verdicts",
    "took": "longest",
    "started": "newest",
}
"""The order that a click on the title of a column asks for."""


def read_kept(path: Path) -> Wanted:
    """What was kept; everything where the file is missing or says something else."""
    try:
        return msgspec.convert(clean_values(json.loads(path.read_text("utf-8"))), Wanted)
    except (OSError, ValueError, RecursionError):
        return Wanted()


def keep(path: Path, wanted: Wanted) -> None:
    """Keep it; raises `ReportableError`."""
    try:
        write_whole(path, msgspec.json.encode(wanted).decode())
    except OSError as error:
        raise ReportableError(f"What Labs lists cannot be kept: {error.strerror}.", "Check the folder.") from error
