"""What confuses people: the passages that are asked about most, of a reading, of a lecture or of the whole course.

Questions that stand near each other are one passage. In a text it is those on the paragraph that most questions touch,
on the one before it and on the one after it; then of what is left again those around the paragraph touched most. A
quote touches every paragraph it runs through. A box on a page counts for the figure, table or equation it covers, and
where it covers none, boxes that overlap go together; so do moments of a video in the same half minute or the one beside
it, the words of a lecture's topic, and what is asked of a whole reading.

The score of a passage is `asked + waiting`. `asked` counts for each question who asked it and who said "I have this
question too"; `waiting` counts them once more where it has no answer: the asker marked none and it is not resolved.
There are no other weights. The highest score comes first; of equal ones what comes first in the reading.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from cs229tui.annotations.nearness import Paragraphs, near, overlapping
from cs229tui.annotations.place import placed
from cs229tui.documents.folding import fold
from cs229tui.documents.store import open_document
from cs229tui.library.annotations import Annotation, annotations_of, annotations_on_lecture
from cs229tui.library.database import Database
from cs229tui.library.documents import attached
from cs229tui.library.reactions import reactions_to

# Where a reading has no document here, so many characters stand for a paragraph; of a video so many seconds.
_PARAGRAPH_CHARACTERS = 800
_PAGE_PARAGRAPHS = 1000
_MOMENT_SECONDS = 30
T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """A question with who has it: its `author`, and those who have it `also`. `text` asks about the `quote`, which is a
    topic where there is a `lecture`; `second` is a video's; `lost`: the words are not in the document that is open.
    """

    id: str
    reading: str
    text: str
    author: str
    also: tuple[str, ...]
    answered: bool
    replies: int
    created: str
    quote: str = ""
    page: int | None = None
    second: float | None = None
    lecture: int | None = None
    lost: bool = False

    @property
    def people(self) -> int:
        """How many have it."""
        return 1 + len(self.also)


class ConfusingPassage(msgspec.Struct, frozen=True):
    """Questions that stand near each other, what most people have first; `at` says where it comes among passages."""

    questions: tuple[Question, ...]
    at: tuple[float, ...]

    @property
    def first(self) -> Question:
        """What most people ask here, which also says where the passage is."""
        return self.questions[0]

    @property
    def quote(self) -> str:
        """The words that most people ask about."""
        return next((one.quote for one in self.questions if one.quote), "")

    @property
    def asked(self) -> int:
        """How often something was asked here: the people of each question."""
        return sum(one.people for one in self.questions)

    @property
    def waiting(self) -> int:
        """How often of these there is no answer yet."""
        return sum(one.people for one in self.questions if not one.answered)

    @property
    def unanswered(self) -> int:
        """How many questions have no answer."""
        return sum(not one.answered for one in self.questions)

    @property
    def score(self) -> int:
        """What it is ranked by."""
        return self.asked + self.waiting


def confusion(
    database: Database, readings: Iterable[str], lectures: Iterable[int] = ()
) -> tuple[ConfusingPassage, ...]:
    """The confusing passages of some readings and of the topics of some lectures, the most confusing first."""
    found: list[ConfusingPassage] = []
    for number, reading in enumerate(readings):
        found += _of_reading(database, reading, number)
    for lecture in lectures:
        asked = _questions(database, annotations_on_lecture(database, lecture))
        for together in _grouped(asked, lambda one: one.quote.casefold()):
            found.append(_passage(together, inf, lecture, len(found)))
    return ranked(found)


def ranked(passages: Iterable[ConfusingPassage]) -> tuple[ConfusingPassage, ...]:
    """The highest score first, and of equal ones what comes first in the reading."""
    return tuple(sorted(passages, key=lambda one: (-one.score, one.at)))


def nameless(passages: Iterable[ConfusingPassage]) -> tuple[ConfusingPassage, ...]:
    """The same without anybody's name, to be handed on; how many they are stays."""
    return tuple(
        replace(
            one, questions=tuple(replace(asked, author="", also=("",) * len(asked.also)) for asked in one.questions)
        )
        for one in passages
    )


