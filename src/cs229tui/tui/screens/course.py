"""The tab Course: the lectures, and for one of them its readings as the page groups them, its links and its lab."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from cs229tui.clock import now
from cs229tui.course.model import Lecture, Reading, Sitting
from cs229tui.course.schedule import schedule, upcoming
from cs229tui.library.annotations import Kind
from cs229tui.library.discussion import counted_by
from cs229tui.library.documents import attached
from cs229tui.library.lectures import LectureState, lecture_states, update_lecture
from cs229tui.library.readings import FINISHED, states
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.course_rows import (
    BLANK,
    HOMEWORK,
    Library,
    assignment_head,
    assignment_rows,
    course_head,
    heading,
    lecture_head,
    lecture_rows,
    readings_at,
    wide_rows,
)
from cs229tui.tui.on_labs import OnLabs, show_labs, told
from cs229tui.tui.reading_actions import ReadingActions
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.labs.find import Lab

_TOGGLES = {"attended": "attended", "watched": "watched the recording", "slides_read": "read the slides"}


class CourseScreen(OnLabs, ReadingActions, TabScreen):
    """Lectures on the left, one of them on the right; in a narrow terminal one after the other."""

    TAB: ClassVar[str] = "course"
    CSS_PATH = "../styles/course.tcss"
    AUTO_FOCUS = "#lectures"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading"), *bindings("course"), *bindings("lab_row")]

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            yield Rows(
                Column(right=True),
                Column(flex=True),
                Column(drop=1),
                Column(drop=2),
                id="lectures",
                classes="panel",
                quiet=False,
            )
            with Vertical(id="one", classes="panel"):
                yield Static(id="head")
                yield Rows(
                    Column(),
                    Column(most=18, drop=2),
                    Column(flex=True),
                    Column(drop=3),
                    Column(most=14, right=True, drop=1),
                    id="detail",
                )
                yield Static(id="hint")

    def on_mount(self) -> None:
        self.query_one("#lectures", Rows).border_title = Content(self.companion.course.facts.code)
        super().on_mount()
        lectures = self.query_one("#lectures", Rows)
        sittings = schedule(self.companion.course, self.companion.settings.first_lecture)
        coming = upcoming(sittings, now())
        if coming:
            lectures.select(f"lecture:{coming.lecture.number}")
        lectures.focus()

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        self._library = Library(
            app.catalog(), states(app.database), attached(app.database), lecture_states(app.database, app.course.key)
        )
        sittings = schedule(app.course, app.settings.first_lecture)
        self._sittings = {sitting.lecture.number: sitting for sitting in sittings}
        coming = upcoming(sittings, now())
        rows = [self._lecture_row(sitting, sitting is coming) for sitting in sittings]
        for key, title in (
            ("lecture:0", "Course-wide"),
            *((f"{HOMEWORK}{a.id}", a.title) for a in app.course.assignments),
        ):
            done, total = self._progress(key)
            rows.append(Row(key, (Content(), Content(title), Content(), marks.bar_of(done, total, 6))))
        self.query_one("#lectures", Rows).show(rows)
        self._show_one()

    def _lecture_row(self, sitting: Sitting, coming: bool) -> Row:
        lecture = sitting.lecture
        done, total = self._progress(f"lecture:{lecture.number}")
        state = self._library.lectures.get(lecture.number, LectureState(lecture.number))
        seen = Content.styled("✓", "$success") if state.attended or state.watched else Content(" ")
        title = Content.styled(lecture.title, "bold $primary" if coming else "")
        return Row(
            f"lecture:{lecture.number}",
            (marks.muted(str(lecture.number)), title, seen, marks.bar_of(done, total, 6)),
        )

    def _progress(self, key: str) -> tuple[int, int]:
        """Required readings done and in all; all readings where none is required."""
        readings = readings_at(self._library, key)
        expected = [reading for reading in readings if reading.required] or readings
        return sum(self._library.state(reading.id).status in FINISHED for reading in expected), len(expected)

    def _show_one(self) -> None:
        app = self.companion
        key = self.query_one("#lectures", Rows).current
        panel, detail = self.query_one("#one"), self.query_one("#detail", Rows)
        head = self.query_one("#head", Static)
        if key.startswith(HOMEWORK):
            assignment = next(a for a in app.course.assignments if f"{HOMEWORK}{a.id}" == key)
            panel.border_title = Content(assignment.title)
            head.update(assignment_head(assignment))
            rows = assignment_rows(self._library, assignment)
        elif key == "lecture:0":
            panel.border_title = Content("Course-wide")
            head.update(course_head(app.course))
            rows = wide_rows(app.course, self._library)
        elif key:
            sitting = self._sittings[int(key.partition(":")[2])]
            lecture = sitting.lecture
            panel.border_title = Content(f"{lecture.number} · {lecture.title}")
            head.update(lecture_head(sitting, now()))
            rows = lecture_rows(self._library, lecture, self._lab_rows(lecture), self._talk_rows(lecture))
        else:
            rows = []
        if key:
            done, total = self._progress(key)
            panel.border_subtitle = Content(f"{done} of {total} done")
        detail.show(rows)
        self._show_hint()

    def _talk_rows(self, lecture: Lecture) -> list[Row]:
        """How much is said on the lecture and on its readings; enter shows it."""
        database = self.companion.database
        own = counted_by(database, "lecture").get(lecture.number, 0)
        by_reading = counted_by(database, "reading")
        on_readings = sum(
            by_reading.get(reading.id, 0) for reading in self.companion.course.readings_of(lecture.number)
        )
        told = f"{own} on the lecture, {on_readings} on its readings"
        cells = (Content.styled("▪", "$success"), Content("conversations"), marks.muted(told), Content(), Content())
        return [BLANK, heading("Discussion"), Row(f"talk:{lecture.number}", cells)]

    def _labs_of(self, lecture: Lecture) -> "list[Lab]":
        from cs229tui.labs.find import labs, labs_of_lecture

        return labs_of_lecture(labs(self.companion.folders), lecture.number)

    def _lab_rows(self, lecture: Lecture) -> list[Row]:
        cells = (
            (lab, Content.assemble(lab.title, marks.muted(" yours" if lab.own else "")), told(self.companion, lab))
            for lab in self._labs_of(lecture)
        )
        return [
            Row(f"lab:{lab.name}", (Content.styled(f"[{lab.key}]" if lab.key else "▸", "$accent"), title, stands))
            for lab, title, stands in cells
        ]

    def current_lab(self) -> str | None:
        detail = self.query_one("#detail", Rows)
        kind, _, name = detail.current.partition(":")
        return name if kind == "lab" and detail.has_focus else None

    def _show_hint(self) -> None:
        hint = self.query_one("#hint", Static)
        id = self.current_reading()
        reading = self._library.catalog.get(id) if id else None
        link = self.current_link()
        if reading is not None:
            authors = reading.by(4)
            first = " · ".join(part for part in (authors, str(reading.year or ""), reading.kind, reading.focus) if part)
            second = reading.note or (f"unverified: {reading.unverified}" if reading.unverified else link)
            hint.update(Content.assemble(reading.title, "\n", (f"{first}\n{second}", "$text-muted")))
        else:
            hint.update(marks.muted(link))

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        if event.rows.id == "lectures":
            detail = self.query_one("#detail", Rows)
            self._show_one()
            detail.action_edge(-1)
        else:
            self._show_hint()
        self.refresh_bindings()

    # What can be done

    def current_reading(self) -> str | None:
        detail = self.query_one("#detail", Rows)
        kind, _, id = detail.current.partition(":")
        return id if kind == "reading" and (detail.has_focus or not self.query_one("#lectures").has_focus) else None

    def current_lecture(self) -> int | None:
        kind, _, number = self.query_one("#lectures", Rows).current.partition(":")
        return int(number) if kind == "lecture" and self.current_reading() is None else None

    def listed(self) -> list[tuple[str, list[Reading]]]:
        key = self.query_one("#lectures", Rows).current
        readings = readings_at(self._library, key) if key else []
        return [(str(self.query_one("#one").border_title or key), readings)] if readings else []

    def current_link(self) -> str:
        detail = self.query_one("#detail", Rows)
        kind, _, id = detail.current.partition(":")
        if kind == "link" and not self.query_one("#lectures").has_focus:
            return id
        return super().current_link()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        kind, _, id = event.key.partition(":")
        if event.rows.id == "lectures":
            self.action_side(1)
        elif kind == "toggle":
            self.action_did(id)
        elif kind == "talk":
            self.companion.open_discussion(lecture=int(id))
        else:
            with self.companion.reporting():
                self.companion.open_row(event.key)

    def action_side(self, step: int) -> None:
        """To the lectures, or to what belongs to one."""
        self.set_class(step > 0, "-detail")
        self.query_one("#detail" if step > 0 else "#lectures", Rows).focus()
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        self.set_class(self.query_one("#detail").has_focus, "-detail")
        self._show_hint()
        self.refresh_bindings()

    def choose_lecture(self, number: int) -> None:
        """Put the cursor on a lecture."""
        self.query_one("#lectures", Rows).select(f"lecture:{number}")
        self.action_side(1)

    def action_did(self, field: str) -> None:
        """Record that the lecture was attended or watched or its slides read, or take that back."""
        app = self.companion
        kind, _, number = self.query_one("#lectures", Rows).current.partition(":")
        if kind != "lecture" or number == "0":
            app.notify("Choose a lecture first.", timeout=2)
            return
        state = self._library.lectures.get(int(number), LectureState(int(number)))
        value = not getattr(state, field)
        update_lecture(app.database, app.course.key, int(number), **{field: value})
        app.push_undo(
            f"lecture {number}: {'' if value else 'not '}{_TOGGLES[field]}",
            lambda: update_lecture(app.database, app.course.key, int(number), **{field: not value}),
        )
        app.changed()

    def action_lab(self) -> None:
        """The labs of this lecture, each on its key."""
        kind, _, number = self.query_one("#lectures", Rows).current.partition(":")
        lecture = self.companion.course.lecture(int(number)) if kind == "lecture" else None
        found = self._labs_of(lecture) if lecture else []
        if found and lecture:
            show_labs(self.companion, found, f"lecture {lecture.number}")
        else:
            self.companion.notify("This lecture has no lab.", timeout=2)

    def action_annotate(self, kind: Kind) -> None:
        """Write a comment or a question on the lecture, or on one of its topics."""
        from cs229tui.tui.screens.on_topic import write_on_lecture

        named, _, number = self.query_one("#lectures", Rows).current.partition(":")
        lecture = self.companion.course.lecture(int(number)) if named == "lecture" else None
        if lecture is not None:
            write_on_lecture(self.companion, lecture, kind)
        else:
            self.companion.notify("Choose a lecture first.", timeout=2)

    def action_note(self) -> None:
        """Write a note on the reading under the cursor, or on the lecture."""
        kind, _, number = self.query_one("#lectures", Rows).current.partition(":")
        if self.current_reading() is None and kind == "lecture" and number != "0":
            self.companion.write_note(lecture=int(number))
        else:
            super().action_note()
