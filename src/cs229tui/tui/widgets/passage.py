"""A passage one moves through and selects from: Vim keys, arrows, counts, and the mouse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from cs229tui.tui.actions import bindings
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.reading.wrap import KEPT_LINES, Position
from cs229tui.tui.widgets.passage_view import PassageView

_PAN = 8
_WHEEL = 3
_SELECTING = frozenset({"choose_paragraph", "object", "swap"})
_OBJECTS = {"w": "word", "s": "sentence", "p": "paragraph", "l": "line"}


class Passage(PassageView, can_focus=True):
    """The reader's text under a cursor. While there is a selection every move extends it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("passage")]

    class Alive(Message):
        """There was a key or the mouse."""

    @dataclass
    class Jumped(Message):
        """The cursor went far away at once, from `start`."""

        start: Position

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.count = ""
        self.asking = ""
        self.paged = False
        """Whether a screen down is the next page: so slides are read."""
        self.said = ""
        self._answers: Mapping[str, Callable[[], None]] = {}
        self._pending = ""
        self._pressed: Position | None = None
        self._mouse = (0, 0)
        self._edge: Timer | None = None
        self._edge_step = 0

    # Keys

    def expect(self, question: str, answers: Mapping[str, Callable[[], None]]) -> None:
        """Ask something that the very next key may answer; any other key means what it always does."""
        self.asking, self._answers = question, answers
        self.post_message(self.SelectionChanged())

    def say(self, what: str) -> None:
        """Say what a key did, until the next one."""
        self.said = what
        self.post_message(self.SelectionChanged())

    def take_answer(self, event: events.Key) -> bool:
        """Let a key answer what was asked; says whether it did."""
        if not self._answers:
            return False
        answer = self._answers.get(event.character or "")
        self.expect("", {})
        if answer is None and event.key != "escape":
            return False
        event.stop()
        event.prevent_default()
        if answer is not None:
            answer()
        return True

    def on_key(self, event: events.Key) -> None:
        self.post_message(self.Alive())
        if self.said:
            self.say("")
        character = event.character or ""
        if self.take_answer(event):
            return
        if character.isascii() and character.isdigit() and (self.count or character != "0"):
            self.count = (self.count + character)[:5]
            self.post_message(self.SelectionChanged())
            event.stop()
            event.prevent_default()
        elif character == "g" and event.key == "g":
            event.stop()
            event.prevent_default()
            if self._pending == "g":
                self._pending = ""
                self.action_top()
            else:
                self._pending = "g"
            return
        elif event.key == "escape" and self.count:
            self.take_count()
            event.stop()
            event.prevent_default()
        self._pending = ""

    def take_count(self, default: int = 1) -> int:
        """The count that was typed before a key."""
        typed, self.count = self.count, ""
        if typed:
            self.post_message(self.SelectionChanged())
        return int(typed) if typed else default

    def _into_view(self) -> None:
        """After the wheel: a cursor left behind starts from what is seen."""
        row, top = self.layout_now.row(self.cursor), self.scroll_offset.y
        if self.origin is None and not top <= row < top + max(self.size.height, 1):
            edge = top if row < top else top + self.size.height - 1
            self.cursor = self.layout_now.position(edge, self.layout_now.column(self.cursor))

    def _to(self, position: Position) -> None:
        before, self.cursor = self.cursor, position
        self._goal = None
        self._moved(before)

    def action_rows(self, rows: int) -> None:
        """Move the cursor by lines."""
        self._rows(rows * self.take_count())

    def _rows(self, rows: int) -> None:
        if not self.flow:
            return
        self._into_view()
        layout, before = self.layout_now, self.cursor
        row = layout.row(before)
        goal = layout.column(before) if self._goal is None else self._goal
        target, step = row, 1 if rows > 0 else -1
        left = abs(rows)
        while left and 0 <= target + step < len(layout.lines):
            target += step
            # The empty lines of a wide setting are no lines to stand on, nor to count.
            left -= not (layout.lines[target].blank and layout.lines[target].block >= 0)
        while layout.lines[target].blank and 0 < target < len(layout.lines) - 1:
            target += step
        self.cursor = layout.position(target, goal)
        self._goal = goal
        if target == row and rows > 0:
            self.scroll_to(y=self.scroll_offset.y + 1, animate=False)
        self._moved(before, follow=target != row)

    def action_screens(self, halves: int) -> None:
        """Turn by half screens; two lines of the old screen stay in sight on a whole one. Slides turn as they are."""
        if not self.flow:
            return
        if self.paged and abs(halves) == 2:
            pages = sorted(self.places.starts)
            at = pages.index(self.page) + (1 if halves > 0 else -1) * self.take_count()
            self.go(self.places.position(pages[max(0, min(at, len(pages) - 1))]), "top")
            return
        height = max(self.size.height, 2)
        step = height // 2 if abs(halves) == 1 else max(height - 2, 1)
        rows = step * (1 if halves > 0 else -1) * self.take_count()
        before, top, layout = self.cursor, self.scroll_offset.y, self.layout_now
        self._into_view()
        target = max(0, min(top + rows, self.max_scroll_y))
        if target == top:
            self._to(layout.position(0 if rows < 0 else len(layout.lines) - 1, 0))
            return
        column = layout.column(self.cursor)
        self.cursor = layout.position(layout.row(self.cursor) + target - top, column)
        self.scroll_to(y=target, animate=False)
        self._moved(before, follow=False)

    def action_characters(self, count: int) -> None:
        """Move by characters."""
        number = abs(count) * self.take_count()
        self._into_view()
        step = select.forward if count > 0 else select.backward
        self._to(step(self.flow, self.cursor, number))

    def action_next(self, unit: str) -> None:
        """To the next word, sentence or block (`unit`)."""
        self._into_view()
        count = self.take_count()
        if unit == "block":
            self._to(select.step_block(self.flow, self.cursor, 1, count))
        else:
            self._to(select.next_start(self.flow, self.cursor, unit, count))

    def action_previous(self, unit: str) -> None:
        """To the start of this or the previous word, sentence or block (`unit`)."""
        self._into_view()
        count = self.take_count()
        if unit == "block":
            self._to(select.step_block(self.flow, self.cursor, -1, count))
        else:
            self._to(select.previous_start(self.flow, self.cursor, unit, count))

    def action_word_end(self) -> None:
        """To the end of the word."""
        self._to(select.word_end(self.flow, self.cursor, self.take_count()))

    def action_line(self, edge: int) -> None:
        """To the start (-1) or end (1) of the line."""
        self._into_view()
        row = self.layout_now.row(self.cursor)
        self._to(self.layout_now.position(row, 0 if edge < 0 else 10**6))

    def action_top(self) -> None:
        """To the beginning; with a count, to that page."""
        self._leap(select.first(self.flow))

    def action_bottom(self) -> None:
        """To the end; with a count, to that page."""
        self._leap(self.layout_now.position(len(self.layout_now.lines) - 1, 10**6))

    def _leap(self, edge: Position) -> None:
        self.post_message(self.Jumped(self.cursor))
        count = self.take_count(0)
        if count:
            self.go(self.places.position(self.page_named(str(count)) or count), "top")
        else:
            self._to(edge)

    def action_pan(self, step: int) -> None:
        """Move the lines that are not wrapped (tables, code, equations) sideways."""
        longest = max(
            (line.end - line.start for line in self.seen() if self.flow[line.block].kind in KEPT_LINES), default=0
        )
        self._pan = max(0, min(self._pan + step * _PAN, longest - _PAN))
        self._strips.clear()
        self.refresh()

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
        return self.layout_now.position(self.scroll_offset.y + y, x - self._frame.left)

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
