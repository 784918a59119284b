"""A page one moves over: keys, counts, zoom and the mouse, which points at what is printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.message import Message

from cs229tui.tui.actions import bindings
from cs229tui.tui.pictures.geometry import point_at, scale_to_room
from cs229tui.tui.widgets.page_box import PageBox
from cs229tui.tui.widgets.page_sheets import Aim

_WHEEL = 3
_STEP = 1.25
_MOST_SCALE = 12.0
_PAN = 4


class PagePicture(PageBox, can_focus=True):
    """A page as printed under the keys; past its end comes the next page."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("picture")]

    class Alive(Message):
        """There was a key or the mouse."""

    class BoxAsked(Message):
        """A box is to be drawn."""

    @dataclass
    class Pointed(Message):
        """The mouse pressed (`begin`), was dragged to, or clicked on a point of a page."""

        page: int
        point: tuple[float, float]
        what: Literal["begin", "drag", "click"]
        times: int = 1

    def __init__(self) -> None:
        super().__init__()
        self.count = ""
        self.answers: Callable[[events.Key], bool] = lambda _event: False
        """Whether a key answers something that was asked."""
        self._pending = ""
        self._pressed = False

    # Keys

    def take_count(self, default: int = 1) -> int:
        """The count that was typed before a key."""
        typed, self.count = self.count, ""
        return int(typed) if typed else default

    def on_key(self, event: events.Key) -> None:
        self.post_message(self.Alive())
        if self.answers(event):
            return
        if self.change_box(event):
            event.stop()
            event.prevent_default()
            return
        character = event.character or ""
        if character.isdigit() and len(character) == 1 and (self.count or character != "0"):
            self.count = (self.count + character)[:5]
        elif character == "g" and event.key == "g":
            if self._pending == "g":
                self._pending = ""
                self.action_edge(-1)
            else:
                self._pending = "g"
                event.stop()
                event.prevent_default()
                return
        elif event.key == "escape" and self.count:
            self.count = ""
        else:
            self._pending = ""
            return
        self._pending = ""
        event.stop()
        event.prevent_default()
        self.post_message(self.Turned())

    def action_box(self) -> None:
        """Draw a box to write on; again: none."""
        if self.box is not None:
            self.drop_box()
        else:
            self.post_message(self.BoxAsked())

    def action_pan(self, columns: int, rows: int) -> None:
        """Move over the page by steps of cells; past its end is the next page."""
        count = self.take_count()
        if not self._move(self._x + columns * count * _PAN, self._y + rows * count) and rows:
            self._past(rows)

    def action_screens(self, halves: int) -> None:
        """Move by half screens; past its end is the next page."""
        height = max(self.size.height, 2)
        step = height // 2 if abs(halves) == 1 else max(height - 2, 1)
        if not self._move(self._x, self._y + step * (1 if halves > 0 else -1) * self.take_count()):
            self._past(halves)

    def _past(self, direction: int) -> None:
        """On to the next page's top, or the end of the one before."""
        page = self.page + (1 if direction > 0 else -1)
        if self.aim.box is not None or not 1 <= page <= self.pages:
            return
        self._turn(page)
        if direction < 0:
            self._move(self._x, 10**6)

    def _turn(self, page: int) -> None:
        page = max(1, min(page, self.pages))
        self._scale = None if self.aim.box is not None else self._scale
        x, self.aim = self._x, Aim(page)
        self.box, self.drawing = None, False
        self._x, self._y = x, 0
        self._known = (None, None)
        plate = self.plate
        if plate is not None:
            self._clamp(plate)
        self.renew()
        self.post_message(self.Turned())

    def action_pages(self, step: int) -> None:
        """To the next or the previous page."""
        self._turn(self.page + step * self.take_count())

    def action_edge(self, edge: int) -> None:
        """To the first page's top or the last page's; with a count, to that page."""
        page = self.take_count(0)
        self._turn(page or (1 if edge < 0 else self.pages))

    def action_side(self, edge: int) -> None:
        """To the left or the right edge of the page."""
        self._move(0 if edge < 0 else 10**6, self._y)

    def action_zoom(self, step: int) -> None:
        """Larger or smaller; what is in the middle stays there."""
        plate = self.plate
        if plate is None:
            return
        cells = self._cells
        now = plate.width * cells.width / cells.across / max(self.size_of(self.page)[0], 1.0)
        width, height = self.size
        middle = ((self._x + width / 2) / plate.columns, (self._y + height / 2) / plate.rows)
        smallest = scale_to_room(self.size_of(self.page), cells, (width, height)) / 2
        self._scale = max(smallest, min(now * _STEP ** (step * self.take_count()), _MOST_SCALE))
        self._zoomed(middle)

    def action_fit(self) -> None:
        """As wide as there is room; again: so that all of the page is seen."""
        if self._scale is None:
            self.whole = not self.whole
        self._scale = None
        self._zoomed((0.0, 0.0))

    def action_paper(self) -> None:
        """In the colours of the screen, or as printed."""
        self.dark = not self.dark
        self.renew()

    def _zoomed(self, middle: tuple[float, float]) -> None:
        self._known = (None, None)
        plate = self.plate
        if plate is not None:
            self._x = round(middle[0] * plate.columns - self.size.width / 2)
            self._y = round(middle[1] * plate.rows - self.size.height / 2)
            self._clamp(plate)
        self.renew()
        self.post_message(self.Turned())

    # The mouse

    def point_of(self, x: float, y: float) -> tuple[float, float] | None:
        """The point of the page at a cell of the widget, or a part of one; none beside it."""
        plate, matrix = self.plate, self._matrix(self.page)
        if plate is None or matrix is None:
            return None
        column, row = x - self._left + self._x, y - self._top + self._y
        if not (0 <= column <= plate.columns and 0 <= row <= plate.rows):
            return None
        return point_at(plate, matrix, column, row)

    def _point(self, event: events.MouseEvent) -> tuple[float, float] | None:
        x, y = event.pointer_x, event.pointer_y
        # A terminal that tells no more than the cell means its middle.
        return self.point_of(x + 0.5 if x == int(x) else x, y + 0.5 if y == int(y) else y)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.post_message(self.Alive())
        point = self._point(event)
        if event.button == 1 and point is not None:
            self._pressed = True
            self.capture_mouse()
            if not self.drag_box(point, "begin"):
                self.post_message(self.Pointed(self.page, point, "begin"))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.post_message(self.Alive())
        if self._pressed and (point := self._point(event)) is not None and not self.drag_box(point, "drag"):
            self.post_message(self.Pointed(self.page, point, "drag"))

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        if self._pressed:
            self.drag_box((0.0, 0.0), "end")
            self._pressed = False
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        point = self._point(event)
        if event.button == 1 and point is not None and self.box is None:
            self.post_message(self.Pointed(self.page, point, "click", event.chain))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -_WHEEL)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Alive())
        if event.ctrl:
            self.action_zoom(-1 if rows > 0 else 1)
        elif not self._move(self._x, self._y + rows):
            self._past(rows)
