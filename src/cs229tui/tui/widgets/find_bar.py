"""The line one types into to find words in the text: every hit is shown while one types."""

from dataclasses import asdict, dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.hits import Case, Query
from cs229tui.tui.widgets.typing import Line

_CASES: dict[Case, Case] = {"smart": "exact", "exact": "any", "any": "smart"}
_MOST_PAST = 100


class FindBar(Horizontal):
    """`/ words            word Aa · 3 of 17`; hidden until it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("find")]
    PAST: ClassVar[list[str]] = []
    """What was looked for before in this sitting, in whichever reading."""

    @dataclass
    class Changed(Message):
        """Something else is looked for."""

        query: Query

    @dataclass
    class Stepped(Message):
        """To the next (1) or the previous (-1) hit, or (0) back to the text with the hits shown."""

        step: int

    class Listed(Message):
        """All hits are to be listed."""

    class Closed(Message):
        """The search is over."""

    def __init__(self) -> None:
        super().__init__()
        self.query_now = Query("")
        self._typed = Query("")
        self._back = 0

    def compose(self) -> ComposeResult:
        yield Static(Content("/ "), id="find-sign")
        yield Line(id="find-words")
        yield Static("", id="find-count", markup=False)

    def open(self) -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        self._back = 0
        # How the word under the cursor was looked for is not how she looks for words.
        if (mine := replace(self._typed, words=self.words)) != self.query_now:
            self._changed(**asdict(mine))
        words = self.query_one(Input)
        words.focus()
        words.action_select_all()

    def show(self, query: Query) -> None:
        """Show the line with a query that was not typed."""
        self.add_class("-open")
        self.query_now = query
        words = self.query_one(Input)
        with words.prevent(Input.Changed):
            words.value = query.words
        self.remember()

    def show_count(self, number: int | None, count: int, more: bool = False, said: str = "") -> None:
        """Say which of how many hits it is, and what else there is to say of it."""
        shown = f"{count}+" if more else str(count)
        text = "" if not self.words else "none" if not count else f"{(number or 0) + 1} of {shown}"
        self._say(" · ".join(part for part in (said, text) if part))

    def show_problem(self, problem: str) -> None:
        """Say what is wrong with the pattern."""
        self._say(problem, "$warning")

    def _say(self, text: str, style: str = "") -> None:
        query = self.query_now
        case = {"smart": "", "exact": "Aa", "any": "aa"}[query.case]
        kept = " ".join(name for name in (".*" * query.regex, "word" * query.whole, case) if name)
        parts = [(kept, "bold $primary"), ("  " if kept and text else "", ""), (text, style)]
        self.query_one("#find-count", Static).update(Content.assemble(*parts))
        self.query_one("#find-words").styles.min_width = 8

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.query_one(Input).value

    def remember(self) -> None:
        """Keep what is looked for, to be called up again."""
        if words := self.words.strip():
            self.PAST[:] = [*(past for past in self.PAST if past != words), words][-_MOST_PAST:]

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed(words=event.value)

    def action_take(self) -> None:
        """Back to the text, with the hits shown."""
        self.remember()
        self.post_message(self.Stepped(0))

    def _changed(self, **changes: object) -> None:
        self.query_now = self._typed = replace(self.query_now, **changes)  # type: ignore[arg-type]
        self.post_message(self.Changed(self.query_now))

    def action_step(self, step: int) -> None:
        """To the next or the previous hit."""
        self.post_message(self.Stepped(step))

    def action_flip(self, what: str) -> None:
        """Take the words as a pattern (`regex`), or only as whole ones (`whole`), or no longer."""
        self._changed(**{what: not getattr(self.query_now, what)})

    def action_case(self) -> None:
        """Case counts where there is a capital, always, never."""
        self._changed(case=_CASES[self.query_now.case])

    def action_past(self, step: int) -> None:
        """What was looked for before (-1), or after that (1)."""
        if 0 <= self._back - step <= len(self.PAST):
            self._back -= step
            self.query_one(Input).value = self.PAST[-self._back] if self._back else ""

    def action_list(self) -> None:
        """List all hits."""
        self.remember()
        self.post_message(self.Listed())

    def action_close(self) -> None:
        """Close the search."""
        self.remember()
        self.remove_class("-open")
        self.post_message(self.Closed())
