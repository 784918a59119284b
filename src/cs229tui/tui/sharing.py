"""Groups kept up to date while the screens are open: a thread looks at their folders and carries what is written."""

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from cs229tui.clean import clean_line
from cs229tui.errors import ReportableError

if TYPE_CHECKING:
    from cs229tui.annotations.groups.rounds import Round
    from cs229tui.library.annotations import Annotation
    from cs229tui.library.catalog import Catalog
    from cs229tui.library.database import Database
    from cs229tui.library.groups import JoinedGroup
    from cs229tui.tui.app import Companion

# How often folders are looked at: by their files' sizes and times, which every disk and network folder tells. Where
# that takes long it is done less often.
LOOK_SECONDS = 0.7
_LOOKING_SHARE = 20
# A change of hers goes out once she has changed nothing else for so long.
_QUIET_SECONDS = 0.3
# How often a repository is asked, and after troubles in a row.
CARRY_SECONDS = 180.0
_AFTER_TROUBLE = (20.0, 60.0, 180.0, 600.0)
_ON_THE_WAY = "Another copy of cs229tui is syncing a group."


class State(msgspec.Struct, frozen=True):
    """How a group stands: its last round, or the `trouble` that kept it from having one."""

    last: "Round | None" = None
    trouble: str = ""
    remedy: str = ""


class _Known:
    """What the thread knows of a group."""

    def __init__(self) -> None:
        self.files: object = None
        self.carry_at = 0.0
        self.troubles = 0
        # Whether the screens know that it is well.
        self.is_well = False


class Sharing:
    """How each group stands, by its id; known to the app's own thread, as `wake` and `stop` are."""

    def __init__(self, app: "Companion") -> None:
        self.app = app
        self.states: dict[str, State] = {}
        self._told: dict[str, str] = {}
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._asked: set[str] = set()

    # What the screens call

    def start(self) -> None:
        """Begin to look, where she is in a group; may be called again."""
        from cs229tui.library.groups import joined_groups

        if self._thread is None and not self._ended.is_set() and joined_groups(self.app.database):
            self._thread = threading.Thread(target=self._run, name="groups", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """She has changed something."""
        self.start()
        self._woken.set()

    def sync(self, group: str) -> None:
        """Bring a group up to date now, its carrier included."""
        self._asked.add(group)
        self.wake()

    def stop(self) -> None:
        """End; what is under way is finished by whoever syncs next."""
        self._ended.set()
        self._woken.set()

    # The thread

    def _run(self) -> None:
        from cs229tui.library.database import open_library, version_of_data

        database = open_library(self.app.folders.database)
        try:
            known: dict[str, _Known] = {}
            seen = -1
            rest = 0.0
            while not self._ended.is_set():
                began = monotonic()
                version = version_of_data(database)
                try:
                    self._look(database, known, written=version != seen)
                except ReportableError as error:
                    self._tell("", State(None, error.what, error.remedy))
                seen = version
                # What we wrote ourselves is not seen as another's change; what she writes meanwhile is.
                rest = max(LOOK_SECONDS, (monotonic() - began) * _LOOKING_SHARE)
                if self._woken.wait(rest) and not self._ended.is_set():
                    self._woken.clear()
                    while self._woken.wait(_QUIET_SECONDS) and not self._ended.is_set():
                        self._woken.clear()
        finally:
            database.close()

    def _look(self, database: "Database", known: dict[str, _Known], written: bool) -> None:
        from cs229tui.library.groups import joined_groups

        for group in joined_groups(database):
            if self._ended.is_set():
                return
            facts = known.setdefault(group.id, _Known())
            asked = group.id in self._asked
            self._asked.discard(group.id)
            try:
                self._look_at(database, group, facts, written, asked)
            except ReportableError as error:
                if error.what != _ON_THE_WAY:
                    facts.files, facts.is_well = None, False
                    self._tell(group.id, State(None, error.what, error.remedy))

    def _look_at(self, database: "Database", group: "JoinedGroup", facts: _Known, written: bool, asked: bool) -> None:
        from cs229tui.annotations.groups.folder import shared_files
        from cs229tui.annotations.groups.publishing import preview
        from cs229tui.annotations.groups.rounds import go_round
        from cs229tui.library.news import for_her, newest

        files = shared_files(Path(group.folder), group.id)
        posted = written and preview(database, group.id).count > 0
        carried = group.carrier == "git" and (asked or posted or monotonic() >= facts.carry_at)
        if not (carried or posted or asked or files != facts.files):
            return
        since = newest(database)
        done = go_round(database, self.app.folders, group, self._catalog(database), carry=carried)
        # As it was before: what came while we read is looked at the next time.
        facts.files = files
        if carried:
            facts.troubles = facts.troubles + 1 if done.trouble else 0
            waits = _AFTER_TROUBLE[min(facts.troubles, len(_AFTER_TROUBLE)) - 1] if done.trouble else CARRY_SECONDS
            facts.carry_at = monotonic() + waits
        news = for_her(database, since, self.app.settings.author) if done.outcome.new else []
        came = done.outcome
        if asked or carried or came.news or came.published or came.warnings or not facts.is_well:
            facts.is_well = True
            self._tell(group.id, State(done), news)

    def _catalog(self, database: "Database") -> "Catalog":
        from cs229tui.labs.handouts import handouts
        from cs229tui.library.catalog import catalog

        return catalog(self.app.course, database, handouts(self.app.folders))

    def _tell(self, group: str, state: State, news: "list[Annotation] | None" = None) -> None:
        self._call(lambda: self._hear(group, state, news or []))

    def _call(self, told: Callable[[], None]) -> None:
        if self._ended.is_set():
            return
        try:
            self.app.call_from_thread(told)
        except RuntimeError:
            # The app has ended between the question and the call.
            self._ended.set()

    # The app's own thread again

    def _hear(self, group: str, state: State, news: "list[Annotation]") -> None:
        self.states[group] = state
        trouble, remedy = state.trouble, state.remedy
        if state.last is not None and not trouble:
            trouble, remedy = state.last.trouble, state.last.remedy
        if trouble and self._told.get(group) != trouble:
            # What goes on being wrong is told once.
            self.app.notify(f"{trouble}\n{remedy}".strip(), title="Groups", timeout=6, markup=False)
        self._told[group] = trouble
        if news:
            self.app.notify(_told(news, self.app.settings.author), title="Discussion", timeout=8, markup=False)
        self.app.look_again()


def _told(news: "list[Annotation]", name: str) -> str:
    """What came for her, in a line or two."""
    from cs229tui.library.discussion import mentioned

    if len(news) == 1:
        one = news[0]
        how = "mentions you" if not one.parent or mentioned(one.body, name) else "answers"
        return f"{clean_line(one.author, 40)} {how}: {clean_line(one.body, 120)}"
    authors = list(dict.fromkeys(clean_line(one.author, 30) for one in news))
    named = ", ".join(authors[:3]) + (" and others" if len(authors) > 3 else "")
    return f"{len(news)} new answers and mentions from {named}; 4 shows them."
