"""The time one spends with a reading, page by page: measured while somebody is there, stored as sittings."""

from collections import Counter
from time import monotonic

from textual import events

from cs229tui.clock import timestamp
from cs229tui.library.coverage import USUAL_PACE, Coverage, coverage, own_pace, seconds_by_page
from cs229tui.library.readings import state_of, update_state
from cs229tui.library.sessions import Session, save_session, sessions
from cs229tui.tui.reading.reading_clock import ReadingClock
from cs229tui.tui.screens.tab import LibraryScreen

_SAVE_EVERY = 15.0
_LONGEST_GAP = 40.0
_LEARN_AFTER = 2.0
# How each page was seen is reckoned anew on another page, and after so many seconds on the same.
_SETTLED_SECONDS = 5


class Timing(LibraryScreen):
    """A screen on which one reads or watches `reading_id`."""

    reading_id: str

    def __init__(self) -> None:
        super().__init__()
        self.clock = ReadingClock(60, monotonic())
        self.pace = USUAL_PACE
        """Characters a minute: her own where that is known."""
        self._sitting: Session | None = None
        self._seconds_before = 0.0
        self._pages_before: Counter[int] = Counter()
        self._lengths: tuple[int, ...] = ()
        self._coverage: tuple[object, Coverage] | None = None

    @property
    def page_read(self) -> int:
        """The page that is being looked at; 0 where there are none."""
        return 0

    def begin_sitting(self, document: str | None = None, lengths: tuple[int, ...] = ()) -> None:
        """Measure from now on the time spent with the reading, as `document` (a SHA-256) has it: pages of so many
        characters.
        """
        database, settings = self.companion.database, self.companion.settings
        if self._sitting is None:
            self.set_interval(_SAVE_EVERY, self.save_sitting)
            self.watch(self.app, "app_focus", self._focus_changed, init=False)
            # Looking at what she read lately can wait until the text is on the screen.
            self.set_timer(_LEARN_AFTER, self._learn_pace)
        else:
            # Page numbers of one document mean nothing in another.
            self.save_sitting()
        state = state_of(database, self.reading_id)
        status = "reading" if state.status == "unread" else state.status
        update_state(database, self.reading_id, opened=timestamp(), status=status)
        self.companion.changed()
        before = sessions(database, reading=self.reading_id)
        self._seconds_before = sum(sitting.seconds for sitting in before)
        if document is not None:
            self._pages_before = Counter(seconds_by_page(before, document))
        self._lengths = lengths
        moment = timestamp()
        self._sitting = Session(self.reading_id, moment, moment, document=document)
        page = self.page_read or state.page or 1 if document else 0
        self.clock = ReadingClock(settings.idle_after, monotonic(), page, _LONGEST_GAP)
        self._coverage = None

    def _learn_pace(self) -> None:
        with self.companion.reporting():
            self.pace = own_pace(self.companion.database) or USUAL_PACE
        self._coverage = None

    @property
    def sitting(self) -> Session | None:
        """The sitting that goes on."""
        return self._sitting

    @property
    def seconds_spent(self) -> float:
        """Active seconds with the reading in all."""
        return self._seconds_before + self.clock.seconds

    def coverage(self) -> Coverage:
        """How each page was seen up to now."""
        state = (self._lengths, self.clock.page, int(self.clock.seconds) // _SETTLED_SECONDS)
        if self._coverage is None or self._coverage[0] != state:
            spent = self._pages_before + Counter(self.clock.pages)
            self._coverage = (state, coverage(self._lengths, spent, self.pace))
        return self._coverage[1]

    def alive(self) -> None:
        """Somebody is reading."""
        moment = monotonic()
        self.clock.touch(moment)
        self.clock.turn(moment, self.page_read)

    def _focus_changed(self, focused: bool) -> None:
        (self.clock.focus if focused else self.clock.blur)(monotonic())

    def on_screen_suspend(self) -> None:
        """Another screen is over this one: reading stops, though writing on a passage tells that somebody is there."""
        self.clock.blur(monotonic())

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        self.clock.focus(monotonic())

    def save_sitting(self) -> None:
        """Keep the time up to now."""
        if self._sitting is None or not self.companion.settings.measure_time:
            return
        self.clock.advance(monotonic())
        if self.clock.seconds < 1:
            return
        self._sitting.pages = dict(self.clock.pages)
        # The machine's clock may have been set back.
        self._sitting.ended = max(self._sitting.started, timestamp())
        with self.companion.reporting():
            save_session(self.companion.database, self._sitting)

    def on_unmount(self) -> None:
        self.save_sitting()
