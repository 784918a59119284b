"""Pages drawn behind the reader's back: what is looked at first, then what comes next, and nothing that is stale.

One thread asks one child at a time, for PDFium is not thread-safe. Who shows the pictures says what it wants, best
first, as often as it likes: each time everything that has not begun is forgotten, and a drawing that goes on for long
and is not wanted any more is given up.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Generic, Protocol, TypeVar

from cs229tui.documents.pdf.child import CancelledError
from cs229tui.documents.pdf.engine import PdfEngine
from cs229tui.documents.pdf.wire import Draw, Drawn
from cs229tui.errors import DocumentError

Matrix = tuple[float, float, float, float, float, float]

_PATIENCE = 10.0
_GIVE_UP = 1.0
_IDLE = 30.0
_DRAWINGS = 24 * 1024 * 1024


class Job(Protocol):
    """A picture that is wanted: equal jobs make equal pictures. `shot` is the part of a page it is made from."""

    @property
    def shot(self) -> Draw: ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Undrawn:
    """What stands in for a picture of a page that cannot be drawn, and `why`."""

    why: str


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
J = TypeVar("J", bound=Job)
R = TypeVar("R")


class Shelf(Generic[K, V]):
    """Things kept up to a weight together; those not asked for longest are given to `dropped` and go."""

    def __init__(self, most: float, dropped: Callable[[K, V], None] | None = None) -> None:
        self.most = most
        self.weight = 0.0
        self._dropped = dropped
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def get(self, key: K) -> V | None:
        """What is kept under a key; it counts as asked for."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: K, value: V, weight: float) -> None:
        """Keep it; the last one put stays, however heavy."""
        self.drop(key)
        self._kept[key] = (weight, value)
        self.weight += weight
        while self.weight > self.most and len(self._kept) > 1:
            self.drop(next(iter(self._kept)))

    def drop(self, key: K) -> None:
        """Keep it no longer."""
        found = self._kept.pop(key, None)
        if found is not None:
            self.weight -= found[0]
            if self._dropped is not None:
                self._dropped(key, found[1])

    def clear(self) -> None:
        """Keep nothing."""
        for key in list(self._kept):
            self.drop(key)


class _GivenUp(threading.Event):
    """Tells the child's watcher to end a drawing nobody waits for."""

    def __init__(self, stale: Callable[[], bool]) -> None:
        super().__init__()
        self._stale = stale

    def is_set(self) -> bool:
        return super().is_set() or self._stale()


class Draws(Protocol):
    """What draws pages: the child that has PDFium, or whoever else can; raises `DocumentError`."""

    def draw(self, shot: Draw) -> Drawn: ...

    def close(self) -> None: ...


class Pictures(Generic[J, R]):
    """The pictures of one PDF, or of whatever `engine` draws.

    `make` finishes a drawing (paints on it, encodes it) and `weigh` says what the result weighs in bytes; `ready` is
    told of each job that is done. All three are called in the thread that draws.
    """

    def __init__(
        self,
        path: Path,
        make: Callable[[J, Drawn], R],
        ready: Callable[[J], None],
        weigh: Callable[[R], float],
        *,
        most: float = 24 * 1024 * 1024,
        name: str = "",
        patience: float = _PATIENCE,
        engine: Draws | None = None,
    ) -> None:
        self._make, self._ready, self._weigh = make, ready, weigh
        self._wake = threading.Condition()
        self._queue: list[J] = []
        self._wanted: frozenset[J] = frozenset()
        self._current: tuple[J, float] | None = None
        self._closed = False
        self._made: Shelf[J, R] = Shelf(most)
        self._drawings: Shelf[Draw, Drawn] = Shelf(_DRAWINGS)
        self._matrices: dict[int, Matrix] = {}
        self._failed: dict[int, Undrawn] = {}
        self._given_up = _GivenUp(self._stale)
        self._engine: Draws = engine or PdfEngine(path, patience, self._given_up, name)
        self._thread: threading.Thread | None = None

    @property
    def process(self) -> int | None:
        """The process id of the child, while there is one."""
        return self._engine.process if isinstance(self._engine, PdfEngine) else None

    def want(self, jobs: Sequence[J]) -> None:
        """Make these, best first, and nothing else that was wanted before."""
        with self._wake:
            if self._closed:
                return
            self._wanted = frozenset(jobs)
            here = self._current[0] if self._current else None
            self._queue = [
                job for job in dict.fromkeys(jobs) if job != here and job not in self._made and not self._lost(job)
            ]
            if self._queue and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="page-pictures", daemon=True)
                self._thread.start()
            self._wake.notify()

    def get(self, job: J) -> R | Undrawn | None:
        """A picture, or why there is none; None while it is not made yet."""
        with self._wake:
            made = self._made.get(job)
            return made if made is not None else self._lost(job)

    def matrix(self, page: int) -> Matrix | None:
        """Where a page's points stand on its picture, known once something of it was drawn; see `Drawn`."""
        with self._wake:
            return self._matrices.get(page)

    def close(self) -> None:
        """Draw no more, and end the child."""
        with self._wake:
            self._closed = True
            self._queue = []
            self._given_up.set()
            self._wake.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    def _lost(self, job: J) -> Undrawn | None:
        return self._failed.get(job.shot.page)

    def _stale(self) -> bool:
        with self._wake:
            if self._current is None:
                return self._closed
            job, began = self._current
            return self._closed or (bool(self._queue) and job not in self._wanted and monotonic() - began > _GIVE_UP)

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                try:
                    drawn = self._drawn(job.shot)
                    made = self._make(job, drawn)
                except CancelledError:
                    self._over()
                    continue
                except DocumentError as error:
                    with self._wake:
                        self._failed[job.shot.page] = Undrawn(error.what)
                    self._over()
                else:
                    with self._wake:
                        self._made.put(job, made, self._weigh(made))
                    self._over()
                self._ready(job)
        finally:
            self._over()
            self._engine.close()

    def _over(self) -> None:
        with self._wake:
            self._current = None

    def _next(self) -> J | None:
        """The next job; waits for one, and after a while without any lets the child go. None at the end."""
        with self._wake:
            while not self._closed:
                if self._queue:
                    job = self._queue.pop(0)
                    self._current = (job, monotonic())
                    return job
                if not self._wake.wait(_IDLE):
                    self._engine.close()
                    self._drawings.clear()
            return None

    def _drawn(self, shot: Draw) -> Drawn:
        known = self._drawings.get(shot)
        if known is None:
            known = self._engine.draw(shot)
            self._drawings.put(shot, known, len(known.pixels))
            with self._wake:
                self._matrices[shot.page] = known.matrix
        return known
