"""A page laid out in cells, cut into the sheets that are drawn one by one; `PageView` shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from textual.widget import Widget

from cs229tui.documents.pictures import Pictures
from cs229tui.tui.pictures.asking import cell_pixels
from cs229tui.tui.pictures.geometry import (
    WHOLE,
    Box,
    Cells,
    Plate,
    Sheet,
    area_on,
    make_plate,
    pixels_of,
    scale_to_room,
    scale_to_width,
    sheets,
)
from cs229tui.tui.pictures.painting import Colour, Ink, Paper
from cs229tui.tui.pictures.showing import Leaf, Made, Probe, Show

_AREA_MARGIN = 3.0
_MOST_PAINTED = 12


class Painted(NamedTuple):
    """Something painted on a page: its box in points (left, bottom, right, top)."""

    box: Box
    colour: Colour
    how: Literal["marker", "cursor", "frame"] = "marker"
    sign: str = ""


@dataclass(frozen=True)
class Aim:
    """What is looked at: a page, or with `box` (in points) an area of it alone."""

    page: int
    box: Box | None = None


class PageSheets(Widget):
    """One page of a PDF as sheets. `paint` tells what is painted on a page, `size_of` how many points it is large."""

    def __init__(self) -> None:
        super().__init__()
        self.aim = Aim(1)
        self.pages = 0
        self.whole = False
        """Whether a page is made as large as lets all of it be seen, not as wide as there is room."""
        self.dark = False
        self.size_of: Callable[[int], tuple[float, float]] = lambda _page: (612.0, 792.0)
        self.paint: Callable[[int], Sequence[Painted]] = lambda _page: ()
        self._scale: float | None = None
        self._x = self._y = 0
        self._show: Show | None = None
        self._pictures: Pictures[Leaf | Probe, Made] | None = None
        self._known: tuple[object, Plate | None] = (None, None)
        self._leaves: dict[tuple[int, int], Leaf] = {}
        self._painted: dict[Plate, list[Ink]] = {}

    @property
    def page(self) -> int:
        """The page that is shown."""
        return self.aim.page

    @property
    def zoom(self) -> float:
        """How large it is shown, 1 being as large as it is printed, on a screen of 96 pixels an inch."""
        plate = self.plate
        if plate is None:
            return 1.0
        cells = self._cells
        return plate.width * cells.width / cells.across / max(self.size_of(self.page)[0], 1.0) * 72 / 96

    @property
    def _cells(self) -> Cells:
        if self._show is None:
            return Cells()
        return self._show.cells(cell_pixels())

    @property
    def plate(self) -> Plate | None:
        """What is shown as it is laid out now; none while the page's geometry is not known."""
        if self._show is None or self.size.area == 0:
            return None
        cells = self._cells
        made_of = (self.aim, self._scale, self.whole, self.size, cells, self._matrix(self.page) is None)
        if self._known[0] != made_of:
            self._known = (made_of, self._laid_out(cells))
        return self._known[1]

    def _laid_out(self, cells: Cells) -> Plate | None:
        size, room, area = self.size_of(self.page), (self.size.width, self.size.height), WHOLE
        if self.aim.box is not None:
            matrix = self._matrix(self.page)
            if matrix is None:
                return None
            area = area_on(matrix, self.aim.box, _AREA_MARGIN)
            if area[0] >= area[2] or area[1] >= area[3]:
                area = WHOLE
        return make_plate(self.page, size, cells, self._scale or self._fitting(size, cells, room, area), area)

    def _fitting(self, size: tuple[float, float], cells: Cells, room: tuple[int, int], area: Box) -> float:
        fit = scale_to_room if self.whole or self.aim.box is not None else scale_to_width
        return fit(size, cells, room, area)

    def _matrix(self, page: int) -> Any:
        return self._pictures.matrix(page) if self._pictures else None

    # What is drawn

    def _want(self) -> None:
        """Have drawn what is in sight, then the rest of the page, then what comes next."""
        if self._pictures is None or self._show is None:
            return
        jobs: list[Leaf | Probe] = []
        if self._matrix(self.page) is None:
            jobs.append(Probe(self.page))
        plate = self.plate
        self._leaves = {}
        if plate is not None:
            every = self._cut(plate, self._matrix(self.page))
            self._leaves = {(leaf.sheet.row, leaf.sheet.column): leaf for leaf in every}
            for leaf in every:
                made = self._pictures.get(leaf)
                if isinstance(made, Made):
                    self._show.arrived(leaf, made)
            nearest: list[Leaf] = sorted(every, key=self._distance)
            jobs += nearest
        if plate is not None and self.aim.box is None:
            for page in (self.page + 1, self.page - 1):
                jobs += self._neighbour(page)
        self._pictures.want(jobs)

    def _neighbour(self, page: int) -> list[Leaf | Probe]:
        if not 1 <= page <= self.pages:
            return []
        matrix = self._matrix(page)
        if matrix is None:
            return [Probe(page)]
        cells, size, room = self._cells, self.size_of(page), (self.size.width, self.size.height)
        plate = make_plate(page, size, cells, self._scale or self._fitting(size, cells, room, WHOLE))
        return [leaf for leaf in self._cut(plate, matrix) if leaf.sheet.row < self.size.height]

    def _distance(self, leaf: Leaf) -> int:
        """How far a sheet is from what is in sight, in rows."""
        first, last = leaf.sheet.row, leaf.sheet.row + leaf.sheet.rows
        return max(first - self._y - self.size.height + 1, self._y - last + 1, 0)

    def _cut(self, plate: Plate, matrix: Any) -> list[Leaf]:
        if self._show is None:
            return []
        most = self._show.most_columns(self._cells)
        cut = sheets(plate, most)
        if self._show.windowed and plate.columns > self.size.width:
            cut = [
                Sheet(plate, column, row, min(most, self._x + self.size.width - column), rows)
                for row, rows in dict.fromkeys((sheet.row, sheet.rows) for sheet in cut)
                for column in range(self._x, self._x + self.size.width, most)
            ]
        painted = self._inks(plate, matrix)
        paper = self._paper
        return [Leaf(sheet, _inks_on(sheet, painted), paper) for sheet in cut]

    def _inks(self, plate: Plate, matrix: Any) -> list[Ink]:
        if matrix is None:
            return []
        # Asked for at every key, and other only when something is written, found or selected.
        known = self._painted.get(plate)
        if known is not None:
            return known
        found = []
        for one in self.paint(plate.page):
            left, top, right, bottom = pixels_of(plate, matrix, one.box)
            # However small the dots, something of it shows.
            edges = (int(left), int(top), max(round(right), int(left) + 1), max(round(bottom), int(top) + 1))
            found.append(Ink(*edges, one.colour, one.how, one.sign))
        if len(self._painted) > _MOST_PAINTED:
            self._painted.clear()
        self._painted[plate] = found
        return found

    @property
    def _paper(self) -> Paper | None:
        if not self.dark:
            return None
        _, _, background, foreground = self.colors
        return Paper(background.rgb, foreground.rgb)

    # Where it stands

    @property
    def _left(self) -> int:
        """How many empty columns stand left of a narrow page."""
        plate = self._known[1]
        return max((self.size.width - plate.columns) // 2, 0) if plate else 0

    @property
    def _top(self) -> int:
        """How many empty rows stand above what is not as high as the room."""
        plate = self._known[1]
        return max((self.size.height - plate.rows) // 2, 0) if plate else 0

    def _at(self, row: int) -> list[tuple[Leaf, Made | None]]:
        found = []
        for leaf in self._leaves.values():
            if leaf.sheet.row <= row < leaf.sheet.row + leaf.sheet.rows and self._pictures is not None:
                made = self._pictures.get(leaf)
                found.append((leaf, made if isinstance(made, Made) else None))
        return sorted(found, key=lambda one: one[0].sheet.column)


def _inks_on(sheet: Sheet, inks: Sequence[Ink]) -> tuple[Ink, ...]:
    """The inks that touch a sheet, in its own pixels."""
    left, top = sheet.column * sheet.plate.across, sheet.row * sheet.plate.down
    right, bottom = left + sheet.columns * sheet.plate.across, top + sheet.rows * sheet.plate.down
    return tuple(
        Ink(ink.left - left, ink.top - top, ink.right - left, ink.bottom - top, ink.colour, ink.how, ink.sign)
        for ink in inks
        if ink.left < right and ink.right > left and ink.top < bottom and ink.bottom > top
    )
