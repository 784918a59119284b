"""Pictures of characters alone: each cell has two colours and a block that says which of its dots has which.

A cell has two dots across and two down (quadrants), or three (sextants) where the terminal's font has those.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cs229tui.tui.pictures.painting import Colour

if TYPE_CHECKING:
    from PIL import Image

ACROSS = 2
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_FLAT = 18


class Block(NamedTuple):
    """A cell: its character, the colour of the character and that around it."""

    character: str
    front: Colour
    back: Colour


def encode_cells(image: "Image.Image", down: int) -> tuple[tuple[Block, ...], ...]:
    """An RGB image as rows of cells of 2 × `down` dots (2 or 3)."""
    width, height = image.size
    pixels = image.tobytes()
    stride = 3 * width
    rows = []
    for top in range(0, height - down + 1, down):
        lines = [pixels[(top + at) * stride : (top + at + 1) * stride] for at in range(down)]
        rows.append(
            tuple(
                _block(b"".join(line[left : left + 3 * ACROSS] for line in lines))
                for left in range(0, stride - 3 * ACROSS + 1, 3 * ACROSS)
            )
        )
    return tuple(rows)


@lru_cache(maxsize=32768)
def _block(dots: bytes) -> Block:
    """The block that comes nearest to some dots, in reading order, three bytes each."""
    colours = [(dots[at], dots[at + 1], dots[at + 2]) for at in range(0, len(dots), 3)]
    lights = [2 * red + 5 * green + blue for red, green, blue in colours]
    order = sorted(range(len(colours)), key=lights.__getitem__)
    if lights[order[-1]] - lights[order[0]] < 8 * _FLAT:
        back = _mean(colours)
        return Block(" ", back, back)
    # The cut that leaves the two groups farthest apart (Otsu's).
    total, dark, best, cut = sum(lights), 0, -1.0, 1
    for size in range(1, len(order)):
        dark += lights[order[size - 1]]
        rest = len(order) - size
        apart = size * rest * (dark / size - (total - dark) / rest) ** 2
        if apart > best:
            best, cut = apart, size
    front, back = _mean([colours[at] for at in order[:cut]]), _mean([colours[at] for at in order[cut:]])
    return Block(character(sum(1 << at for at in order[:cut]), len(colours) // ACROSS), front, back)


def character(dots: int, down: int) -> str:
    """The character whose dots are set: bit 0 the upper left, bit 1 the upper right, and so on downwards."""
    if down == 2:
        return _QUADRANTS[dots]
    known = {0: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}
    # The row of sextants leaves out the four that were there before.
    return known.get(dots) or chr(0x1FB00 + dots - 1 - (dots > 0b010101) - (dots > 0b101010))


def _mean(colours: list[Colour]) -> Colour:
    count = len(colours)
    red, green, blue = (sum(part) // count for part in zip(*colours, strict=True))
    return red, green, blue
