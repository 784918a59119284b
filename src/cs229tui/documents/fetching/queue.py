"""Bringing many documents in: several hosts at once, each politely, and what has come read in beside that."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from cs229tui.clock import now
from cs229tui.course.model import Reading
from cs229tui.documents.fetching.download import ANY, Arrived, download
from cs229tui.documents.fetching.hosts import Hosts
from cs229tui.documents.fetching.keeping import keep, keep_known, keep_unchanged, settle
from cs229tui.documents.fetching.outcome import Failure, Phase, Result, Step
from cs229tui.documents.fetching.partial import claimed
from cs229tui.documents.fetching.refusals import CancelledError, PageInsteadError, UnreachableError
from cs229tui.documents.fetching.sources import Source
from cs229tui.documents.fetching.stopping import Stop
from cs229tui.documents.fetching.web import OFFLINE_REMEDY, Manners
from cs229tui.documents.fetching.wishes import Wish
from cs229tui.errors import DocumentError, FetchError, ReportableError
from cs229tui.folders import Folders
from cs229tui.library.database import Database, open_library
from cs229tui.library.downloads import Download, record_download, stamp

Told = Callable[[Step | Result], None]
# Where a server wants to be left alone and does not say how long.
_LEFT_ALONE_SECONDS = 600.0
# Of a page that names its PDF, and that again a page.
_NAMED_PDFS = 2


@dataclass
class _Job:
    """One reading on its way: which of its sources comes next, and what the ones before gave."""

    wish: Wish
    sources: list[Source]
    failures: list[Failure]
    index: int = 0
    tries: int = 0
    named: int = 0
    not_before: float = 0.0

    @property
    def reading(self) -> Reading:
        return self.wish.reading

    @property
    def source(self) -> Source:
        return self.sources[self.index]

    @property
    def host(self) -> str:
        return urlsplit(self.source.address).netloc.lower()


class FetchQueue:
    """Fetches what it is given in threads of its own, at most `hosts` downloads and `readers` extractions at a time.

    `told` hears of each step and each result, in those threads. What was asked for is safe at any moment: being killed
    costs no more than the seconds since, and asking again goes on. The threads end when there is nothing to do.
    """

    def __init__(
        self, folders: Folders, told: Told, *, manners: Manners | None = None, hosts: int = 4, readers: int = 2
    ) -> None:
        self.folders = folders
        self.told = told
        self.manners = manners or ANY
        self.cancel = Stop()
        self._limits = {self._transfer: hosts, self._read_in: readers}
        self._changed = threading.Condition()
        self._waiting: list[_Job] = []
        self._arrived: deque[tuple[_Job, Arrived]] = deque()
        self._open = 0
        self._under_way: set[str] = set()
        self._threads: Counter[Callable[[Database], bool]] = Counter()
        self._hosts = Hosts()
        self._fresh: set[str] = set()
        self._settled = False
        self._broken: BaseException | None = None

    # What others call

    def add(self, wanted: Iterable[Wish]) -> None:
        """Fetch these after those that wait already."""
        with self._changed:
            for wish in wanted:
                self._waiting.append(_Job(wish, list(wish.sources), list(wish.failures)))
                self._open += 1
            self._changed.notify_all()
            self._staff()

    def stop(self) -> None:
        """Stop at once; what has come is kept for the next time."""
        self.cancel.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait so long at most for all to be done, and say whether it is; raises what broke a thread."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._open == 0 or self._broken is not None, seconds)
        if self._broken is not None:
            raise self._broken
        return done

    # The threads

    def _staff(self) -> None:
        """Have as many threads as there is work for; the lock is held."""
        for work, limit in self._limits.items():
            while self._broken is None and self._threads[work] < min(limit, self._open):
                self._threads[work] += 1
                threading.Thread(target=self._run, args=(work,), name="fetching", daemon=True).start()

    def _run(self, work: Callable[[Database], bool]) -> None:
        try:
            database = open_library(self.folders.database)
            try:
                self._settle_once(database)
                while work(database):
                    pass
            finally:
                database.close()
        except BaseException as error:  # noqa: BLE001 (raised again for whoever waits)
            with self._changed:
                self._broken = error
            self.cancel.set()
        finally:
            with self._changed:
                self._threads[work] -= 1
                # What was added while this thread had already seen that there was nothing more.
                self._staff()
                self._changed.notify_all()

    def _settle_once(self, database: Database) -> None:
        with self._changed:
            if self._settled:
                return
            self._settled = True
            settle(database, self.folders)

    def _transfer(self, database: Database) -> bool:
        """Download for one job, or wait for one; False where there is none to come."""
        job = self._next_job()
        if job is None:
            return False
        host, address, handed_on = job.host, job.source.address, False
        try:
            handed_on = self._ask(database, job)
        except ReportableError as error:
            self._failed(database, job, error)
        finally:
            with self._changed:
                self._hosts.busy.discard(host)
                if not handed_on:
                    self._under_way.discard(address)
                self._changed.notify_all()
        return True

    def _next_job(self) -> _Job | None:
        with self._changed:
            while self._open and self._broken is None:
                moment = time.monotonic()
                soonest = moment + 3600.0
                for job in self._waiting:
                    due = max(job.not_before, self._hosts.not_before.get(job.host, 0.0))
                    held = job.host in self._hosts.busy or job.source.address in self._under_way
                    if self.cancel.is_set() or (not held and due <= moment):
                        self._waiting.remove(job)
                        self._hosts.busy.add(job.host)
                        self._under_way.add(job.source.address)
                        return job
                    if not held:
                        soonest = min(soonest, due)
                self._changed.wait(soonest - moment)
            return None

    def _ask(self, database: Database, job: _Job) -> bool:
        """Get what the next address of a job gives, and say whether that is now there to be read in."""
        reading, address = job.reading, job.source.address
        if self.cancel.is_set():
            raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.")
        if self._hosts.offline:
            raise UnreachableError("There seems to be no network.", OFFLINE_REMEDY)
        if job.host in self._hosts.closed:
            raise self._hosts.closed[job.host]
        self._tell(job, "asking")
        partial = claimed(self.folders, address, self.cancel)
        arrived = None
        try:
            # Another reading or another program may have brought it in while we waited for our turn.
            fresh = address in self._fresh or not job.wish.again
            done = keep_known(database, self.folders, reading, address) if fresh else None
            if done is None:
                arrived = download(
                    partial,
                    self.folders.cache,
                    job.source.want,
                    lambda done, total: self._tell(job, "downloading", done, total),
                    known=dict(job.wish.known).get(address),
                    cancel=self.cancel,
                    manners=self.manners,
                )
                self._hosts.has_answered(job.host)
            if arrived is None:
                partial.drop()
        finally:
            if arrived is None:
                partial.release()
        if arrived is None:
            self._fresh.add(address)
            self._finish(done or keep_unchanged(database, reading, address))
            return False
        with self._changed:
            self._arrived.append((job, arrived))
            self._changed.notify_all()
        return True

    def _read_in(self, database: Database) -> bool:
        """Make a document of one file that has come, or wait for one; False where there is none to come."""
        with self._changed:
            self._changed.wait_for(lambda: self._arrived or not self._open or self._broken)
            if not self._arrived:
                return False
            job, arrived = self._arrived.popleft()
        address = job.source.address
        try:
            done = keep(
                database,
                self.folders,
                job.reading,
                arrived,
                lambda read, pages: self._tell(job, "reading in", read, pages),
                self.cancel,
            )
            self._fresh.add(address)
            arrived.partial.drop()
            arrived.partial.release()
            self._finish(done)
        except ReportableError as error:
            stopped, unreadable = self.cancel.is_set(), isinstance(error, DocumentError)
            if unreadable and not stopped:
                arrived.partial.drop()
            arrived.partial.release()
            host = urlsplit(address).hostname or "it"
            what = error.what.replace(arrived.path.name, f"What {host} gave")
            outcome = "stopped" if stopped else "unreadable" if unreadable else "trouble"
            self._failed(database, job, FetchError(what, error.remedy, outcome))
        finally:
            arrived.partial.release()
            with self._changed:
                self._under_way.discard(address)
                self._changed.notify_all()
        return True

    # What comes of it

    def _failed(self, database: Database, job: _Job, error: ReportableError) -> None:
        """Try the same address later, or the next one, or tell that there is no other."""
        fault = error if isinstance(error, FetchError) else FetchError(error.what, error.remedy)
        if fault.outcome == "stopped" or self.cancel.is_set():
            self._give_up(job, Failure(job.source.address, "stopped", "Stopped.", fault.remedy))
            return
        known = self._hosts.closed.get(job.host) is fault
        if fault.outcome != "offline":
            self._hosts.has_answered(job.host)
        if not known and self._tried_later(job, fault):
            return
        self._hosts.give_up(job.host, fault)
        address = job.source.address
        if fault.outcome != "offline":
            again = ""
            if fault.outcome == "busy":
                again = stamp(now() + timedelta(seconds=fault.wait or _LEFT_ALONE_SECONDS))
            record_download(database, Download(job.reading.id, address, fault.outcome, fault.what, again=again))
        job.failures.append(Failure(address, fault.outcome, fault.what, fault.remedy))
        named = fault.pdf if isinstance(fault, PageInsteadError) else ""
        if named and job.named < _NAMED_PDFS and all(named != source.address for source in job.sources):
            job.named += 1
            job.sources.insert(job.index + 1, Source(named, "pdf"))
        job.index, job.tries, job.not_before = job.index + 1, 0, 0.0
        if job.index < len(job.sources):
            self._later(job)
        else:
            self._finish(Result(job.reading, "failed", failures=tuple(job.failures)))

    def _tried_later(self, job: _Job, fault: FetchError) -> bool:
        """Put a job back whose server may have got over its trouble soon."""
        if fault.outcome not in ("busy", "trouble") or job.tries >= self.manners.retries:
            return False
        wait = fault.wait or self.manners.backoff * 3**job.tries
        if wait > self.manners.patience:
            return False
        job.tries += 1
        job.not_before = time.monotonic() + wait
        if fault.outcome == "busy":
            self._hosts.not_before[job.host] = job.not_before
        self._later(job)
        return True

    def _later(self, job: _Job) -> None:
        with self._changed:
            self._waiting.append(job)
            self._changed.notify_all()

    def _give_up(self, job: _Job, failure: Failure) -> None:
        self._finish(Result(job.reading, "failed", failures=(failure, *job.failures)))

    def _finish(self, result: Result) -> None:
        self.told(result)
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def _tell(self, job: _Job, phase: Phase, done: int = 0, total: int = 0) -> None:
        self.told(Step(job.reading, phase, done, total))
