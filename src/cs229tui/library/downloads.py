"""What each address gave when it was last asked for a reading's document."""

from datetime import datetime, timedelta

import msgspec

from cs229tui.clock import now, timestamp
from cs229tui.library.database import Database, writing

# What most likely is the same tomorrow; the rest is worth another try at any time.
LASTING: frozenset[str] = frozenset(
    {"paywalled", "log-in", "gone", "changed", "refused", "large", "unsafe", "unreadable"}
)
REST = timedelta(days=7)


class Download(msgspec.Struct, frozen=True):
    """What `address` gave for `reading`: the `outcome`, since when, and in `detail` one sentence of it. The outcome is
    "kept" where its document is here, else one of the words of `documents/fetching/outcome.py`.

    `etag` and `modified` are what the server knows the bytes by, `document` is their SHA-256 here; `again` is when the
    server lets us ask again.
    """

    reading: str
    address: str
    outcome: str
    detail: str = ""
    etag: str = ""
    modified: str = ""
    document: str | None = None
    asked: str = ""
    since: str = ""
    again: str = ""


def record_download(database: Database, download: Download) -> None:
    """Keep what an address gave; what it gave before stays known as long as it is no better than this."""
    moment = download.asked or timestamp()
    with writing(database) as tables:
        before = download_of(database, download.reading, download.address)
        since = before.since if before and before.outcome == download.outcome else moment
        made = msgspec.structs.replace(download, asked=moment, since=since)
        if before and made.document is None:
            # An address that fails today still gave these bytes once: they need not come again.
            made = msgspec.structs.replace(made, document=before.document, etag=before.etag, modified=before.modified)
        tables.table("download").upsert(msgspec.structs.asdict(made), pk=("reading", "address"))


def download_of(database: Database, reading: str, address: str) -> Download | None:
    """What one address gave for one reading."""
    sql = "SELECT * FROM download WHERE reading = ? AND address = ?"
    return next((Download(**row) for row in database.query(sql, [reading, address])), None)


def downloads(database: Database) -> dict[str, dict[str, Download]]:
    """What every address gave, by reading and address, the address asked last at the end."""
    found: dict[str, dict[str, Download]] = {}
    for row in database.query("SELECT * FROM download ORDER BY asked"):
        found.setdefault(row["reading"], {})[row["address"]] = Download(**row)
    return found


def unavailable(database: Database) -> dict[str, Download]:
    """For every reading that was asked for and has no document: what the first of its addresses gave."""
    sql = (
        "SELECT * FROM download WHERE outcome <> 'kept' AND reading NOT IN (SELECT reading FROM attachment)"
        " ORDER BY asked DESC"
    )
    return {row["reading"]: Download(**row) for row in database.query(sql)}


def kept_from(database: Database, address: str) -> Download | None:
    """What an address gave, to whichever reading, if that is still in the library."""
    sql = (
        "SELECT download.* FROM download JOIN document ON document.sha256 = download.document"
        " WHERE download.address = ? AND download.outcome = 'kept' ORDER BY download.asked DESC LIMIT 1"
    )
    return next((Download(**row) for row in database.query(sql, [address])), None)


def resting(download: Download, moment: datetime | None = None) -> bool:
    """Whether an address need not be asked again yet: the server said when, or what it gave will hardly change."""
    moment = moment or now()
    if download.again and download.again > stamp(moment):
        return True
    return download.outcome in LASTING and download.asked > stamp(moment - REST)


def stamp(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
