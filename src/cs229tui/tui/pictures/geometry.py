"""A page laid out in cells: how large, cut into which sheets, and which point of the page stands in which cell.

Three measures meet here. Points are the PDF's, as the page's boxes count them. Pixels are those that are drawn: the
terminal's own, or the few dots of a cell where it shows only characters. Cells are the terminal's. Pixels and cells
count from the top left of what is shown, which may be only an area of the page.
"""

from array import array
from dataclasses import dataclass
from math import ceil

from cs229tui.documents.pdf.wire import Draw
from cs229tui.documents.pictures import Matrix
from cs229tui.library.documents import Page

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, from the top left."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
SHEET_ROWS = 12
_LONGEST = 40_000
_SMALLEST = 0.02


@dataclass(frozen=True)
class Cells:
    """The cells of a terminal: `width` and `height` in its own pixels, and how many dots are drawn in each."""

    width: float = 10.0
    height: float = 20.0
    across: int = 10
    down: int = 20


@dataclass(frozen=True)
class Plate:
    """An area of a page as large as it is to be shown, `columns` and `rows` in cells of `across` × `down` dots.

    The whole page is `width` × `height` pixels then, and the area begins at its pixel `left`, `top`.
    """

    page: int
    columns: int
    rows: int
    across: int
    down: int
    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


@dataclass(frozen=True)
class Sheet:
    """A part of a plate that is drawn, sent and kept as one: `columns` × `rows` cells from `column`, `row` on."""

    plate: Plate
    column: int
    row: int
    columns: int
    rows: int

    @property
    def shot(self) -> Draw:
        """What has to be drawn for it."""
        plate = self.plate
        left, top = plate.left + self.column * plate.across, plate.top + self.row * plate.down
        return Draw(
            plate.page,
            plate.width,
            plate.height,
            left,
            top,
            left + self.columns * plate.across,
            top + self.rows * plate.down,
        )


def scale_to_width(size: tuple[float, float], cells: Cells, room: tuple[int, int], area: Box = WHOLE) -> float:
    """Terminal pixels a point at which an area of a page `size` points large is as wide as `room` (columns, rows).

    A very wide room makes the page no larger than lets some two fifths of an upright page be seen.
    """
    wide = room[0] * cells.width / max(size[0] * (area[2] - area[0]), 1.0)
    high = room[1] * cells.height / max(size[1] * (area[3] - area[1]), 1.0)
    return min(wide, high / 0.4)


def scale_to_room(size: tuple[float, float], cells: Cells, room: tuple[int, int], area: Box = WHOLE) -> float:
    """Terminal pixels a point at which the whole area can be seen."""
    wide = room[0] * cells.width / max(size[0] * (area[2] - area[0]), 1.0)
    high = room[1] * cells.height / max(size[1] * (area[3] - area[1]), 1.0)
    return min(wide, high)


def make_plate(page: int, size: tuple[float, float], cells: Cells, scale: float, area: Box = WHOLE) -> Plate:
    """Lay out an area of a page at `scale` terminal pixels a point; a page of absurd size is made smaller."""
    scale = max(_SMALLEST, min(scale, *(_LONGEST / max(side, 1.0) for side in size)))
    if max(size) * scale > _LONGEST:
        scale = _LONGEST / max(size)
    width = max(1, round(size[0] * scale * cells.across / cells.width))
    height = max(1, round(size[1] * scale * cells.down / cells.height))
    left, top = int(area[0] * width), int(area[1] * height)
    right, bottom = min(ceil(area[2] * width), width), min(ceil(area[3] * height), height)
    columns = max(1, ceil((right - left) / cells.across))
    rows = max(1, ceil((bottom - top) / cells.down))
    return Plate(page, columns, rows, cells.across, cells.down, width, height, left, top, right, bottom)


def sheets(plate: Plate, most_columns: int) -> list[Sheet]:
    """The plate cut into sheets of at most so many columns, in rows from the top."""
    return [
        Sheet(
            plate,
            column,
            row,
            min(most_columns, plate.columns - column),
            min(SHEET_ROWS, plate.rows - row),
        )
        for row in range(0, plate.rows, SHEET_ROWS)
        for column in range(0, plate.columns, most_columns)
    ]


def area_on(matrix: Matrix, box: Box, margin: float = 0.0) -> Box:
    """Where a box in points (left, bottom, right, top) is on the page shown, as fractions, `margin` points wider."""
    left, bottom, right, top = box
    corners = [_mapped(matrix, x, y) for x in (left - margin, right + margin) for y in (bottom - margin, top + margin)]
    across, down = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    return max(across[0], 0.0), max(down[0], 0.0), min(across[-1], 1.0), min(down[-1], 1.0)


def pixels_of(plate: Plate, matrix: Matrix, box: Box) -> Box:
    """Where a box in points (left, bottom, right, top) is on a plate, in pixels; may lie outside it."""
    left, bottom, right, top = box
    corners = [_mapped(matrix, x, y) for x in (left, right) for y in (bottom, top)]
    across, down = (
        [x * plate.width - plate.left for x, _ in corners],
        [y * plate.height - plate.top for _, y in corners],
    )
    return min(across), min(down), max(across), max(down)


def point_at(plate: Plate, matrix: Matrix, column: float, row: float) -> tuple[float, float]:
    """The point of the page at a place of the plate, in cells and parts of cells."""
    x = (column * plate.across + plate.left) / plate.width
    y = (row * plate.down + plate.top) / plate.height
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if not determinant:
        return 0.0, 0.0
    return (d * (x - e) - c * (y - f)) / determinant, (a * (y - f) - b * (x - e)) / determinant


def character_at(page: Page, point: tuple[float, float], reach: float | None = None) -> int | None:
    """The character of a page whose box is at a point or nearest to it, on the same line rather than on another.

    With a `reach` in points: none where nothing is that near.
    """
    if len(page.boxes) != 16 * len(page.text):
        return None
    boxes = array("f", page.boxes)
    x, y = point
    best, found = float("inf"), None
    for index, character in enumerate(page.text):
        left, bottom, right, top = boxes[4 * index : 4 * index + 4]
        if right <= left or top <= bottom or character.isspace():
            continue
        aside = left - x if x < left else x - right if x > right else 0.0
        above = bottom - y if y < bottom else y - top if y > top else 0.0
        distance = aside + 3 * above
        if distance < best:
            best, found = distance, index
            if not distance:
                break
    return found if reach is None or best <= reach else None


def _mapped(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
