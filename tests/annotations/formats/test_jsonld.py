"""What leaves as JSON-LD is a W3C Web Annotation, loses nothing, and comes back; so does what others wrote."""

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cs229tui.annotations.formats.contents import contents
from cs229tui.annotations.formats.csv_table import csv_table
from cs229tui.annotations.formats.jsonld import import_jsonld, jsonld, parse_jsonld
from cs229tui.annotations.make import (
    annotate_moment,
    annotate_quote,
    annotate_reading,
    annotate_region,
    annotate_topic,
    edit,
    remove,
    reply,
)
from cs229tui.annotations.threads import threads
from cs229tui.annotations.votes import vote
from cs229tui.annotations.w3c import web_annotation
from cs229tui.clean import clean, clean_line
from cs229tui.course.model import Reading
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import (
    Annotation,
    Version,
    annotation,
    annotations_of,
    delete_annotation,
    store_annotation,
    versions,
)
from cs229tui.library.database import Database, open_library
from cs229tui.library.people import me
from hostile_text import HOSTILE

READING = Reading(id="abadi", title="DP", lectures=(4,), arxiv="1607.00133", url="https://example.org")
CATALOG = {"abadi": READING}


def test_a_question_has_the_shape_of_the_model(library: Database) -> None:
    one = annotate_quote(library, "abadi", "moments accountant", 2, "question", "Is it *tight*?", ["dp"], author="mei")
    made = msgspec.to_builtins(web_annotation(one, READING))
    assert (made["type"], made["motivation"], made["id"]) == ("Annotation", "questioning", f"urn:uuid:{one.id}")
    assert made["created"].endswith("Z") and made["creator"]["nickname"] == "mei"
    assert [body["purpose"] for body in made["body"]] == ["commenting", "tagging"]
    page, quote = made["target"]["selector"]
    assert made["target"]["source"] == "https://arxiv.org/abs/1607.00133"
    assert (page["value"], page["refinedBy"]["exact"]) == ("page=2", "moments accountant")
    assert dict(quote) == {"type": "TextQuoteSelector", "exact": one.quote, "prefix": one.prefix, "suffix": one.suffix}
    anchor = made["cs229:anchor"]
    assert (anchor["sha256"], anchor["page"], anchor["start"], anchor["end"]) == (one.document, 2, one.start, one.end)


def test_replies_target_their_parents_and_the_whole_is_json(library: Database) -> None:
    one = annotate_quote(library, "abadi", "moments accountant", 2, author="mei")
    reply(library, one.id, "yes", author="sam")
    whole = json.loads(jsonld(contents(library, {"abadi": READING})))
    assert whole["@context"][0] == "http://www.w3.org/ns/anno.jsonld" and whole["total"] == 2
    highlight, replying = whole["first"]["items"]
    assert "body" not in highlight
    assert replying["target"] == highlight["id"] and replying["body"][0]["purpose"] == "replying"


def filled(library: Database) -> None:
    """One of everything, hostile texts among it."""
    asked = annotate_quote(library, "abadi", "moments accountant", 2, "question", "Is it *tight*?", ["dp"], author="me")
    answer = reply(library, asked.id, "yes, see\n\nLemma 1", author="sam")
    edit(library, asked.id, body="Is it tight?", tags=["dp", "ü"])
    vote(library, answer.id, "answer", author="me")
    annotate_region(library, "abadi", 1, (10, 20, 30, 40.5), "comment", "this box", author="me", caption="Figure 1")
    annotate_reading(library, "abadi", "note", "mine alone", author="me")
    annotate_topic(library, 4, "privacy", "question", "why?", author="me")
    annotate_moment(library, "cuda", 12.5, "comment", "here", author="me")
    for number, text in enumerate(HOSTILE):
        said = Annotation(
            f"h{number}", "abadi", "comment", clean_line(text, 80) or "x", clean(text), person=f"p{number}"
        )
        store_annotation(library, replace(said, created="2023-02-01T00:00:00.000Z", updated="2023-02-01T00:00:00.000Z"))
    delete_annotation(library, "h3")


