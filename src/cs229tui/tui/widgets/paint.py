"""How lines of a passage are drawn: the inks, made from the theme's colours with legible contrast, and the strips."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cs229tui.library.annotations import Colour
from cs229tui.tui.reading.wrap import KEPT_LINES, Layout, cell_width, shown

HUES: dict[Colour, str] = {
    "yellow": "#e8c341",
    "red": "#e8625c",
    "green": "#63bd66",
    "blue": "#4ba3ea",
    "purple": "#b07ae6",
}
GUTTER = 3
_LETTERS = "".join(name[0] for name in HUES)
# Of several in a line's gutter the first of these is shown.
_SIGNS = "?✓▪⌂" + _LETTERS + "▏"
_LEGIBLE = 4.5
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)
_APART = 1.25
"""Colours of words that differ less than this need another sign."""


class Mark(NamedTuple):
    """Something painted over characters `start` to `end` of a block; `sign` stands in the gutter where it begins."""

    start: int
    end: int
    ink: str
    sign: str = ""
    id: str = ""


@dataclass(frozen=True)
class Inks:
    """The styles of one theme, by name; `base` has both colours, the others are laid over it."""

    base: Style
    named: dict[str, Style]


def contrast(one: Color, other: Color) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""

    def luminance(color: Color) -> float:
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tint(background: Color, foreground: Color, hue: Color, most: float = 0.4) -> Color:
    """As much of a hue on the background as leaves the foreground legible."""
    steps = [most * step / 8 for step in range(8, 1, -1)]
    mixed = [background.blend(hue, step) for step in steps]
    return next((color for color in mixed if contrast(color, foreground) >= _LEGIBLE), mixed[-1])


def make_inks(background: Color, foreground: Color, primary: Color, accent: Color) -> Inks:
    """The inks of a theme; a terminal's own sixteen colours are used as they are: nobody knows their looks."""
    base = Style(color=foreground.rich_color, bgcolor=background.rich_color)
    plain = {
        "strong": Style(bold=True),
        "caption": Style(italic=True),
        "figure": Style(italic=True),
        "found": Style(underline=True),
        "cursor": Style(reverse=True),
    }
    if background.ansi is not None or foreground.ansi is not None:
        marks = {"yellow": "yellow", "red": "red", "green": "green", "blue": "blue", "purple": "magenta"}
        return Inks(
            base,
            plain
            | {name: Style.parse(f"black on {colour}") for name, colour in marks.items()}
            | {f"sign-{name}": Style.parse(f"bold {colour}") for name, colour in marks.items()}
            | {
                "muted": Style(dim=True),
                "title": Style(bold=True),
                "heading": Style.parse("bold blue"),
                "selection": Style.parse("black on bright_cyan"),
                "hit": Style.parse("black on bright_yellow"),
                "hit-now": Style.parse("bold black on bright_green"),
                "lit": Style(bold=True, reverse=True),
                "pointer": Style(underline=True),
            },
        )

    def on(hue: str | Color, most: float = 0.4) -> Style:
        # The letters on a tint are the text's own: a muted or coloured word would be hard to read on it.
        under = tint(background, foreground, Color.parse(hue), most)
        # A theme whose text is pale leaves no room for a tint: there it is stronger on one.
        end = _BLACK if contrast(under, _BLACK) > contrast(under, _WHITE) else _WHITE
        stronger = (foreground.blend(end, step / 10) for step in range(11))
        letters = next((color for color in stronger if contrast(under, color) >= _LEGIBLE), end)
        return Style(color=letters.rich_color, bgcolor=under.rich_color)

    def ink(hue: str | Color) -> Style:
        hue = Color.parse(hue)
        mixed = [hue.blend(foreground, step / 10) for step in range(11)]
        legible = (color for color in mixed if contrast(background, color) >= _LEGIBLE)
        return Style(color=next(legible, foreground).rich_color)

    pointing = ink(primary)
    if contrast(Color.from_rich_color(pointing.color), foreground) < _APART:
        pointing += Style(underline=True)
    greys = [background.blend(foreground, step / 20) for step in range(11, 20)]
    muted = next((color for color in greys if contrast(background, color) >= _LEGIBLE), foreground)
    return Inks(
        base,
        plain
        | {name: on(hue) for name, hue in HUES.items()}
        | {f"sign-{name}": ink(hue) + Style(bold=True) for name, hue in HUES.items()}
        | {
            "muted": Style(color=muted.rich_color),
            "title": Style(bold=True),
            "heading": ink(primary) + Style(bold=True),
            "selection": on(primary, 0.55),
            "hit": on(accent, 0.5),
            "hit-now": Style(color=background.rich_color, bgcolor=ink(accent).color, bold=True),
            "lit": Style(color=background.rich_color, bgcolor=ink(primary).color),
            "pointer": pointing,
        },
    )


