"""What confuses people, as a screen: the passages that are asked about most, of a reading, a lecture, or all."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from cs229tui.annotations.confusion import ConfusingPassage, Question, confusion, nameless
from cs229tui.annotations.formats.confusing import FORMULA, confusion_markdown, standing, summary, where, who
from cs229tui.annotations.heat import PageHeat, heat
from cs229tui.annotations.scope import Scope, scope
from cs229tui.clean import clean_line
from cs229tui.errors import UsageError
from cs229tui.library.catalog import Catalog
from cs229tui.library.database import open_library
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.said import names_of, said
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.heat_strip import HeatStrip
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_COLUMNS = (
    Column("", right=True, most=5),
    Column("score", right=True, most=7),
    Column("where", most=24),
    Column("the words", flex=True, least=22),
    Column("questions", right=True, drop=3),
    Column("asked", right=True, drop=2),
    Column("waiting", right=True, drop=1),
)
_EMPTY = (
    "Nobody asked anything here. In the reader q asks about a passage; m in a list of questions says"
    " that you have one too."
)
_SHOWN_QUESTIONS = 50
_MOST_LINES = 12


class ConfusionScreen(LibraryScreen):
    """The passages in a list; below it who asks what about the one under the cursor, and the heat of the reading."""

    CSS_PATH = "../styles/confusion.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("confusion")]

    @dataclass
    class Ranked(Message):
        """What confuses was found, and where the reading is written on."""

        found: tuple[ConfusingPassage, ...]
        pages: tuple[PageHeat, ...]

    def __init__(self, reading: str | None = None, lecture: int | None = None) -> None:
        super().__init__()
        self.reading_id = reading
        self.lecture = lecture
        self.names = True
        self.by_place = False
        self._found: tuple[ConfusingPassage, ...] = ()
        self._catalog: Catalog = {}
        self._scope: Scope | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="how")
        yield Rows(*_COLUMNS, header=True, id="table", quiet=False, empty="Looking at what is asked …")
        with VerticalScroll(id="detail", can_focus=False):
            yield Static(id="said")
        yield HeatStrip(id="heat")
        yield KeyLine()

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        self._catalog = app.catalog()
        self._scope = scope(app.database, app.course, self._catalog, self.reading_id, self.lecture)
        self._show()
        # What others wrote on another copy is looked for by its words, which may take long where there is much of it.
        self.run_worker(partial(self._rank, self._scope), group="ranking", exclusive=True, thread=True)

    def _rank(self, of: Scope) -> None:
        worker = get_current_worker()
        with closing(open_library(self.companion.folders.database)) as database:
            found = confusion(database, of.readings, of.lectures)
            pages = heat(database, of.reading.id) if of.reading else ()
        if not worker.is_cancelled:
            self.post_message(self.Ranked(found, pages))

    def on_confusion_screen_ranked(self, event: Ranked) -> None:
        self._found = event.found
        self.query_one(Rows).empty = _EMPTY
        self.query_one(HeatStrip).show(event.pages)
        self._show()

    def _show(self) -> None:
        if self._scope is None:
            return
        told = summary(self._found)
        self.query_one("#head", Static).update(
            Content.assemble(
                ("What confuses people  ", "bold"),
                clean_line(self._scope.title, 200),
                (f"  {told}" if self._found else "", "$text-muted"),
            )
        )
        self.query_one("#how", Static).update(marks.muted(FORMULA if self._found else ""))
        numbered = list(enumerate(self._found, 1))
        if self.by_place:
            numbered.sort(key=lambda one: one[1].at)
        table = self.query_one(Rows)
        table.mark_column(2 if self.by_place else 1, not self.by_place)
        table.show([self._row(rank, one) for rank, one in numbered])
        self._show_one()

    def _row(self, rank: int, one: ConfusingPassage) -> Row:
        count = len(one.questions)
        waiting = Content.styled(str(one.waiting), "bold $accent") if one.waiting else Content.styled("✓", "$success")
        words = Content.styled(f"“{clean_line(one.quote, 240)}”", "italic") if one.quote else Content()
        if not one.quote:
            words = said(one.first.text, names=names_of(self.companion), most=1).split("\n")[0]
        return Row(
            str(rank),
            (
                marks.muted(f"{rank}"),
                Content.styled(str(one.score), "bold"),
                Content(self._where(one)),
                words,
                marks.muted(str(count)),
                marks.muted(str(one.asked)),
                waiting,
            ),
        )

    def _where(self, one: ConfusingPassage) -> str:
        reading = self._catalog.get(one.first.reading)
        several = self._scope is not None and self._scope.reading is None and one.first.reading
        named = f"{reading.short if reading else one.first.reading} " if several else ""
        return clean_line(named + where(one.first).replace("page ", "p ").replace(" reading", ""), 60)

    def current(self) -> ConfusingPassage | None:
        """The passage under the cursor."""
        key = self.query_one(Rows).current
        return self._found[int(key) - 1] if key and int(key) <= len(self._found) else None

    def _show_one(self) -> None:
        one = self.current()
        parts: list[Content] = []
        if one is not None:
            shown = one if self.names else nameless([one])[0]
            if one.quote:
                parts.append(Content.styled(f"“{clean_line(one.quote, 600)}”", "italic $text-muted"))
            parts += [self._asked(asked) for asked in shown.questions[:_SHOWN_QUESTIONS]]
            left = len(shown.questions) - _SHOWN_QUESTIONS
            if left > 0:
                parts.append(marks.muted(f"and {left} more questions"))
        self.query_one("#said", Static).update(Content("\n").join(parts))
        self.query_one("#detail").scroll_home(animate=False)
        pages = self.query_one(HeatStrip).pages
        self.query_one(HeatStrip).show(pages, one.first.page if one is not None else None)

    def _asked(self, asked: Question) -> Content:
        """A question with who has it, its lines set off by its sign."""
        width = max(20, self.size.width - 8)
        sign = ("✓ ", "bold $success") if asked.answered else ("? ", "bold $accent")
        lost = " · its words are not in this document" if asked.lost else ""
        lines = said(asked.text, width, names_of(self.companion), _MOST_LINES).split("\n")
        told = marks.muted(f"{clean_line(who(asked), 300)} · {standing(asked)}{lost}")
        return Content.assemble(sign, Content("\n  ").join([*lines, told]))

    def on_rows_highlighted(self) -> None:
        self._show_one()

    def on_resize(self) -> None:
        self._show_one()

    def on_rows_selected(self) -> None:
        one = self.current()
        if one is not None:
            self.companion.open_thread(one.first.id)

    def on_rows_header_clicked(self) -> None:
        self.action_order()

    def on_heat_strip_chosen(self, event: HeatStrip.Chosen) -> None:
        if self.reading_id is not None:
            self.companion.open_reading(self.reading_id, event.page)

    # What can be done

    def action_order(self) -> None:
        """By rank, or by place."""
        self.by_place = not self.by_place
        self._show()

    def action_names(self) -> None:
        """Who asks, or only how many they are."""
        self.names = not self.names
        self._show_one()
        self.notify("With names." if self.names else "Without names, in a copy too.", timeout=3)

    def action_copy(self) -> None:
        """Copy the report as Markdown."""
        if self._scope is None or not self._found:
            raise UsageError("There is nothing to copy yet.")
        found = self._found if self.names else nameless(self._found)
        text = confusion_markdown(self._scope.title, found, self._catalog, self._scope.reading is None)
        self.companion.copy(text, "the report")

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)
