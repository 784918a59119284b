"""What to try after a run: the lab's own ideas, each with what it changes; enter starts one."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cs229tui.labkit.spec import ParameterError, Spec, Try
from cs229tui.labs.form import word
from cs229tui.labs.words import minutes
from cs229tui.library.runs import RunRecord
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows


class TriesScreen(ModalScreen[tuple[Try, bool] | None]):
    """Gives back a try, and whether it is to be changed in the form first; None for none."""

    CSS_PATH = "../styles/run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("tries")]

    def __init__(self, spec: Spec, record: RunRecord) -> None:
        super().__init__()
        self.spec = spec
        self.record = record

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel") as box:
            box.border_title = "what to try next"
            ideas = Rows(Column(flex=True), quiet=False)
            ideas.verb = "start"
            yield ideas
            yield Static(id="try-about", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.show([Row(str(at), (Content(one.text),)) for at, one in enumerate(self.spec.tries)])
        rows.focus()
        self._about()

    def _current(self) -> Try | None:
        key = self.query_one(Rows).current
        return self.spec.tries[int(key)] if key else None

    @on(Rows.Highlighted)
    def _about(self) -> None:
        one = self._current()
        if one is not None:
            self.query_one("#try-about", Static).update(about(self.spec, one, self.record))

    @on(Rows.Selected)
    def _chosen(self) -> None:
        one = self._current()
        self.dismiss((one, False) if one is not None else None)

    def action_form(self) -> None:
        """Change more of it in the form first."""
        one = self._current()
        self.dismiss((one, True) if one is not None else None)

    def action_cancel(self) -> None:
        """Back to the run."""
        self.dismiss(None)


def about(spec: Spec, one: Try, record: RunRecord) -> Content:
    """All of a try's words, what it changes against the run, and how long it takes."""
    try:
        values = spec.values(one.preset, one.parameters)
    except ParameterError as error:
        return Content.assemble(one.text, "\n", Content.styled(str(error), "$error"))
    changes = [
        f"{name} {word(record.parameters[name])} → {word(value)}"
        for name, value in values.items()
        if name in record.parameters and record.parameters[name] != value
    ]
    if one.preset != record.preset:
        changes.insert(0, f"preset {record.preset} → {one.preset}")
    says = "differs in " if changes else "is this run again"
    preset = muted(f"   {one.preset}, {minutes(spec.presets[one.preset])}")
    return Content.assemble(one.text, "\n", muted(says), ", ".join(changes), preset)
