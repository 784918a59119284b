"""The time. `CS229TUI_NOW` (ISO 8601) freezes it, for tests and for the pictures in the documentation."""

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, in UTC."""
    frozen = os.environ.get("CS229TUI_NOW")
    if frozen:
        moment = datetime.fromisoformat(frozen)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as it is stored: UTC, ISO 8601 with milliseconds and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def timestamp() -> str:
    """The present moment as it is stored."""
    return stamp(now())
