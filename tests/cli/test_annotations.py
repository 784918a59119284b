"""`annotate` and `annotations` as a person and another program use them."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from cs229tui.annotations.make import reply
from cs229tui.library.annotations import annotation
from cs229tui.workspace import Workspace
from small_paper import stored
from talking import say

KEYS = (
    "id reading kind page start end second quote prefix suffix body tags author created updated parent root lecture"
    " region colour resolved unread person audience via"
)
COUNTS = ["upvotes", "me_too", "answer", "replies"]


@pytest.fixture
def paper(workspace: Workspace) -> Workspace:
    texts = (
        "Differential privacy. We clip the \u21132 norm of each gradi\u2010 \nent, and add noise.",
        "The moments accountant keeps track of the privacy loss. We clip, we clip, we clip with an e\ufb03cient [b].",
    )
    stored(workspace.database, "abadi-2016-dp-sgd", texts, "a" * 64)
    return workspace


def test_annotate_and_list(run: Callable[..., Any], paper: Workspace) -> None:
    done = run(
        *("annotate", "abadi-2016", "--page", "1", "--quote", "norm of each gradient", "--kind", "question"),
        *("--body", "Why *each*?", "--tag", "dp", "--tag", "#clip", "--json"),
    )
    made = done.json
    assert done.code == 0 and not done.err
    assert list(made) == KEYS.split()
    assert (made["reading"], made["page"], made["kind"], made["tags"]) == (
        "abadi-2016-dp-sgd",
        1,
        "question",
        ["dp", "clip"],
    )
    assert (made["quote"], made["body"], made["parent"]) == ("norm of each gradient", "Why *each*?", None)
    answer = reply(paper.database, made["id"], "Sensitivity.", author="sam")
    listed = run("annotations", "--json").json
    assert {one["id"] for one in listed} == {made["id"], answer.id} and all(
        list(one) == KEYS.split() + COUNTS for one in listed
    )
    assert [one["id"] for one in run("annotations", "abadi-2016", "--kind", "question", "--json").json] == [made["id"]]
    assert run("annotations", "vaswani", "--json").json == []
    assert len(run("annotations", "--tag", "#dp", "--json").json) == 1
    table = run("annotations").out
    assert made["id"][:8] in table and "norm of each gradient — Why *each*?" in table


def test_without_kind_a_body_makes_a_comment(run: Callable[..., Any], paper: Workspace) -> None:
    page = ("--page", "2", "--json")
    assert run("annotate", "abadi-2016", "--quote", "efficient [b]", *page).json["kind"] == "highlight"
    assert run("annotate", "abadi-2016", "--quote", "moments", "--body", "hm", *page).json["kind"] == "comment"
    shown = run("annotate", "abadi-2016", "--quote", "MOMENTS accountant", "--page", "2")
    assert shown.out.rstrip().endswith("page 2  highlight  “moments accountant”")


def test_a_body_from_standard_input(run: Callable[..., Any], paper: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from \x1b[31mstdin\n"))
    made = run("annotate", "abadi-2016", "--quote", "moments", "--body", "-", "--json").json
    assert made["body"] == "from stdin"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--quote", "we clip", "--page", "2"], 1, "ambiguous: it stands 2 times on page 2"),
        (["--quote", "moments accountant", "--page", "1"], 1, "It is on page 2"),
        (["--quote", "no such words at all", "--page", "1"], 1, "is not on page 1"),
        (["--quote", "   ", "--page", "1"], 1, "empty"),
        (["--quote", "moments", "--page", "3"], 2, "no page 3"),
        (["--quote", "moments", "--page", "0"], 2, "page"),
        (["--quote", "moments", "--kind", "question"], 2, "needs some words"),
        (["--quote", "moments", "--kind", "shout"], 2, "shout"),
        (["--page", "1"], 2, "--quote"),
    ],
)
def test_what_is_wrong_is_said(
    run: Callable[..., Any], paper: Workspace, words: list[str], code: int, says: str
) -> None:
    done = run("annotate", "abadi-2016", *words)
    assert done.code == code and says in done.err and not done.out and "Traceback" not in done.err
    assert run("annotations", "--json").json == []


def test_nth_and_the_closest_passage(run: Callable[..., Any], paper: Workspace) -> None:
    second = run("annotate", "abadi-2016", "--quote", "we clip", "--nth", "2", "--json").json
    first = run("annotate", "abadi-2016", "--quote", "we clip", "--nth", "1", "--json").json
    assert first["start"] < second["start"]
    close = run("annotate", "abadi-2016", "--quote", "accountant kept track of the privacy loss", "--json")
    assert close.code == 0 and "closest passage: “accountant keeps track of the privacy loss”" in close.err


def test_readings_that_are_not_there(run: Callable[..., Any], paper: Workspace) -> None:
    assert run("annotate", "nope", "--quote", "x").code == 3
    assert run("annotations", "nope").code == 3
    missing = run("annotate", "vaswani", "--quote", "x")
    assert missing.code == 3 and "cs229tui fetch vaswani-2017-attention" in missing.err
    stored(paper.database, "my-old-paper", ("Some words.",), "b" * 64)
    from cs229tui.annotations.make import annotate_quote

    annotate_quote(paper.database, "my-old-paper", "Some", author="me")
    assert len(run("annotations", "my-old-paper", "--json").json) == 1
    assert len(run("annotations", "--json").json) == 1


def test_the_guide_can_be_annotated(run: Callable[..., Any]) -> None:
    words = run("text", "guide").out.split("\n\n")[2].split(". ")[0]
    done = run("annotate", "guide", "--quote", words, "--nth", "1", "--json")
    assert done.code == 0 and done.json["reading"] == "guide"


def test_on_all_that_can_be_written_on(run: Callable[..., Any], paper: Workspace) -> None:
    whole = run("annotate", "abadi", "--whole", "--note", "Read it again.", "--json").json
    assert (whole["reading"], whole["kind"], whole["page"], whole["audience"]) == (
        "abadi-2016-dp-sgd",
        "note",
        None,
        "",
    )
    topic = run("annotate", "--lecture", "7", "--topic", "scaling", "--question", "On purpose?", "--json").json
    assert (topic["lecture"], topic["quote"]) == (7, "scaling laws: Chinchilla versus LLaMA")
    box = run("annotate", "abadi", "--region", "10,20,100,120", "--page", "2", "--comment", "This curve", "--json").json
    assert (box["region"], box["page"]) == ([10, 20, 100, 120], 2)
    answer = run("annotate", "--reply", topic["id"][:8], "--body", "Yes.", "--json").json
    assert (answer["kind"], answer["parent"], answer["lecture"]) == ("reply", topic["id"], 7)
    every = run("annotations", "--json").json
    assert {one["id"] for one in every} == {whole["id"], topic["id"], box["id"], answer["id"]}
    assert [one["id"] for one in run("annotations", "--lecture", "7", "--json").json] == [topic["id"], answer["id"]]
    assert [one["replies"] for one in every if one["id"] == topic["id"]] == [1]
    assert topic["id"][:8] in run("annotations", "--open").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["abadi", "--whole", "--quote", "x"], "--quote and --whole do not go together"),
        (["--lecture", "99", "--comment", "x"], "no lecture 99"),
        (["--lecture", "7", "--topic", "knitting", "--comment", "x"], "no topic"),
        (["abadi", "--lecture", "7", "--comment", "x"], "stands for itself"),
        (["--reply", "zz", "--body", "x"], "no annotation"),
        (["--reply", "zz", "--question", "x"], "A reply is a reply"),
        (["abadi", "--region", "1,2,3", "--comment", "x"], "is no box"),
        (["abadi", "--region", "5,5,5,5", "--comment", "x"], "no part of the page"),
        (["abadi", "--whole", "--page", "1", "--comment", "x"], "no page"),
        (["abadi", "--whole", "--kind", "highlight"], "no words to highlight"),
        (["--quote", "x"], "Which reading"),
        (["abadi", "--whole", "--note", "x", "--comment", "y"], "one comment or one question"),
    ],
)
def test_what_does_not_go_together(run: Callable[..., Any], paper: Workspace, words: list[str], says: str) -> None:
    done = run("annotate", *words)
    assert done.code in (1, 2, 3) and says in done.err and not done.out and "Traceback" not in done.err
    assert run("annotations", "--json").json == []


def test_answering_from_the_shell(run: Callable[..., Any], paper: Workspace) -> None:
    base = paper.database
    asked = say(base, "Mei Chen", "why clip?", "question", reading="abadi-2016-dp-sgd", unread=True)
    mine = run("annotate", "abadi", "--whole", "--question", "tight?", "--json").json
    told = say(base, "Mei Chen", "yes", hour=1, to=annotation(base, mine["id"]))
    assert run("vote", asked.id[:8], "me-too", "--json").json == {"target": asked.id, "kind": "me-too", "stands": True}
    assert run("vote", asked.id, "upvote").out == f"{asked.id}  upvote\n"
    assert run("vote", told.id, "answer").code == 0
    by_id = {one["id"]: one for one in run("annotations", "--json").json}
    assert [by_id[asked.id][key] for key in COUNTS] == [1, 1, False, 0] and by_id[told.id]["answer"]
    assert run("vote", asked.id, "upvote", "--off").out.endswith("taken back\n")
    refused = run("vote", mine["id"], "me-too")
    assert refused.code == 2 and "asked this yourself" in refused.err
    assert [one["id"] for one in run("annotations", "--unread", "--json").json] == [asked.id]
    assert {one["id"] for one in run("annotations", "--by", "@mei_chen", "--json").json} == {asked.id, told.id}
    assert [one["id"] for one in run("annotations", "--mine", "--json").json] == [mine["id"]]
    assert [one["id"] for one in run("annotations", "--by", "me", "--json").json] == [mine["id"]]
    # What has its answer waits no longer.
    assert [one["id"] for one in run("annotations", "--open", "--json").json] == [asked.id]
    assert run("resolve", told.id, "--json").json["resolved"] and run("resolve", mine["id"], "--reopen").code == 0
    changed = run("edit", mine["id"], "--body", "Tight?", "--kind", "comment", "--tag", "#dp", "--json").json
    assert (changed["body"], changed["kind"], changed["tags"]) == ("Tight?", "comment", ["dp"])
    assert run("edit", mine["id"], "--no-tags", "--json").json["tags"] == []
    for words in (("edit", asked.id, "--body", "x"), ("delete", asked.id)):
        done = run(*words)
        assert done.code == 2 and "Mei Chen wrote this" in done.err
    assert run("edit", mine["id"]).code == 2 and run("delete", "nobody").code == 3
    assert run("delete", mine["id"]).code == 0
    assert {one["id"] for one in run("annotations", "--json").json} == {asked.id, told.id}
