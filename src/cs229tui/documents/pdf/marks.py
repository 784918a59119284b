"""The annotations that a PDF itself holds, as the reading child tells of them and is told to write them.

They are called marks here, to tell them from the student's annotations. What a child says of a file is not cleaned.
"""

import msgspec

Box = tuple[float, float, float, float]

# Of one file; what is beyond is left out, and the reader is told how many that are.
MOST_MARKS = 20_000
MOST_QUADS = 500
LONGEST_TEXT = 100_000
MOST_TEXT = 20_000_000

# The kinds we read, and what other programs call them: on text, as a box, as words put somewhere.
TEXT_KINDS = frozenset({"Highlight", "Underline", "StrikeOut", "Squiggly"})
BOX_KINDS = frozenset({"Square", "Circle", "Ink", "Line", "Polygon", "PolyLine", "Stamp", "Caret", "Redact"})
NOTE_KINDS = frozenset({"Text", "FreeText"})
KINDS = TEXT_KINDS | BOX_KINDS | NOTE_KINDS


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mark as it stands in a file: its `kind` is its subtype, `key` its object's number (empty without one).

    `box` and `quads` are left, bottom, right, top in the points that the page's boxes count in; `stretches` the
    characters (start, end) of the page's text below them. It `answers` the mark with that key, or where it is `grouped`
    belongs to it. `own` is what this program wrote for itself.
    """

    kind: str
    key: str = ""
    answers: str = ""
    grouped: bool = False
    state: bool = False
    box: Box | None = None
    quads: tuple[Box, ...] = ()
    stretches: tuple[tuple[int, int], ...] = ()
    contents: str = ""
    author: str = ""
    zotero_author: str = ""
    zotero_tags: str = ""
    name: str = ""
    created: str = ""
    modified: str = ""
    colour: tuple[float, ...] = ()
    own: dict[str, str] = {}


class NewMark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mark to be written on `page` (from 1): a Highlight, a Square or a Text.

    Without a `box` it goes to the top of its page, the next free place. It answers the mark at the index `answers` of
    those to be written, if that is not -1. Colour is red, green, blue from 0 to 1; dates are a PDF's.
    """

    kind: str
    page: int
    box: Box | None
    quads: tuple[Box, ...]
    name: str
    contents: str
    author: str
    created: str
    modified: str
    colour: tuple[float, float, float]
    subject: str = ""
    tags: tuple[str, ...] = ()
    answers: int = -1
    own: dict[str, str] = {}


class ReadMarks(msgspec.Struct, tag=True, frozen=True):
    """Send the marks of every page of the file at `path`, in order, and then `MarksEnd`."""

    path: str


class CountMarks(msgspec.Struct, tag=True, frozen=True):
    """Say with `MarksEnd` how many marks the file at `path` has, looking at no text."""

    path: str


class WriteMarks(msgspec.Struct, tag=True, frozen=True):
    """Write a copy of the PDF at `path`, with these marks added to those it has, into the file at `target`; the pages
    of the PDF `behind`, one of our own making, go behind its own.
    """

    path: str
    target: str
    marks: tuple[NewMark, ...]
    behind: str = ""


class PageMarks(msgspec.Struct, tag=True, frozen=True):
    """The marks on a page, and its text where there are any; `pages` is how many the file has."""

    number: int
    pages: int
    text: str = ""
    marks: tuple[Mark, ...] = ()


class MarksEnd(msgspec.Struct, tag=True, frozen=True):
    """All was said: `found` marks, of which `left_out` were beyond what is read; pages that could not be looked at."""

    found: int
    left_out: int = 0
    unread: tuple[int, ...] = ()


class Written(msgspec.Struct, tag=True, frozen=True):
    """The copy is written; `rewritten` where it does not begin with the original's bytes."""

    rewritten: bool
