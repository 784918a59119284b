"""What leaves as JSON-LD is a W3C Web Annotation and loses nothing."""

import json

import msgspec

from cs229tui.annotations.formats.contents import contents
from cs229tui.annotations.formats.jsonld import jsonld
from cs229tui.annotations.make import annotate_quote, reply
from cs229tui.annotations.w3c import web_annotation
from cs229tui.course.model import Reading
from cs229tui.library.database import Database

READING = Reading(id="abadi", title="DP", lectures=(4,), arxiv="1607.00133", url="https://example.org")


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
