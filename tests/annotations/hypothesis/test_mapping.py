"""An annotation of ours as Hypothesis has it and back, whatever it says; and theirs, however hostile."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.annotations.hypothesis.identity import Meant, Work, work_of
from cs229tui.annotations.hypothesis.incoming import said_by
from cs229tui.annotations.hypothesis.mapping import change, digest, local_id, received, sent, wire_words
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.annotations.works import works
from cs229tui.clean import clean
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold
from cs229tui.documents.selections import make_anchor
from cs229tui.library.annotations import Annotation, Colour, Kind
from cs229tui.library.database import Database
from cs229tui.library.documents import page_texts
from fake_hypothesis import FakeClock, FakeHypothesis, _validator
from hypothesis_side import ABADI, CATALOG, OTHER, row_of
from small_paper import TEXTS

WORK = Work("https://arxiv.org/pdf/1607.00133", ("https://arxiv.org/abs/1607.00133",), "10.1/x", "ab" * 16, "A paper")
AUDIENCE = "https://hypothes.is/groups/g1"
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80).map(clean).map(str.strip)
WORDS = (
    st.text("abc déf ﬁ-", min_size=3, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda t: fold(t).text)
)
TAGS = st.lists(st.text("abcdéquestion", min_size=1, max_size=8), max_size=3, unique=True).map(tuple)
COLOURS: tuple[Colour, ...] = ("yellow", "red", "green", "blue", "purple")
KINDS: tuple[Kind, ...] = ("highlight", "comment", "question")


def back(row: Row, one: Annotation) -> Annotation:
    return received(row, one.reading, AUDIENCE, id=one.id, person=one.person, parent=one.parent or "", root=one.root)


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    kind = draw(st.sampled_from(KINDS))
    words = draw(WORDS) if kind == "highlight" or draw(st.booleans()) else ""
    page = draw(st.integers(1, 900)) if words else None
    region = (10.0, 20.0, 110.5, 220.25) if words and draw(st.booleans()) else None
    return Annotation(
        id="0b7f9c1e-0000-4000-8000-00000000000a",
        reading="abadi",
        kind=kind,
        author="Mei",
        body="" if kind == "highlight" else draw(TEXT) or "words",
        colour=draw(st.sampled_from(COLOURS)),
        tags=draw(TAGS),
        resolved=kind == "question" and draw(st.booleans()),
        page=page,
        quote=words,
        region=region,
        second=draw(st.sampled_from((None, 0.0, 75.5))) if not words and kind != "highlight" else None,
        person="acct:mei@hypothes.is",
        root="0b7f9c1e-0000-4000-8000-00000000000a",
        audience=AUDIENCE,
    )


@given(annotations())
def test_what_goes_there_comes_back_the_same(one: Annotation) -> None:
    body, _ = sent(one, WORK, "g1")
    assert not list(_validator().iter_errors(json.loads(json.dumps(body))))
    found = back(row_of(body), one)
    assert digest(found) == digest(one)
    assert (found.page, found.region, found.second, found.audience) == (one.page, one.region, one.second, AUDIENCE)
    assert fold(found.quote).text == fold(one.quote).text


@given(annotations(), annotations())
def test_a_change_comes_back_as_it_was_made(before: Annotation, after: Annotation) -> None:
    body, _ = sent(before, WORK, "g1")
    row = row_of(body)
    changed = change(after, row)
    assert not list(_validator().iter_errors(json.loads(json.dumps(changed))))
    there = row_of(body | changed)
    as_here = said_by(there, msgspec.structs.replace(after, quote=before.quote, page=before.page), AUDIENCE)
    if after.kind != "highlight" and (after.body or before.quote):
        assert digest(as_here) == digest(after)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*Row.__struct_encode_fields__]), JSON, max_size=12))
def test_anything_a_server_says_is_read_or_refused(said: dict[str, Any]) -> None:
    made = {"id": "x", "user": "acct:x@y", "uri": "u"} | said
    try:
        row = msgspec.json.decode(json.dumps(made).encode(), type=Row)
    except msgspec.ValidationError:
        return
    one = received(row, "abadi", AUDIENCE, id="i", person="p")
    shown = [one.body, one.author, one.quote, one.prefix, one.suffix, *one.tags]
    assert all(text == clean(text) for text in shown)


def hostile_words() -> list[str]:
    evil = "\x1b]52;c;aGk=\x07 \x1b[2J \u202egnp.exe [/nope] <script>x</script> \x9b31m \x00 =cmd|' ``` [[x]] %% <% %>"
    return [evil, "a" * 300_000, "\u0301" * 5000, "\U000e0041bc", "\ufffe\uffff", "<a " * 20_000]


@pytest.mark.parametrize("evil", hostile_words())
def test_hostile_words_are_harmless_in_every_field(evil: str) -> None:
    selectors = [
        {"type": "TextQuoteSelector", "exact": evil, "prefix": evil, "suffix": evil},
        {"type": "PageSelector", "index": 10**18, "label": evil},
        {"type": "ShapeSelector", "shape": {"type": "rect", "left": 1e308, "top": 1, "right": -1e308, "bottom": 9}},
        {"type": "MediaTimeSelector", "start": 1e300, "end": -1},
    ]
    row = row_of(
        {
            "uri": evil,
            "text": evil,
            "tags": [evil] * 80,
            "target": [{"source": evil, "selector": selectors}],
            "cs229:annotation": {"kind": evil, "colour": evil, "quote": evil, "id": evil},
            "permissions": {"read": ["group:g1"]},
        },
        user=f"acct:{evil}@{evil}",
        user_info={"display_name": evil},
        created=evil,
    )
    one = received(row, "abadi", AUDIENCE, id=local_id(row.id), person="p")
    for text in (one.body, one.author, one.quote, one.prefix, one.suffix, *one.tags):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ue000-\uf8ff\ufffe\uffff]", text)
    assert (one.page, one.second, one.region, one.colour) == (None, None, None, "yellow")
    assert len(one.tags) <= 50 and len(one.author) <= 80


def test_a_mention_is_a_name_and_other_html_is_text() -> None:
    text = '<a data-hyp-mention="" data-userid="acct:sam@hypothes.is">@sam</a> see <a href="javascript:x">this</a>'
    one = received(row_of({"uri": "u", "text": text}), "abadi", AUDIENCE, id="i", person="p")
    assert one.body == '@sam see <a href="javascript:x">this</a>'


def test_a_tag_makes_a_question_in_a_browser_and_unmakes_it() -> None:
    one = received(row_of({"uri": "u", "text": "Why?", "tags": ["Question"]}), "abadi", AUDIENCE, id="i", person="p")
    assert (one.kind, one.tags) == ("question", ("Question",))
    asked = Annotation(id="i", reading="abadi", kind="question", author="mei", body="Why?", tags=("a",))
    body, _ = sent(asked, WORK, "g1")
    assert body["tags"] == ["a", "question"]
    taken = received(row_of(body | {"tags": ["a"]}), "abadi", AUDIENCE, id="i", person="p")
    assert (taken.kind, taken.tags) == ("comment", ("a",))


def test_words_over_a_page_break_are_cut_and_said_so(library: Database) -> None:
    pages = page_texts(library, "a" * 64)
    spans = (Span(2, len(TEXTS[1]) - 8, len(TEXTS[1])), Span(3, 0, 31))
    anchor = make_anchor("a" * 64, "test/1", pages, spans)
    one = Annotation(
        id="0b7f9c1e-0000-4000-8000-00000000000a",
        reading="abadi",
        kind="comment",
        author="mei",
        body="x",
        document="a" * 64,
        extractor="test/1",
        page=2,
        start=anchor.spans[0].start,
        end=anchor.spans[0].end,
        quote=anchor.quote,
        prefix=anchor.prefix,
        suffix=anchor.suffix,
    )
    body, lost = sent(one, WORK, "g1", (), pages)
    quote = next(part for part in body["target"][0]["selector"] if part["type"] == "TextQuoteSelector")
    assert lost == ("in a browser only its words on the first page are marked",)
    assert quote["exact"] == "t con-"
    found = back(row_of(body), one)
    assert fold(found.quote).text == fold(one.quote).text


def test_words_are_sent_as_browsers_have_them() -> None:
    assert wire_words("a gradi\u2010 \nent of e\ufb03cient\ncode") == "a gradi-ent of efficient code"
    assert wire_words("con\ufffe\ntinues, e\u0301") == "con-tinues, \u00e9"


def test_a_work_is_known_by_every_public_name(library: Database) -> None:
    library.execute("UPDATE document SET fingerprint = ?", ["ab" * 16])
    library.execute("UPDATE attachment SET source = '/home/mei/secret-name.pdf'")
    work = work_of(library, ABADI)
    assert work is not None
    assert work.names == (
        "https://arxiv.org/pdf/1607.00133",
        "https://arxiv.org/abs/1607.00133",
        f"urn:x-pdf:{'ab' * 16}",
    )
    assert "secret" not in json.dumps(work.document)
    other = work_of(library, OTHER)
    assert other is not None and other.uri == "doi:10.1145/2976749.2978318"
    for address in ("http://localhost/x.pdf", "http://10.0.0.1/x.pdf", "https://me:pw@example.org/x.pdf", "file:///x"):
        library.execute("UPDATE attachment SET source = ?", [address])
        assert address not in work_of(library, ABADI).names  # type: ignore[union-attr]
    meant = Meant(works(library, CATALOG))
    for address in (
        *work.names,
        "https://via.hypothes.is/https://arxiv.org/pdf/1607.00133v2",
        "http://arxiv.org/pdf/1607.00133v1.pdf#page=3",
    ):
        assert meant.reading(address) == "abadi", address
    assert meant.reading("https://dx.doi.org/10.1145/2976749.2978318") == "other"
    assert meant.reading("https://example.org/") is None


def test_the_fake_server_refuses_what_the_real_one_does() -> None:
    server = FakeHypothesis(FakeClock())
    for wrong in (
        {"uri": "x", "permissions": {"read": ["mei"]}},
        {"uri": "x", "permissions": {}},
        {"uri": "x", "tags": "a"},
        {"uri": "x", "target": [{"selector": [{"exact": "x"}]}]},
        {"uri": "x", "document": {"link": [{"rel": "x"}]}},
        {"text": "no uri"},
        {"uri": "x", "references": ["nobody"]},
        {"uri": "x", "group": "not-hers"},
    ):
        status, _ = server.reply("POST", "/api/annotations", [], json.dumps(wrong).encode(), "acct:mei@hypothes.is")
        assert status == 400, wrong
    _, row = server.reply("POST", "/api/annotations", [], b'{"uri": "x", "id": "mine"}', "acct:mei@hypothes.is")
    assert row["permissions"]["read"] == ["acct:mei@hypothes.is"]
    assert row["id"] != "mine"
    server.close()
