"""The entries of the list of conversations beside the text: a quote, what was said of it, what was answered."""

from collections.abc import Callable, Container, Iterator, Sequence

from textual.content import Content
from textual.widgets.option_list import Option

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.library.annotations import Annotation
from cs229tui.tui.reading.discussion import NAMED_INKS, Guess, Talk, look_of
from cs229tui.tui.reading.messages import Around, message

FOLDED = "more:"
"""Begins the id of the entry that stands for the answers that are not shown."""
_ANSWERS = 4
_QUOTE = 160
_FEW_LINES = 3
_LINES = 40


def options_of(
    talks: Sequence[Talk],
    of: Around,
    width: int,
    *,
    open_: frozenset[str] = frozenset(),
    brief: Container[str] = (),
    guess: Callable[[Talk], Guess | None] = lambda _talk: None,
) -> Iterator[Option | None]:
    """Conversations as entries, None between two of them.

    Of many answers the last few are shown, and of those that are to be `brief` none, but in those that are `open_`.
    """
    for number, talk in enumerate(talks):
        if number:
            yield None
        id, root = talk.thread.id, talk.thread.root
        whole = id in open_
        short = id in brief and not whole
        if root is None:
            yield Option(Content.styled("(what this answers is gone, or has not come yet)", "$text-muted"), id)
        else:
            lines = _FEW_LINES if short else _LINES
            yield Option(_root(root, talk, of, width, lines, guess(talk)), id)
        replies = talk.thread.replies
        shown = replies if whole or len(replies) <= _ANSWERS + 1 else replies[len(replies) - _ANSWERS :]
        if short and root is not None:
            shown = ()
        left = replies[: len(replies) - len(shown)]
        if left:
            yield Option(_folded([reply.annotation for reply in left], bool(shown)), FOLDED + id)
        for reply in shown:
            yield Option(message(reply.annotation, of, width, depth=reply.depth, most=_LINES), reply.annotation.id)


def _folded(left: Sequence[Annotation], earlier: bool) -> Content:
    new = sum(one.unread for one in left)
    words = counted(len(left), "earlier answer" if earlier else "answer")
    return Content.assemble(
        (f"↳ {words}", "$text-muted"),
        (f", {new} new" if new else "", "bold $warning"),
        (" · enter shows them", "$text-muted"),
    )


def _root(root: Annotation, talk: Talk, of: Around, width: int, lines: int, guess: Guess | None) -> Content:
    ink, sign = look_of(root)
    marked = Content.styled(f"{sign} ", f"bold {NAMED_INKS[ink]}")
    parts: list[Content | tuple[str, str]] = [marked]
    where = talk.where
    if root.quote or root.region:
        quote = clean_line(root.quote, _QUOTE)
        shown = f"▣ {quote or 'a part of the page'}" if root.region else f"“{quote}”"
        parts.append((shown, "$text-muted" if root.region else "italic $text-muted"))
    else:
        parts.append(("on the whole reading" if root.page is None else f"on page {root.page}", "$text-muted"))
    if where is not None and where.root.lost:
        parts.append((f"\n  not here (once p {root.page or '?'})", "$warning"))
        if guess is not None:
            words = clean_line(guess.words, 60)
            parts.append((f"; maybe p {guess.page}: “{words}”, {guess.score * 100:.0f} %", "$warning"))
    if root.body or root.kind != "highlight" or root.unread:
        said = message(root, of, max(width - 2, 10), most=lines)
        parts += [("\n", ""), Content("\n").join(Content.assemble("  ", line) for line in said.split("\n"))]
    return Content.assemble(*parts)
