"""What she expects of a lab, asked before its first run is seen; the run itself has begun by then."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from cs229tui.clock import now
from cs229tui.errors import ReportableError, UsageError
from cs229tui.labkit.spec import Question
from cs229tui.labs.find import Lab
from cs229tui.labs.predictions import checked, keep_in_run, to_ask
from cs229tui.library.predictions import predict, predicted
from cs229tui.library.runs import RunRecord
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import since
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.widgets.drafting import Drafting
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line, Page

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

Begin = Callable[[Callable[[RunRecord], None]], None]
"""Starts a run and hands it to what is given."""


def start_predicted(app: "Companion", lab: Lab, begin: Begin, show: Callable[[RunRecord], None]) -> None:
    """Start a run at once; before it is shown she is asked what she expects, where it is the first she will see."""
    if not to_ask(app.database, lab):
        begin(show)
        return
    sheet = PredictingScreen(lab, begun=True)
    begun: list[RunRecord] = []

    def shown() -> None:
        if begun:
            with app.reporting():
                keep_in_run(app.database, begun[0])
            show(begun[0])

    def started(record: RunRecord) -> None:
        begun.append(record)
        if sheet.over:
            shown()

    def left(_answered: bool | None) -> None:
        # Not before the sheet is gone: what shows the run may take the place of the screen below it.
        app.call_later(shown)

    app.push_screen(sheet, left)
    begin(started)


def ask(app: "Companion", lab: Lab) -> None:
    """Ask what she expects of a lab, whenever she wants; what she said before stands there."""
    if lab.spec is None or not lab.spec.questions:
        app.notify("This lab asks for no prediction.", timeout=3)
    else:
        app.push_screen(PredictingScreen(lab))


class PredictingScreen(Drafting[bool]):
    """The questions of a lab, over the whole screen; gives back whether she answered. `begun`: a run goes on behind."""

    CSS_PATH = "../styles/predicting.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("predict")]

    def __init__(self, lab: Lab, begun: bool = False) -> None:
        # The screens that write have their drafts in one file.
        super().__init__(Drafts(lab.path), None)
        self.lab = lab
        self.begun = begun
        self.over = False
        self.questions: tuple[Question, ...] = lab.spec.questions if lab.spec else ()
        self._chosen: dict[str, str] = {}
        self._first: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        app = cast("Companion", self.app)
        self.drafts = Drafts(app.folders.data / "drafts.json")
        before = predicted(app.database, self.lab.name)
        with VerticalScroll(can_focus=False):
            yield Static(self._head(), id="predict-head", markup=False)
            for number, question in enumerate(self.questions, 1):
                said = before.get(question.id)
                self._first[question.id] = said.answer if said else ""
                text = self.drafts.get(self._key(question)) or self._first[question.id]
                with Vertical(classes="panel question", id=f"question-{question.id}") as panel:
                    panel.border_title = f"question {number} of {len(self.questions)}"
                    panel.border_subtitle = f"you said so {since(said.made, now())}" if said else ""
                    yield Static(question.text, classes="question-text", markup=False)
                    yield self._box(question, text)
                    yield Static(classes="question-problem", markup=False)
        yield KeyLine()

    def _head(self) -> Content:
        title = Content.styled(f"{self.lab.title} · what do you expect?", "bold")
        begun = "The run has begun behind this page; you see it when you have answered, or skipped."
        why = "A guess that turns out wrong teaches more than a result that was only looked at."
        return Content.assemble(title, "\n", (f"{begun}\n" if self.begun else "", "$text-muted"), (why, "$text-muted"))

    def _box(self, question: Question, text: str) -> Widget:
        if question.choices:
            rows = Rows(Column(), Column(flex=True), id=f"answer-{question.id}", quiet=False)
            rows.verb = "choose"
            self._chosen[question.id] = text if text in question.choices else ""
            return rows
        if question.numeric:
            placeholder = f"a number, in {question.unit}" if question.unit else "a number"
            return Line(text, placeholder=placeholder, id=f"answer-{question.id}")
        return Page(text, id=f"answer-{question.id}", tab_behavior="focus", compact=True)

    def on_mount(self) -> None:
        for question in self.questions:
            if question.choices:
                rows = self.query_one(f"#answer-{question.id}", Rows)
                self._show_choices(question)
                rows.select(self._chosen[question.id])
        self._boxes()[0].focus()

    def _show_choices(self, question: Question) -> None:
        chosen = self._chosen[question.id]
        self.query_one(f"#answer-{question.id}", Rows).show(
            [
                Row(choice, (Content.styled("●", "$accent") if choice == chosen else Content("○"), Content(choice)))
                for choice in question.choices
            ]
        )

    def _boxes(self) -> list[Widget]:
        return [self.query_one(f"#answer-{question.id}") for question in self.questions]

    def _key(self, question: Question) -> str:
        return f"prediction:{self.lab.name}:{question.id}"

    # What stands there

    def said(self, question: Question) -> str:
        """What she answers by now."""
        box = self.query_one(f"#answer-{question.id}")
        if isinstance(box, Line):
            return box.value
        return box.text if isinstance(box, Page) else self._chosen[question.id]

    def written(self) -> Iterator[tuple[str, str, str]]:
        for question in self.questions:
            yield self._key(question), self._first[question.id], self.said(question)

    def on_input_changed(self, _event: Input.Changed) -> None:
        self.on_text_area_changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._go_on(event.input)

    def on_rows_selected(self, event: Rows.Selected) -> None:
        question = next(one for one in self.questions if f"answer-{one.id}" == event.rows.id)
        self._chosen[question.id] = event.key
        self._show_choices(question)
        self.on_text_area_changed()
        self._go_on(event.rows)

    def on_rows_left(self, event: Rows.Left) -> None:
        boxes = self._boxes()
        at = boxes.index(event.rows) + event.step
        if 0 <= at < len(boxes):
            boxes[at].focus()

    def _go_on(self, box: Widget) -> None:
        boxes = self._boxes()
        at = boxes.index(box) + 1
        if at < len(boxes):
            boxes[at].focus()
        else:
            self.action_keep()

    # What can be done

    def action_keep(self) -> None:
        """Keep the answers and go on; one that is wrong says so."""
        found: dict[str, str] = {}
        wrong: Widget | None = None
        for question in self.questions:
            problem = ""
            try:
                found[question.id] = checked(question, self.said(question))
            except UsageError as error:
                problem = str(error)
                wrong = wrong or self.query_one(f"#answer-{question.id}")
            told = self.query_one(f"#question-{question.id} .question-problem", Static)
            told.update(Content(problem))
            told.display = bool(problem)
        if wrong is not None:
            wrong.focus()
            return
        if not any(found.values()):
            self.notify("Nothing is answered yet; escape skips.", timeout=3)
            return
        app = cast("Companion", self.app)
        try:
            predict(app.database, self.lab.name, found)
        except ReportableError as error:
            self.save()
            app.report(error)
            return
        self._first = {question.id: self.said(question) for question in self.questions}
        if self.save():
            self._leave(answered=True)

    def action_skip(self) -> None:
        """Go on without an answer; what was typed is kept as a draft."""
        if self.save():
            self._leave(answered=False)

    def _leave(self, answered: bool) -> None:
        self.over = True
        self.dismiss(answered)
        if answered:
            self.app.call_later(partial(cast("Companion", self.app).changed))
