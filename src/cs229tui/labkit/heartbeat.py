"""The heart of a run beats while it lives, and says what the run uses of its machine."""

import threading

from cs229tui.labkit import events
from cs229tui.labkit.console import Console
from cs229tui.labkit.outgoing import Outgoing
from cs229tui.labkit.readings import Machine
from cs229tui.labkit.writing import EventWriter


class Heartbeat:
    """A thread that writes a `Beat` every few seconds, and what has waited since, however long a step takes."""

    def __init__(self, device: str, writer: EventWriter, outgoing: Outgoing, console: Console) -> None:
        self._device = device
        self._writer = writer
        self._outgoing = outgoing
        self._console = console
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more, at once."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _beat(self) -> None:
        machine = Machine(self._device)
        while not self._over.wait(events.BEAT_SECONDS / 2):
            self._writer.write(events.Beat(self._writer.seconds, **machine.read()))
            if self._writer.trouble:
                self._console.complain(f"Events cannot be written: {self._writer.trouble}. The run goes on.")
            if self._device == "cpu":  # what is on a device belongs to the stream of the thread that computes there
                self._outgoing.flush()
