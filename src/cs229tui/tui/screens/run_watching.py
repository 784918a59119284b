"""A run that is watched: its folder is followed in a thread, live or told again, and what it says comes as messages."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from cs229tui.errors import ReportableError
from cs229tui.labkit.events import Event
from cs229tui.labs import curves
from cs229tui.labs.curves import open_run
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.life import Life, look
from cs229tui.labs.replaying import Player, Replay
from cs229tui.labs.watch import RunView
from cs229tui.library.runs import RunRecord, run, save_run
from cs229tui.tui.screens.tab import LibraryScreen

_SECONDS = 0.1
_LOOK_SECONDS = 0.5
_AT_ONCE = 5000  # events
_TAKEN_SECONDS = 1.0


class RunWatching(LibraryScreen):
    """Follows the run with that id (or the beginning of one), or `record`, which has a folder but no row with us."""

    @dataclass
    class Heard(Message):
        """The run wrote events, or its life changed; `whole` says that everything written so far has been read.

        `life` is None in a replay, `afresh` where what was seen before does not count any more, and `view` what was
        kept of the run from an earlier look.
        """

        events: Sequence[Event]
        life: Life | None
        whole: bool
        afresh: bool = False
        view: RunView | None = None

    def __init__(self, run: str, record: RunRecord | None = None, speed: float | None = None) -> None:
        super().__init__()
        self.run_id = run
        self.record = record
        self.indexed = record is None
        """Whether the run is one of our library."""
        self.lab: Lab | None = None
        self.life: Life | None = None
        self.view = RunView()
        self.whole = False
        self.player: Player | None = None
        """Where a replay is, while the run is told again."""
        self._speed = speed
        self._taken = threading.Event()
        self._dirty = False

    def begin(self) -> bool:
        """Find the run and follow it; says whether there is one."""
        if self.record is None:
            try:
                self.record = run(self.companion.database, self.run_id)
            except ReportableError as error:
                self.companion.report(error)
                self.call_after_refresh(self._not_there)
                return False
        try:
            self.lab = lab_named(self.companion.folders, self.record.lab)
        except ReportableError:
            self.lab = None  # a lab that is gone: its run can still be looked at
        self.life = look(self.record)
        self._follow(self.record)
        return True

    def _not_there(self) -> None:
        self.dismiss()

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return Path(self.record.folder if self.record else "/nowhere")

    # In the thread

    @work(thread=True, group="follow", exclusive=True)
    def _follow(self, record: RunRecord) -> None:
        worker = get_current_worker()
        follower = open_run(Path(record.folder))
        life, looked, told = look(record), time.monotonic(), ""
        self.post_message(self.Heard((), life, whole=False, view=follower.view))
        while not worker.is_cancelled:
            try:
                events = follower.next()
            except OSError:
                events = []  # the folder is being removed, or its file system is away: it may come back
            over = not life.alive
            if time.monotonic() - looked > _LOOK_SECONDS or any(event.kind == "end" for event in events):
                life, looked = look(record), time.monotonic()
            standing = f"{life.word} {life.record.reason} {life.silent // 5 if life.word == 'silent' else 0}"
            if not self._hand_over(events, life, afresh=False):
                return
            if not events and (standing != told or over):
                self.post_message(self.Heard((), life, whole=True))
                told = standing
            if over and not events:
                if follower.fresh and not worker.is_cancelled:
                    self.app.call_from_thread(follower.view.sum_up)
                    curves.write(follower)
                return
            if not events:
                time.sleep(_SECONDS)

    @work(thread=True, group="follow", exclusive=True)
    def _tell_again(self, folder: Path, player: Player) -> None:
        worker = get_current_worker()
        replay, told, afresh = Replay(folder), 0.0, True
        while not worker.is_cancelled:
            moment = player.now()
            if moment < told:
                replay.rewind()
                afresh = True
            told = moment
            # At the end of the run is whatever its last lines say of the time.
            events = replay.until(float("inf") if moment >= player.length else moment)
            if not self._hand_over(events, None, afresh):
                return
            if not events:
                self.post_message(self.Heard((), None, whole=False, afresh=afresh))
                time.sleep(_SECONDS)
            afresh = False

    def _hand_over(self, events: Sequence[Event], life: Life | None, afresh: bool) -> bool:
        """A long run is taken in piece by piece, each when the one before is done, so that keys are answered."""
        worker = get_current_worker()
        for at in range(0, len(events), _AT_ONCE):
            self._taken.clear()
            self.post_message(self.Heard(events[at : at + _AT_ONCE], life, whole=False, afresh=afresh and not at))
            self._taken.wait(_TAKEN_SECONDS)
            if worker.is_cancelled:
                return False
        return True

    # On the screen

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        if (message.life is None) != (self.player is not None):
            self._taken.set()
            return  # of a thread that has just been told to end
        if message.afresh or message.view is not None:
            self.view = message.view or RunView()
        self.view.fold(message.events)
        self._taken.set()
        self._dirty = True
        if message.life is None:
            return
        self.whole = self.whole or message.whole
        before, self.life = self.life, message.life
        after = message.life.record
        if after != self.record or (before is not None and after != before.record):
            self.record = after
            if self.indexed:
                with self.companion.reporting():
                    save_run(self.companion.database, after)
                    self.companion.changed()
        if self.whole and self._speed is not None and not message.life.alive:
            speed, self._speed = self._speed, None
            self.tell_again(speed)

    def tell_again(self, speed: float) -> None:
        """Tell the run again from its start."""
        length = max(self.view.seconds, self.view.end.t if self.view.end else 0.0)
        self.player = Player(length, speed)
        self.view = RunView()
        self._tell_again(self.folder, self.player)
        self._dirty = True

    def end_replay(self) -> None:
        """Show the run as it is again."""
        self.player = None
        self.view = RunView()
        self.whole = False
        if self.record is not None:
            self._follow(self.record)
        self._dirty = True
