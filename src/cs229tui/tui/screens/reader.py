"""The reader: a document as reflowed text, with its place kept, its time measured, and its annotations."""

from pathlib import PurePath
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.documents.store import ensure_guides, open_document
from cs229tui.errors import NotFoundError
from cs229tui.library.documents import attached
from cs229tui.library.readings import state_of, update_state
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.discussion import map_look
from cs229tui.tui.reading.selection import text_of
from cs229tui.tui.reading.typesetting import typesetting
from cs229tui.tui.reading_actions import mark_done
from cs229tui.tui.screens.discussing import Discussing
from cs229tui.tui.widgets.annotation_pane import AnnotationPane
from cs229tui.tui.widgets.empty_reading import EmptyReading
from cs229tui.tui.widgets.find_bar import FindBar
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.passage import Passage
from cs229tui.tui.widgets.passage_view import PassageView
from cs229tui.tui.widgets.reading_lines import CHAPTER, QUIET, MapLine, Stretch, Tick, TitleLine

_SAVE_PLACE_AFTER = 2.0
_MOST_HIT_TICKS = 60
_MOST_CHAPTER_TICKS = 24
_SKIPPED = frozenset({"reference", "page", "table", "figure"})


class ReaderScreen(Discussing):
    """A reading, opened at a page and character, at an annotation, or where it was left."""

    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[list[str | PurePath]] = ["../styles/reader.tcss", "../styles/reference.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reader")]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(
        self, reading: str, page: int | None = None, place: int | None = None, annotation: str | None = None
    ) -> None:
        super().__init__()
        self._not_yet = annotation or ""
        self.reading_id = reading
        self.wanted = (page, place, annotation)
        self._rest: list[int] = []
        self._save_timer: Timer | None = None
        self._saved: tuple[int, int] | None = None
        self._offered = False
        self._stretches_of: tuple[object, object, tuple[Stretch, ...]] | None = None
        self._ticks_of: tuple[object, ...] = (None,) * 4
        self._known_ticks: tuple[Tick, ...] = ()

    # Opening

    def compose(self) -> ComposeResult:
        settings = self.companion.settings
        known = self.companion.catalog().get(self.reading_id)
        self.reading = known or Reading(id=self.reading_id, title=self.reading_id, lectures=(0,))
        source = clean_line(f"{self.reading.surnames} {self.reading.year or ''}", 60)
        yield TitleLine(clean_line(self.reading.title), source)
        yield EmptyReading(self.reading, known is not None)
        with Horizontal(id="reading-body"):
            self.passage = Passage(setting=typesetting(settings))
            yield self.passage
            yield AnnotationPane()
        yield FindBar()
        yield MapLine()
        yield KeyLine()

    def refresh_data(self) -> None:
        """Follow the library: the document may be there now, or another one, and others write too."""
        self.passage.set_type(typesetting(self.companion.settings))
        known = attached(self.companion.database).get(self.reading_id)
        if self.document is None or (known and known[0] != self.document.record.sha256):
            self._open_document()
        self.place_marks()
        self._follow_discussion()

    def _open_document(self) -> None:
        database = self.companion.database
        if self.reading.kind in ("guide", "handout"):
            from cs229tui.labs.find import labs

            handouts = {lab.reading: lab.handout for lab in labs(self.companion.folders)}
            ensure_guides(database, self.companion.folders, handouts)
        earlier = self.document
        before = self.passage.places
        here = before.place(self.passage.top) if earlier is not None else None
        try:
            self.document = open_document(database, self.reading_id)
        except NotFoundError:
            self.add_class("-no-text")
            self.query_one(EmptyReading).follow()
            self.query_one(EmptyReading).focus()
            return
        self.remove_class("-no-text")
        document = self.document
        self.passage.open(document.flow, {page.number: clean_line(page.label, 12) for page in document.pages})
        self.find_pointers()
        lengths = [0 if block.kind in _SKIPPED else len(block.text) for block in document.flow]
        self._rest = [0]
        for length in reversed(lengths):
            self._rest.append(self._rest[-1] + length)
        self._rest.reverse()
        self.discuss(document)
        self.forget_pictures()
        self.passage.focus()
        if self.sitting is None or self.sitting.document != document.record.sha256:
            self.begin_sitting(document.record.sha256, tuple(len(page.text) for page in document.pages))
        if here is not None:
            self._jumps.carry(
                lambda position: self.passage.places.position(*self.carried(earlier, before.place(position)))
            )
            here = self.carried(earlier, here)
            self.find_again()
            self.call_after_refresh(self.passage.go, self.passage.places.position(*here), "exact")
            return
        self.call_after_refresh(self._to_wanted)
        self.renew(document)
        for warning in document.record.warnings[:2]:
            self.notify(clean_line(warning, 200), timeout=5, markup=False)

    def reopen(self) -> None:
        """Show the document as the library has it now."""
        self._open_document()
        self.place_marks()
        self._follow_discussion()

    def _to_wanted(self) -> None:
        """To where we were asked to open, else to the line that was at the top when the reading was left."""
        page, place, wanted = self.wanted
        state = state_of(self.companion.database, self.reading_id)
        if wanted and self.go_to_thread(wanted, remember=False):
            self._not_yet = ""
            return
        places = self.passage.places
        if page is not None:
            self.passage.go(places.position(page, place or 0), "middle" if place else "top")
        elif state.page is not None:
            self.passage.go(places.position(state.page, state.place), "exact")
        self._show_place()
        self.run_worker(self.open_as_picture(), group="picture", exit_on_error=False)

    # Where we are

    def on_passage_view_moved(self, _event: PassageView.Moved) -> None:
        if self.document is None:
            return
        self.alive()
        self._show_place()
        if self._save_timer is None:
            self._save_timer = self.set_timer(_SAVE_PLACE_AFTER, self._save_place)
        # What fits on one screen has no end to be reached.
        if self.passage.fraction >= 1.0 and self.passage.scroll_offset.y > 0 and not self._offered:
            self._offer_done()

    def on_passage_view_selection_changed(self, _event: PassageView.SelectionChanged) -> None:
        self.alive()
        self._show_place()
        self.refresh_bindings()

    def on_passage_alive(self, _event: Passage.Alive) -> None:
        self.alive()

    def _show_place(self) -> None:
        if self.document is None or not self.is_attached:
            return
        passage = self.passage
        self._show_written()
        label = passage.labels.get(passage.page) or str(passage.page)
        pages = self.document.record.pages
        fraction = passage.fraction
        shown = f"p {label}" if label == str(passage.page) else f"p {label} ({passage.page})"
        self.query_one(TitleLine).show(self.picture_place() or f"{shown} of {pages} · {fraction * 100:.0f} %")
        lines = max(len(passage.layout_now.lines), 1)
        span = (min(passage.scroll_offset.y / lines, 1.0), fraction)
        self.query_one(MapLine).show(self._state(), self._time(), span, self._ticks(), self._stretches())
        self.show_picture()

    def _ticks(self) -> tuple[Tick, ...]:
        """What is on the map; reckoned anew only when it could differ, for this is asked at every key."""
        layout = self.passage.layout_now
        spots = self.written.spots() if self.written is not None else []
        made_of = (layout, spots, self.hits, self.marks)
        if all(one is other for one, other in zip(made_of, self._ticks_of, strict=True)):
            return self._known_ticks
        lines = max(len(layout.lines), 1)
        position = self.passage.places.position
        ticks = [Tick(layout.row(position(spot.page, spot.start)) / lines, *map_look(spot)) for spot in spots]
        ticks += [Tick(layout.row(at) / lines, name, "accent") for name, at in self.marks]
        # Of very many hits some say where they are.
        some = self.hits[:: len(self.hits) // _MOST_HIT_TICKS + 1]
        ticks += [Tick(layout.row(hit[:2]) / lines, "•", "accent") for hit in some]
        chapters = [heading.position for heading in self._headings() if not heading.level]
        if len(chapters) <= _MOST_CHAPTER_TICKS:
            ticks += [Tick(layout.row(at) / lines, CHAPTER, QUIET) for at in chapters]
        self._ticks_of, self._known_ticks = made_of, tuple(ticks)
        return self._known_ticks

    def _state(self) -> str:
        passage = self.passage
        if passage.asking or passage.said:
            return passage.asking or passage.said
        if passage.selection:
            words = len(text_of(passage.flow, passage.selection).split())
            return f"select · {counted(words, 'word')}"
        return passage.count

    def _time(self) -> str:
        left = self._rest[min(self.passage.bottom[0], len(self._rest) - 1)] / self.pace
        parts = [f"{left:.0f} min left" if left >= 1 else ""]
        if self.companion.settings.measure_time:
            spent = marks.duration(self.seconds_spent)
            wide = self.has_class("-wide")
            parts[:0] = [marks.pages_seen(self.coverage()), spent] if wide else [f"read {spent}"]
        return " · ".join(part for part in parts if part)

    def _stretches(self) -> tuple[Stretch, ...]:
        """How each page was seen, by where it begins on the map; nothing where no time is measured."""
        if not self.companion.settings.measure_time:
            return ()
        layout, starts, seen = self.passage.layout_now, self.passage.places.starts, self.coverage().pages
        if self._stretches_of is None or self._stretches_of[0] is not layout or self._stretches_of[1] is not seen:
            lines = max(len(layout.lines), 1)
            begun = sorted((layout.row(at) / lines, page) for page, at in starts.items() if page <= len(seen))
            self._stretches_of = (layout, seen, tuple((at, seen[page - 1]) for at, page in begun))
        return self._stretches_of[2]

    def _save_place(self) -> None:
        self._save_timer = None
        if self.document is None:
            return
        passage = self.passage
        # At the end the last line counts, so that the progress says so; it is in sight from there as well.
        at = passage.bottom if passage.fraction >= 1.0 else passage.top
        page, place = passage.places.place(at)
        # Another reader of the same text may have gone on since: what has not moved is not written again.
        if (page, place) == self._saved:
            return
        with self.companion.reporting():
            update_state(self.companion.database, self.reading_id, page=page, place=place)
            self._saved = (page, place)

    def _offer_done(self) -> None:
        self._offered = True
        if state_of(self.companion.database, self.reading_id).status in ("unread", "reading"):
            self.notify("You have reached the end: D marks it done.", timeout=6)

    def action_confusion(self) -> None:
        """Show the passages of this reading that people ask about most."""
        self.companion.open_confusion(self.reading_id)

    def action_done(self) -> None:
        """Mark the reading as done."""
        mark_done(self.companion, self.reading_id)

    def action_conversations(self) -> None:
        """List the conversations of this reading."""
        self.companion.open_discussion(reading=self.reading_id)

    def on_unmount(self) -> None:
        if self.document is not None:
            self._save_place()
