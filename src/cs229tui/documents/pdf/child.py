"""The reading process as its parent sees it: started, asked, watched, and ended."""

import os
import selectors
import signal
import subprocess
import sys
import threading
import time

import msgspec

from cs229tui.documents.pdf.wire import LONGEST_FRAME, Reply, Request, frame, length_of, parse_reply
from cs229tui.errors import DocumentError


class CancelledError(DocumentError):
    """The person called the reading off."""

    def __init__(self) -> None:
        super().__init__("Reading was cancelled.", "Nothing was changed.")


class ChildDiedError(Exception):
    """The child is gone; `how` in the words of a message."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Child:
    """One reading process and the pipes to it."""

    def __init__(self, patience: float, cancel: threading.Event | None) -> None:
        self._patience = patience
        self._cancel = cancel
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cs229tui.documents.pdf.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise ChildDiedError("it could not be started")
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._out.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    @property
    def process(self) -> int:
        return self._process.pid

    def ask(self, request: Request) -> None:
        try:
            self._in.write(frame(request))
            self._in.flush()
        except OSError as error:
            raise self._death() from error

    def reply(self, patience: float | None = None) -> Reply:
        """The next reply; raises `ChildDiedError` when there is none within the time allowed."""
        end = time.monotonic() + (patience or self._patience)
        length = length_of(self._exactly(4, end))
        if length > LONGEST_FRAME:
            self.close()
            raise ChildDiedError("it answered with more than a page can hold")
        try:
            return parse_reply(self._exactly(length, end))
        except msgspec.DecodeError as error:
            self.close()
            raise ChildDiedError("its answer made no sense") from error

    def _exactly(self, count: int, end: float) -> bytes:
        received = bytearray()
        while len(received) < count:
            if self._cancel is not None and self._cancel.is_set():
                self.close()
                raise CancelledError
            left = end - time.monotonic()
            if left <= 0:
                self.close()
                raise ChildDiedError("it took too long")
            if not self._selector.select(min(left, 0.2)):
                continue
            part = os.read(self._out.fileno(), min(count - len(received), 1 << 20))
            if not part:
                raise self._death()
            received += part
        return bytes(received)

    def _death(self) -> ChildDiedError:
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            self.close()
            return ChildDiedError("it stopped answering")
        self.close()
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            if -code in (signal.SIGABRT, signal.SIGTRAP, signal.SIGILL, signal.SIGKILL):
                return ChildDiedError(f"it needed more memory than a document may have ({name})")
            return ChildDiedError(f"it crashed the PDF library ({name})")
        return ChildDiedError("the reading process ended unexpectedly")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._selector.close()
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                continue
