"""Keys that are pressed twice for what ends something: the first time, what the second does is said."""

import time
from typing import Any

from textual.screen import Screen

_SECONDS = 3.0


class Twice:
    """Knows what was pressed last on a `screen`, and when."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._pressed = ("", 0.0)

    def __call__(self, what: str, text: str) -> bool:
        """Whether `what` was pressed for the second time; the first time, `text` is said."""
        pressed, when = self._pressed
        self._pressed = (what, time.monotonic())
        if pressed == what and time.monotonic() - when < _SECONDS:
            self._pressed = ("", 0.0)
            return True
        self._screen.notify(text, timeout=_SECONDS, markup=False)
        return False
