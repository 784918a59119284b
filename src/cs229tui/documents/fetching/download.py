"""Bringing one address in from the network: streamed to a partial file, resumed, checked, and only then whole."""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cs229tui.documents.fetching.partial import Partial
from cs229tui.documents.fetching.receiving import Progress, Receiving, Want, beginning
from cs229tui.documents.fetching.refusals import CancelledError, CutOffError, refusal
from cs229tui.documents.fetching.stopping import Stop
from cs229tui.documents.fetching.web import Manners, opened
from cs229tui.errors import FetchError

_ATTEMPTS = 4
ANY = Manners()
_ACCEPT: dict[Want, str] = {
    "pdf": "application/pdf, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5",
    "text": "text/markdown, text/plain, */*;q=0.5",
}


@dataclass(frozen=True)
class Validators:
    """What the server knows by what we have of an address, to ask whether it is still the same."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Arrived:
    """A whole file in the cache, and the claim it is held by until it is kept elsewhere."""

    path: Path
    partial: Partial

    @property
    def validators(self) -> Validators:
        """To ask next time whether it is still the same."""
        return Validators(self.partial.notes.etag, self.partial.notes.modified)


def download(
    partial: Partial,
    cache: Path,
    want: Want = "pdf",
    progress: Progress | None = None,
    *,
    known: Validators | None = None,
    cancel: Stop | None = None,
    manners: Manners = ANY,
) -> Arrived | None:
    """What the claimed address gives, as a whole file in the cache; None where it is still what `known` says.

    What was cut off goes on. `progress` is told (bytes done, bytes in all or 0 where that is unknown); setting `cancel`
    stops it. Raises `FetchError`; the caller releases the claim.
    """
    if whole := partial.whole:
        return Arrived(whole, partial)
    try:
        path = _downloaded(partial, cache, want, progress, known, cancel, manners)
    except OSError as error:
        host = urlsplit(partial.url).hostname or partial.url
        raise FetchError(
            f"What {host} sends cannot be written: {error.strerror}.", "Check the disk and the cache folder."
        ) from error
    return Arrived(path, partial) if path else None


def _downloaded(
    partial: Partial,
    cache: Path,
    want: Want,
    progress: Progress | None,
    known: Validators | None,
    cancel: Stop | None,
    manners: Manners,
) -> Path | None:
    """Get the address into the partial file, going on where a broken connection left it; then give it its name."""
    host = urlsplit(partial.url).hostname or ""
    deadline = time.monotonic() + manners.total
    for attempt in range(_ATTEMPTS):
        before = partial.size
        try:
            with opened(partial.url, cache, manners, _headers(partial, want, known), cancel) as response:
                status = response.status_code
                if status == 304 and known:
                    return None
                if status == 416 and partial.size:
                    partial.restart()
                    continue
                final = str(response.extensions["address"])
                if status not in (200, 206):
                    said = beginning(response, host, manners) if status in (401, 402, 403, 503) else ""
                    raise refusal(status, response.headers, host, final, said)
                return Receiving(response, partial, want, final, manners, deadline).all(progress, cancel)
        except CutOffError as error:
            if cancel is not None and cancel.is_set():
                raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.") from error
            done = f" after {partial.size / 1e6:.1f} MB" if partial.size else ""
            if not partial.notes.validator:
                partial.restart()
            again = attempt + 1 < _ATTEMPTS and (partial.size > before or (before and not partial.size))
            if not again or time.monotonic() > deadline:
                remedy = "Run it again: it goes on where it stopped." if partial.size else "Try again."
                raise CutOffError(error.what.rstrip(".") + f"{done}.", remedy) from error
    raise FetchError(f"{host} does not let the download go on.", "Try again.")


def _headers(partial: Partial, want: Want, known: Validators | None) -> dict[str, str]:
    headers = {"Accept": _ACCEPT[want]}
    if partial.size and partial.notes.validator:
        return headers | {"Range": f"bytes={partial.size}-", "If-Range": partial.notes.validator}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.modified:
        headers["If-Modified-Since"] = known.modified
    return headers