def test_out_in_and_out_again_gives_the_same_bytes(library: Database, tmp_path: Path) -> None:
    filled(library)
    first = jsonld(contents(library, CATALOG, private=True)).encode()
    for name in ("once", "twice"):
        other = open_library(tmp_path / f"{name}.db")
        taken, skipped = import_jsonld(other, CATALOG, first, "file")
        assert taken.new > 20 and not skipped
        assert jsonld(contents(other, CATALOG, private=True)).encode() == first
        again, _ = import_jsonld(other, CATALOG, first, "file")
        assert (again.new, again.updated, again.kept) == (0, 0, 0)
        other.close()


def test_a_file_for_others_holds_no_private_word(library: Database) -> None:
    filled(library)
    assert "mine alone" not in jsonld(contents(library, CATALOG))


def test_what_is_newer_counts_and_nothing_is_lost(library: Database, tmp_path: Path) -> None:
    one = annotate_reading(library, "abadi", "comment", "old", author="me")
    file = jsonld(contents(library, CATALOG)).encode()
    edit(library, one.id, body="newer")
    assert import_jsonld(library, CATALOG, file, "f")[0].kept == 1
    assert annotation(library, one.id).body == "newer"
    newer = jsonld(contents(library, CATALOG)).encode()
    other = open_library(tmp_path / "other.db")
    import_jsonld(other, CATALOG, file, "f")
    assert import_jsonld(other, CATALOG, newer, "f")[0].updated == 1
    assert annotation(other, one.id).body == "newer" and versions(other, one.id)[0].body == "old"
    remove(library, one.id)
    assert import_jsonld(library, CATALOG, newer, "f")[0].kept == 1
    assert not annotations_of(library, "abadi")
    other.close()


def test_a_file_cannot_change_the_words_of_a_group_nor_speak_in_it(library: Database) -> None:
    library.execute(
        "INSERT INTO joined_group (id, name, folder, carrier, joined) VALUES ('g', 'n', 'f', 'folder', 'now')"
    )
    theirs = Annotation("t", "abadi", "comment", "mei", "hers", person="mei-id", audience="g")
    stored = store_annotation(library, replace(theirs, created="2023-01-01T00:00:00Z", updated="2023-01-01T00:00:00Z"))
    forged = [
        web_annotation(replace(stored, body="forged", updated="2030-01-01T00:00:00Z")),
        web_annotation(replace(stored, id="u", person=me(library), body="put in her mouth", root="u")),
    ]
    import_jsonld(library, CATALOG, msgspec.json.encode(forged), "f")
    assert annotation(library, "t").body == "hers"
    assert annotation(library, "u").audience == ""


def test_a_file_withdraws_nothing_from_a_group_and_makes_nobodys_words_anothers(library: Database) -> None:
    said = {name: annotate_reading(library, "abadi", "comment", name, author="me") for name in ("shared", "own")}
    store_annotation(library, replace(said["shared"], audience="g"))
    later = [replace(one, body="forged", updated="2030-01-01T00:00:00Z") for one in said.values()]
    forged = [web_annotation(later[0]), web_annotation(replace(later[1], person="mei-id"))]
    history = Version("2020-01-01T00:00:00Z", "comment", "never said", (), "yellow")
    forged[0] = replace(forged[0], versions=(history,))
    taken, _ = import_jsonld(library, CATALOG, msgspec.json.encode(forged), "f")
    assert (taken.kept, taken.updated) == (2, 0)
    now = [annotation(library, one.id) for one in said.values()]
    assert [(one.body, one.audience, one.person) for one in now] == [
        ("shared", "g", me(library)), ("own", "", me(library))
    ]  # fmt: skip
    assert not versions(library, said["shared"].id)


