"""One answer being written to a partial file: looked at, measured, and taken for what it is."""

import codecs
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from cs229tui.clean import clean_line
from cs229tui.documents.fetching.partial import HEAD, Notes, Partial
from cs229tui.documents.fetching.refusals import (
    BY_HAND,
    LOOKED_AT,
    CancelledError,
    CutOffError,
    instead_of_pdf,
    page_refused,
)
from cs229tui.documents.fetching.stopping import Stop
from cs229tui.documents.fetching.web import Manners, body, explained
from cs229tui.errors import FetchError

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int], None]
# A PDF; a web page, or whatever else is there; or plain text.
Want = Literal["pdf", "page", "text"]
_PATIENT_SECONDS = 30
# Python's own, some of which take for ever; no page is in them.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "utf-7"})
_TEXTS = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<script", b"<body", b"<!--")


class Receiving:
    """One answer being written to a partial file."""

    def __init__(
        self, response: "httpx.Response", partial: Partial, want: Want, final: str, manners: Manners, deadline: float
    ) -> None:
        self.response = response
        self.partial = partial
        self.want = want
        self.final = final
        self.manners = manners
        self.deadline = deadline
        self.host = urlsplit(partial.url).hostname or ""
        self.started = time.monotonic()
        self.received = 0
        self.packed = response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
        self.etag = _printable(response.headers.get("etag", ""))
        self.modified = _printable(response.headers.get("last-modified", ""))
        self.total = self._announced()
        self.suffix = ""
        self.largest = manners.largest

    def _announced(self) -> int:
        """The size of the whole as the server tells it, 0 where it does not; what cannot be gone on with is dropped."""
        partial, headers = self.partial, self.response.headers
        length = headers.get("content-length", "")
        expected = int(length) if length.isdigit() and len(length) < 16 and not self.packed else 0
        if self.response.status_code == 206:
            place = re.fullmatch(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", headers.get("content-range", ""))
            other = partial.notes.validator not in (self.etag or partial.notes.validator, self.modified)
            if self.packed or other or not place or int(place[1]) != partial.size:
                partial.restart()
                raise CutOffError(f"{self.host} goes on at another place or file than we asked for.", "Try again.")
            return int(place[2]) if place[2] != "*" else (partial.size + expected if expected else 0)
        if partial.size:
            partial.restart()
        validator = self.etag or self.modified
        # A weak tag does not promise the same bytes.
        resumable = "" if self.packed or validator.startswith("W/") else validator
        partial.remember(Notes(partial.url, resumable))
        return expected

    def all(self, progress: Progress | None, cancel: Stop | None) -> Path:
        """Receive the rest, check it, and give the whole its name."""
        self._not_too_large(self.total)
        head = b"" if self.partial.size == 0 else None
        if head is None:
            self.suffix = ".pdf" if self.want == "pdf" else self._sniffed(self._start())
        with explained(self.host, cancel):
            for chunk in body(self.response, self.host):
                self.received += len(chunk)
                if head is not None:
                    head += chunk
                    if len(head) < HEAD:
                        continue
                    chunk, head = self._checked(head), None
                self._write(chunk)
                if cancel is not None and cancel.is_set():
                    raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.")
                self._not_too_slow()
                if progress:
                    progress(self.partial.size, max(self.total, self.partial.size) if self.total else 0)
        if cancel is not None and cancel.is_set():
            raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.")
        if head is not None:
            self._write(self._checked(head))
        if progress:
            progress(self.partial.size, self.partial.size)
        return self._finished()

    def _start(self) -> bytes:
        self.partial.file.seek(0)
        start = self.partial.file.read(HEAD)
        self.partial.file.seek(0, 2)
        return start

    def _write(self, chunk: bytes) -> None:
        self.partial.size += self.partial.file.write(chunk)
        self._not_too_large(self.partial.size)

    def _not_too_large(self, size: int) -> None:
        if size > self.largest:
            self.partial.restart()
            raise FetchError(
                f"{self.host} sends more than {self.largest / 1e6:.0f} MB.",
                "If that is right, download it in a browser and attach the file.",
                "large",
            )

    def _not_too_slow(self) -> None:
        moment = time.monotonic()
        took = moment - self.started
        if moment > self.deadline or (took > _PATIENT_SECONDS and self.received < took * self.manners.slowest):
            self.partial.file.flush()
            raise CutOffError(f"{self.host} sends too slowly.", "Run it again: it goes on where it stopped.")

    def _checked(self, head: bytes) -> bytes:
        """The first bytes, if they are of what is wanted."""
        self.suffix = self._sniffed(head)
        if self.suffix == ".pdf":
            return head
        if self.suffix == ".html" and self.want != "page":
            page = beginning(self.response, self.host, self.manners, head)
            self.partial.restart()
            raise instead_of_pdf(self.response.headers, self.host, self.final, page)
        if not self.suffix or self.want == "pdf":
            kind = clean_line(self._type(), 60)
            what = f"something else ({kind})" if kind and kind != "application/pdf" else "something else"
            wanted = {"pdf": "a PDF", "page": "a web page", "text": "a text"}[self.want]
            raise FetchError(f"{self.host} gives {what}, not {wanted}.", BY_HAND, "changed")
        self.largest = self.manners.largest_page
        self._not_too_large(self.total)
        return head

    def _type(self) -> str:
        return str(self.response.headers.get("content-type", "")).split(";")[0].strip().lower()

    def _sniffed(self, head: bytes) -> str:
        """The suffix of what comes, by its bytes first and by what the server says of it second; empty for others."""
        if b"%PDF-" in head[:HEAD]:
            return ".pdf"
        kind = self._type()
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
        if start.startswith(_MARKUP) or kind in ("text/html", "application/xhtml+xml"):
            return ".html"
        if b"<html" in head.lower():
            return ".html"
        plain = kind in _TEXTS or (self.want == "text" and (not kind or kind.startswith("text/")))
        if self.want == "pdf" or not plain or b"\0" in head:
            return ""
        return ".txt" if self.final.lower().endswith(".txt") else ".md"

    def _finished(self) -> Path:
        partial = self.partial
        partial.file.flush()
        if self.total and partial.size != self.total:
            if partial.size > self.total:
                partial.restart()
            raise CutOffError(f"{self.host} sent {partial.size:,} bytes instead of {self.total:,}.", "Try again.")
        chunked = "transfer-encoding" in self.response.headers
        if not self.total and not chunked and not self._has_end():
            partial.restart()
            what = "PDF" if self.suffix == ".pdf" else "page"
            raise CutOffError(f"{self.host} sent only the beginning of the {what}.", "Try again.")
        content = None
        if self.suffix == ".html":
            content = self._page()
        elif partial.size == 0:
            raise FetchError(f"{self.host} sends nothing.", BY_HAND, "changed")
        return partial.complete(self.suffix, self.etag, self.modified, content)

    def _has_end(self) -> bool:
        """Whether what comes without its length ends as such a thing does."""
        if self.suffix in (".md", ".txt"):
            return True
        self.partial.file.seek(max(0, self.partial.size - 8192))
        end = self.partial.file.read()
        if self.suffix == ".pdf":
            return b"%%EOF" in end
        return b"</html" in end.lower() or b"</body" in end.lower()

    def _page(self) -> bytes:
        """A page as UTF-8 that says so, where the server tells its encoding; else as it came."""
        self.partial.file.seek(0)
        content = self.partial.file.read()
        if not content.strip():
            raise FetchError(f"{self.host} sends an empty page.", BY_HAND, "changed")
        seen = content[:LOOKED_AT].decode("utf-8", "replace")
        if error := page_refused(self.response.headers, self.host, self.partial.url, self.final, seen):
            self.partial.restart()
            raise error
        charset = self.response.charset_encoding
        if not charset or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            return content
        try:
            if codecs.lookup(charset).name in _NO_CHARSETS:
                return content
            # The mark at the beginning stands above what the page says of itself, as the server's word does.
            return b"\xef\xbb\xbf" + content.decode(charset).encode("utf-8", "replace")
        except (LookupError, UnicodeError):
            return content


def beginning(response: "httpx.Response", host: str, manners: Manners, head: bytes = b"") -> str:
    """As much of a page as tells what it is; nothing where it cannot be had soon."""
    read, until = bytearray(head), time.monotonic() + manners.read
    try:
        with explained(host):
            for chunk in body(response, host):
                read += chunk
                if len(read) > LOOKED_AT or time.monotonic() > until:
                    break
    except FetchError:
        # It is a refusal whatever else it says.
        return bytes(read).decode("utf-8", "replace")
    return bytes(read[:LOOKED_AT]).decode("utf-8", "replace")


def _printable(value: str) -> str:
    """A header's value that can be sent back; empty where it cannot."""
    return value if value.isascii() and value.isprintable() and len(value) < 300 else ""
