"""A passage one moves through and selects from, with keys and with the mouse."""

from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.timer import Timer

from cs229tui.tui.actions import bindings
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.widgets.passage_moves import PassageMoves

_WHEEL = 3
_SELECTING = frozenset({"choose_paragraph", "object", "swap"})
_OBJECTS = {"w": "word", "s": "sentence", "p": "paragraph", "l": "line"}


class Passage(PassageMoves, can_focus=True):
    """The reader's text under a cursor. While there is a selection every move extends it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("passage")]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pressed: Position | None = None
        self._mouse = (0, 0)
        self._edge: Timer | None = None
        self._edge_step = 0

    # Selecting

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys mean something only where there is text, some only while text is selected."""
        return bool(self.flow) and (action not in _SELECTING or self.origin is not None)

    def choose(self, selection: Selection, follow: bool = True) -> None:
        """Select this; the cursor stands on its last character, and with `follow` that comes into sight."""
        self.origin = selection.start
        self.cursor = select.backward(self.flow, selection.end)
        self._goal = None
        if follow:
            self._follow()
        self.refresh()
        self.post_message(self.SelectionChanged())
        self.post_message(self.Moved())

    def unselect(self) -> None:
        """Select nothing."""
        if self.origin is not None:
            self.origin = None
            self.refresh()
            self.post_message(self.SelectionChanged())

    def action_select(self) -> None:
        """Begin a selection at the cursor, or leave it."""
        self._into_view()
        if self.origin is None and self.flow:
            self.origin = self.cursor
            self.refresh()
            self.post_message(self.SelectionChanged())
        else:
            self.unselect()

    def action_choose_sentence(self) -> None:
        """Select the sentence; again: the next one too."""
        self._choose("sentence")

    def action_choose_paragraph(self) -> None:
        """Select the paragraph; again: the next one too."""
        self._choose("paragraph")

    def _choose(self, unit: str) -> None:
        if not self.flow:
            return
        self._into_view()
        around = select.sentence_at if unit == "sentence" else select.paragraph_at
        here = around(self.flow, self.cursor)
        known = self.selection
        if known and known.start <= here.start and known.end >= here.end:
            following = select.next_start(self.flow, self.cursor, "sentence")
            here = around(self.flow, following if unit == "sentence" else select.step_block(self.flow, self.cursor, 1))
        start = min(known.start, here.start) if known and known.start != self.cursor else here.start
        self.choose(Selection(start, here.end))

    def action_object(self) -> None:
        """Select the piece of text that the next letter names, around the cursor."""
        asked = "select: " + "  ".join(f"{letter} {unit}" for letter, unit in _OBJECTS.items())
        self.expect(asked, {letter: partial(self._choose_object, unit) for letter, unit in _OBJECTS.items()})

    def _choose_object(self, unit: str) -> None:
        if unit == "line":
            line = self.layout_now.lines[self.layout_now.row(self.cursor)]
            self.choose(Selection((line.block, line.start), (line.block, line.end)))
            return
        around = {"word": select.word_at, "sentence": select.sentence_at, "paragraph": select.paragraph_at}[unit]
        self.choose(around(self.flow, self.cursor))

    def action_swap(self) -> None:
        """Go on selecting from the other end."""
        if self.origin is not None:
            self.origin, self.cursor = self.cursor, self.origin
            self._goal = None
            self._follow()
            self.refresh()
            self.post_message(self.Moved())

    def action_extend(self, what: str, count: int) -> None:
        """Move and select, as shift and an arrow do elsewhere."""
        if self.origin is None:
            self.action_select()
        if what == "rows":
            self.action_rows(count)
        else:
            self.action_characters(count)

    # The mouse

    def _position_at(self, x: int, y: int) -> Position:
        row = self.scroll_offset.y + y
        return self.layout_now.position(row, self._column_under(row, x))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button != 1 or not self.flow:
            return
        self.focus()
        self.unselect()
        self._pressed = self._position_at(event.x, event.y)
        self._place(self._pressed)
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.post_message(self.Alive())
        if self._pressed is None:
            return
        self._edge_step = -1 if event.y < 0 else 1 if event.y >= self.size.height else 0
        if self._edge_step and self._edge is None:
            self._edge = self.set_interval(0.05, self._drag_on)
        self._mouse = (event.x, max(0, min(event.y, self.size.height - 1)))
        self._drag(*self._mouse)

    def _drag(self, x: int, y: int) -> None:
        position = self._position_at(x, y)
        if self.origin is None and position != self._pressed:
            self.origin = self._pressed
        if self.origin is not None:
            self._place(position)

    def _drag_on(self) -> None:
        """The mouse is held beyond the edge: the text moves under it."""
        if self._pressed is None or not self._edge_step:
            self._stop_dragging()
            return
        self.scroll_to(y=self.scroll_offset.y + self._edge_step, animate=False)
        self._drag(0 if self._edge_step < 0 else self.size.width, 0 if self._edge_step < 0 else self.size.height - 1)

    def _stop_dragging(self) -> None:
        if self._edge is not None:
            self._edge.stop()
            self._edge = None

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        if self._pressed is None:
            return
        self.release_mouse()
        self._stop_dragging()
        self._pressed = None

    def on_click(self, event: events.Click) -> None:
        if not self.flow or event.button != 1:
            return
        if event.chain == 2:
            self.choose(select.word_at(self.flow, self.cursor), follow=False)
        elif event.chain >= 3:
            self.unselect()
            self.choose(select.paragraph_at(self.flow, self.cursor), follow=False)
        elif self.origin is None and (mark := self.mark_at(self.cursor)):
            self.post_message(self.MarkChosen(mark))

    def _place(self, position: Position) -> None:
        before, self.cursor = self.cursor, position
        self._goal = None
        self._moved(before, follow=False)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -_WHEEL)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        if self._pressed is not None and self.origin is not None:
            # The text moves under a mouse that is held.
            self._drag(*self._mouse)
