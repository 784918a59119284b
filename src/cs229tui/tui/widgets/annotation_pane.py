"""What is written on the pages in view, beside the text: threads with quote, author, body and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cs229tui.clean import clean_line
from cs229tui.library.annotations import Annotation
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.discussion import NAMED_INKS, PassageThread, look_of, nearest, when
from cs229tui.tui.reading.wrap import Position

MOST = 120
"""No more threads than this are listed at once; what is beyond is counted."""


class ThreadList(OptionList):
    """The threads; each annotation and each answer is an entry with its id."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("thread")]

    @dataclass
    class Asked(Message):
        """Something is to be done (`reply`, `edit`, `remove`, `resolve`) to an annotation."""

        action: str
        id: str

    def _ask(self, action: str) -> None:
        option = self.highlighted_option
        if option is not None and option.id:
            self.post_message(self.Asked(action, option.id))

    def action_reply(self) -> None:
        """Answer."""
        self._ask("reply")

    def action_edit(self) -> None:
        """Change what is written."""
        self._ask("edit")

    def action_remove(self) -> None:
        """Delete."""
        self._ask("remove")

    def action_resolve(self) -> None:
        """Mark a question answered."""
        self._ask("resolve")


class AnnotationPane(Vertical):
    """The heading and the list; `me` is the name that reads as “you”."""

    def __init__(self, me: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.me = me
        self._shown: tuple[object, ...] = ()
        self._threads: tuple[PassageThread, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static("", id="pane-title", markup=False)
        yield ThreadList(markup=False, compact=True)
        yield Static(
            Content("Nothing is written on this page.\n\ns selects the sentence,\na comments, q asks, H highlights."),
            id="pane-empty",
        )

    def show(self, found: Sequence[PassageThread], pages: tuple[int, int], position: Position) -> None:
        """List the threads of the pages from the first to the last in view, and mark the one nearest to a position."""
        low, high = pages
        here = tuple(one for one in found if one.position is not None and low <= one.page <= high)
        lost = tuple(one for one in found if one.position is None)
        listed = (*here, *lost)[:MOST]
        # The list is made anew only when it would show something else: this is called at every turn of the cursor.
        wanted = (listed, len(here), len(found), pages)
        threads = self.query_one(ThreadList)
        if wanted != self._shown:
            self._shown, self._threads = wanted, listed
            self._title(len(here), len(lost), len(found), pages)
            kept = threads.highlighted_option.id if threads.highlighted_option else None
            threads.clear_options()
            threads.add_options(self._options(listed, lost))
            self.set_class(not listed, "-empty")
            if kept is not None:
                self._highlight(kept)
        if not threads.has_focus and listed:
            number = nearest(listed, position)
            if number is not None and (one := listed[number]).position is not None:
                self._highlight(one.thread.id)

    def _highlight(self, id: str) -> bool:
        threads = self.query_one(ThreadList)
        for index, option in enumerate(threads.options):
            if option.id == id:
                threads.highlighted = index
                return True
        return False

    def choose(self, id: str) -> bool:
        """Put the cursor on an annotation; says whether it is listed."""
        return self._highlight(id)

    def _title(self, here: int, lost: int, all_: int, pages: tuple[int, int]) -> None:
        where = f"p {pages[0]}" if pages[0] == pages[1] else f"p {pages[0]}–{pages[1]}"
        count = "none yet" if not all_ else f"{here} of {all_}"
        title = Content.assemble(("Discussion", "bold"), (f" on {where} · {count}", "$text-muted"))
        if lost:
            title = Content.assemble(title, (f"\n{lost} whose words are not in this document", "$warning"))
        self.query_one("#pane-title", Static).update(title)

    def _options(self, listed: Sequence[PassageThread], lost: Sequence[PassageThread]) -> list[Option | None]:
        options: list[Option | None] = []
        for one in listed:
            if options:
                options.append(None)
            if one.root is None:
                options.append(Option(Content.styled("(deleted)", "$text-muted"), one.thread.id, disabled=True))
            else:
                options.append(Option(self._root(one.root, one in lost), one.root.id))
            options.extend(
                Option(self._reply(reply.annotation, reply.depth), reply.annotation.id) for reply in one.thread.replies
            )
        return options

    def _root(self, root: Annotation, lost: bool) -> Content:
        ink, sign = look_of(root)
        parts: list[Content | tuple[str, str]] = [
            (f"{sign} ", f"bold {NAMED_INKS[ink]}"),
            (f"“{clean_line(root.quote, 160)}”", "italic $text-muted"),
        ]
        if lost:
            parts.append((f"\n  not found here; once on p {root.page}", "$warning"))
        if root.body or root.kind != "highlight":
            parts += [("\n  ", ""), self._author(root.author), (f"  {root.body}", "")]
        parts.append((f"  {self._when(root)}", "$text-muted"))
        if root.tags:
            parts.append(("  " + " ".join(f"#{tag}" for tag in root.tags), "$text-muted"))
        return Content.assemble(*parts)

    def _reply(self, reply: Annotation, depth: int) -> Content:
        indent = "  " * min(depth, 4)
        return Content.assemble(
            (f"{indent}↳ ", "$text-muted"),
            self._author(reply.author),
            f"  {reply.body}",
            (f"  {self._when(reply)}", "$text-muted"),
        )

    def _author(self, author: str) -> Content:
        mine = author == self.me
        return Content.styled("you" if mine else clean_line(author, 40), "bold" if mine else "bold $secondary")

    def _when(self, annotation: Annotation) -> str:
        return when(annotation.created)
