"""A lab's presets and parameters, to be changed and checked before a run."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Select, Static

from cs229tui.labkit.spec import Parameter, ParameterError, Spec, Value
from cs229tui.labs.find import Lab
from cs229tui.labs.needs import Need
from cs229tui.labs.words import minutes
from cs229tui.library.runs import RunRecord
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.screens import launching
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows
from cs229tui.tui.widgets.typing import Line

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


class LabForm(Screen[None]):
    """Choose a preset, change what should differ, start."""

    CSS_PATH = "../styles/labs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("lab_form")]

    def __init__(self, lab: Lab, spec: Spec, needs: Mapping[tuple[str, str], Need | None]) -> None:
        super().__init__()
        self.lab = lab
        self.spec = spec
        self.needs = needs
        self.preset = "quick" if "quick" in spec.presets else next(iter(spec.presets))
        self._filling = False

    def compose(self) -> ComposeResult:
        presets = Rows(Column(), Column(right=True), Column(flex=True), id="form-presets", classes="panel", quiet=False)
        presets.border_title = Content(f"{self.lab.title} · presets")
        yield presets
        with VerticalScroll(id="form-fields", classes="panel", can_focus=False) as fields:
            fields.border_title = "parameters"
            for parameter in self.spec.parameters.values():
                with Horizontal(classes="field", id=f"field-{parameter.name}"):
                    yield Static(parameter.name, classes="field-name", markup=False)
                    yield self._field(parameter)
                    yield Static(classes="field-help", markup=False)
        yield Static(id="form-problem", markup=False)
        yield Static(id="form-command", markup=False)
        yield KeyLine()

    def _field(self, parameter: Parameter) -> Input | Select[str]:
        if parameter.type in ("choice", "bool"):
            choices = parameter.choices if parameter.type == "choice" else ("true", "false")
            return Select(
                [(Content(choice), choice) for choice in choices], allow_blank=False, compact=True, name=parameter.name
            )
        return Line(name=parameter.name, select_on_focus=True)

    def on_mount(self) -> None:
        rows = []
        for preset in self.spec.presets.values():
            need = self.needs.get((self.lab.name, preset.name))
            about = Content.styled(f"✗ {need.what}", "$warning") if need else muted(preset.help)
            rows.append(Row(preset.name, (Content(preset.name), muted(minutes(preset)), about)))
        presets = self.query_one("#form-presets", Rows)
        presets.show(rows)
        presets.select(self.preset)
        presets.focus()
        self._fill()

    @on(Rows.Highlighted, "#form-presets")
    def _preset_chosen(self, event: Rows.Highlighted) -> None:
        if event.key != self.preset:
            self.preset = event.key
            self._fill()

    @on(Rows.Selected, "#form-presets")
    def _preset_started(self, event: Rows.Selected) -> None:
        self.action_start()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_start()

    @on(Input.Changed)
    @on(Select.Changed)
    def _field_changed(self) -> None:
        if not self._filling:
            self._check()

    def _fill(self) -> None:
        """Put the preset's values into the fields."""
        self._filling = True
        try:
            for name, value in self.spec.values(self.preset).items():
                field = self.query_one(f"#field-{name}").query_children("Input, Select").first()
                if isinstance(field, Select | Input):
                    field.value = _word(value)
        finally:
            self._filling = False
        self._check()

    def _typed(self) -> dict[str, str]:
        typed: dict[str, str] = {}
        for name in self.spec.parameters:
            field = self.query_one(f"#field-{name}").query_children("Input, Select").first()
            if isinstance(field, Input | Select):
                typed[name] = str(field.value)
        return typed

    def _check(self) -> dict[str, Value] | None:
        """The values that differ from the preset's, or None where one is wrong; every field says what it takes."""
        usual = self.spec.values(self.preset)
        changed: dict[str, Value] = {}
        right = True
        for name, text in self._typed().items():
            parameter = self.spec.parameters[name]
            row = self.query_one(f"#field-{name}")
            says = " · ".join(part for part in (parameter.range, parameter.help) if part and parameter.type != "choice")
            says = says or parameter.help
            try:
                value = parameter.parse(text)
            except ParameterError as error:
                right, says, value = False, error.remedy, usual[name]
                row.add_class("-wrong")
            else:
                row.remove_class("-wrong")
            if value != usual[name]:
                changed[name] = value
            row.set_class(name in changed, "-changed")
            row.query_one(".field-help", Static).update(Content(says))
        self._say(changed)
        return changed if right else None

    def _say(self, changed: Mapping[str, Value]) -> None:
        need = self.needs.get((self.lab.name, self.preset))
        problem = self.query_one("#form-problem", Static)
        problem.display = need is not None
        problem.update(Content(f"✗ {need.what} {need.remedy}" if need else ""))
        self.query_one("#form-command", Static).update(Content(self.command(changed)))

    def command(self, changed: Mapping[str, Value]) -> str:
        """The command line that does the same."""
        words = ["cs229tui", "lab", "run", self.lab.name, "--preset", self.preset]
        for name, value in changed.items():
            words += ["--param", f"{name}={_word(value)}"]
        return shlex.join(words)

    def action_start(self) -> None:
        """Start the run, unless a value is wrong."""
        changed = self._check()
        if changed is None:
            wrong = self.query(".field.-wrong").first()
            wrong.query_children("Input, Select").first().focus()
            self.notify("A parameter is not what it should be; it says so beside it.", severity="error", timeout=4)
            return
        launching.start(self._companion, self.lab, self.preset, changed, self._started)

    def _started(self, record: RunRecord) -> None:
        if self.is_current:
            from cs229tui.tui.screens.run import RunScreen

            self.app.switch_screen(RunScreen(record.id))

    def action_copy(self) -> None:
        """Copy the command line that does the same."""
        changed = self._check()
        if changed is not None:
            self._companion.copy(self.command(changed))

    def action_back(self) -> None:
        """Leave without a run."""
        self.dismiss()

    @property
    def _companion(self) -> "Companion":
        return cast("Companion", self.app)


def _word(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
