"""The sheet one writes on: the quoted passage, and below it the comment, question, note or answer, with its preview.

Nothing typed is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import OptionList, Static

from cs229tui.annotations.bodies import unbalanced
from cs229tui.annotations.make import LONGEST_BODY
from cs229tui.clean import clean, clean_line
from cs229tui.library.annotations import Kind
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.reading.said import names_of, said
from cs229tui.tui.widgets.drafting import Drafting
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.writing_page import Offered, WritingPage

_NAMES: dict[Kind, str] = {
    "comment": "Comment",
    "question": "Question",
    "note": "Private note",
    "highlight": "Highlight",
    "reply": "Answer",
}
NEW: tuple[Kind, ...] = ("comment", "question", "note")
"""What something new can be; what is on words can be a highlight too."""
_NEAR = 2_000
_LOOK_AFTER = 0.15


@dataclass(frozen=True)
class Written:
    """What was posted."""

    body: str
    kind: Kind


class AnnotationEditor(Drafting[Written | None]):
    """Gives back what was posted, or None; what was typed and not posted is kept under `key` and shown again.

    `title` says where (“on p 6”), the `kind` standing before it where it can be changed, to one of `kinds`; `goes_to`
    says of a kind who will see it; `alive` is told of every change.
    """

    CSS_PATH = "../styles/editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sheet")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        title: str,
        quote: str,
        drafts: Drafts,
        key: str,
        body: str = "",
        alive: Callable[[], None] | None = None,
        *,
        kind: Kind = "comment",
        kinds: tuple[Kind, ...] = NEW,
        goes_to: Callable[[Kind], str] | None = None,
    ) -> None:
        super().__init__(drafts, alive)
        self.title_text = title
        self.quote = quote
        self.key = key
        self.body = body
        self.first_kind = kind
        self.kinds = kinds
        self.goes_to = goes_to
        kept = drafts.get(f"{key}:kind")
        self.kind: Kind = next((one for one in kinds if one == kept), kind)
        self._looking: Timer | None = None
        self._remark = ""

    def compose(self) -> ComposeResult:
        draft = self.drafts.get(self.key)
        offered = Offered(markup=False, compact=True, id="offered")
        offered.display = False
        with Vertical(classes="sheet panel") as sheet:
            if draft and draft != self.body:
                sheet.border_subtitle = Content("your draft from before")
            if self.quote:
                yield Static(Content(f"“{clean_line(self.quote, 400)}”"), classes="quote")
            with Horizontal(id="both"):
                yield WritingPage(draft or self.body, offered)
                with VerticalScroll(id="preview"):
                    yield Static(id="shown")
                # Beside the sheet it would count where the sheet is aligned.
                yield offered
            yield Static(id="about")
        yield KeyLine()

    def on_mount(self) -> None:
        page = self.query_one(WritingPage)
        page.move_cursor(page.document.end)
        page.focus()
        self._show_kind()
        self._look()

    @property
    def text(self) -> str:
        """What is in the box."""
        return clean(self.query_one(WritingPage).text)

    def written(self) -> Iterator[tuple[str, str, str]]:
        """The one box, and what it is to become."""
        text = self.text
        yield self.key, self.body, text
        # Where nothing was written, nothing is kept; the kind belongs to the words.
        yield f"{self.key}:kind", self.first_kind, self.kind if text != self.body else self.first_kind

    def forget_draft(self) -> None:
        """What was written is stored: it need not be kept beside that. Raises `ReportableError`."""
        self.drafts.keep_all({self.key: "", f"{self.key}:kind": ""})

    # What is shown

    def _show_kind(self) -> None:
        sheet = self.query_one(".sheet")
        free = len(self.kinds) > 1
        sheet.border_title = Content(f"{_NAMES[self.kind]} {self.title_text}" if free else self.title_text)
        sheet.set_class(self.kind == "note", "-private")
        self._show_about()

    def _show_about(self) -> None:
        parts: list[tuple[str, str]] = []
        if self.goes_to is not None:
            private = self.kind == "note"
            parts.append((self.goes_to(self.kind), "bold $accent" if private else "$text-muted"))
        left = LONGEST_BODY - len(self.query_one(WritingPage).text)
        if left < _NEAR:
            told = f"{left:,} characters left" if left >= 0 else f"{-left:,} characters too many"
            parts.append((told, "$warning" if left >= 0 else "bold $error"))
        if self._remark:
            parts.append((self._remark, "$warning"))
        self.query_one("#about", Static).update(Content(" · ").join(Content.styled(*part) for part in parts))

    def _look(self) -> None:
        """Look at what is written: its formulas, and how it will be shown."""
        self._looking = None
        text = self.text
        self._remark = unbalanced(text)
        self._show_about()
        preview = self.query_one("#preview", VerticalScroll)
        if preview.display:
            width = preview.scrollable_content_region.width
            shown = said(text, width, names_of(self.app)) if text.strip() else Content()  # type: ignore[arg-type]
            self.query_one("#shown", Static).update(shown)

    def on_text_area_changed(self) -> None:
        if self._looking is None:
            self._looking = self.set_timer(_LOOK_AFTER, self._look)

    def on_resize(self) -> None:
        self.call_after_refresh(self._look)

    def on_writing_page_paste_cut(self) -> None:
        self.notify(f"A message holds {LONGEST_BODY:,} characters; the rest was not pasted.", timeout=6)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        page = self.query_one(WritingPage)
        page.take(event.option_index)
        page.focus()

    # What can be done

    def action_kind(self) -> None:
        """The next kind."""
        if len(self.kinds) < 2:
            self.notify("An answer stays an answer.", timeout=3)
            return
        at = self.kinds.index(self.kind) if self.kind in self.kinds else -1
        self.kind = self.kinds[(at + 1) % len(self.kinds)]
        self._show_kind()
        self.save()

    def action_preview(self) -> None:
        """Show how it will look: beside the box where there is room, else in its place; again: only the box."""
        page = self.query_one(WritingPage)
        page.close_offer()
        self.toggle_class("-preview")
        (self.query_one("#preview") if self.has_class("-preview", "-narrow") else page).focus()
        self.call_after_refresh(self._look)

    def action_post(self) -> None:
        """Give back what was written."""
        text = self.text.strip()
        if not text and self.kind != "highlight":
            self.notify("Write something first; escape closes the box.", timeout=3)
            return
        if len(text) > LONGEST_BODY:
            self.notify(f"That is {len(text) - LONGEST_BODY:,} characters too many; put it in a note.", timeout=6)
            return
        # The draft stays until whoever asked has stored it; where even that cannot be kept, the box stays.
        if self.save():
            self.dismiss(Written(text, self.kind))

    def action_cancel(self) -> None:
        """Close; what was typed is kept, and when that fails the box stays."""
        text = self.text.strip()
        if not self.save():
            return
        if text and text != self.body.strip():
            self.notify("Kept as a draft: the same key brings it back.", timeout=4)
        self.dismiss(None)
