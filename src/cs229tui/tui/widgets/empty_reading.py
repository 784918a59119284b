"""A reading whose text is not here: its facts, and what to do to read it."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.style import Style
from textual.widget import Widget

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.course.model import Reading
from cs229tui.library.discussion import Around, Conversation, Listing, Wanted
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading_actions import ReadingActions

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_SAID = {
    "web": "This is a web page: o opens it in the browser. n writes a note on it.",
    "blog": "This is a blog post: o opens it in the browser. n writes a note on it.",
    "book": "This is a book: o opens its page in the browser.",
}
_MOST_TALK = 8


class EmptyReading(ReadingActions, Widget, can_focus=True):
    """The facts of a reading and the keys that bring it in; the scope `reading` acts on it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading")]

    def __init__(self, reading: Reading, known: bool) -> None:
        super().__init__()
        self.reading = reading
        self.known = known
        self._talk: list[Conversation] = []
        self._count = 0

    def follow(self) -> None:
        """Show what is said of it now."""
        listing = Listing(self.companion.database, Wanted(reading=self.reading.id), Around())
        self._count = len(listing)
        self._talk = [one for one in listing.stretch(0, _MOST_TALK) if one is not None]
        self.refresh(layout=True)

    def on_click(self, event: Click) -> None:
        """Show the conversation that was clicked."""
        if thread := event.style.meta.get("thread"):
            self.companion.open_discussion(reading=self.reading.id, thread=thread)

    @property
    def companion(self) -> "Companion":
        """The app, by its own type."""
        return cast("Companion", self.app)

    def current_reading(self) -> str | None:
        """The reading whose text is not here; none where it was removed and only what was written on it is left."""
        return self.reading.id if self.known else None

    def current_link(self) -> str:
        """Its page, else its file."""
        return self.reading.url or self.reading.pdf_url

    def render(self) -> Content:
        reading = self.reading
        facts: list[Content] = [Content.styled(clean_line(reading.title), "bold")]
        if reading.authors:
            facts.append(Content(clean_line(", ".join(reading.authors), 300)))
        what = [
            reading.kind,
            str(reading.year or ""),
            counted(reading.pages, "page") if reading.pages else "",
            "required" if reading.required else "",
            f"lecture {', '.join(str(number) for number in reading.lectures if number)}"
            if any(reading.lectures)
            else "",
        ]
        facts.append(Content.styled(" · ".join(part for part in what if part), "$text-muted"))
        for address in dict.fromkeys((reading.url, reading.pdf_url)):
            if address:
                facts.append(Content.styled(clean_line(address, 300), "$text-muted"))
        for text in (reading.focus and f"Focus: {reading.focus}", reading.note):
            if text:
                facts.append(Content(clean_line(text, 600)))
        facts.append(Content(""))
        if not self.known:
            facts.append(
                Content("This reading is no longer in your library; what you wrote on it is kept. esc goes back.")
            )
            return Content("\n").join([*facts, *self._said()])
        facts.append(Content("Its text is not here yet." if self._can_fetch else _SAID.get(reading.kind, _NO_FILE)))
        facts.append(Content(""))
        keys: list[tuple[str, str]] = []
        if self._can_fetch:
            keys.append(("f", "download it"))
        keys.append(("a", "take it from a file on your disk (PDF, web page, Markdown, text)"))
        if reading.url or reading.pdf_url:
            keys.append(("o", "open it in the browser"))
        keys += [("n", "write a note on it"), ("W", "say something of it to the others")]
        keys += [("T", "what is said of it")] if self._talk else []
        keys.append(("esc", "back"))
        for key, label in keys:
            facts.append(Content.assemble((f"{key:>4}  ", "bold $primary"), label))
        facts += self._said()
        facts.append(Content.styled(f"\nor, in a shell: cs229tui attach {reading.id} FILE", "$text-muted"))
        return Content("\n").join(facts)

    def _said(self) -> list[Content]:
        """What is said of it: how much, and how the newest conversations begin, each in a line."""
        if not self._talk:
            return []
        from cs229tui.tui.reading.said import names_of
        from cs229tui.tui.screens.discuss_drawing import first_words, sign, where

        names = names_of(self.companion)
        lines = [Content(), Content.styled(f"{counted(self._count, 'conversation')} on it", "bold")]
        for one in self._talk:
            parts = [sign(one), Content.styled(where(one.facts, one.region), "$text-muted")]
            parts += [Content.styled(clean_line(one.author, 40), "bold $secondary"), first_words(one.body, names)]
            quote = clean_line(one.quote, 240)
            parts += [Content.styled(f"“{quote}”", "italic $text-muted")] if quote else []
            line = Content("  ").join(part for part in parts if part.plain)
            line = line.truncate(max(1, self.size.width), ellipsis=True)
            lines.append(line.stylize(Style.from_meta({"thread": one.facts.id})))
        return lines

    @property
    def _can_fetch(self) -> bool:
        return bool(self.reading.pdf_url or self.reading.arxiv or self.reading.url.casefold().endswith(".pdf"))


_NO_FILE = "No file of it is known: o opens its page; a takes a file you have."