def test_replies_of_other_programs_belong_to_their_conversation(library: Database) -> None:
    replies = [{"id": f"urn:x:{n}", "motivation": "replying", "target": f"urn:x:{n - 1}", "body": "so"} for n in (3, 2)]
    circle = [{"id": f"urn:c:{n}", "motivation": "replying", "target": f"urn:c:{1 - n}", "body": "o"} for n in (0, 1)]
    root = {"id": "urn:x:1", "target": "https://arxiv.org/abs/1607.00133", "body": {"value": "why"}}
    taken, skipped = import_jsonld(library, CATALOG, json.dumps([*replies, *circle, root]).encode(), "f")
    assert taken.new == 5 and not skipped
    assert {one.root for one in annotations_of(library, "abadi")} == {"urn:x:1"}
    late = {"id": "urn:x:4", "motivation": "replying", "target": "urn:x:3", "body": "late"}
    import_jsonld(library, CATALOG, json.dumps(late).encode(), "f")
    assert [one.depth for one in threads(annotations_of(library, "abadi"))[0].replies] == [1, 2, 3]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("created", "9999-12-31T23:59:59-14:00", "year 9999"),
        ("modified", "0001-01-01T00:00:00+14:00", "year 1"),
        ("modified", "yesterday", "no moment"),
        ("cs229:anchor", {"sha256": "", "extractor": "", "page": -1}, "no such place"),
        ("cs229:second", -1, "no such moment"),
        ("cs229:region", [0, 0, 1e300, 1], "no such place"),
        ("cs229:lecture", 10**9, "no such moment or lecture"),
        ("id", "", "no id"),
        (
            "cs229:versions",
            [{"updated": "never", "kind": "comment", "body": "", "tags": [], "colour": "red"}],
            "moment",
        ),
    ],
)
def test_what_cannot_be_is_left_out_and_said(library: Database, field: str, value: object, said: str) -> None:
    one = msgspec.to_builtins(web_annotation(annotate_reading(library, "abadi", "comment", "so", author="me")))
    parsed = parse_jsonld(json.dumps([one | {field: value}]).encode())
    assert not parsed.annotations and said in parsed.skipped[0]


def test_moments_that_are_written_otherwise_sort_among_the_rest(library: Database) -> None:
    one = msgspec.to_builtins(web_annotation(annotate_reading(library, "abadi", "comment", "so", author="me")))
    for written in ("20260102T030405Z", "2026-W01-5T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05"):
        parsed = parse_jsonld(json.dumps(one | {"modified": written}).encode())
        assert parsed.annotations[0].updated == "2026-01-02T03:04:05.000Z"


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"nul"])
def test_what_is_no_json_is_said(library: Database, data: bytes) -> None:
    with pytest.raises(ReportableError):
        import_jsonld(library, CATALOG, data, "f")


FOREIGN = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "id": "http://example.org/anno1",
    "type": "Annotation",
    "creator": "http://example.org/user1",
    "created": "2015-10-13T13:00:00+02:00",
    "body": ["http://example.org/elsewhere", {"type": "TextualBody", "value": "interesting", "purpose": "tagging"}],
    "target": {
        "source": "https://arxiv.org/pdf/1607.00133v2",
        "selector": {"type": "FragmentSelector", "value": "page=2", "refinedBy": {"exact": "moments accountant"}},
    },
}


def test_what_another_program_wrote_is_read(library: Database) -> None:
    foreign = [
        FOREIGN,
        {"target": "http://example.org/page1#t=30", "bodyValue": "a moment", "motivation": "oa:commenting"},
        {"motivation": "replying", "target": "http://example.org/anno1", "body": "so"},
        {"body": "about nothing"},
        7,
    ]
    taken, skipped = import_jsonld(library, CATALOG, json.dumps({"items": foreign}).encode(), "from/elsewhere.json")
    assert taken.new == 3 and [line.split(":")[0] for line in skipped] == ["item 4", "item 5"]
    found = annotation(library, "http://example.org/anno1")
    assert (found.reading, found.page, found.quote, found.tags) == ("abadi", 2, "moments accountant", ("interesting",))
    assert (found.author, found.created, found.via) == ("user1", "2015-10-13T11:00:00.000Z", "from/elsewhere.json")
    assert any(
        one.second == 30 and one.body == "a moment" for one in annotations_of(library, "http://example.org/page1")
    )


ADDRESS = "https://arxiv.org/abs/1607.00133"
QUOTE = {"type": "TextQuoteSelector", "exact": "moments accountant", "prefix": "the ", "suffix": " of"}


