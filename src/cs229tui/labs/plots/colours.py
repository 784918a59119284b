"""The colours of what is drawn on white: a few that anybody tells apart, and a scale from little to much."""

# Okabe and Ito's colours, which colour-blind people tell apart, and dashes for when they are used up.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1, 1.2), (6, 1.5, 1, 1.5))
# Blue to yellow, evenly lighter: legible in grey, too.
_SCALE = ((0x30, 0x12, 0x6B), (0x2B, 0x6C, 0xA8), (0x1F, 0xA1, 0x87), (0x8F, 0xC9, 0x3A), (0xF2, 0xC1, 0x1A))


def told_apart(at: int) -> tuple[str, tuple[float, ...]]:
    """The colour and dashes of the line number `at`."""
    return COLOURS[at % len(COLOURS)], DASHES[at // len(COLOURS) % len(DASHES)]


def shade(part: float) -> tuple[int, int, int]:
    """Red, green and blue of a part from 0 to 1 on the scale."""
    place = part * (len(_SCALE) - 1)
    at = min(int(place), len(_SCALE) - 2)
    red, green, blue = (round(a + (b - a) * (place - at)) for a, b in zip(_SCALE[at], _SCALE[at + 1], strict=True))
    return red, green, blue
