"""A box drawn on a page as it is printed, with the keys or the mouse: what is written on it is about what it holds."""

from collections.abc import Callable

from textual import events

from cs229tui.tui.pictures.geometry import Box, pixels_of, point_at
from cs229tui.tui.widgets.page_view import PageView

_MOVES = {
    "h": (-1, 0), "left": (-1, 0), "l": (1, 0), "right": (1, 0),
    "k": (0, -1), "up": (0, -1), "j": (0, 1), "down": (0, 1),
}  # fmt: skip
_SMALLEST = 1.0


class PageBox(PageView, can_focus=True):
    """A page with at most one `box` on it, in points; while that is drawn, the keys that move a page move it."""

    def __init__(self) -> None:
        super().__init__()
        self.box: Box | None = None
        self.drawing = False
        """Whether keys and mouse change the box."""
        self.is_figure: Callable[[int, tuple[float, float]], bool] = lambda _page, _point: False
        """Whether a point of a page is in a figure, where dragging draws a box instead of selecting words."""
        self._corner: tuple[float, float] | None = None

    def begin_box(self, around: Box | None = None) -> None:
        """Begin to draw a box: around something, else in the middle of what is in sight."""
        plate, matrix = self.plate, self._matrix(self.page)
        if plate is None or matrix is None:
            return
        if around is None:
            width, height = min(self.size.width, plate.columns), min(self.size.height, plate.rows)
            left, top = self._x + width // 4, self._y + height // 4
            self._set_cells((left, top, left + max(width // 2, 2), top + max(height // 2, 2)))
        else:
            self.box = around
        self.drawing = True
        self._box_changed()

    def drop_box(self) -> None:
        """No box any more."""
        if self.box is not None or self.drawing:
            self.box, self.drawing, self._corner = None, False, None
            self._box_changed()

    def take_box(self) -> None:
        """It is as it should be: the keys do again what they do on a page."""
        self.drawing = False
        self._box_changed()

    def _box_changed(self) -> None:
        self.renew()
        self.post_message(self.Turned())

    # In cells of the page as it is laid out, fractions of them too

    def _cells_of(self, box: Box) -> Box | None:
        plate, matrix = self.plate, self._matrix(self.page)
        if plate is None or matrix is None:
            return None
        left, top, right, bottom = pixels_of(plate, matrix, box)
        return left / plate.across, top / plate.down, right / plate.across, bottom / plate.down

    def _set_cells(self, cells: Box) -> None:
        plate, matrix = self.plate, self._matrix(self.page)
        if plate is None or matrix is None:
            return
        left, right = (max(0.0, min(at, float(plate.columns))) for at in (cells[0], cells[2]))
        top, bottom = (max(0.0, min(at, plate.rows)) for at in (cells[1], cells[3]))
        points = [point_at(plate, matrix, left, top), point_at(plate, matrix, right, bottom)]
        (low, high), (first, last) = (sorted(side) for side in zip(*points, strict=True))
        self.box = (low, first, high, last)

    # Keys and mouse

    def change_box(self, event: events.Key) -> bool:
        """Let a key change the box that is being drawn; says whether it did."""
        if not self.drawing or self.box is None:
            return False
        key = event.key
        large = key.startswith("shift+") or (len(event.character or "") == 1 and (event.character or "").isupper())
        step = _MOVES.get(key.removeprefix("shift+").lower())
        if key == "enter":
            self.take_box()
        elif key == "escape":
            self.drop_box()
        elif step is not None:
            self._push(step, large)
        else:
            return False
        return True

    def _push(self, step: tuple[int, int], resize: bool) -> None:
        plate = self.plate
        cells = self._cells_of(self.box) if self.box is not None else None
        if cells is None or plate is None:
            return
        left, top, right, bottom = cells
        across, down = float(step[0]), float(step[1])
        if resize:
            right, bottom = max(right + across, left + _SMALLEST), max(bottom + down, top + _SMALLEST)
        else:
            across = max(-left, min(across, plate.columns - right))
            down = max(-top, min(down, plate.rows - bottom))
            left, top, right, bottom = left + across, top + down, right + across, bottom + down
        self._set_cells((left, top, right, bottom))
        if self.box is not None and step[1]:
            # The edge that moves stays in sight.
            edge = bottom if step[1] > 0 else top
            row = self._y + self.size.height - 1
            if edge > row + 1:
                self._y += int(edge - row)
            elif edge < self._y:
                self._y = int(edge)
            self._clamp(plate)
        self._box_changed()

    def drag_box(self, point: tuple[float, float], what: str) -> bool:
        """Let the mouse draw the box: `begin` at a corner, `drag` to the other, `end`; says whether it does."""
        if what == "begin":
            if not self.drawing and not self.is_figure(self.page, point):
                return False
            self._corner = point
            return self.drawing
        if self._corner is None:
            return False
        if what == "end":
            self._corner = None
            if self.drawing and self.box is not None:
                self.take_box()
            return False
        (low, high), (first, last) = (sorted(side) for side in zip(self._corner, point, strict=True))
        if high - low < _SMALLEST or last - first < _SMALLEST:
            return True
        self.drawing, self.box = True, (low, first, high, last)
        self._box_changed()
        return True