@pytest.mark.parametrize(
    ("item", "body", "tags", "quote", "author"),
    [
        # As the Recogito and Annotorious editors write it: who said it stands with each body.
        (
            {
                "body": [
                    {"type": "TextualBody", "value": "so", "creator": {"id": "u", "displayName": "rainer"}},
                    {"type": "SpecificResource", "purpose": "tagging", "source": {"label": "dp"}},
                ],
                "target": {"source": ADDRESS, "selector": [QUOTE, {"start": 1, "end": 2}]},
            },
            "so", ("dp",), "moments accountant", "rainer",
        ),
        # As picture viewers write it, before and since there was a recommendation.
        (
            {
                "@type": "oa:Annotation",
                "motivation": ["oa:commenting"],
                "resource": [{"@type": "dctypes:Text", "format": "text/html", "chars": "<p>one</p><p>two</p>"}],
                "on": [{"@type": "oa:SpecificResource", "full": f"{ADDRESS}#xywh=1,2,3,4"}],
            },
            "one\ntwo", (), "", "?",
        ),
        (
            {"motivation": "tagging", "body": {"value": "dp"}, "target": f"{ADDRESS}#xywh=1,2,3,4"},
            "", ("dp",), "", "?",
        ),
        # As the Hypothesis server gives it.
        (
            {
                "body": [
                    {"type": "TextualBody", "format": "text/markdown", "value": "*so*"},
                    {"type": "TextualBody", "purpose": "tagging", "value": "dp"},
                ],
                "creator": "acct:mei@hypothes.is",
                "target": [{"source": ADDRESS, "selector": [QUOTE]}],
            },
            "*so*", ("dp",), "moments accountant", "mei@hypothes.is",
        ),
        # Corners of the model.
        ({"body": {"id": "http://example.net/review1"}, "target": ADDRESS}, "http://example.net/review1", (), "", "?"),
        (
            {"body": {"type": "Choice", "items": [{"value": "first"}, {"value": "second"}]}, "target": ADDRESS},
            "first", (), "", "?",
        ),
        (
            {"motivation": "assessing", "body": {"value": "good"}, "target": {"type": "List", "items": [ADDRESS, "b"]}},
            "good", (), "", "?",
        ),
    ],
)  # fmt: skip
def test_what_other_programs_write_means_here_what_it_means_there(
    library: Database, item: dict[str, object], body: str, tags: tuple[str, ...], quote: str, author: str
) -> None:
    for whole in ({"resources": [item | {"id": "urn:x:1"}]}, [item | {"id": "urn:x:1"}]):
        taken, skipped = import_jsonld(library, CATALOG, json.dumps(whole).encode(), "f")
        assert taken.new + taken.unchanged + taken.updated == 1 and not skipped
    one = annotation(library, "urn:x:1")
    assert (one.reading, one.body, one.tags, one.quote, one.author) == ("abadi", body, tags, quote, author)


def test_what_says_no_time_comes_once_and_again_when_it_says_something_else(library: Database) -> None:
    item: dict[str, object] = {"id": "urn:x:1", "body": "so", "target": ADDRESS}
    counted = []
    for body in ("so", "so", "otherwise"):
        taken, _ = import_jsonld(library, CATALOG, json.dumps(item | {"body": body}).encode(), "f")
        counted.append((taken.new, taken.updated, taken.unchanged))
    assert counted[:2] == [(1, 0, 0), (0, 0, 1)] and annotation(library, "urn:x:1").created.endswith("Z")


def test_what_names_no_work_is_on_the_reading_one_says(library: Database) -> None:
    file = json.dumps({"id": "#7", "body": [{"value": "so"}], "target": {"selector": [QUOTE]}}).encode()
    taken, skipped = import_jsonld(library, CATALOG, file, "f")
    assert taken.new == 0 and "--reading" in skipped[0]
    assert import_jsonld(library, CATALOG, file, "f", "abadi")[0].new == 1
    assert annotation(library, "#7").reading == "abadi"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(FOREIGN)) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


keys = st.sampled_from([*sorted(FOREIGN), "motivation", "cs229:root"])


@given(st.lists(st.dictionaries(keys, json_values), max_size=4))
def test_whatever_the_json_says_nothing_breaks(items: list[dict[str, object]]) -> None:
    parsed = parse_jsonld(json.dumps(items).encode("utf-8", "surrogatepass"))
    assert len(parsed.annotations) + len(parsed.reactions) + len(parsed.skipped) <= len(items)


def test_a_table_holds_every_message_and_runs_nothing(library: Database) -> None:
    filled(library)
    rows = list(csv.DictReader(io.StringIO(csv_table(contents(library, CATALOG)))))
    answered = next(row for row in rows if row["answer"] == "yes")
    assert answered["text"].startswith("yes, see") and answered["title"] == READING.title
    assert not any(value.lstrip().startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
