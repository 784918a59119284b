"""Keys one after the other: what is typed fast, or comes in one piece over SSH, means what it does when typed slowly.

Textual hands a key to the widget with the focus and takes the next one while the first is still on its way up to the
bindings. So the letter after `m`, and the words after `/`, would reach the text before it had asked for them.
"""

from collections import deque
from functools import partial
from time import monotonic
from typing import Any

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen

_LONGEST_TURN = 1.0
"""Seconds after which the next key is handed on anyway: what had the key before may be gone from the screen."""


class KeysInTurn(App[None]):
    """An app that hands on a key when the one before it has been dealt with."""

    class Passed(Message):
        """Sent after a key, by the way that it takes: where this is, the key has been."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._keys: deque[events.Key] = deque()
        self._turn: float | None = None
        self._turn_of: Screen[Any] | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._turn is None:
            await self._hand_on(event)
        else:
            self._keys.append(event)
            if len(self._keys) == 1:
                self.set_timer(_LONGEST_TURN, self._hurry)

    async def _hand_on(self, event: events.Key) -> None:
        self._turn, self._turn_of = monotonic(), self.screen
        await super().on_event(event)
        if not self._exit and not (self.focused or self.screen).post_message(self.Passed()):
            self._next()

    def on_keys_in_turn_passed(self) -> None:
        self._next()

    def _next(self) -> None:
        if not self._keys:
            self._turn = None
            return
        hand_on = partial(self._hand_on, self._keys.popleft())
        if self.screen is self._turn_of:
            # Behind what the key before has asked for, such as the focus for the find bar.
            self.call_later(hand_on)
        else:
            # A screen that has just come takes keys once it has its focus.
            self.screen.call_after_refresh(hand_on)

    def _hurry(self) -> None:
        if self._keys and self._turn is not None and monotonic() - self._turn >= _LONGEST_TURN:
            self._next()
        if self._keys:
            self.set_timer(_LONGEST_TURN, self._hurry)
