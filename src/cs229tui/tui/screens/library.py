"""The tab Library: every reading in one table, narrowed by typing or by filters, sorted by any column."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from cs229tui.course.model import Reading
from cs229tui.library.documents import attached
from cs229tui.library.downloads import unavailable
from cs229tui.library.readings import states
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.course_rows import Library
from cs229tui.tui.narrowing import ORDERS, Narrowing, choices, ordered
from cs229tui.tui.reading_actions import ReadingActions
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line

_COLUMNS = (
    Column(""),
    Column("L", right=True, drop=2),
    Column("author", most=17, drop=1),
    Column("title", flex=True, least=30),
    Column("year", drop=6),
    Column("kind", drop=5),
    Column("req", drop=3),
    Column("pp", right=True, drop=7),
    Column("rating", drop=8),
    Column("!", drop=4),
    Column("doc", drop=3),
)


class LibraryTab(ReadingActions, TabScreen):
    """The table with a line to type into above it and the reading under the cursor in full below."""

    TAB: ClassVar[str] = "library"
    CSS_PATH = "../styles/library.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading"), *bindings("library")]

    def __init__(self) -> None:
        super().__init__()
        self.narrowing = Narrowing()
        self.order: str | None = "lecture"
        self.reverse = False
        self._pace: float | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="line"):
            yield Line(placeholder="type to narrow (i)")
            yield Static(id="count")
        yield Rows(*_COLUMNS, header=True, id="table", quiet=False)
        yield Static(id="hint")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Rows).focus()

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        self._library = Library(app.catalog(), states(app.database), attached(app.database), {})
        self._missing = unavailable(app.database)
        self._show()

    def _show(self) -> None:
        table = self.query_one(Rows)
        every = self._library.catalog.values()
        found = [reading for reading in every if self.narrowing.lets_through(reading, self._library)]
        if self.order:
            found = ordered(found, self._library, self.order, self.reverse)
            table.mark_column(ORDERS.index(self.order), self.reverse)
        else:
            table.mark_column(None)
        table.empty = "Nothing matches; esc clears." if not self.narrowing.is_open else "There are no readings."
        table.show([self._row(reading) for reading in found])
        chips = "  ".join(f"[{chip}]" for chip in self.narrowing.chips())
        self.query_one("#count", Static).update(
            Content.assemble(
                (chips, "$accent"), "  " if chips else "", (f"{len(found)} of {len(every)}", "$text-muted")
            )
        )
        self._show_hint()

    def _row(self, reading: Reading) -> Row:
        state = self._library.state(reading.id)
        pages = marks.pages_of(reading, self._library.attached)
        lecture = min(reading.lectures)
        return Row(
            f"reading:{reading.id}",
            (
                marks.sign(state.status),
                marks.muted(str(lecture) if lecture else "–"),
                Content(reading.short),
                Content(reading.title),
                marks.muted(str(reading.year or "")),
                marks.muted(reading.kind),
                marks.muted("req" if reading.required else ""),
                marks.muted(str(pages or "")),
                Content.styled("★" * (state.rating or 0), "$warning"),
                Content.styled("!" * state.priority, "bold $error"),
                self._document_sign(reading.id),
            ),
        )

    def _document_sign(self, id: str) -> Content:
        """Whether its document is here, or was looked for in vain."""
        if id in self._library.attached:
            return Content.styled("●", "$success")
        return Content.styled("×" if id in self._missing else "", "$warning")

    def _show_hint(self) -> None:
        id = self.current_reading()
        reading = self._library.catalog.get(id) if id else None
        hint = self.query_one("#hint", Static)
        if reading is None:
            hint.update("")
            return
        state = self._library.state(reading.id)
        authors = reading.by(4)
        about = " · ".join(part for part in (authors, str(reading.year or ""), ", ".join(reading.topics)) if part)
        remark = reading.note or (f"unverified: {reading.unverified}" if reading.unverified else reading.url)
        if missing := self._missing.get(reading.id):
            remark = f"not here since {missing.since[:10]}: {missing.detail}"
        standing = marks.standing(state, marks.pages_of(reading, self._library.attached))
        hint.update(
            Content.assemble(
                reading.title, "  ", standing, *self._seen(reading.id), "\n", (f"{about}\n{remark}", "$text-muted")
            )
        )

    def _seen(self, id: str) -> list[tuple[str, str]]:
        """How many pages were read and skimmed, where any was."""
        from cs229tui.library.coverage import USUAL_PACE, coverage, own_pace, page_lengths, seconds_by_page
        from cs229tui.library.sessions import sessions

        database = self.companion.database
        sittings = sessions(database, reading=id) if id in self._library.attached else []
        if not sittings:
            return []
        if self._pace is None:
            self._pace = own_pace(database) or USUAL_PACE
        document = self._library.attached[id][0]
        seen = coverage(page_lengths(database, document), seconds_by_page(sittings, document), self._pace)
        return [(f"  {marks.pages_seen(seen)}", "$text-muted")]

    def on_rows_highlighted(self) -> None:
        self._show_hint()
        self.refresh_bindings()

    # Narrowing and sorting

    def on_input_changed(self, event: Input.Changed) -> None:
        self.narrowing = replace(self.narrowing, words=event.value)
        self._show()

    def on_input_submitted(self) -> None:
        self.query_one(Rows).focus()

    def on_key(self, event: "object") -> None:
        key = getattr(event, "key", "")
        if key == "down" and self.query_one(Input).has_focus:
            self.query_one(Rows).focus()

    def on_rows_left(self, event: Rows.Left) -> None:
        if event.step < 0 and self.narrowing.words:
            self.query_one(Input).focus()

    def action_narrow(self) -> None:
        """Type to narrow the list."""
        self.query_one(Input).focus()

    def action_clear(self) -> None:
        """Drop all filters; from the line of text, back to the table."""
        self.query_one(Rows).focus()
        self.narrowing = Narrowing()
        self.query_one(Input).value = ""
        self._show()

    def action_flip(self, field: str) -> None:
        """Only required readings, or those whose document is here; or all again."""
        self.narrowing = replace(self.narrowing, **{field: not getattr(self.narrowing, field)})  # type: ignore[arg-type]
        self._show()

    def action_filter(self, field: str) -> None:
        """Ask for a value to filter by."""
        from cs229tui.tui.screens.pick import Pick

        current = getattr(self.narrowing, field)
        options = [(value, self._label(field, value), count) for value, count in choices(self._library, field)]

        def chosen(value: str | None) -> None:
            if value is not None:
                wanted = None if value == "" else int(value) if field == "lecture" else value
                self.narrowing = replace(self.narrowing, **{field: wanted})  # type: ignore[arg-type]
                self._show()

        shown = None if current is None else str(current)
        self.app.push_screen(Pick(f"Only this {field}", options, shown, any_label="all"), chosen)

    def _label(self, field: str, value: str) -> str:
        if field == "lecture":
            lecture = self.companion.course.lecture(int(value))
            return f"{value} · {lecture.title}" if lecture else "Course-wide"
        if field == "topic":
            return value.replace("-", " ")
        return marks.WORDS.get(value, value) if field == "status" else value  # type: ignore[call-overload]

    def action_sort(self, step: int) -> None:
        """Sort by the next column or the one before; beyond the last, in the order of the course."""
        orders: list[str | None] = [None, *ORDERS]
        self.order = orders[(orders.index(self.order) + step) % len(orders)]
        self._show()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.reverse = not self.reverse
        self.order = self.order or ORDERS[0]
        self._show()

    def on_rows_header_clicked(self, event: Rows.HeaderClicked) -> None:
        if event.column < len(ORDERS):
            clicked = ORDERS[event.column]
            self.reverse = not self.reverse if self.order == clicked else False
            self.order = clicked
            self._show()

    # What can be done

    def listed(self) -> list[tuple[str, list[Reading]]]:
        every = self._library.catalog.values()
        return [("All that are listed", [one for one in every if self.narrowing.lets_through(one, self._library)])]

    def current_reading(self) -> str | None:
        return self.query_one(Rows).current.removeprefix("reading:") or None

    def on_rows_selected(self, event: Rows.Selected) -> None:
        with self.companion.reporting():
            self.companion.open_row(event.key)
