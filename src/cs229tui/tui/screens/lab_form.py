"""A lab's presets and parameters, to be changed and checked before a run, or a sweep of runs."""

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from cs229tui.amounts import counted
from cs229tui.labkit.spec import COMMON, Parameter, Spec, Try
from cs229tui.labs.estimates import Past, estimate
from cs229tui.labs.find import Lab
from cs229tui.labs.form import Filled, command, expected, fill, word
from cs229tui.labs.needs import Need
from cs229tui.labs.words import about, short
from cs229tui.library.run_history import SWEEP
from cs229tui.library.runs import RunRecord, last_run
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.labs_drawing import amount, changed_values, first_preset
from cs229tui.tui.screens.predicting import ask, start_predicted
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.lab_field import LabField
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

MANY = 64
"""So many runs are started when the key is pressed once."""
_COMMON = frozenset(parameter.name for parameter in COMMON)
_LAUNCHER, _VARIANT = "launcher", "variant"
# What each launcher is asked for here; the rest of what it knows is set in config.toml or on the command line.
_OPTIONS: dict[str, tuple[Parameter, ...]] = {
    "torchrun": (Parameter("nproc", "int", 2, 1, 1024, help="processes on this machine"),),
    "slurm": (
        Parameter("partition", "str", "", help="the cluster's partition; empty: its own choice"),
        Parameter("gpus", "int", 0, 0, 64, help="GPUs"),
        Parameter("time", "str", "", help="the most time, such as 4:00:00"),
        Parameter("memory", "str", "", help="the most memory, such as 16G"),
    ),
}
_WAYS = {"local": "here", "torchrun": "here, several processes", "slurm": "on the cluster"}


