"""How a run is paused and stopped from outside: by two files in its folder, and by SIGTERM and SIGINT (Ctrl+C)."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from cs229tui.labkit import events

_LOOK_SECONDS = 0.1  # the files are looked at this often, however short a step is


class Stopping:
    """Whether the run in `folder` is to stop, and why: `reason` is empty while it is not.

    The first signal asks, so that the step at hand is finished; a second Ctrl+C does not wait for it.
    """

    def __init__(self, folder: Path) -> None:
        self.reason = ""
        self._pause = str(folder / events.PAUSE)
        self._stop = str(folder / events.STOP)
        self._look_at = 0.0
        self._handlers: dict[int, Any] = {}

    def listen(self) -> None:
        """Take the signals over, where that can be done: in the main thread."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._handlers[number] = signal.signal(number, self._signalled)

    def ignore(self) -> None:
        """Give the signals back to who had them before."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def asked(self, pausing: Callable[[], None]) -> bool:
        """Whether to stop; a paused run calls `pausing` and waits here. Cheap enough to be asked at each step."""
        now = time.monotonic()
        if now >= self._look_at and not self.reason:
            self._look_at = now + _LOOK_SECONDS
            self._look(pausing)
        return bool(self.reason)

    def _look(self, pausing: Callable[[], None]) -> None:
        paused = False
        while not self.reason:
            if os.path.exists(self._stop):  # noqa: PTH110 - a tenth of what Path takes
                self.reason = "stopped on request"
            elif not os.path.exists(self._pause):  # noqa: PTH110
                return
            elif not paused:
                pausing()
                paused = True
            else:
                time.sleep(_LOOK_SECONDS)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self.reason and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: do not wait for the step
        self.reason = f"stopped by {signal.Signals(number).name}"
        if number == signal.SIGINT:
            # print() may be at work already where a signal arrives.
            os.write(2, b"\nFinishing this step. Ctrl+C again ends at once.\n")
