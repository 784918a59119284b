"""The first screen of the first evening: what this is, her name, her term; answered or passed over, never again."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from cs229tui.clean import clean_line
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.typing import Line

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


class WelcomeScreen(ModalScreen[None]):
    """Two questions, each of which may stay empty; enter begins, f4 begins with the guide, escape asks no more."""

    CSS_PATH = "../styles/welcome.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]  # noqa: RUF012

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def compose(self) -> ComposeResult:
        facts = self.companion.course.facts
        begins = facts.first_lecture
        with VerticalScroll(classes="panel", can_focus=False) as box:
            box.border_title = Content(f"{facts.code} · {facts.title}")
            yield Static(
                Content.assemble(
                    "Read the course's papers as clean text, write on them, and rerun their experiments.\n\n",
                    ("Today", "bold"),
                    (" says what is due and where you left off.\n", "$text-muted"),
                    ("Course", "bold"),
                    (f" has {len(self.companion.course.lectures)} lectures, ", "$text-muted"),
                    ("Library", "bold"),
                    (
                        f" all {len(self.companion.course.readings)} readings; f fetches one, enter reads it.\n",
                        "$text-muted",
                    ),
                    ("Labs", "bold"),
                    (" start on one key and say which claims your run reproduced.\n", "$text-muted"),
                    ("?", "bold $primary"),
                    (" shows the keys of each screen, ", "$text-muted"),
                    ("ctrl+p", "bold $primary"),
                    (" finds everything, ", "$text-muted"),
                    ("ctrl+q", "bold $primary"),
                    (" leaves. Nothing needs a network.", "$text-muted"),
                )
            )
            yield Static(Content("Your name, for what you write"), classes="question")
            yield Line(placeholder=self.companion.settings.author, id="name")
            yield Static(
                Content("The date of your first lecture, if you take it in a term of your own"), classes="question"
            )
            yield Line(placeholder=f"empty: {facts.term} as it was, from {marks.day(begins)}", id="term")
            yield Static(id="wrong")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#name", Input).focus()

    @on(Input.Submitted, "#name")
    def _named(self) -> None:
        self.query_one("#term", Input).focus()

    @on(Input.Submitted, "#term")
    def _termed(self) -> None:
        self.action_begin()

    def action_move(self, step: int) -> None:
        """To the other question."""
        self.query_one("#name" if step < 0 else "#term", Input).focus()

    def action_begin(self) -> None:
        """Keep the answers and begin."""
        if self._keep(answers=True):
            self.dismiss(None)

    def action_guide(self) -> None:
        """Keep the answers and begin with the guide."""
        if self._keep(answers=True):
            self.dismiss(None)
            self.app.call_later(self.companion.action_guide)

    def action_skip(self) -> None:
        """Begin without answers."""
        self._keep(answers=False)
        self.dismiss(None)

    def _keep(self, answers: bool) -> bool:
        """Write the settings file: that it is there says she was welcomed. False where an answer makes no sense."""
        app = self.companion
        name = clean_line(self.query_one("#name", Input).value, 80) if answers else ""
        term = self.query_one("#term", Input).value.strip() if answers else ""
        first: date | None = None
        if term:
            try:
                first = date.fromisoformat(term)
            except ValueError:
                self.query_one("#wrong", Static).update("A date is written like 2026-09-03.")
                self.query_one("#term", Input).focus()
                return False
        with app.reporting():
            app.set_setting("name", name or None)
            if first is not None:
                app.set_setting("first_lecture", first)
        return True
