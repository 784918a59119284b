"""The settings, made from the fields of `config.Settings`: each with its value, its meaning and, to enter, a change."""

import ast
import inspect
import typing
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from cs229tui.config import Settings, SettingsError
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


_EXAMPLES = {"highlights": 'red = "wrong"', "keys": "? shows the ids", "slurm": 'partition = "gpu"'}


@lru_cache(maxsize=1)
def meanings() -> dict[str, str]:
    """What each field of `Settings` means, from the text after it in the source."""
    lines = [line for tree in ast.parse(inspect.getsource(Settings)).body for line in getattr(tree, "body", ())]
    found = {}
    for field, text in pairwise(lines):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = text.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[field.target.id] = value.value
    return found


def parsed(name: str, text: str) -> Any:
    """What a person typed for a setting as a value for the file, None for its default; raises `SettingsError`."""
    text = text.strip()
    kind = typing.get_type_hints(Settings)[name]
    if not text:
        return None
    try:
        if date in typing.get_args(kind):
            return date.fromisoformat(text)
        return int(text) if kind is int else text
    except ValueError:
        wanted = "a date like 2026-09-03" if date in typing.get_args(kind) else "a whole number"
        raise SettingsError(f"{name}: {text!r} is not {wanted}.", "Nothing was changed.") from None


def shown(value: Any) -> str:
    """A value as the screen shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{len(value)} of your own" if value else "–"
    if isinstance(value, msgspec.Struct):
        own = sum(getattr(value, name) != getattr(type(value)(), name) for name in value.__struct_fields__)
        return f"{own} of your own" if own else "–"
    return "–" if value in (None, "") else str(value)


class SettingsScreen(Screen[None]):
    """Every setting in a row; enter changes it, backspace takes it back to its default."""

    CSS_PATH = "../styles/settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("settings"), *bindings("screen")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def compose(self) -> ComposeResult:
        listed = Rows(
            Column(),
            Column(most=16),
            Column(most=30),
            Column(flex=True, least=30, drop=1),
            classes="panel",
            quiet=False,
        )
        listed.verb = "change"
        yield listed
        yield Static(id="meaning")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Rows).border_title = "Settings"
        self.query_one(Rows).border_subtitle = Content(str(self.companion.folders.settings))
        self.companion.library_changed.subscribe(self, lambda _: self._show())
        self._show()
        self.query_one(Rows).focus()

    def _show(self) -> None:
        settings, defaults = self.companion.settings, Settings()
        rows = []
        for name in Settings.__struct_fields__:
            value = getattr(settings, name)
            own = value != getattr(defaults, name)
            drawn = Content.styled(shown(value), "bold $primary") if own else marks.muted(shown(value))
            rows.append(
                Row(
                    name,
                    (
                        Content.styled("●" if own else " ", "$primary"),
                        Content(_titled(name)),
                        drawn,
                        marks.muted(meanings().get(name, "")),
                    ),
                )
            )
        self.query_one(Rows).show(rows)
        self._explain()

    def _explain(self) -> None:
        name = self.query_one(Rows).current
        if name:
            default = shown(getattr(Settings(), name))
            self.query_one("#meaning", Static).update(
                Content.assemble(
                    meanings().get(name, ""), "\n", (f"default: {default}   in the file: {name}", "$text-muted")
                )
            )

    def on_rows_highlighted(self) -> None:
        self._explain()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        name = event.key
        value = getattr(self.companion.settings, name)
        kind = typing.get_type_hints(Settings)[name]
        if isinstance(value, bool):
            self._set(name, not value)
        elif name == "theme":
            self._pick(name, [(theme, theme, "") for theme in sorted(self.companion.available_themes)])
        elif typing.get_origin(kind) is Literal:
            self._pick(name, [(option, option, "") for option in typing.get_args(kind)])
        elif isinstance(value, dict | msgspec.Struct):
            example = _EXAMPLES[name]
            self.app.notify(
                f"These are lines below [{name}] in {self.companion.folders.settings}; {example}.",
                timeout=10,
                markup=False,
            )
        else:
            self._ask(name, value)

    def _pick(self, name: str, options: list[tuple[str, str, str]]) -> None:
        from cs229tui.tui.screens.pick import Pick

        def chosen(value: str | None) -> None:
            if value:
                self._set(name, value)

        self.app.push_screen(Pick(_titled(name), options, str(getattr(self.companion.settings, name))), chosen)

    def _ask(self, name: str, value: Any) -> None:
        from cs229tui.tui.screens.prompt import Prompt

        def answered(text: str | None) -> None:
            if text is not None:
                with self.companion.reporting():
                    self._set(name, parsed(name, text))

        self.app.push_screen(
            Prompt(_titled(name), meanings().get(name, ""), "" if value is None else str(value)), answered
        )

    def _set(self, name: str, value: Any) -> None:
        app = self.companion
        before, default = getattr(app.settings, name), getattr(Settings(), name)
        with app.reporting():
            app.set_setting(name, value)
            after = None if before == default else before
            app.push_undo(f"setting {_titled(name)}", lambda: app.set_setting(name, after))

    def action_reset(self) -> None:
        """Take the setting back to its default."""
        name = self.query_one(Rows).current
        if name:
            self._set(name, None)

    def action_back(self) -> None:
        """Close the settings."""
        self.dismiss(None)


def _titled(name: str) -> str:
    return name.replace("_", " ")
