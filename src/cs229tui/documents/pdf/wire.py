"""What the program and its reading child say to each other: MessagePack in frames of four-byte length, never pickle."""

import struct
from functools import cache
from importlib.metadata import version
from typing import BinaryIO

import msgspec

from cs229tui.documents.pdf.marks import CountMarks, MarksEnd, PageMarks, ReadMarks, WriteMarks, Written

# No page of honest text comes near this; a frame that claims more is a broken or hostile child.
LONGEST_FRAME = 96 * 1024 * 1024
_LENGTH = struct.Struct(">I")

# To be raised whenever the text, the boxes or the flow of a PDF come out differently.
_REVISION = 6


@cache
def pdf_extractors() -> tuple[str, str]:
    """The names and versions that offsets into PDF pages count in: PDFium's, and that of the second way, pypdf's."""
    return f"pdfium/{version('pypdfium2')}+{_REVISION}", f"pypdf/{version('pypdf')}+{_REVISION}"


class Open(msgspec.Struct, tag=True, frozen=True):
    """Open the file at `path`."""

    path: str


class ReadPages(msgspec.Struct, tag=True, frozen=True):
    """Send every page from `first` on, in order, and then `Done`."""

    first: int = 1


class Reflow(msgspec.Struct, tag=True, frozen=True):
    """Make one flow of the layouts of all pages, in order; an empty one stands for a page that could not be read.

    `simply`: lines in the file's order, nothing told apart; for a document on which the full way takes too long.
    """

    layouts: tuple[bytes, ...]
    labels: tuple[str, ...]
    outline: tuple[tuple[str, int, int, int], ...]
    title: str = ""
    simply: bool = False


class Draw(msgspec.Struct, tag=True, frozen=True):
    """Draw what of page `page`, made `width` × `height` pixels large, is between the pixels `left` and `right`, `top`
    and `bottom`; what of that is beyond the page is white.
    """

    page: int
    width: int
    height: int
    left: int
    top: int
    right: int
    bottom: int


class ReadText(msgspec.Struct, tag=True, frozen=True):
    """Read the saved web page at `path`, which came from `address`."""

    path: str
    address: str = ""


class Opened(msgspec.Struct, tag=True, frozen=True):
    """The file is open. The outline's lines are (title, level from 0, page from 1, height on the page or -1)."""

    pages: int
    title: str
    fingerprint: str
    extractor: str
    outline: tuple[tuple[str, int, int, float], ...]
    warnings: tuple[str, ...] = ()


class FoundLink(msgspec.Struct, frozen=True, array_like=True):
    """A link of the file's own on the characters `start` to `end`: to an address, or to a page (from 1) and how far
    `across` it and at which `height` (-1: it does not say).
    """

    start: int
    end: int
    url: str = ""
    page: int = 0
    across: float = -1.0
    height: float = -1.0


class PageRead(msgspec.Struct, tag=True, frozen=True):
    """One page: text and boxes as they are stored, `layout` for `Reflow`, `places` of the outline's lines on it."""

    number: int
    label: str
    width: float
    height: float
    text: str
    boxes: bytes
    layout: bytes
    places: tuple[tuple[int, int], ...] = ()
    warning: str = ""
    links: tuple[FoundLink, ...] = ()


class Done(msgspec.Struct, tag=True, frozen=True):
    """There are no more pages."""


class Reflowed(msgspec.Struct, tag=True, frozen=True):
    """The flow, encoded; for each page where a line end's hyphen belongs to the word itself; the outline and title, the
    file's own or what the headings say.
    """

    flow: bytes
    kept_hyphens: tuple[tuple[int, ...], ...]
    outline: tuple[tuple[str, int, int, int], ...]
    title: str = ""
    warnings: tuple[str, ...] = ()


class Drawn(msgspec.Struct, tag=True, frozen=True):
    """Part of a page: three bytes (red, green, blue) a pixel, rows of `stride` bytes.

    `matrix` (a, b, c, d, e, f) says where the points of the page's boxes stand: (x, y) is at a·x + c·y + e of the
    page's width from the left, b·x + d·y + f of its height from the top.
    """

    pixels: bytes
    stride: int
    matrix: tuple[float, float, float, float, float, float]


class TextRead(msgspec.Struct, tag=True, frozen=True):
    """A web page: the text and the links of each of its pages, its flow, both encoded, its title and outline."""

    pages: tuple[tuple[str, bytes], ...]
    flow: bytes
    title: str
    outline: tuple[tuple[str, int, int, int], ...]


class Failed(msgspec.Struct, tag=True, frozen=True):
    """The request could not be met; `why` is one of the reasons the engine knows how to explain."""

    why: str
    detail: str = ""


Request = Open | ReadPages | Reflow | Draw | ReadText | ReadMarks | CountMarks | WriteMarks
Reply = Opened | PageRead | Done | Reflowed | Drawn | TextRead | PageMarks | MarksEnd | Written | Failed


def frame(message: Request | Reply) -> bytes:
    """A message as it goes over the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def length_of(head: bytes) -> int:
    """How long the message after these four bytes is."""
    return int(_LENGTH.unpack(head)[0])


def read_request(stream: BinaryIO) -> Request | None:
    """The next request, none when the parent is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    body = stream.read(length_of(head))
    request: Request = msgspec.msgpack.decode(body, type=Request)
    return request


def parse_reply(body: bytes) -> Reply:
    """A reply, validated: the child has read hostile bytes and is not trusted."""
    reply: Reply = msgspec.msgpack.decode(body, type=Reply)
    return reply
