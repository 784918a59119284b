"""What would go to a group, shown before the first word does; she shares it, or only what she writes from now on."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cs229tui.amounts import counted
from cs229tui.annotations.groups.entering import NEVER, Sharing
from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.widgets.key_line import KeyLine

Choice = Literal["all", "from now"]
_READINGS, _LINES = 6, 12


class SharingSheet(ModalScreen[Choice | None]):
    """Gives back what she chose, or None where she thought better of it."""

    CSS_PATH = "../styles/groups.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("share")]

    def __init__(self, name: str, going: Sharing, catalog: Mapping[str, Reading], author: str) -> None:
        super().__init__()
        self.group_name = clean_line(name, 60)
        self.going = going
        self.catalog = catalog
        self.author = author

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel") as box:
            box.border_title = Content(f"Before you are in {self.group_name}")
            with VerticalScroll():
                yield Static(Content("\n").join(self._told()))
        yield KeyLine()

    def _told(self) -> list[Content]:
        going = self.going
        from_now = "What you write from now on goes to it, under the name " + self.author + "."
        never = [Content(), Content(NEVER)]
        if going.notes:
            never.append(Content(f"You have {counted(going.notes, 'private note')}."))
        never.append(marks.muted("Whoever can read the folder can read it. u takes the joining back."))
        if not going.wrote:
            return [Content(from_now), *never]
        kinds = ", ".join(counted(number, kind) for kind, number in going.kinds.items())
        lines = [
            Content.assemble("y shares what you wrote so far, too: ", (kinds, "bold")),
            Content(from_now),
            Content(),
        ]
        for reading, number in list(going.readings.items())[:_READINGS]:
            known = self.catalog.get(reading)
            lines.append(Content(f"{number:4}  {clean_line(known.short if known else reading or 'lectures', 60)}"))
        if len(going.readings) > _READINGS:
            lines.append(marks.muted(f"      and {counted(len(going.readings) - _READINGS, 'more reading')}"))
        lines.append(Content())
        for one in going.wrote[:_LINES]:
            lines.append(Content.assemble((f"{one.kind}  ", "$text-muted"), clean_line(one.body or one.quote, 120)))
        if len(going.wrote) > _LINES:
            lines.append(marks.muted(f"and {len(going.wrote) - _LINES:,} more"))
        return [*lines, *never]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing was written yet there is one answer only."""
        return bool(self.going.wrote) if parameters == ("from now",) else True

    def action_choose(self, choice: Choice) -> None:
        """Go on."""
        self.dismiss(choice)

    def action_scroll_told(self, step: int) -> None:
        """See more of it."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_cancel(self) -> None:
        """Stay out."""
        self.dismiss(None)
