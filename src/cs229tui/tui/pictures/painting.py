"""What is painted on a drawn page before it is shown: marker, selection, what was found, the cursor, other paper."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import Image

    from cs229tui.documents.pdf.wire import Drawn

Colour = tuple[int, int, int]


@dataclass(frozen=True, order=True)
class Ink:
    """Something painted over a rectangle of pixels; a marker leaves what is dark under it dark, as on paper. A frame is
    drawn around it, with its `sign` at a corner.
    """

    left: int
    top: int
    right: int
    bottom: int
    colour: Colour
    how: Literal["marker", "cursor", "frame"] = "marker"
    sign: str = ""


@dataclass(frozen=True)
class Paper:
    """The colours that stand for white and black, where a page is not shown as printed."""

    white: Colour
    black: Colour


def marker(hue: Colour, strength: float = 0.45) -> Colour:
    """A hue as light as a marker's, so that black text on it stays legible."""
    red, green, blue = (round(255 - strength * (255 - part)) for part in hue)
    return red, green, blue


def compose(drawn: "Drawn", size: tuple[int, int], inks: tuple[Ink, ...], paper: Paper | None) -> "Image.Image":
    """The drawing of `size` pixels as an RGB image, with its inks (in its own pixels) on it."""
    from PIL import Image, ImageChops

    image = Image.frombuffer("RGB", size, drawn.pixels, "raw", "RGB", drawn.stride, 1)
    if inks:
        image = image.copy()
    for ink in inks:
        if ink.how == "frame":
            continue
        box = (max(ink.left, 0), max(ink.top, 0), min(ink.right, size[0]), min(ink.bottom, size[1]))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        part = image.crop(box)
        solid = Image.new("RGB", part.size, ink.colour)
        painted = ImageChops.multiply(part, solid) if ink.how == "marker" else ImageChops.difference(part, solid)
        image.paste(painted, box)
    if paper:
        image = _on_paper(image, paper)
    # A frame is no part of what is printed: it has its colour on any paper.
    for ink in inks:
        if ink.how == "frame":
            _frame(image, ink)
    return image


def _frame(image: "Image.Image", ink: Ink) -> None:
    """A line around a rectangle, as thick as lets it be seen, and a sign on a patch of it where there is room."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    # Of a box that goes on beyond this piece of the page, the lines that are not on it are cut off.
    thick = max(1, min(4, (ink.right - ink.left) // 120))
    draw.rectangle((ink.left, ink.top, ink.right - 1, ink.bottom - 1), outline=ink.colour, width=thick)
    high = min(28, (ink.bottom - ink.top) // 4)
    if ink.sign and high >= 12 and ink.right - ink.left >= high:
        draw.rectangle((ink.left, ink.top, ink.left + high, ink.top + high), fill=ink.colour)
        dark = sum(ink.colour) > 384
        middle = (ink.left + high / 2, ink.top + high / 2)
        draw.text(middle, ink.sign, fill=(0, 0, 0) if dark else (255, 255, 255), anchor="mm", font_size=high * 0.8)


def _on_paper(image: "Image.Image", paper: Paper) -> "Image.Image":
    table: list[int] = []
    for white, black in zip(paper.white, paper.black, strict=True):
        table += [round(black + (white - black) * value / 255) for value in range(256)]
    return image.point(table)


def is_grey(image: "Image.Image") -> bool:
    """Whether an RGB image has no colours; most pages of papers have none."""
    from PIL import ImageChops

    red, green, blue = image.split()
    return not ImageChops.difference(red, green).getbbox() and not ImageChops.difference(green, blue).getbbox()
