"""Where one can go: the six tabs, what is opened from them, and the screens that stand over all. Each is imported when
it is first gone to, so that the start waits for none but Today.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.screen import Screen

from cs229tui.library.passages import Passage
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.library.runs import RunRecord


def _today() -> Screen[Any]:
    from cs229tui.tui.screens.today import TodayScreen

    return TodayScreen()


def _course() -> Screen[Any]:
    from cs229tui.tui.screens.course import CourseScreen

    return CourseScreen()


def _library() -> Screen[Any]:
    from cs229tui.tui.screens.library import LibraryTab

    return LibraryTab()


def _discuss() -> Screen[Any]:
    from cs229tui.tui.screens.discuss import DiscussScreen

    return DiscussScreen()


def _notes() -> Screen[Any]:
    from cs229tui.tui.screens.notes import NotesScreen

    return NotesScreen()


def _labs() -> Screen[Any]:
    from cs229tui.tui.screens.labs import LabsScreen

    return LabsScreen()


class Places(App[None], inherit_bindings=False):
    """The part of the app that goes somewhere; a tab is one of Textual's modes, so what was open in it stays open."""

    workspace: Workspace
    open_link: Callable[[str], None]
    DEFAULT_MODE = "today"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": _today,
        "course": _course,
        "library": _library,
        "discuss": _discuss,
        "notes": _notes,
        "labs": _labs,
    }

    def action_tab(self, tab: str) -> None:
        """Show a tab; what was open in it is still open."""
        self.switch_mode(tab)

    def open_reading(
        self, reading: str, page: int | None = None, place: int | None = None, annotation: str | None = None
    ) -> None:
        """Open a reading in the reader, or a video to be watched: at a place, an annotation, or where she left it."""
        if page is None and self._is_watched(reading, annotation):
            from cs229tui.tui.screens.video import VideoScreen

            self.push_screen(VideoScreen(reading, annotation))
            return
        from cs229tui.tui.screens.reader import ReaderScreen

        self.push_screen(ReaderScreen(reading, page, place, annotation))

    def _is_watched(self, reading: str, annotation: str | None) -> bool:
        """Whether a reading is a video; what is written on the pages of its document opens there."""
        from cs229tui.annotations.threads import threads
        from cs229tui.documents.videos import video_of
        from cs229tui.library.annotations import annotations_of
        from cs229tui.library.documents import attached

        known, database = self.workspace.catalog().get(reading), self.workspace.database
        if known is None or (known.kind != "video" and video_of(known) is None):
            return False
        if annotation is None:
            return known.kind == "video" or reading not in attached(database)
        every = threads(annotations_of(database, reading))
        here = next((one for one in every if any(said.id == annotation for said in one.annotations)), None)
        root = here.root if here else None
        return root.second is not None if root and known.kind != "video" else root is None or root.page is None

    def open_thread(self, thread: str, message: str = "") -> None:
        """Open a reading where a conversation stands in it, at one of its messages; one on a lecture in Discuss."""
        from cs229tui.library.discussion import conversation
        from cs229tui.library.standing import said_in

        database = self.workspace.database
        found = conversation(database, thread)
        if found is None:
            self.notify("Nothing of this conversation is here any more.", severity="warning", timeout=4)
        elif found.facts.reading:
            here = sorted(said_in(database, [thread]), key=lambda one: (one.id != (message or thread), one.created))
            self.open_reading(found.facts.reading, annotation=here[0].id if here else None)
        else:
            self.open_discussion(lecture=found.facts.lecture, thread=thread)

    def open_discussion(self, reading: str = "", lecture: int | None = None, thread: str = "") -> None:
        """Show the conversations of a reading or a lecture; from within a reading escape comes back to it."""
        from cs229tui.library.discussion import Wanted
        from cs229tui.tui.screens.discuss import DiscussScreen
        from cs229tui.tui.screens.tab import TabScreen

        wanted = Wanted(reading=reading, lecture=lecture)
        if not isinstance(self.screen, TabScreen):
            self.push_screen(DiscussScreen(wanted, thread))
            return
        self.switch_mode("discuss")
        shown = self.screen_stack[0]
        if isinstance(shown, DiscussScreen):
            self.call_after_refresh(shown.show_only, wanted, thread)

    def open_cards(self, card: str | None = None) -> None:
        """Show the flash cards, with the cursor on one."""
        from cs229tui.tui.screens.cards import CardsScreen

        self.push_screen(CardsScreen(card))

    def action_cards(self) -> None:
        """Be asked the flash cards that are due, or look through them where none is."""
        from cs229tui.clock import now
        from cs229tui.library.cards import count_due
        from cs229tui.tui.screens.cards import OnCards
        from cs229tui.tui.screens.review import ReviewScreen

        if isinstance(self.screen, OnCards):
            return
        self.open_cards()
        if count_due(self.workspace.database, now()):
            self.push_screen(ReviewScreen())

    def open_confusion(self, reading: str | None = None, lecture: int | None = None) -> None:
        """Show what confuses people: of a reading, of a lecture, or of all."""
        from cs229tui.tui.screens.confusion import ConfusionScreen

        self.push_screen(ConfusionScreen(reading, lecture))

    def open_score(self, reading: str | None = None, lecture: int | None = None) -> None:
        """Show how she stands in the discussion: of a reading, of a lecture's readings, or of each she worked on."""
        from cs229tui.tui.screens.score import ScoreScreen, ScoresScreen

        self.push_screen(ScoresScreen(lecture) if reading is None else ScoreScreen(reading, lecture))

    def open_run(self, run: str) -> None:
        """Watch a run, live or as it was."""
        from cs229tui.tui.screens.run import RunScreen

        self.push_screen(RunScreen(run))

    def watch_run(self, record: "RunRecord", indexed: bool, speed: float | None) -> None:
        """Watch a run that may be none of the library's, or again at a `speed`; away from it is out of the program."""
        from cs229tui.tui.screens.run import RunScreen

        self.push_screen(RunScreen(record.id, None if indexed else record, speed), lambda _: self.exit())

    def open_lab(self, lab: str) -> None:
        """Show the Labs tab with the cursor on a lab."""
        self.switch_mode("labs")
        screen = self.screen_stack[0]
        choose = getattr(screen, "choose_lab", None)
        if choose:
            self.call_after_refresh(choose, lab)

    def open_labs_run(self, key: str) -> None:
        """Show the Labs tab with the cursor on a run, or on the row of a sweep."""
        self.switch_mode("labs")
        choose = getattr(self.screen_stack[0], "choose_run", None)
        if choose:
            self.call_after_refresh(choose, key)

    def open_note(self, note: str | None = None) -> None:
        """Show the Notes tab with the cursor on a note."""
        self.switch_mode("notes")
        screen = self.screen_stack[0]
        choose = getattr(screen, "choose_note", None)
        if choose and note:
            self.call_after_refresh(choose, note)

    def open_passage(self, reading: str, passage: Passage | None) -> None:
        """Open a reading at a passage that a note or a card was made from; found again where the text is another."""
        from cs229tui.annotations.place import place_of
        from cs229tui.documents.store import open_document
        from cs229tui.library.documents import attached

        if passage is None or reading not in attached(self.workspace.database):
            self.open_reading(reading)
            return
        found = place_of(open_document(self.workspace.database, reading), passage)
        if found is None:
            self.notify("Its words are not in this document.", severity="warning", timeout=4)
        self.open_reading(reading, *((found.page, found.start) if found else (passage.page, None)))

    def write_note(
        self,
        reading: str | None = None,
        lecture: int | None = None,
        body: str = "",
        passage: Passage | None = None,
    ) -> None:
        """Write a new note, free-standing or on a reading or lecture, beginning with `body`, made from a `passage`."""
        from cs229tui.tui.screens.note_editor import NoteEditor

        self.push_screen(NoteEditor(reading=reading, lecture=lecture, body=body, passage=passage))

    def open_lecture(self, lecture: int) -> None:
        """Show the Course tab with the cursor on a lecture."""
        self.switch_mode("course")
        screen = self.screen_stack[0]
        choose = getattr(screen, "choose_lecture", None)
        if choose:
            self.call_after_refresh(choose, lecture)

    def open_row(self, key: str) -> None:
        """Open what a row of a list stands for; its key is `kind:id`."""
        kind, _, id = key.partition(":")
        if kind == "reading":
            self.open_reading(id)
        elif kind == "annotation":
            from cs229tui.library.annotations import annotation

            self.open_reading(annotation(self.workspace.database, id).reading, annotation=id)
        elif kind == "thread":
            self.open_thread(id)
        elif kind == "note":
            self.open_note(id)
        elif kind == "card":
            self.open_cards(id)
        elif kind == "cards":
            self.action_cards()
        elif kind == "lab":
            self.open_lab(id)
        elif kind == "run":
            self.open_run(id)
        elif kind == "lecture":
            self.open_lecture(int(id))
        elif kind == "link":
            self.open_link(id)

    def action_command_palette(self) -> None:
        """Find any action, reading, lecture or lab by its name."""
        from cs229tui.tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_groups(self) -> None:
        """Show her groups."""
        from cs229tui.tui.screens.groups import GroupsScreen

        if not isinstance(self.screen, GroupsScreen):
            self.push_screen(GroupsScreen())

    def action_guide(self) -> None:
        """Open our guide in the reader."""
        self.open_reading("guide")

    def action_search(self) -> None:
        """Search everything."""
        from cs229tui.tui.screens.search import SearchScreen

        if not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen())

    def action_settings(self) -> None:
        """Change the settings."""
        from cs229tui.tui.screens.settings import SettingsScreen

        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen())

    def action_help(self) -> None:
        """Show what the keys do on this screen."""
        from cs229tui.tui.reach import reachable
        from cs229tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(reachable(self.screen, self.workspace.settings.keys)))