def _of_reading(database: Database, reading: str, number: int) -> list[ConfusingPassage]:
    said = annotations_of(database, reading)
    asked = {one.id: one for one in _questions(database, said)}
    if not asked:
        return []
    roots = [one for one in said if one.id in asked]
    found: list[ConfusingPassage] = []

    def keep(together: Sequence[Annotation], *at: float, lost: bool = False) -> None:
        found.append(_passage([replace(asked[one.id], lost=lost) for one in together], number, *at))

    moments = [one for one in roots if one.second is not None and one.page is None]
    for group in near([(int(one.second or 0) // _MOMENT_SECONDS,) * 2 for one in moments]):
        keep([moments[index] for index in group], min(moments[index].second or 0 for index in group))
    touched, boxes, lost = _places(database, reading, [one for one in roots if one.page is not None])
    for group in near([place for _, place, _ in touched]):
        # The page of what comes first, then which paragraph that is.
        keep([touched[index][0] for index in group], *min((touched[index][2], touched[index][1][0]) for index in group))
    for on_page in _grouped(boxes, lambda one: one.page):
        for group in overlapping([one.region for one in on_page if one.region]):
            keep([on_page[index] for index in group], on_page[0].page or 0, inf)
    for same in _grouped(lost, lambda one: (one.page, fold(one.quote).text.casefold())):
        keep(same, same[0].page or 0, inf, inf, lost=True)
    whole = [one for one in roots if one.page is None and one.second is None]
    if whole:
        keep(whole, inf)
    return found


def _places(
    database: Database, reading: str, roots: Sequence[Annotation]
) -> tuple[list[tuple[Annotation, tuple[int, int], int]], list[Annotation], list[Annotation]]:
    """What touches which paragraphs (first, last) and begins on which page; boxes beside them; words that are lost."""
    if reading not in attached(database):
        return [(one, _reckoned(one), one.page or 0) for one in roots], [], []
    document = open_document(database, reading)
    paragraphs = Paragraphs(document.flow)
    touched: list[tuple[Annotation, tuple[int, int], int]] = []
    boxes: list[Annotation] = []
    lost: list[Annotation] = []
    for one in roots:
        if one.region is None:
            continue
        block = paragraphs.under(one.page or 0, one.region) if one.document == document.record.sha256 else None
        if block is None:
            boxes.append(one)
        else:
            touched.append((one, (block, block), one.page or 0))
    for here in placed(database, document, [one for one in roots if not one.region]):
        if here.spans:
            first, last = here.spans[0], here.spans[-1]
            ends = paragraphs.at(first.page, first.start), paragraphs.at(last.page, max(last.start, last.end - 1))
            touched.append((here.annotation, ends, first.page))
        else:
            lost.append(here.annotation)
    return touched, boxes, lost


def _reckoned(one: Annotation) -> tuple[int, int]:
    """Which paragraphs a quote would touch, going by where it stood in a document that is not here."""
    start, page = one.start or 0, (one.page or 0) * _PAGE_PARAGRAPHS
    return page + start // _PARAGRAPH_CHARACTERS, page + max(start, (one.end or 0) - 1) // _PARAGRAPH_CHARACTERS


def _questions(database: Database, said: Sequence[Annotation]) -> list[Question]:
    roots = [one for one in said if one.kind == "question"]
    replies: dict[str, list[str]] = defaultdict(list)
    for one in said:
        if one.kind == "reply":
            replies[one.root].append(one.id)
    given = reactions_to(database, [id for one in roots for id in (one.id, *replies[one.id])])
    also: dict[str, dict[str, str]] = defaultdict(dict)
    marked: set[tuple[str, str]] = set()
    for reaction in given:
        if reaction.kind == "me-too":
            also[reaction.target][reaction.person] = reaction.author
        elif reaction.kind == "answer":
            marked.add((reaction.target, reaction.person))
    return [
        Question(
            one.id,
            one.reading,
            one.body,
            one.author,
            # Nobody has a question twice.
            tuple(name for person, name in also[one.id].items() if person != one.person),
            one.resolved or any((reply, one.person) in marked for reply in replies[one.id]),
            len(replies[one.id]),
            one.created,
            one.quote,
            one.page,
            one.second,
            one.lecture,
        )
        for one in roots
    ]


def _passage(together: Sequence[Question], *at: float) -> ConfusingPassage:
    return ConfusingPassage(tuple(sorted(together, key=lambda one: (-one.people, one.created, one.id))), at)


def _grouped(things: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    found: dict[Hashable, list[T]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return list(found.values())
