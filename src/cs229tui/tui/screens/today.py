"""The tab Today: what is due, where she left off, what waits for an answer, how the week goes, and the lab."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click
from textual.widgets import Static

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.documents.videos import moment as moment_of_video
from cs229tui.library.annotations import count_since
from cs229tui.library.cards import count_due
from cs229tui.library.discussion import Conversation, count_unread, waiting
from cs229tui.library.documents import attached
from cs229tui.library.notes import notes
from cs229tui.library.progress import Due, continuing, due, pace, pace_text, stored, week, week_start
from cs229tui.library.readings import ReadingState, states
from cs229tui.library.sessions import sessions
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.on_labs import OnLabs, told
from cs229tui.tui.reading_actions import ReadingActions
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.course.model import Reading
    from cs229tui.library.catalog import Catalog

_CONTINUE, _QUESTIONS = 4, 5
# Why a conversation waits for her: a sign, and in a word.
_MARKED = frozenset("$\\*`[@")
_WAITING = {"answer": ("↳", "answered"), "mention": ("@", "mentions you"), "own": ("?", "yours"), "question": ("?", "")}
# From this width on a reading's standing is told in words.
_ROOMY = 100


class TodayScreen(OnLabs, ReadingActions, TabScreen):
    """Five panels; the cursor goes through all of them."""

    TAB: ClassVar[str] = "today"
    AUTO_FOCUS = "#due"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading"), *bindings("today"), *bindings("lab_row")]
    _drawn = False

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="panels"):
            with Vertical(id="left"):
                with Vertical(id="due-panel", classes="panel"):
                    yield Static(id="when")
                    yield Rows(
                        Column(),
                        Column(most=14, drop=1),
                        Column(flex=True),
                        Column(most=13, right=True, drop=2),
                        id="due",
                        empty="Nothing is left to read for it.",
                    )
                yield Static(id="week", classes="panel")
            with Vertical(id="right"):
                yield Rows(
                    Column(most=14),
                    Column(flex=True, least=8),
                    Column(right=True, drop=1),
                    Column(drop=2),
                    id="continue",
                    classes="panel",
                    empty="What you open waits here.",
                )
                yield Rows(
                    Column(),
                    Column(right=True, drop=1),
                    Column(flex=True),
                    Column(right=True, drop=2),
                    id="questions",
                    classes="panel",
                    empty="No open question.",
                )
                yield Rows(Column(), Column(flex=True), Column(most=28, right=True, drop=1), id="lab", classes="panel")

    def on_mount(self) -> None:
        for id, title in (("continue", "Continue"), ("questions", "Questions waiting"), ("week", "This week")):
            self.query_one(f"#{id}").border_title = title
        super().on_mount()
        self._focus_first()

    @property
    def _roomy(self) -> bool:
        return self.app.size.width >= _ROOMY

    def on_resize(self) -> None:
        """Words where there is room for them, else only how far."""
        if self._roomy != self._drawn_roomy:
            self._library_changed(None)

    def _focus_first(self) -> None:
        for id in ("due", "continue", "questions", "lab"):
            rows = self.query_one(f"#{id}", Rows)
            if rows.current:
                rows.focus()
                return

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        self._drawn_roomy = self._roomy
        moment = now()
        catalog, recorded, documents = app.catalog(), states(app.database), attached(app.database)
        coming = due(app.course, recorded, documents, moment, app.settings.first_lecture)
        self._show_due(coming, recorded, documents, moment)
        self._show_week(coming, recorded, documents, moment)
        self._show_continue(catalog, recorded, documents, moment)
        self._show_questions()
        # Reading what the labs are can wait until the rest is on the screen; at the start this screen's own
        # `call_after_refresh` comes before anything is drawn, the app's after.
        self.app.call_after_refresh(self._show_lab, coming)

    def _show_due(
        self,
        coming: Due | None,
        recorded: dict[str, ReadingState],
        documents: dict[str, tuple[str, int]],
        moment: datetime,
    ) -> None:
        panel, when, rows = self.query_one("#due-panel"), self.query_one("#when", Static), self.query_one("#due", Rows)
        if coming is None:
            panel.border_title = "Lectures"
            when.update(marks.muted("Every reading of the course is done."))
            rows.show([])
            return
        sitting, progress = coming.sitting, coming.progress
        panel.border_title = Content(f"Lecture {coming.lecture.number} · {coming.lecture.title}")
        start = (
            "at your own pace"
            if coming.self_paced
            else (f"{marks.clock(sitting.start)}, {marks.until(moment, sitting.start, sitting.end)}")
        )
        done, total, word = (
            (progress.required_done, progress.required, "required")
            if progress.required
            else (progress.done, progress.readings, "done")
        )
        panel.border_subtitle = Content(f"{word} {done}/{total}")
        when.update(Content.assemble(start, "  ", marks.bar_of(done, total, 10)))
        left = [entry.id for entry in coming.readings]
        settled = [entry for entry in self.companion.course.readings_of(coming.lecture.number) if entry.id not in left]
        shown = []
        for entry in (*coming.readings, *settled):
            state = recorded.get(entry.id) or ReadingState(entry.id)
            title = Content.styled(entry.title, "" if entry.required else "$text-muted")
            standing = (marks.standing if self._roomy else marks.short_standing)(
                state, marks.pages_of(entry, documents)
            )
            shown.append(Row(f"reading:{entry.id}", (marks.sign(state.status), Content(entry.short), title, standing)))
        # What is under way comes first, then what is required: the order is that of the evening.
        shown.sort(key=lambda row: (recorded.get(row.key[8:]) or ReadingState("")).status != "reading")
        rows.show(shown)

    def _show_week(
        self,
        coming: Due | None,
        recorded: dict[str, ReadingState],
        documents: dict[str, tuple[str, int]],
        moment: datetime,
    ) -> None:
        app = self.companion
        zone = app.course.timezone
        since = stored(week_start(moment, zone))
        so_far = week(sessions(app.database, since), count_since(app.database, since), moment, zone)
        lines = [
            Content.assemble(
                marks.duration(sum(so_far.minutes) * 60),
                "  ",
                (marks.spark(so_far.minutes), "$primary"),
                (f"  {counted(so_far.pages, 'page')}  {counted(so_far.annotations, 'annotation')}", "$text-muted"),
            )
        ]
        if coming is not None:
            today = moment.astimezone(zone).date()
            lecture = None if coming.self_paced else coming.sitting.start.date()
            needed = [entry for entry in coming.readings if entry.required] or list(coming.readings)
            tempo = pace(needed, recorded, documents, app.settings.pages_a_day, today, lecture)
            lines.append(marks.muted(pace_text(tempo, today, lecture)))
        self.query_one("#week", Static).update(Content("\n").join(lines))

    def _show_continue(
        self,
        catalog: "Catalog",
        recorded: dict[str, ReadingState],
        documents: dict[str, tuple[str, int]],
        moment: datetime,
    ) -> None:
        rows = []
        for state in continuing(recorded, _CONTINUE):
            reading = catalog.get(state.reading)
            if reading is None:
                continue
            pages = marks.pages_of(reading, documents)
            place = f"{state.page or 1}/{pages}" if pages else f"p {state.page or 1}"
            drawn = marks.bar(min(1.0, ((state.page or 1) - 1) / pages), 8) if pages else Content()
            if reading.kind == "video":
                place, drawn = self._watched(reading.id)
            rows.append(
                Row(
                    f"reading:{reading.id}",
                    (Content(reading.short), Content(reading.title), marks.muted(place), drawn),
                )
            )
        for note in notes(self.companion.database, limit=1):
            stamp = marks.ago(note.updated, moment)
            rows.append(Row(f"note:{note.id}", (marks.muted("note"), Content(f"“{note.title}”"), marks.muted(stamp))))
        waiting = count_due(self.companion.database, moment)
        if waiting:
            rows.append(Row("cards:due", (marks.muted("cards"), Content(f"{waiting} due"))))
        self.query_one("#continue", Rows).show(rows)

    def _watched(self, reading: str) -> tuple[str, Content]:
        """How far a video is: the second it was left at, and a line where its length is known."""
        from cs229tui.library.videos import video_state

        state = video_state(self.companion.database, reading)
        at = state.position or 0.0
        return moment_of_video(at), marks.bar(min(1.0, at / state.length), 8) if state.length else Content()

    def _show_questions(self) -> None:
        app = self.companion
        rows = []
        for one in waiting(app.database, app.settings.author, _QUESTIONS):
            facts = one.conversation.facts
            place = (
                f"p {facts.page}" if facts.page else f"L {facts.lecture}" if facts.lecture and not facts.reading else ""
            )
            if facts.second is not None:
                place = moment_of_video(facts.second)
            sign, told = _WAITING[one.why]
            also = f" ✚{facts.me_too}" if facts.me_too else ""
            rows.append(
                Row(
                    f"thread:{facts.id}",
                    (
                        Content.styled(sign, "bold $accent" if one.why != "own" else "bold $text-muted"),
                        marks.muted(place),
                        self._begins(one.conversation),
                        Content.assemble((told, "$text-muted"), (also, "$primary")),
                    ),
                )
            )
        panel = self.query_one("#questions", Rows)
        new = count_unread(app.database)
        panel.border_subtitle = f"{counted(new, 'conversation')} unread" if new else ""
        panel.show(rows)
        if not self._drawn:
            self._drawn = True
            self.call_after_refresh(self._show_questions)

    def _begins(self, one: Conversation) -> Content:
        """How a conversation begins, in a line; in the first frame its marks and formulas as they are written, for what
        reads them takes a while to load.
        """
        if not self._drawn or _MARKED.isdisjoint(one.body):
            return Content(clean_line(one.body or f"“{one.quote}”", 240))
        from cs229tui.tui.reading.said import names_of
        from cs229tui.tui.screens.discuss_drawing import first_words

        return first_words(one.body, names_of(self.companion))

    def _show_lab(self, coming: Due | None) -> None:
        from cs229tui.labs.find import labs, labs_of_lecture

        app = self.companion
        panel = self.query_one("#lab", Rows)
        every = labs(app.folders)
        here = labs_of_lecture(every, coming.lecture.number) if coming else []
        panel.border_title = "Lab for this lecture" if here else "Labs"
        shown = [lab for lab in here or every if not lab.error][:3]
        panel.empty = "" if shown else "There is no lab in this installation."
        panel.show(
            [
                Row(
                    f"lab:{lab.name}",
                    (
                        Content.styled(f"[{lab.key}]", "$accent"),
                        Content.assemble(lab.title, marks.muted(" yours" if lab.own else "")),
                        told(app, lab),
                    ),
                )
                for lab in shown
            ]
        )

    # What can be done

    def _focused(self) -> Rows | None:
        return self.focused if isinstance(self.focused, Rows) else None

    def listed(self) -> "list[tuple[str, list[Reading]]]":
        ids = [row.key.removeprefix("reading:") for row in self.query_one("#due", Rows).rows]
        catalog = self.companion.catalog()
        readings = [catalog[id] for id in ids if id in catalog]
        return [(str(self.query_one("#due-panel").border_title), readings)] if readings else []

    def current_reading(self) -> str | None:
        rows = self._focused()
        kind, _, id = rows.current.partition(":") if rows else ("", "", "")
        return id if kind == "reading" else None

    def current_lab(self) -> str | None:
        rows = self._focused()
        kind, _, name = rows.current.partition(":") if rows else ("", "", "")
        return name if kind == "lab" else None

    def on_rows_highlighted(self) -> None:
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        with self.companion.reporting():
            self.companion.open_row(event.key)

    def on_rows_left(self, event: Rows.Left) -> None:
        # Down from the end of a panel is the start of the one below it, and up the other way.
        column = [["due"], ["continue", "questions", "lab"]][event.rows.id != "due"]
        at = column.index(event.rows.id or "") + event.step
        while 0 <= at < len(column):
            rows = self.query_one(f"#{column[at]}", Rows)
            if rows.current:
                rows.focus()
                rows.action_edge(-event.step)
                return
            at += event.step

    def action_panel(self, step: int) -> None:
        """To the next panel that holds something."""
        order = [rows for rows in self.query(Rows) if rows.current]
        here = self._focused()
        if order:
            at = order.index(here) if here in order else 0
            order[(at + step) % len(order)].focus()

    def on_click(self, event: Click) -> None:
        if event.widget is not None and event.widget.id == "week":
            self.companion.action_tab("library")
