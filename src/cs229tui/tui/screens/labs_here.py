"""The labs of a reading or a lecture in a box over the screen: the lab's key runs it, enter opens its form."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen

from cs229tui.errors import ReportableError
from cs229tui.labs.find import Lab
from cs229tui.tui.actions import bindings
from cs229tui.tui.on_labs import run_quick, told
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


class LabsHere(ModalScreen[None]):
    """The `labs` that belong to what `of` names."""

    CSS_PATH = "../styles/labs_here.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("labs_here")]

    def __init__(self, labs: Sequence[Lab], of: str) -> None:
        super().__init__()
        self.labs = labs
        self.of = of

    def compose(self) -> ComposeResult:
        rows = Rows(Column(), Column(flex=True), Column(right=True), classes="panel")
        rows.border_title = Content(f"Labs of {self.of}")
        rows.border_subtitle = Content("its key: run   enter: presets")
        yield rows
        yield KeyLine()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.show(
            [
                Row(
                    lab.name,
                    (
                        Content.styled(f"[{lab.key}]" if lab.key else "", "bold $primary"),
                        Content(f"{lab.title}{' yours' if lab.own else ''}"),
                        Content.styled("broken", "$error") if lab.error else told(self._companion, lab),
                    ),
                )
                for lab in self.labs
            ]
        )
        rows.focus()

    @property
    def _companion(self) -> "Companion":
        return cast("Companion", self.app)

    def _here(self) -> Lab | None:
        name = self.query_one(Rows).current
        return next((lab for lab in self.labs if lab.name == name), None)

    def on_key(self, event: Key) -> None:
        lab = next((lab for lab in self.labs if lab.key and lab.key == event.character), None)
        if lab is not None:
            event.stop()
            self._run(lab)

    def _run(self, lab: Lab) -> None:
        app = self._companion
        self.dismiss()
        try:
            run_quick(app, lab)
        except ReportableError as error:
            app.report(error)

    def on_rows_selected(self, _event: Rows.Selected) -> None:
        lab = self._here()
        if lab is None or lab.spec is None or lab.error:
            self.notify(lab.error if lab else "", severity="error", timeout=8, markup=False)
            return
        from cs229tui.labs.estimates import past_runs
        from cs229tui.tui.screens.lab_form import LabForm

        app = self._companion
        self.dismiss()
        app.push_screen(LabForm(lab, lab.spec, {}, past_runs(app.database, lab.name)))

    def action_menu(self) -> None:
        """To the tab Labs, with the cursor on this one."""
        lab, app = self._here(), self._companion
        if lab is not None:
            self.dismiss()
            app.open_lab(lab.name)

    def action_handout(self) -> None:
        """Read the lab's handout."""
        lab, app = self._here(), self._companion
        if lab is not None and lab.handout.is_file():
            self.dismiss()
            app.open_reading(lab.reading)

    def action_back(self) -> None:
        """Close."""
        self.dismiss()
