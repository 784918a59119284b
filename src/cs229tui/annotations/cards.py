"""Making flash cards from passages, what they ask and answer, and taking them to Anki.

Words in `{{…}}` on the front are hidden until the card is turned.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Span
from cs229tui.documents.selections import make_anchor
from cs229tui.library.cards import Card, add_card
from cs229tui.library.database import Database
from cs229tui.library.documents import attached_document, page
from cs229tui.library.passages import Passage

_HIDDEN = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
# https://docs.ankiweb.net/importing/text-files.html
_ANKI_HEAD = (
    "#separator:tab",
    "#html:true",
    "#notetype column:1",
    "#guid column:2",
    "#columns:Notetype\tGUID\tFront\tBack\tSource\tTags",
    "#tags column:6",
)


def passage_at(database: Database, reading_id: str, spans: Sequence[Span]) -> Passage:
    """The passage that is selected in a reading's document; raises `AnchorError` where nothing is."""
    record = attached_document(database, reading_id)
    touched = [page(database, record.sha256, number) for number in sorted({span.page for span in spans})]
    anchor = make_anchor(record.sha256, record.extractor, [one for one in touched if one is not None], spans)
    first = anchor.spans[0]
    return Passage(
        *(anchor.document, anchor.extractor, first.page, first.start, first.end),
        *(anchor.quote, anchor.prefix, anchor.suffix),
    )


def card_on(database: Database, reading_id: str, spans: Sequence[Span], front: str, back: str) -> Card:
    """Keep a card made from a passage; raises `AnchorError`, `UsageError`."""
    return add_card(database, reading_id, front, back, passage_at(database, reading_id, spans))


def hidden(text: str, start: int, end: int) -> str:
    """`text` with the characters from `start` to `end` hidden, without the white space at their ends."""
    words = text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    return f"{text[:start]}{{{{{text[start:end]}}}}}{text[end:]}" if start < end else text


def asked(front: str) -> str:
    """The front as it is asked: what is hidden as `[…]`."""
    return _HIDDEN.sub("[…]", front)


def told(one: Card) -> tuple[str, tuple[tuple[int, int], ...]]:
    """What the turned card says, and the stretches of it that were hidden before."""
    text, stretches = "", []
    at = 0
    for match in _HIDDEN.finditer(one.front):
        text += one.front[at : match.start()]
        stretches.append((len(text), len(text) + len(match[1])))
        text, at = text + match[1], match.end()
    if not stretches:
        return one.back, ()
    text += one.front[at:]
    more = _more(one)
    return f"{text}\n\n{more}" if more else text, tuple(stretches)


def anki(cards: Iterable[Card], catalog: Mapping[str, Reading]) -> str:
    """Cards as the text that Anki imports: front, back, source and tags, each with its id, so that a second import
    changes cards and adds none twice. Cards that hide words become Anki's cloze notes.
    """
    lines = list(_ANKI_HEAD)
    for one in cards:
        reading = catalog.get(one.reading)
        cloze = bool(_HIDDEN.search(one.front))
        numbered = _cloze(one.front) if cloze else _anki_html(one.front)
        back = _more(one) if cloze else one.back
        tags = ["cs229br", one.reading, *(reading.topics if reading else ())]
        fields = ("Cloze" if cloze else "Basic", one.id, numbered, _anki_html(back), _source(one, reading))
        lines.append("\t".join((*map(_quoted, fields), " ".join(re.sub(r"\s+", "-", tag) for tag in tags))))
    return "\n".join(lines) + "\n"


def _more(one: Card) -> str:
    """What the back says beyond the sentence on the front; the passage is often that sentence itself."""
    whole = _HIDDEN.sub(r"\1", one.front)
    return "" if " ".join(one.back.split()) == " ".join(whole.split()) else one.back


def _cloze(front: str) -> str:
    # What follows a second :: would be a hint.
    parts = [_anki_html(part).replace("::", ":&#58;") for part in _HIDDEN.split(front)]
    return "".join(f"{{{{c1::{part}}}}}" if number % 2 else part for number, part in enumerate(parts))


def _anki_html(text: str) -> str:
    return escape(text, quote=False).replace("\t", "    ").replace("\n", "<br>")


def _quoted(field: str) -> str:
    # Anki reads a field in quotes as CSV does; a line that begins with # would be a header.
    return '"' + field.replace('"', '""') + '"' if '"' in field or field.startswith("#") else field


def _source(one: Card, reading: Reading | None) -> str:
    name = f"{reading.short}: {reading.title}" if reading else one.reading
    where = f", p. {one.passage.page}" if one.passage else ""
    link = reading.url if reading else ""
    shown = _anki_html(name + where)
    return f'<a href="{escape(link)}">{shown}</a>' if link.startswith(("http://", "https://")) else shown
