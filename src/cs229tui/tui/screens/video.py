"""A video: played in mpv or in the browser from the right second, with what is written on its moments beside it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cs229tui.annotations import make
from cs229tui.annotations.threads import Thread, threads
from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.documents.videos import address_at, moment, parse_moment, video_of
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, Kind, annotations_of
from cs229tui.library.documents import attached
from cs229tui.library.people import me
from cs229tui.library.videos import update_video, video_state
from cs229tui.tui import links, marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.player import plays_in_mpv
from cs229tui.tui.reading.discussion import NAMED_INKS, look_of
from cs229tui.tui.reading.messages import around, message, when
from cs229tui.tui.reading.said import names_of
from cs229tui.tui.reading.said import said as words_of
from cs229tui.tui.reading_actions import mark_done
from cs229tui.tui.screens.playing import Playing
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.widgets.annotation_editor import Written
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.reading_lines import MapLine, Tick, TitleLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_COLUMNS = (Column(right=True), Column(), Column(flex=True), Column(most=12, drop=1), Column(right=True, drop=2))
_NEED_VIDEO = frozenset({"play", "browser", "copy"})
_NEED_WORDS = frozenset({"written"})


class VideoScreen(Playing):
    """A video and its moments; `annotation` is the one to begin at."""

    AUTO_FOCUS = "#moments"
    CSS_PATH = "../styles/video.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("video")]

    def __init__(self, reading: str, annotation: str | None = None) -> None:
        super().__init__()
        self.reading_id = reading
        self.wanted = annotation
        self._written: dict[str, Annotation] = {}
        self._threads: list[Thread] = []
        self._left: float | None = None

    # Opening

    def compose(self) -> ComposeResult:
        known = self.companion.catalog().get(self.reading_id)
        self.reading = known or Reading(id=self.reading_id, title=self.reading_id, lectures=(0,))
        self.video = video_of(self.reading)
        yield TitleLine(clean_line(self.reading.title), clean_line(self.reading.short, 40))
        yield Static(id="facts")
        yield Rows(*_COLUMNS, id="moments", quiet=False)
        with VerticalScroll(id="detail", can_focus=False):
            yield Static(id="said")
        yield MapLine()
        yield KeyLine()

    def on_mount(self) -> None:
        state = video_state(self.companion.database, self.reading_id)
        self._left = state.position
        super().on_mount()
        rows = self.query_one(Rows)
        rows.select(f"annotation:{self.wanted}" if self.wanted else "play:left") or rows.select("play:start")
        known = parse_moment(self.reading.length) if self.reading.length else None
        self.begin_watching(state.position, state.length or known)
        self._show_facts()

    # What is shown

    def refresh_data(self) -> None:
        database = self.companion.database
        self.file = video_state(database, self.reading_id).file
        every = self._threads = threads(annotations_of(database, self.reading_id))
        rows: list[tuple[float, Row]] = []
        self._written = {}
        for thread in every:
            if thread.root is not None and thread.root.page is not None:
                # It is on a page of the document that belongs to the video.
                continue
            second = thread.root.second if thread.root and thread.root.second is not None else float("inf")
            for one in thread.annotations:
                self._written[one.id] = one
                rows.append((second, self._row(one)))
        start = self.start
        end = self.video.end if self.video else None
        begin = (
            "from here on" if start and not end else f"the part to watch, to {moment(end)}" if end else "from the start"
        )
        rows.append((start, _play_row("start", start, begin)))
        if self._left and abs(self._left - start) >= 1:
            rows.append((self._left, _play_row("left", self._left, "where you left it")))
        # What is written at the same second comes after the line that plays from there.
        rows.sort(key=lambda row: (row[0], not row[1].key.startswith("play:")))
        self.query_one(Rows).show([row for _, row in rows])
        self._show_facts()
        self._show_thread()
        self.draw_place()

    def _row(self, one: Annotation) -> Row:
        ink, sign = look_of(one) if one.kind != "reply" else ("", "  ↳")
        at = moment(one.second) if one.second is not None else ""
        # Others may go by her name.
        mine = one.person == me(self.companion.database)
        return Row(
            f"annotation:{one.id}",
            (
                Content(at),
                Content.styled(sign, f"bold {NAMED_INKS.get(ink, '$text-muted')}"),
                words_of(clean_line(one.body, 240), 0, names_of(self.companion), 1),
                marks.muted("you" if mine else clean_line(one.author, 40)),
                marks.muted(when(one.updated)),
            ),
        )

    def _show_facts(self) -> None:
        reading, video = self.reading, self.video
        lectures = ", ".join(str(number) for number in reading.lectures if number)
        facts = [
            clean_line(", ".join(reading.authors), 200),
            str(reading.year or ""),
            "required" if reading.required else "",
            f"lecture {lectures}" if lectures else "",
        ]
        length = self.length
        parts = [" · ".join(fact for fact in facts if fact)]
        if video and video.start is not None and video.end is not None:
            whole = f" of {moment(length)}" if length else ""
            minutes = marks.duration(video.end - video.start)
            parts.append(f"To watch: {moment(video.start)} to {moment(video.end)}{whole}, {minutes}")
        elif length:
            parts.append(f"Length: {moment(length)}")
        parts.append(clean_line(self.file or (address_at(video, video.start) if video else ""), 300))
        if reading.note:
            parts.append(clean_line(reading.note, 400))
        shown = Content("\n").join(marks.muted(part) for part in parts if part)
        self.query_one("#facts", Static).update(Content.assemble(shown, "\n", self._how()))

    def _how(self) -> Content:
        if plays_in_mpv(self.video, self.file):
            return Content("o plays it in mpv here beside; n and q write on the moment that is shown.")
        if self.video is None:
            return Content("Its address is not known: f names a file of it on your disk.")
        if not links.browser_here():
            return Content("No browser here: o copies its address; space, h l and t set the watch to it.")
        return Content("o opens it in the browser; the watch here runs along: space, h l and t set it right.")

    def _show_thread(self) -> None:
        one = self._current()
        parts = []
        if one is not None:
            thread = next((found for found in self._threads if one in found.annotations), None)
            told = thread.annotations if thread else (one,)
            width = self.query_one("#detail").scrollable_content_region.width
            of = around(self.companion, told)
            depths = {reply.annotation.id: reply.depth for reply in thread.replies} if thread else {}
            parts = [
                message(said, of, width, depth=depths.get(said.id, 0), sign="" if said.parent else look_of(said)[1])
                for said in told
            ]
        self.query_one("#said", Static).update(Content("\n").join(parts))
        self.query_one("#detail").display = bool(parts)

    def draw_place(self) -> None:
        at, length = self.position, self.length
        state = " · the watch runs" if self.playing else ""
        if self.player:
            state = " · mpv plays" if self.playing else " · mpv waits"
        whole = f" of {moment(length)}" if length else ""
        self.query_one(TitleLine).show(f"{moment(at)}{whole}{state}")
        part = min(1.0, at / length) if length else 0.0
        ticks = [
            Tick(min(1.0, one.second / length), *reversed(look_of(one)))
            for one in self._written.values()
            if length and one.second is not None
        ]
        time = f"watched {marks.duration(self.seconds_spent)}" if self.companion.settings.measure_time else ""
        self.query_one(MapLine).show("▶" if self.playing else "▪" if self.player else "", time, (part, part), ticks)

    def _current(self) -> Annotation | None:
        return self._written.get(self.query_one(Rows).current.partition(":")[2])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a video, something written, or a document is there where that is."""
        if not self.is_mounted:
            return True
        if action in _NEED_VIDEO:
            return self.video is not None or (action == "play" and bool(self.file))
        if action in _NEED_WORDS:
            return self._current() is not None
        return self.reading_id in attached(self.companion.database) if action == "document" else True

    def on_rows_highlighted(self) -> None:
        self._show_thread()
        self.refresh_bindings()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        kind, _, id = event.key.partition(":")
        one = self._written.get(id)
        if one is not None and one.parent:
            one = self._written.get(one.parent, one)
        if kind == "play":
            self.play(self.start if id == "start" else self._left or self.start)
        elif one is not None and one.second is not None:
            self.play(one.second)

    # Writing

    def action_annotate(self, kind: Kind) -> None:
        """Write on the moment that is shown; the picture waits meanwhile."""
        second, player = self.position, self.player
        resume = player is not None and player.playing
        if player is not None and resume:
            player.pause(True)

        def store(written: Written) -> None:
            app = self.companion
            made = make.annotate_moment(
                app.database, self.reading_id, second, written.kind, written.body, author=app.settings.author
            )
            app.push_undo(f"{written.kind} at {moment(second)}", lambda: make.remove(app.database, made.id))
            app.changed()
            self.refresh_data()
            self.query_one(Rows).select(f"annotation:{made.id}")

        def closed() -> None:
            if player is not None and resume:
                player.pause(False)

        key = f"{kind}:{self.reading_id}:video"
        self.write(f"at {moment(second)}", "", key, store, kind=kind, closed=closed)

    def action_written(self, what: str) -> None:
        """Reply to, edit, remove or resolve what is under the cursor."""
        one = self._current()
        if one is not None:
            self.alive()
            self.do_to(what, one.id)

    def action_conversations(self) -> None:
        """List its conversations."""
        self.companion.open_discussion(reading=self.reading_id)

    def action_confusion(self) -> None:
        """Show the moments that people ask about most."""
        self.companion.open_confusion(self.reading_id)

    def action_done(self) -> None:
        """Mark it as done."""
        mark_done(self.companion, self.reading_id)

    def action_browser(self) -> None:
        """Open it in the browser at this second."""
        if self.video is not None:
            self.companion.open_link(address_at(self.video, self.position))

    def action_copy(self) -> None:
        """Copy its address at this second."""
        if self.video is not None:
            self.companion.copy(address_at(self.video, self.position), f"its address at {moment(self.position)}")

    def action_file(self) -> None:
        """Name a file to be played instead; it stays where it is."""
        app, before = self.companion, self.file

        def name(answer: str | None) -> None:
            if answer is None:
                return
            with app.reporting():
                update_video(app.database, self.reading_id, file=_file(answer) if answer.strip() else "")
                app.push_undo("file of the video", lambda: update_video(app.database, self.reading_id, file=before))
                app.changed()

        explanation = "The path of an mp4, mkv or webm; it is not copied. Empty: none."
        app.push_screen(Prompt(f"A file of {self.reading.short}", explanation, before), name)

    def action_document(self) -> None:
        """Read the document that belongs to it."""
        from cs229tui.tui.screens.reader import ReaderScreen

        self.app.push_screen(ReaderScreen(self.reading_id))


def _play_row(name: str, second: float, text: str) -> Row:
    sign = Content.styled("▶", "bold $primary")
    return Row(f"play:{name}", (Content(moment(second)), sign, marks.muted(text), Content(), Content()))


def _file(answer: str) -> str:
    from cs229tui.tui.reading_actions import named_file

    path = named_file(answer).absolute()
    if path.suffix.lower() in (".pdf", ".md", ".txt"):
        raise UsageError(f"{path.name} is no video.", "Give an mp4, mkv or webm.")
    return str(path)
