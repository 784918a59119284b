"""Stopping at once, also while a server is waited for."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any


class Stop(threading.Event):
    """Says "stop" to those who look at it, and cuts the connections of those who wait for a server."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()
        self._cuts: list[Callable[[], None]] = []

    def set(self) -> None:
        """Stop, now."""
        super().set()
        with self._guard:
            cuts = tuple(self._cuts)
        for cut in cuts:
            cut()

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """While the block runs, stopping calls `cut` too."""
        with self._guard:
            self._cuts.append(cut)
        try:
            if self.is_set():
                cut()
            yield
        finally:
            with self._guard:
                self._cuts.remove(cut)


class Wire:
    """The socket under a request, which another thread can cut while this one waits on it."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def trace(self, event: str, facts: Mapping[str, Any]) -> None:
        """What httpcore calls at each step of a request."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = facts["return_value"].get_extra_info("socket")

    def cut(self) -> None:
        """Make whoever reads from it notice at once."""
        if self._socket is not None:
            # Not the TLS layer's own, which would first take its state away from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