class LabForm(Screen[None]):
    """Choose a preset, change what should differ, start."""

    CSS_PATH = "../styles/labs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-medium"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("lab_form")]

    def __init__(
        self,
        lab: Lab,
        spec: Spec,
        needs: Mapping[tuple[str, str], Need | None],
        past: Sequence[Past] = (),
        begin: Try | None = None,
    ) -> None:
        super().__init__()
        self.lab = lab
        self.spec = spec
        self.needs = needs
        self.past = past
        self.preset = begin.preset if begin else first_preset(spec)
        self._given = dict(begin.parameters) if begin else {}
        self.filled = Filled(self.preset)
        self._last: RunRecord | None = None
        self._filling = False
        self._confirmed: Filled | None = None

    def compose(self) -> ComposeResult:
        presets = Rows(
            Column(), Column(right=True), Column(right=True), Column(flex=True),
            id="form-presets", classes="panel", quiet=False,
        )  # fmt: skip
        presets.border_title = Content(f"{self.lab.title} · presets")
        presets.verb = "start"
        yield presets
        with VerticalScroll(id="form-fields", classes="panel", can_focus=False) as fields:
            fields.border_title = "parameters"
            fields.border_subtitle = "several values, as in 1e-3, 3e-3 or 1..5: a sweep"
            own = [one for one in self.spec.parameters.values() if one.name not in _COMMON]
            for parameter in own:
                yield LabField(parameter)
            yield Static("every lab has", classes="field-heading", markup=False)
            for name in self.spec.parameters:
                if name in _COMMON:
                    yield LabField(self.spec.parameters[name])
            yield from self._launcher_fields()
        yield Static(id="form-hint", markup=False)
        yield Static(id="form-problem", markup=False)
        yield Static(id="form-amount", markup=False)
        yield Static(id="form-command", markup=False)
        yield KeyLine()

    def _launcher_fields(self) -> ComposeResult:
        ways = self._ways()
        if len(ways) > 1:
            help_ = "; ".join(f"{way}: {_WAYS[way]}" for way in ways)
            yield LabField(Parameter(_LAUNCHER, "choice", "local", choices=tuple(ways), help=help_))
        for way in ways:
            for parameter in _OPTIONS.get(way, ()):
                field = LabField(parameter)
                field.add_class(f"of-{way}")
                field.display = False
                yield field

    def _ways(self) -> list[str]:
        """The launchers that make sense here."""
        several = (os.cpu_count() or 1) > 1
        cluster = shutil.which("sbatch") is not None
        return ["local", *(["torchrun"] if several else []), *(["slurm"] if cluster else [])]

    def on_mount(self) -> None:
        self._last = last_run(self._companion.database, self.lab.name)
        rows = []
        for preset in self.spec.presets.values():
            need = self.needs.get((self.lab.name, preset.name))
            found = estimate(self.spec, preset.name, self.past)
            told = Content.styled(f"✗ {need.what}", "$warning") if need else muted(preset.help)
            memory = muted("".join(amount(found.memory)))
            rows.append(Row(preset.name, (Content(preset.name), muted(found.words), memory, told)))
        presets = self.query_one("#form-presets", Rows)
        presets.show(rows)
        presets.select(self.preset)
        presets.focus()
        for way, parameters in _OPTIONS.items():
            settings = getattr(self._companion.settings, way, None)
            for parameter in parameters:
                for field in self.query(f"#field-{parameter.name}.of-{way}").results(LabField):
                    field.text = str(getattr(settings, parameter.name, parameter.default) or parameter.default or "")
        self._fill({**self.spec.values(self.preset), **self._given})
        if self._last is not None:
            changed = changed_values(self._last, self.lab) or "as the preset has it"
            before = Content(f"last: {self._last.preset}, run {short(self._last.id)}, {changed} · ^l takes its values")
            presets.border_subtitle = before.truncate(max(self.app.size.width - 8, 10), ellipsis=True)

    # What stands in it

    def _field(self, name: str) -> LabField:
        return self.query_one(f"#field-{name}", LabField)

    @on(Rows.Highlighted, "#form-presets")
    def _preset_chosen(self, event: Rows.Highlighted) -> None:
        if event.key != self.preset:
            self.preset = event.key
            self._fill(self.spec.values(self.preset))
        # Where the list has no room for all of it.
        self.query_one("#form-hint", Static).update(Content(self.spec.presets[event.key].help))

    @on(Rows.Selected, "#form-presets")
    def _preset_started(self, event: Rows.Selected) -> None:
        self.action_start()

    @on(Rows.Left, "#form-presets")
    def _presets_left(self, event: Rows.Left) -> None:
        if event.step > 0:
            self.query(LabField).first().box.focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_start()

    @on(LabField.Changed)
    def _field_changed(self) -> None:
        if not self._filling:
            self._check()

    @on(LabField.Entered)
    def _field_entered(self, event: LabField.Entered) -> None:
        self.query_one("#form-hint", Static).update(Content(event.field.says))

    def _fill(self, values: Mapping[str, object]) -> None:
        """Put values into the fields; those that the lab does not have (any more) are left out."""
        self._filling = True
        try:
            for name, value in values.items():
                if name in self.spec.parameters:
                    self._field(name).text = word(value) if isinstance(value, int | float | str | bool) else ""
        finally:
            self._filling = False
        self._check()

    def _check(self) -> Filled:
        """What stands in the fields; every field says what it takes or what is wrong."""
        typed = {name: self._field(name).text for name in self._used()}
        ways = self.query(f"#field-{_LAUNCHER}").results(LabField)
        launcher = next((field.text for field in ways), "local")
        options = {}
        for field in self.query(LabField):
            for way in _OPTIONS:
                if field.has_class(f"of-{way}"):
                    field.display = way == launcher
                    if way == launcher:
                        options[field.parameter.name] = field.text
        filled = fill(self.spec, self.preset, typed, launcher, options)
        usual = self.spec.values(self.preset)
        for name, value in usual.items():
            differs = name in filled.changed or name in filled.swept
            self._field(name).show(value, filled.wrong.get(name, ""), differs)
        for field in self.query(LabField):
            if field.parameter.name not in usual:
                field.show(field.parameter.default, "", False)
        self.filled = filled
        self._say(filled)
        return filled

    def _used(self) -> list[str]:
        """The parameters that the variant makes use of, or one of several variants; the others' fields are hidden."""
        chosen = set(self._field(_VARIANT).text.split(", ")) if _VARIANT in self.spec.parameters else set()
        used = []
        for name, parameter in self.spec.parameters.items():
            field = self._field(name)
            field.display = not parameter.variants or bool(chosen.intersection(parameter.variants))
            used += [name] if field.display else []
        return used

    def _say(self, filled: Filled) -> None:
        need = self.needs.get((self.lab.name, self.preset)) if filled.launcher != "slurm" else None
        problem = self.query_one("#form-problem", Static)
        problem.display = need is not None
        problem.update(Content(f"✗ {need.what} {need.remedy}" if need else ""))
        told = Content()
        if not filled.wrong:
            found = expected(self.spec, filled, self.past)
            words = [filled.counted, f"{found.words}{', one after the other' if filled.swept else ''}"]
            if found.source == "scaled":
                words.append(f"by the steps of {counted(found.runs, 'run')}")
            told = Content(" · ".join(part for part in (*words, *amount(found.memory)) if part))
        self.query_one("#form-amount", Static).update(told)
        line = command(self.lab.name, filled) if not filled.wrong else "A parameter is not what it should be."
        self.query_one("#form-command", Static).update(Content(line))
        focused = next((field for field in self.query(LabField) if field.box.has_focus), None)
        if focused is not None:
            self.query_one("#form-hint", Static).update(Content(focused.says))

    # What can be done

    def action_start(self) -> None:
        """Start the run, or the sweep, unless a value is wrong; very many runs when pressed twice."""
        filled = self._check()
        if filled.wrong:
            self._field(next(iter(filled.wrong))).box.focus()
            self.notify("A parameter is not what it should be; it says so beside it.", severity="error", timeout=4)
            return
        if filled.runs > MANY and self._confirmed != filled:
            self._confirmed = filled
            took = about(expected(self.spec, filled, self.past).seconds)
            self.notify(f"That is {filled.runs} runs, about {took}: once more starts them.", timeout=6, markup=False)
            return
        app = self._companion
        if filled.swept:
            launching.start_sweep(app, self.lab, filled, self._swept)
        else:
            begin = partial(
                launching.start, app, self.lab, self.preset, filled.changed,
                launcher=filled.launcher, options=filled.options,
            )  # fmt: skip
            start_predicted(app, self.lab, lambda then: begin(then=then), self._started)

    def _started(self, record: RunRecord) -> None:
        if self.is_current:
            from cs229tui.tui.screens.run import RunScreen

            self.app.switch_screen(RunScreen(record.id))

    def _swept(self, records: Sequence[RunRecord]) -> None:
        waiting = sum(record.state == "queued" for record in records)
        told = f"{counted(len(records), 'run')} of a sweep: {len(records) - waiting} started, {waiting} in the queue."
        self.notify(told, timeout=6, markup=False)
        if self.is_current:
            self.dismiss()
            if records:
                self.app.call_later(self._companion.open_labs_run, f"{SWEEP}{records[0].sweep}")

    def action_copy(self) -> None:
        """Copy the command line that does the same."""
        filled = self._check()
        if not filled.wrong:
            self._companion.copy(command(self.lab.name, filled))

    def action_reset(self) -> None:
        """Put the preset's value into the field, or into all where the cursor is in none."""
        usual = self.spec.values(self.preset)
        for field in self.query(LabField):
            if field.box.has_focus and field.parameter.name in usual:
                self._fill({field.parameter.name: usual[field.parameter.name]})
                return
        self._fill(usual)

    def action_last(self) -> None:
        """Put the values of the lab's last run into the fields."""
        if self._last is None:
            self.notify("This lab has not been run yet.", timeout=3)
            return
        if self._last.preset in self.spec.presets:
            self.preset = self._last.preset
            self.query_one("#form-presets", Rows).select(self.preset)
        self._fill({**self.spec.values(self.preset), **self._last.parameters})

    def action_predict(self) -> None:
        """Say what she expects of the lab."""
        ask(self._companion, self.lab)

    def action_back(self) -> None:
        """Leave without a run."""
        self.dismiss()

    @property
    def _companion(self) -> "Companion":
        return cast("Companion", self.app)
