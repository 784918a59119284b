"""The child process that reads PDFs: it may run out of memory, hang or crash, and only a page is lost.

`python -m cs229tui.documents.pdf.worker`: requests on standard input, replies on standard output, see `wire`. It ends
when its parent does, whatever it is busy with.
"""

import contextlib
import os
import queue
import sys
import threading
from typing import BinaryIO

from cs229tui.documents.pdf.marks import CountMarks, ReadMarks, WriteMarks
from cs229tui.documents.pdf.wire import (
    Done,
    Draw,
    Failed,
    Open,
    ReadPages,
    ReadText,
    Reflow,
    Reply,
    Request,
    frame,
    read_request,
)

_MEMORY = 1536 * 1024 * 1024
_CPU_SECONDS = 1800


def _limit() -> None:
    """Bound memory and processor time and leave no core file; what the platform does not know is left out."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("RLIMIT_AS", _MEMORY), ("RLIMIT_CPU", _CPU_SECONDS), ("RLIMIT_CORE", 0)):
        limit = getattr(resource, name, None)
        if limit is None:
            continue
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, hard))


def _listen(stream: BinaryIO, requests: "queue.Queue[Request]") -> None:
    """Pass requests on; when the parent is gone its end of the pipe is closed, and this process ends at once."""
    try:
        while (request := read_request(stream)) is not None:
            requests.put(request)
    finally:
        os._exit(0)


def _serve(requests: "queue.Queue[Request]", out: BinaryIO) -> None:
    from cs229tui.documents.pdf.document import PdfFile, open_pdf

    opened: PdfFile | None = None

    def answer(reply: Reply) -> None:
        out.write(frame(reply))
        out.flush()

    while True:
        request = requests.get()
        try:
            match request:
                case Open(path):
                    outcome = open_pdf(path)
                    if isinstance(outcome, Failed):
                        answer(outcome)
                    else:
                        opened = outcome
                        answer(opened.description())
                case Reflow():
                    from cs229tui.documents.reflow.flowing import reflow_pages

                    answer(reflow_pages(request))
                case ReadPages(first) if opened:
                    for number in range(first, opened.pages + 1):
                        answer(opened.read_safely(number))
                    answer(Done())
                case Draw() if opened:
                    answer(opened.draw(request))
                case ReadText():
                    from cs229tui.documents.html.child import page_read

                    answer(page_read(request))
                case ReadMarks(path):
                    from cs229tui.documents.pdf.marks_reading import read_marks

                    for reply in read_marks(path):
                        answer(reply)
                case CountMarks(path):
                    from cs229tui.documents.pdf.marks_reading import count_marks

                    answer(count_marks(path))
                case WriteMarks():
                    from cs229tui.documents.pdf.marks_writing import write_marks

                    answer(write_marks(request))
                case _:
                    answer(Failed("unasked"))
        except MemoryError:
            answer(Failed("memory"))
        except OSError as error:
            # Of a pipe the parent has closed there is nobody to tell.
            if isinstance(error, BrokenPipeError):
                raise
            answer(Failed("missing", error.strerror or str(error)))


def main() -> None:
    """Serve one parent until it goes away."""
    _limit()
    # Libraries that print must not break the frames, so the reply pipe is kept and standard output goes nowhere.
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    requests: queue.Queue[Request] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    try:
        _serve(requests, out)
    except BrokenPipeError:
        os._exit(0)
    finally:
        # At once: an ordinary exit would wait for the thread that listens, and abort.
        os._exit(1)


if __name__ == "__main__":
    main()
