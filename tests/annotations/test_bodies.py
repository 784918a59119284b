"""What a body says: tags, names, links and formulas, and that nothing written makes reading it fail or take long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.annotations import make
from cs229tui.annotations.bodies import links_in, mention_key, mention_of, read_body, tags_in, unbalanced
from cs229tui.annotations.history import word_diff
from cs229tui.annotations.named import Named
from cs229tui.clean import clean
from cs229tui.course.model import Reading
from cs229tui.library.database import open_library
from cs229tui.library.notes import add_note
from hostile_text import HOSTILE, RAW


def kinds(body: str) -> list[tuple[str, str]]:
    return [(run.kind, run.text) for run in read_body(body).runs]


def test_tags_are_read_from_words_and_from_nothing_else() -> None:
    body = "# about #heading\n\n#dp and (#privacy-loss) `#code` $\\#x_1$ https://a.org/#frag a#b C# #12 **#bold**"
    assert tags_in(body) == ("dp", "privacy-loss", "bold")


def test_names_are_read_without_the_end_of_the_sentence() -> None:
    read = read_body("@mei, and @Ana_Lind. not a@b.org nor `@code`")
    assert [run.text for run in read.runs if run.kind == "mention"] == ["mei", "Ana_Lind"]
    assert mention_key("Ana Lind") == mention_key("ana_lind") == mention_key(mention_of("Ana Lind"))


def test_links_are_of_two_kinds_and_lead_only_to_the_web_or_here() -> None:
    found = links_in(
        "[[vaswani-2017-attention#page=4]] [a](https://arxiv.org/abs/1) [b](javascript:alert(1)) [c](file:///x)"
        " ![p](http://b.org/x.png) (see https://c.org/a_(b).) `[[no]]` <data:text/html,x>"
        " [[vaswani-2017-attention#page=4]]"
    )
    assert [(run.kind, run.target) for run in found] == [
        ("passage", "vaswani-2017-attention#page=4"),
        ("url", "https://arxiv.org/abs/1"),
        ("image", "http://b.org/x.png"),
        ("url", "https://c.org/a_(b)"),
    ]


def test_formulas_are_told_from_prices_and_from_code() -> None:
    assert kinds("of $p_\\theta(x)$ for $5 and $6") == [
        ("text", "of "),
        ("formula", "p_\\theta(x)"),
        ("text", " for $5 and $6"),
    ]
    assert kinds("`$x$`") == [("code", "$x$")]
    assert ("display", "a") in kinds("\\[a\\]")
    assert kinds("```\n$x$ [[y]]\n```") == [("code", "$x$ [[y]]")]


def test_what_only_spells_our_own_signs_forges_nothing() -> None:
    shown = "".join(text for _, text in kinds("$x$ &#xe000;0&#xe001; &#xe000;7&#xe001; &#27;[31m &#8238;"))
    assert not RAW & set(shown)


def test_a_mention_that_hypothesis_wrote_is_a_name() -> None:
    body = '<a data-hyp-mention="" data-userid="acct:mei@hypothes.is">@mei</a> see'
    assert kinds(body) == [("mention", "mei"), ("text", " see")]


@pytest.mark.parametrize("body", ["a $x", "$$a", "\\(a", "${a$"])
def test_a_formula_that_is_not_closed_is_told(body: str) -> None:
    assert unbalanced(body)


@pytest.mark.parametrize("body", ["", "$x$", "costs $5", "`$`", "\\$", "\\(a\\) $$b$$", "$\\{a$"])
def test_what_is_closed_is_not(body: str) -> None:
    assert not unbalanced(body)


@given(st.one_of(st.text(), st.sampled_from(HOSTILE), st.text("$\\[]()#@`*_>-|!<&;{}\n ax", max_size=300)))
def test_no_text_makes_reading_fail_or_lets_a_control_through(text: str) -> None:
    read = read_body(text)
    shown = "".join(run.text + run.target for run in read.runs)
    assert clean(shown) == shown
    tags_in(text), links_in(text), unbalanced(text)


@pytest.mark.parametrize(
    "unit", ["> ", "[", "- ", "*a **b ", "$$a", "\\[", "\\(a ", "[[a]]", "a\n", "![a](", "`a ``b "]
)
def test_long_and_deep_bodies_are_read_in_bounded_time(unit: str) -> None:
    start = time.process_time()
    read = read_body((unit * 100_000)[:100_000])
    assert read.blocks and read.left == 80_000
    assert time.process_time() - start < 5


def test_tags_in_the_words_join_those_given_and_follow_the_words(tmp_path) -> None:
    database = open_library(tmp_path / "library.db")
    made = make.annotate_reading(database, "r", "comment", "on #dp", ["given"], author="mei")
    assert made.tags == ("given", "dp")
    make.edit(database, made.id, body="on #rdp")
    from cs229tui.library.annotations import annotation

    assert annotation(database, made.id).tags == ("given", "rdp")


def test_a_link_is_found_by_id_short_name_title_words_and_note_title(tmp_path) -> None:
    database = open_library(tmp_path / "library.db")
    reading = Reading(
        id="vaswani-2017-attention",
        title="Attention Is All You Need",
        lectures=(0,),
        authors=("Ashish Vaswani", "Noam Shazeer", "Niki Parmar"),
        year=2017,
    )
    note = add_note(database, "On heads")
    one = make.annotate_reading(database, reading.id, "question", "why?", author="mei")
    names = Named(database, {reading.id: reading}, "Ana")
    for written in (reading.id, reading.short, "attention all need", "ATTENTION IS ALL YOU NEED|here"):
        target = names.find(written)
        assert target is not None and (target.kind, target.id) == ("reading", reading.id)
    assert names.find(f"{reading.id}#page=4").page == 4  # type: ignore[union-attr]
    assert names.find("on heads").id == note.id  # type: ignore[union-attr]
    assert names.find(one.id[:8]).id == one.id  # type: ignore[union-attr]
    assert names.find("nothing of the kind") is None and names.find("#") is None


@given(st.text("ab \n", max_size=80), st.text("ab \n", max_size=80))
def test_a_diff_has_all_of_both(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "gone") == after
    assert "".join(piece.text for piece in pieces if piece.change != "new") == before
