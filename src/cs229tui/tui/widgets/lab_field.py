"""One field of a lab's form: a parameter's name, what one types or chooses, and what it takes."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import DescendantFocus, Key
from textual.message import Message
from textual.widgets import Input, Select, Static

from cs229tui.labkit.spec import Parameter, Value
from cs229tui.labs.form import word
from cs229tui.tui.widgets.typing import Line


class LabField(Horizontal):
    """A parameter; several values in it are a sweep."""

    DEFAULT_CLASSES = "field"

    class Changed(Message):
        """Something else stands in it."""

    class Entered(Message):
        """The cursor is in it now."""

        def __init__(self, field: "LabField") -> None:
            super().__init__()
            self.field = field

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(id=f"field-{parameter.name}")
        self.parameter = parameter
        self._told = ""
        free = parameter.type not in ("choice", "bool") or bool(parameter.also)
        self.box: Line | Select[str] = (
            Line(select_on_focus=True) if free else Select(self._options(), allow_blank=False, compact=True)
        )
        """What one types into, or chooses from."""

    def compose(self) -> ComposeResult:
        yield Static(self.parameter.name, classes="field-name", markup=False)
        yield self.box
        yield Static(classes="field-help", markup=False)

    def _options(self) -> list[tuple[Content, str]]:
        choices = self.parameter.choices if self.parameter.type == "choice" else ("on", "off")
        options = [(Content(choice), choice) for choice in choices]
        # Chosen together they are a sweep over all of them.
        return [*options, (Content("each of them"), ", ".join(choices))] if len(choices) > 1 else options

    @property
    def text(self) -> str:
        """What stands in it."""
        return str(self.box.value)

    @text.setter
    def text(self, text: str) -> None:
        # A value that the lab no longer has cannot be chosen; the field stays as it is.
        if isinstance(self.box, Line) or text in (option for _, option in self._options()):
            self.box.value = text

    @property
    def says(self) -> str:
        """What it takes, or what is wrong with what stands in it."""
        return self._told

    def show(self, usual: Value, wrong: str, changed: bool) -> None:
        """Say what it takes, what the preset has where that is another value, or what is wrong."""
        parameter = self.parameter
        takes = "" if isinstance(self.box, Select) else parameter.range
        before = f"preset: {word(usual) or 'empty'}" if changed else ""
        self._told = wrong or " · ".join(part for part in (before, takes, parameter.help) if part)
        self.set_class(bool(wrong), "-wrong")
        self.set_class(changed and not wrong, "-changed")
        self.query_one(".field-help", Static).update(Content(self._told))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_select_changed(self, event: Select.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        self.post_message(self.Entered(self))

    def on_key(self, event: Key) -> None:
        # In a line, up and down mean nothing else.
        if event.key in ("up", "down") and isinstance(self.box, Line) and self.box.has_focus:
            event.stop()
            event.prevent_default()
            (self.screen.focus_next if event.key == "down" else self.screen.focus_previous)()
