"""A PDF cut off or torn, put together again from the pages that are still in it. Runs only in the reading child."""

import re
import zlib
from collections.abc import Iterator

LARGEST = 64 * 1024 * 1024
_MOST_OBJECTS = 200_000
_MOST_UNPACKED = 64 * 1024 * 1024
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,8})\s+(\d{1,5})\s+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PACKED = re.compile(rb"/Type\s*/ObjStm(?![A-Za-z])")
_NUMBER = re.compile(rb"/(N|First)\s+(\d{1,8})\b")


def mended(data: bytes) -> bytes | None:
    """The file with a new page tree of all pages found in it, in their order; none where there is not one."""
    if b"/Encrypt" in data:
        return None
    whole = data + b"\nendstream\nendobj\n" + b"".join(_unpacked(data))
    pages: dict[bytes, bytes] = {}
    last = 0
    for count, (number, generation, head) in enumerate(_objects(whole)):
        if count > _MOST_OBJECTS:
            break
        last = max(last, int(number))
        if _PAGE.search(head):
            pages[number] = generation
    if not pages:
        return None
    kids = b" ".join(b"%b %b R" % page for page in pages.items())
    tree = b"%d 0 obj\n<< /Type /Pages /Count %d /Kids [%b] >>\nendobj\n" % (last + 1, len(pages), kids)
    root = b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n" % (last + 2, last + 1)
    end = b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n0\n%%%%EOF\n" % (last + 3, last + 2)
    return whole + tree + root + end


def _objects(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Number, generation and beginning of each object, as far as its stream."""
    for match in _OBJECT.finditer(data):
        head = data[match.end() : match.end() + 4000]
        yield match[1], match[2], re.split(rb"endobj|stream\r?\n", head, maxsplit=1)[0]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """The objects within object streams, each as one of its own."""
    left = _MOST_UNPACKED
    for match in _OBJECT.finditer(data):
        head = data[match.end() : match.end() + 1000]
        start = re.search(rb"stream\r?\n", head)
        entries = head[: start.start()] if start else b""
        if start is None or not _PACKED.search(entries):
            continue
        numbers = {name: int(value) for name, value in _NUMBER.findall(entries)}
        try:
            body = zlib.decompressobj().decompress(data[match.end() + start.end() :], left)
        except zlib.error:
            continue
        left -= len(body)
        if left <= 0:
            return
        first = numbers.get(b"First", 0)
        index = [int(word) for word in body[:first].split() if word.isdigit()]
        places = list(zip(index[::2], index[1::2], strict=False))
        for (number, place), following in zip(places, [*(p for _, p in places[1:]), len(body) - first], strict=False):
            yield b"%d 0 obj\n" % number + body[first + place : first + following] + b"\nendobj\n"
