"""Moving through a passage with Vim's keys, the arrows and counts; `Passage` selects from it as well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.message import Message

from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.wrap import KEPT_LINES, Position
from cs229tui.tui.widgets.passage_view import PassageView

_PAN = 8


class PassageMoves(PassageView):
    """A passage with a cursor that keys move; what is typed before them, and what is asked of the next."""

    class Alive(Message, namespace="passage"):
        """There was a key or the mouse."""

    @dataclass
    class Jumped(Message, namespace="passage"):
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
        self._pan_into_view()
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
        # Down a table that is moved to the left, the cursor stays where it can be seen.
        self.cursor = layout.position(target, max(goal, layout.lines[target].indent + self._pan_of(target)))
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