_KINDS = {
    "title": ("title",),
    "heading": ("heading",),
    "caption": ("muted", "caption"),
    "figure": ("muted", "figure"),
    "footnote": ("muted",),
    "page": ("muted",),
}


def kind_style(inks: Inks, kind: str, level: int) -> Style:
    """How the text of a kind of block is drawn."""
    if kind == "heading" and level > 2:
        return inks.base + inks.named["strong"]
    style = inks.base
    for name in _KINDS.get(kind, ()):
        style += inks.named[name]
    return style


@dataclass(frozen=True)
class Frame:
    """Where the text column stands in the widget: its left edge, the widget's width; `pan` moves kept lines left."""

    left: int
    width: int
    pan: int = 0


def draw_line(
    layout: Layout, row: int, marks: Sequence[Mark], inks: Inks, frame: Frame, page_mark: str = "", text: str = ""
) -> Strip:
    """The strip of one line, as wide as the frame: gutter sign, text with its marks, page mark in the right margin.

    Later marks are laid over earlier ones. `text` replaces what the block says (a page without text).
    """
    line = layout.lines[row]
    base = inks.base
    block = layout.flow[line.block] if line.block >= 0 else None
    segments = [Segment(" " * (frame.left + line.indent), base)]
    body: list[Segment] = []
    if block is not None:
        style = kind_style(inks, block.kind, block.level)
        here = [mark for mark in marks if mark.start < line.end and mark.end > line.start]
        signs = [(sign, mark.ink) for mark in here if (sign := _sign(mark, line.start))]
        if signs and frame.left >= 2:
            sign, ink = min(signs, key=lambda one: _SIGNS.find(one[0]))
            segments = [
                Segment(" " * (frame.left - 2), base),
                Segment(sign + " ", base + inks.named.get(f"sign-{ink}", inks.base)),
                Segment(" " * line.indent, base),
            ]
        if block.kind == "quote" and line.indent >= 2:
            segments[-1] = Segment(segments[-1].text[:-2], base)
            segments.append(Segment("│ ", base + inks.named["muted"]))
        body = [Segment(text, style)] if text else _body(layout, row, here, inks, style)
        if block.kind in KEPT_LINES:
            body = _panned(body, frame, line.indent, base + inks.named["muted"])
    strip = Strip([*segments, *body])
    length = strip.cell_length
    if page_mark and length + len(page_mark) + 1 <= frame.width:
        room = frame.width - length - len(page_mark)
        strip = Strip([*strip, Segment(" " * room, base), Segment(page_mark, base + inks.named["muted"])], frame.width)
    return strip.adjust_cell_length(frame.width, base)


def _sign(mark: Mark, start: int) -> str:
    """What stands in the gutter for a mark: its sign where it begins, a line where a highlight goes on."""
    if mark.start >= start or not mark.sign:
        return mark.sign
    return "▏" if mark.sign in _LETTERS else ""


def _body(layout: Layout, row: int, marks: Sequence[Mark], inks: Inks, style: Style) -> list[Segment]:
    line = layout.lines[row]
    whole = layout.flow[line.block].text
    # Spaces at the end of a line are drawn for the cursor alone.
    end = line.end
    while end > line.start and whole[end - 1] in " \n":
        end -= 1
    end = max(end, max((min(mark.end, line.end) for mark in marks if mark.ink == "cursor"), default=end))
    columns = layout.columns(line)
    cuts = {line.start, end}
    for mark in marks:
        cuts.add(max(mark.start, line.start))
        cuts.add(min(mark.end, end))
    edges = sorted(cut for cut in cuts if line.start <= cut <= end)
    segments: list[Segment] = []
    for low, high in pairwise(edges):
        inked = style
        for mark in marks:
            if mark.start <= low and mark.end >= high:
                inked += inks.named[mark.ink]
        segments.append(Segment(_drawn(whole, low, high, line.start, columns), inked))
    return segments


def _drawn(whole: str, low: int, high: int, start: int, columns: list[int] | None) -> str:
    if columns is None:
        return shown(whole[low:high])
    parts = []
    for at in range(low, high):
        character = whole[at]
        room = columns[at - start + 1] - columns[at - start]
        parts.append(shown(character) + " " * (room - cell_width(character)))
    return "".join(parts)


def _panned(body: list[Segment], frame: Frame, indent: int, more: Style) -> list[Segment]:
    """Lines that are not wrapped, moved left by the frame's pan; a sign says where they go on."""
    strip = Strip(body)
    room = max(frame.width - frame.left - indent - 1, 1)
    if strip.cell_length <= room and not frame.pan:
        return body
    cut = strip.crop(frame.pan, frame.pan + room)
    if strip.cell_length > frame.pan + room:
        return [*cut.crop(0, room - 1), Segment("›", more)]
    return list(cut)
