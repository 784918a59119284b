"""Numbers as colours: equal steps of a value look like equal steps of light (Ottosson's Oklab, 2020), or as shades."""

import math
from functools import cache

from rich.color import Color
from rich.style import Style

Colour = tuple[int, int, int]

STEPS = 64
SHADES = " ░▒▓█"
HALF = "▀"


@cache
def sequential(dark: bool) -> tuple[Colour, ...]:
    """From little to much: away from the screen's own background, violet over green to yellow, or the other way."""
    lights = [0.24 + 0.68 * at / (STEPS - 1) for at in range(STEPS)]
    hues = [300 - 200 * at / (STEPS - 1) for at in range(STEPS)]
    made = [_srgb(light, 0.115, hue) for light, hue in zip(lights, hues, strict=True)]
    return tuple(made if dark else reversed(made))


@cache
def diverging(dark: bool) -> tuple[Colour, ...]:
    """From less than nothing (blue) over nothing, which is the colour of the background, to more (orange)."""
    middle, ends = (0.26, 0.78) if dark else (0.96, 0.48)
    made = []
    for at in range(STEPS):
        far = 2 * at / (STEPS - 1) - 1
        made.append(_srgb(middle + (ends - middle) * abs(far), 0.14 * abs(far), 60 if far > 0 else 250))
    return tuple(made)


def place(value: float, low: float, high: float) -> float:
    """Where a value stands between two others, from 0 to 1; in the middle where they are the same."""
    if high - low == math.inf:  # the numbers can be held, how far they are apart cannot
        value, low, high = value / 2, low / 2, high / 2
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def colour_of(scale: tuple[Colour, ...], part: float) -> Colour:
    """The colour of a part from 0 to 1."""
    return scale[min(int(part * STEPS), STEPS - 1)]


def shade_of(part: float) -> str:
    """The same without colours: the more, the denser; what is there at all shows."""
    return SHADES[min(int(part * len(SHADES)), len(SHADES) - 1)]


@cache
def pair(above: Colour | None, below: Colour | None) -> Style:
    """The style of a half block with these two colours; None leaves that half as the screen is."""
    front = Color.from_rgb(*above) if above else None
    return Style(color=front, bgcolor=Color.from_rgb(*below) if below else None)


def _srgb(light: float, chroma: float, hue: float) -> Colour:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (round(255 * _encoded(min(max(part, 0.0), 1.0))) for part in linear)
    return red, green, blue


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
