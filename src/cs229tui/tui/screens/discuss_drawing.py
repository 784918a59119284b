"""How a conversation is drawn: in a row of a list, and whole, with what it is about above what is said."""

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from cs229tui.annotations.named import Named
from cs229tui.annotations.threads import threads
from cs229tui.clean import clean_line
from cs229tui.documents.videos import moment
from cs229tui.library.annotations import Annotation
from cs229tui.library.discussion import Conversation
from cs229tui.library.follows import is_followed
from cs229tui.library.standing import said_in
from cs229tui.library.threads import ThreadFacts
from cs229tui.tui import marks
from cs229tui.tui.reading.discussion import NAMED_INKS, look_of
from cs229tui.tui.reading.messages import Around, around, message, when
from cs229tui.tui.reading.said import said
from cs229tui.tui.widgets.columns import Column, Row
from cs229tui.tui.widgets.thread_view import Entry

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

COLUMNS = (
    Column(""),
    Column("on", most=14),
    Column("", most=7, right=True, drop=5),
    Column("what is said", flex=True, least=30),
    Column("by", most=12, drop=7),
    Column("", drop=1),
    Column("", most=8, drop=8),
    Column("", right=True, drop=3),
)
GONE = Row("gone", (Content(), marks.muted("…"), *[Content()] * 6))
"""The row of a conversation that another program has just changed."""
_LONGEST_QUOTE = 600
_BEGINNING = 240
_MOST_LINES = 600
_MISSING = "What this answers is not here: it was deleted, or has not come yet."


def row(one: Conversation, short: str, me: str, names: Named) -> Row:
    """A line: unread or not, its kind, where, how it begins, who, replies and votes, how it stands, when."""
    facts = one.facts
    body = first_words(one.body, names)
    quote = Content.styled(f"“{clean_line(one.quote, 240)}”", "italic $text-muted") if one.quote else Content()
    on_topic = not facts.reading and facts.lecture is not None
    words = [part for part in (body, quote) if part.plain]
    if facts.unread and body.plain:
        words[words.index(body)] = body.stylize("bold")
    return Row(
        f"thread:{facts.id}",
        (
            Content.assemble(("•" if facts.unread else " ", "bold $warning"), sign(one)),
            Content(f"Lecture {facts.lecture}" if on_topic else clean_line(short, 40)),
            marks.muted(where(facts, one.region)),
            Content("  ").join(words),
            marks.muted("you" if facts.person == me else clean_line(one.author, 40)),
            marks.muted(counts(facts)),
            stands(facts),
            marks.muted(when(facts.latest)),
        ),
    )


def first_words(body: str, names: Named) -> Content:
    """How a body begins, in a line, its formulas, marks and links as they are shown."""
    return Content(clean_line(said(body[:_BEGINNING], names=names).plain, _BEGINNING)) if body else Content()


class _Look:
    """What the look of a conversation's root depends on."""

    def __init__(self, one: Conversation) -> None:
        self.kind, self.colour, self.resolved = one.facts.kind, one.colour, one.facts.resolved


def sign(one: Conversation) -> Content:
    """The sign of its kind, as the reader has it; ∅ where its beginning is missing."""
    if not one.facts.kind:
        return Content.styled("∅", "$text-muted")
    ink, letter = look_of(_Look(one))  # type: ignore[arg-type]
    return Content.styled(letter, f"bold {NAMED_INKS.get(ink, '$text-muted')}")


def where(facts: ThreadFacts, region: bool = False) -> str:
    """The page or moment; `whole` for what is on the whole reading, nothing for a lecture's."""
    if facts.second is not None:
        return moment(facts.second)
    if facts.page is not None:
        return f"▢ p {facts.page}" if region else f"p {facts.page}"
    return "whole" if facts.reading and facts.kind else ""


def counts(facts: ThreadFacts) -> str:
    """Whether it has its answer, how many replies and upvotes, and how many have the question too."""
    told = (("↳", facts.replies), ("↑", facts.upvotes), ("✚", facts.me_too))
    return " ".join([*(["✓"] if facts.answers else []), *(f"{letter}{count}" for letter, count in told if count)])


def stands(facts: ThreadFacts) -> Content:
    """In a word how a question stands, or that something was resolved."""
    if facts.resolved:
        return marks.muted("resolved")
    if facts.answers:
        return Content.styled("answered", "$success")
    return Content.styled("open", "$accent") if facts.kind == "question" else Content()


class Whole:
    """A conversation with all that is said in it, ready to be drawn in any width."""

    def __init__(self, app: "Companion", one: Conversation) -> None:
        self._app = app
        self.conversation = one
        every = sorted(said_in(app.database, [one.facts.id]), key=lambda each: (each.created, each.id))
        self.root = next((each for each in every if each.id == one.facts.id), None)
        self.first = self.root or (every[0] if every else None)
        self.entries: tuple[Entry, ...] = tuple(self._entries(every, around(app, every)))

    def _entries(self, every: list[Annotation], known: Around) -> list[Entry]:
        letter = sign(self.conversation).plain
        entries = []
        for thread in threads(every):
            if thread.root is not None:
                entries.append(Entry(thread.root.id, partial(_drawn, thread.root, known, 0, letter)))
            elif thread.id != self.conversation.facts.id:
                # Where the root is missing the head says so; the place of a reply that is missing is kept.
                entries.append(Entry("", _lost))
            entries += [
                Entry(reply.annotation.id, partial(_drawn, reply.annotation, known, reply.depth, ""))
                for reply in thread.replies
            ]
        return entries

    def head(self, width: int) -> Content:
        """What it is about: the reading or lecture, where in it, the words."""
        facts, first = self.conversation.facts, self.first
        reading = self._app.catalog().get(facts.reading)
        lecture = self._app.course.lecture(facts.lecture) if facts.lecture is not None else None
        title = clean_line(reading.title, 160) if reading else clean_line(facts.reading, 80)
        if not facts.reading and facts.lecture is not None:
            title = f"Lecture {facts.lecture}" + (f" · {clean_line(lecture.title, 120)}" if lecture else "")
        place = where(facts, self.conversation.region).replace("whole", "the whole reading").replace("▢", "a box on")
        follows = "followed" if is_followed(self._app.database, facts.id) else ""
        notes = "  ".join(part for part in (place, stands(facts).plain, follows) if part)
        lines = [Content.assemble((title, "bold"), (f"  {notes}" if notes else "", "$text-muted"))]
        quote = clean_line(first.quote, _LONGEST_QUOTE) if first is not None else ""
        if quote:
            lines.append(Content.styled(f"“{quote}”", "italic $text-muted"))
        if self.root is None:
            lines.append(Content.styled(_MISSING, "$warning"))
        return Content("\n").join(lines)


def _drawn(one: Annotation, known: Around, depth: int, letter: str, width: int) -> Content:
    return message(one, known, width, depth=depth, sign=letter, most=_MOST_LINES)


def _lost(_width: int) -> Content:
    return Content.styled("↳ (a reply that is not here)", "$text-muted")
