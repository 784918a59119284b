"""Sixels: pixels as text, six of a column in a character (VT3xx Graphics Programming, chapter 14).

A row of cells is one sequence of its own, so that a page can be scrolled by rows without being encoded anew.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cs229tui.tui.pictures.painting import is_grey

if TYPE_CHECKING:
    from PIL import Image

MOST_COLOURS = 64
_GREYS = 16
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)
_PRINTABLE = bytes(min(value + 63, 255) for value in range(256))


def encode_rows(image: "Image.Image", down: int, colours: int = MOST_COLOURS) -> tuple[str, ...]:
    """An RGB image as sixel sequences, one for each row of cells, `down` pixels high; at most so many `colours`."""
    from PIL import Image

    most = max(2, min(colours, _GREYS if is_grey(image) else MOST_COLOURS))
    flat = image.quantize(most, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    width, height = flat.size
    pixels = flat.tobytes()
    palette = flat.getpalette() or []
    return tuple(
        _encode(pixels[top * width : min(top + down, height) * width], width, palette) for top in range(0, height, down)
    )


def _encode(pixels: bytes, width: int, palette: list[int]) -> str:
    """Indexed pixels as one sequence; pixels below the last row are left as they are on the screen."""
    height = len(pixels) // width
    used = sorted(set(pixels))
    parts = [f'\x1bP0;1;0q"1;1;{width};{height}'.encode()]
    for colour in used:
        red, green, blue = (round(part * 100 / 255) for part in palette[3 * colour : 3 * colour + 3])
        parts.append(b"#%d;2;%d;%d;%d" % (colour, red, green, blue))
    for top in range(0, height, 6):
        rows = [pixels[at * width : (at + 1) * width] for at in range(top, min(top + 6, height))]
        lines = []
        for colour in sorted(set(b"".join(rows))):
            bits = 0
            for bit, row in enumerate(rows):
                bits |= int.from_bytes(row.translate(_picked(colour, bit)), "big")
            line = bits.to_bytes(width, "big").translate(_PRINTABLE).rstrip(b"?")
            lines.append(b"#%d" % colour + _RUN.sub(_shortened, line))
        parts.append(b"$".join(lines) + b"-")
    return (b"".join(parts).rstrip(b"-") + b"\x1b\\").decode("ascii")


@lru_cache(maxsize=6 * 256)
def _picked(colour: int, bit: int) -> bytes:
    """A table that turns one colour into a bit and every other one into nothing."""
    return bytes(1 << bit if value == colour else 0 for value in range(256))


def _shortened(run: re.Match[bytes]) -> bytes:
    return b"!%d%c" % (len(run[0]), run[0][0])
