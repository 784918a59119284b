"""The tab Discuss: what is written on all readings, the newest first; typing narrows it, enter opens it in the text."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.timer import Timer
from textual.widgets import Input, Static

from cs229tui.annotations import make
from cs229tui.clean import clean_line
from cs229tui.documents.videos import moment
from cs229tui.library.annotations import (
    Annotation,
    Kind,
    annotation,
    matching_annotations,
    recent_annotations,
    replies_to,
)
from cs229tui.library.catalog import Catalog
from cs229tui.library.search import parse
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.discussion import NAMED_INKS, look_of, when
from cs229tui.tui.screens.tab import TabScreen
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line

MOST = 300
_WHILE_TYPING = 0.06
_COLUMNS = (
    Column(""),
    Column("reading", most=18),
    Column("p", right=True, most=7, drop=2),
    Column("what is said", flex=True),
    Column("by", most=12, drop=3),
    Column("", right=True, drop=4),
)
_KINDS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("all", ()),
    ("open questions", ("question",)),
    ("questions", ("question",)),
    ("comments", ("comment",)),
    ("highlights", ("highlight",)),
    ("answers", ("reply",)),
)


class DiscussScreen(TabScreen):
    """One list, and below it the thread under the cursor."""

    TAB: ClassVar[str] = "discuss"
    CSS_PATH = "../styles/discuss.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("discuss")]

    def __init__(self) -> None:
        super().__init__()
        self.kind = 0
        self._typing: Timer | None = None
        self._listed: dict[str, Annotation] = {}
        self._catalog: Catalog = {}

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="line"):
            yield Line(placeholder="type to narrow (i)")
            yield Static(id="count")
        yield Rows(*_COLUMNS, header=True, id="table", quiet=False)
        with VerticalScroll(id="detail", can_focus=False):
            yield Static(id="said")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Rows).focus()

    # What is shown

    def refresh_data(self) -> None:
        self._catalog = self.companion.catalog()
        self._show()

    def _show(self) -> None:
        self._typing = None
        name, kinds = _KINDS[self.kind]
        typed = self.query_one(Input).value
        only_open = name == "open questions"
        database = self.companion.database
        words = parse(typed).fts if typed.strip() else ()
        if words:
            found = matching_annotations(database, words, self._named(typed), kinds, MOST, only_open)
        else:
            found = recent_annotations(database, kinds, MOST, only_open)
        self._listed = {one.id: one for one in found}
        table = self.query_one(Rows)
        table.empty = (
            "Nothing matches; esc clears."
            if words or self.kind
            else "Nothing is written yet. Open a reading: s selects a sentence, a comments, q asks, H highlights."
        )
        table.show([self._row(one) for one in found])
        count = f"the newest {MOST}" if len(found) == MOST else str(len(found))
        self.query_one("#count", Static).update(
            Content.assemble((name, "bold $accent"), (f"  {count}  ", "$text-muted"), ("t other kinds", "$text-muted"))
        )
        self._show_thread()

    def _named(self, typed: str) -> list[str]:
        """The readings one may mean by what was typed."""
        wanted = typed.strip().casefold()
        return [
            id
            for id, reading in self._catalog.items()
            if wanted in reading.short.casefold() or wanted in reading.title.casefold() or wanted == id
        ]

    def _short(self, one: Annotation) -> str:
        reading = self._catalog.get(one.reading)
        return clean_line(reading.short if reading else one.reading, 40)

    def _row(self, one: Annotation) -> Row:
        ink, sign = look_of(one) if one.kind != "reply" else ("", "↳")
        body = Content(clean_line(one.body, 240)) if one.body else Content("")
        quote = Content.styled(f"“{clean_line(one.quote, 240)}”", "italic $text-muted") if one.quote else Content("")
        said = Content("  ").join([part for part in (body, quote) if part.plain])
        return Row(
            f"annotation:{one.id}",
            (
                Content.styled(sign, f"bold {NAMED_INKS.get(ink, '$text-muted')}"),
                Content(self._short(one)),
                marks.muted(moment(one.second) if one.second is not None else str(one.page or "")),
                said,
                marks.muted(clean_line(one.author, 40)),
                marks.muted(when(one.updated)),
            ),
        )

    def _current(self) -> Annotation | None:
        return self._listed.get(self.query_one(Rows).current.partition(":")[2])

    def _show_thread(self) -> None:
        one = self._current()
        said = self.query_one("#said", Static)
        if one is None:
            said.update("")
            return
        database = self.companion.database
        root = annotation(database, one.parent) if one.parent else one
        reading = self._catalog.get(root.reading)
        title = clean_line(reading.title, 120) if reading else root.reading
        where = f"  at {moment(root.second)}" if root.second is not None else f"  p {root.page}" if root.page else ""
        parts = [
            Content.assemble((title, "bold"), (where, "$text-muted")),
            Content.styled(f"“{clean_line(root.quote, 500)}”", "italic $text-muted") if root.quote else Content(""),
        ]
        for depth, what in ((0, root), *((1, reply) for reply in replies_to(database, [root.id])[:20])):
            if what.body:
                name = Content.styled(clean_line(what.author, 40), "bold $secondary")
                parts.append(Content.assemble("  ↳ " if depth else "", name, f"  {what.body}"))
        if root.tags:
            parts.append(marks.muted(" ".join(f"#{tag}" for tag in root.tags)))
        said.update(Content("\n").join([part for part in parts if part.plain]))

    def on_rows_highlighted(self, _event: Rows.Highlighted) -> None:
        with self.companion.reporting():
            self._show_thread()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        with self.companion.reporting():
            self.companion.open_row(event.key)

    # Narrowing

    def on_input_changed(self, _event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_WHILE_TYPING, self._show)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.query_one(Rows).focus()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.query_one(Input).has_focus:
            self.query_one(Rows).focus()
            event.stop()

    def action_narrow(self) -> None:
        """Type to narrow the list."""
        self.query_one(Input).focus()

    def action_clear(self) -> None:
        """From typing back to the list; then everything again."""
        line = self.query_one(Input)
        if line.has_focus and line.value:
            line.value = ""
        elif not line.has_focus and (line.value or self.kind):
            self.kind = 0
            line.value = ""
            self._show()
        self.query_one(Rows).focus()

    def action_kind(self, step: int) -> None:
        """The next kind, or the one before."""
        self.kind = (self.kind + step) % len(_KINDS)
        self._show()

    # Changes

    def action_remove(self) -> None:
        """Delete what is under the cursor."""
        one = self._current()
        if one is not None:
            self._changed(make.remove(self.companion.database, one.id), f"deleted {one.kind}")

    def action_resolve(self) -> None:
        """Mark a question answered, or open again."""
        one = self._current()
        if one is not None:
            before = make.resolve(self.companion.database, one.id, not one.resolved)
            self._changed(before, "question open again" if one.resolved else "question answered")

    def _changed(self, before: Annotation, label: str) -> None:
        app = self.companion
        app.push_undo(label, lambda: make.restore(app.database, before))
        app.changed()
        self.notify(f"{label[0].upper()}{label[1:]} · u takes it back", timeout=3, markup=False)
