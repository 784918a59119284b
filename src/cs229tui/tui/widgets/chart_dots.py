"""Lines and bands as braille dots, two by four to a cell: a column of dots is one number, a bit for each dot."""

from collections.abc import Iterable, Sequence

from cs229tui.labs.series import Column
from cs229tui.tui.widgets.chart_axes import Scale

_LEFT, _RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)
# The dots of a cell for four bits of its left and four of its right column.
_BRAILLE = tuple(
    tuple(sum(dot for bit, dot in enumerate(side) if bits >> bit & 1) for bits in range(16)) for side in (_LEFT, _RIGHT)
)
_DASH = 3  # dots drawn, and as many left out


class Dots:
    """A sheet of `columns` × `rows` cells; the lowest bit of a column is its top dot."""

    def __init__(self, columns: int, rows: int) -> None:
        self.bits = [bytearray(columns) for _ in range(rows)]
        self.owners = [[-1] * columns for _ in range(rows)]

    def take(self, masks: Sequence[int], owner: int) -> None:
        """Draw these columns of dots, two to a cell, over what is there."""
        left, right = _BRAILLE
        for at in range(0, len(masks), 2):
            here, there = masks[at], masks[at + 1]
            both = here | there
            if not both:
                continue
            cell = at // 2
            for row in range(((both & -both).bit_length() - 1) // 4, (both.bit_length() - 1) // 4 + 1):
                dots = left[here >> 4 * row & 15] | right[there >> 4 * row & 15]
                if dots:
                    self.bits[row][cell] |= dots
                    self.owners[row][cell] = owner


def line(columns: Sequence[Column], scale: Scale, dots: int, count: int) -> list[int]:
    """A curve: down each column from its greatest to its least, and on to the next unless that is cut off."""
    masks = [0] * count
    place, positive = scale.placer(dots), scale.log
    before: Column | None = None
    end = 0
    for column in columns:
        if positive and column.high <= 0:
            before = None
            continue
        # On a log axis a curve that comes from below 0 comes from nowhere.
        top = place(column.high)
        bottom = top if column.low == column.high else place(column.low)
        masks[column.place] |= (2 << bottom) - (1 << top)
        if before is not None and not column.gap and (not positive or (before.last > 0 and column.first > 0)):
            start = top if column.first == column.high else place(column.first)
            _connect(masks, before.place, end, column.place, start)
        before = column
        end = top if column.last == column.high else place(column.last)
    return masks


def _connect(masks: list[int], x0: int, y0: int, x1: int, y1: int) -> None:
    across, down = x1 - x0, abs(y1 - y0)
    if down <= across:
        for x in range(x0 + 1, x1):
            masks[x] |= 1 << round(y0 + (y1 - y0) * (x - x0) / across)
        return
    # Steep: each column has the dots between the heights halfway to its neighbours.
    sign = 1 if y1 > y0 else -1
    done = 0
    for x in range(x0, x1 + 1):
        until = min(-(-(2 * (x - x0) + 1) * down // (2 * across)) - 1, down - 1)
        if until > done:
            ends = y0 + sign * (done + 1), y0 + sign * until
            masks[x] |= (2 << max(ends)) - (1 << min(ends))
            done = until


def band(low: Sequence[Column], high: Sequence[Column], scale: Scale, dots: int, count: int) -> list[int]:
    """What lies between two curves, every second dot of it."""
    masks = [0] * count
    floors = {column.place: column for column in low}
    place = scale.placer(dots)
    before: tuple[int, int, int] | None = None
    for column in high:
        floor = floors.get(column.place)
        if floor is None or (scale.log and column.high <= 0):
            before = None
            continue
        here = (column.place, place(column.high), place(floor.low))
        start = before if before is not None and not (column.gap or floor.gap) else here
        width = max(here[0] - start[0], 1)
        for x in range(start[0], here[0] + 1):
            share = (x - start[0]) / width if start is not here else 1.0
            top = round(start[1] + (here[1] - start[1]) * share)
            bottom = round(start[2] + (here[2] - start[2]) * share)
            masks[x] = (2 << bottom) - (1 << top)
        before = here
    every_second = int("01" * (dots // 2 + 1), 2)
    return [mask & (every_second if x % 2 else every_second << 1) for x, mask in enumerate(masks)]


def dashed(masks: Iterable[int], owner: int) -> list[int]:
    """The same line with holes; those of two lines do not lie above each other."""
    return [mask if (x + 2 * owner) % (2 * _DASH) < _DASH else 0 for x, mask in enumerate(masks)]


def mark(masks: list[int], place: int, dots: int) -> list[int]:
    """A single point made large enough to be seen."""
    made = list(masks)
    made[place] = (masks[place] | masks[place] << 1 | masks[place] >> 1) & ((1 << dots) - 1)
    for x in (place - 1, place + 1):
        if 0 <= x < len(made):
            made[x] = masks[place]
    return made
