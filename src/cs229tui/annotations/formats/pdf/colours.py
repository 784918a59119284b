"""The five semantic colours in PDFs, and which of them another program's colour means."""

import colorsys
import re
from collections.abc import Sequence

from cs229tui.library.annotations import Colour

Rgb = tuple[float, float, float]

# Zotero's own, so that it shows them by its own names.
COLOURS: dict[Colour, str] = {
    "yellow": "#ffd400",
    "red": "#ff6666",
    "green": "#5fb236",
    "blue": "#2ea8e5",
    "purple": "#a28ae5",
}
# The hues, in degrees, at which one begins to be called by the next name.
_UPTO: tuple[tuple[float, Colour], ...] = ((22, "red"), (72, "yellow"), (168, "green"), (238, "blue"), (318, "purple"))


def rgb(code: str) -> Rgb | None:
    """A colour written as #rrggbb."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", code):
        return None
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def hexadecimal(colour: Rgb) -> str:
    """A colour as #rrggbb."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def colour_of(numbers: Sequence[float]) -> Rgb | None:
    """The colour that a PDF's numbers mean: grey, red-green-blue or inks; none for a transparent one."""
    parts = [min(1.0, max(0.0, number)) for number in numbers]
    if len(parts) == 1:
        return parts[0], parts[0], parts[0]
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if len(parts) == 4:
        cyan, magenta, yellow, black = parts
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return None


def nearest(colour: Rgb | None) -> Colour:
    """Which of the five a colour is most like, by its hue; yellow for greys and where there is none."""
    if colour is None:
        return "yellow"
    hue, saturation, _ = colorsys.rgb_to_hsv(*colour)
    if saturation < 0.08:
        return "yellow"
    return next((name for most, name in _UPTO if hue * 360 < most), "red")
