"""Dates as PDFs have them, D:20261123184000+01'00', and as programs that do not heed that have them."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"\s*(?:D:)?\s*(\d{4})[-/:]?(\d\d)?[-/:]?(\d\d)?[T ]?(\d\d)?:?(\d\d)?:?(\d\d)?(?:\.\d{1,9})?\s*"
    r"(?:([+-])(\d\d)['’:]?(\d\d)?['’]?|[zZ].{0,8})?"
)


def pdf_date(moment: str) -> str:
    """A stored moment (UTC, ISO 8601) as a PDF's date; empty for one that is none."""
    digits = re.sub(r"\D", "", moment[:19])
    return f"D:{digits}+00'00'" if len(digits) == 14 else ""


def moment_of(date: str) -> str:
    """A PDF's date as it is stored: UTC, ISO 8601 with a Z; empty for one that makes no sense."""
    found = _DATE.match(date[:60])
    if found is None:
        return ""
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    if year is None or not 1980 <= year < 2200:
        return ""
    hours, minutes = int(found[8] or 0), int(found[9] or 0)
    if hours > 14 or minutes > 59:
        hours = minutes = 0
    zone = timezone((1 if found[7] == "+" else -1) * timedelta(hours=hours, minutes=minutes)) if found[7] else UTC
    try:
        made = datetime(year, month or 1, day or 1, hour or 0, minute or 0, min(59, second or 0), tzinfo=zone)
    except ValueError:
        return ""
    return made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
