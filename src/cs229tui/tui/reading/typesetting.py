"""How the reader sets its text, as its settings say, and what the keys for that do to them."""

from dataclasses import dataclass
from typing import Any

from cs229tui.config import Settings
from cs229tui.tui.reading.wrap import Measure

NARROWEST, WIDEST = 30, 160
_WIDER = 4
_INDENTS = (0, 2, 4)

ASKED = "w W width  i indent  I gaps  s spacing  j justify"
"""What the line says while it waits for a letter."""


@dataclass(frozen=True)
class Typesetting:
    """The column's greatest width in cells, and how lines and paragraphs stand in it."""

    text_width: int = 84
    justify: bool = False
    paragraph_indent: int = 0
    paragraph_gap: bool = True
    line_spacing: int = 1
    page_marks: bool = True

    def measure(self, width: int) -> Measure:
        """The measure of a column that is so wide."""
        return Measure(width, self.justify, int(self.paragraph_gap), self.paragraph_indent, self.line_spacing)


def typesetting(settings: Settings) -> Typesetting:
    """What the settings say."""
    return Typesetting(
        settings.text_width,
        settings.justify,
        settings.paragraph_indent,
        settings.paragraph_gap,
        settings.line_spacing,
        settings.page_marks,
    )


def changed(settings: Settings, letter: str, count: int = 0, room: int = WIDEST) -> tuple[str, Any, str]:
    """The setting that a letter changes, what to, and the words for it; a count says to what outright.

    `room` is how wide a column the window has room for: what lies beyond it is not seen, so steps begin there.
    """
    if letter in "wW":
        shown = min(settings.text_width, max(room, NARROWEST))
        wanted = count or shown + (_WIDER if letter == "w" else -_WIDER)
        width = max(NARROWEST, min(wanted, WIDEST))
        full = " · as wide as the window" if width >= room else ""
        return "text_width", width, f"width {width}{full}"
    if letter == "i":
        following = next((indent for indent in _INDENTS if indent > settings.paragraph_indent), 0)
        indent = min(count, 8) if count else following
        return "paragraph_indent", indent, f"paragraphs indented by {indent}" if indent else "paragraphs not indented"
    if letter == "I":
        gap = not settings.paragraph_gap
        return "paragraph_gap", gap, "a blank line between paragraphs" if gap else "no line between paragraphs"
    if letter in "sS":
        spacing = min(count, 2) if count else 3 - settings.line_spacing
        return "line_spacing", spacing, f"line spacing {spacing}"
    justify = not settings.justify
    return "justify", justify, "justified" if justify else "ragged right"


LETTERS = "wWiIsSj"
"""What `changed` knows."""
