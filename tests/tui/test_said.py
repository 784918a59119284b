"""A body as it is shown: its look without colours, within its width, and nothing a terminal would obey."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cs229tui.annotations.named import Named
from cs229tui.annotations.votes import Votes
from cs229tui.library.annotations import Annotation
from cs229tui.library.database import open_library
from cs229tui.tui.reading.messages import Around, message
from cs229tui.tui.reading.said import said
from hostile_text import HOSTILE, RAW


def test_markdown_and_formulas_read_as_text() -> None:
    body = "**why** $p_\\theta(x_{t-1})$?\n\n- one\n  1. two\n> quoted\n\n```\nx = 1\n```\n\n"
    body += "| a | b |\n|---|---|\n| 1 | 22 |"
    assert said(body, 60).plain.split("\n") == [
        "why p_θ(xₜ₋₁)?",
        "• one",
        "  1. two",
        "│ quoted",
        "┊ x = 1",
        "a  b",
        "─  ──",
        "1  22",
    ]


def test_a_display_formula_stands_on_its_own_lines_and_in_one_where_it_is_too_wide() -> None:
    assert said("so $$\\frac{a}{b}$$", 40).plain.split("\n") == ["so", "  a", "  ─", "  b"]
    assert "a/b" in said("so $$\\frac{a}{b} + cccccccccc$$", 10).plain.replace(" ", "").replace("\n", "")


def test_links_names_and_tags_show_without_colour(tmp_path) -> None:
    names = Named(open_library(tmp_path / "library.db"), {}, "Ana Lind")
    shown = said("#dp @ana_lind [[gone]] [x](https://a.org/y)", 80, names).plain
    assert shown == "#dp @Ana Lind [[gone]] ? x ↗a.org"


def test_what_is_left_out_is_told() -> None:
    assert said("a " * 50_000, 40).plain.endswith("… 80 000 characters more")
    assert said("a\n\n" * 50, 40, most=3).plain.split("\n")[-1] == "… more"


@given(st.one_of(st.sampled_from(HOSTILE), st.text("$\\[]()#@`*_>-|!<&;{}\n a漢", max_size=200), st.text(max_size=200)))
def test_no_line_is_wider_than_asked_and_nothing_raw_is_shown(text: str) -> None:
    names = Named(None, {}, "x")  # type: ignore[arg-type]
    names.people, names.notes = (), {}
    for width in (1, 12, 40):
        content = said(text, width)
        assert not RAW & set(content.plain)
        assert all(cell_len(line) <= max(width, 12) + 4 for line in content.plain.split("\n"))
        one = Annotation("a", "r", "question", text, body=text, person="p", audience="g", tags=(text,))
        drawn = message(one, Around(names, "me", {"a": Votes(2, 1, True)}), width)
        assert not RAW & set(drawn.plain)


def test_markup_in_a_body_is_only_text() -> None:
    assert said("[red]x[/nope] [@click=app.quit]y[/]", 60).plain == "[red]x[/nope] [@click=app.quit]y[/]"


@pytest.mark.parametrize("unit", ["> ", "[", "- ", "a\n", "|a|b|\n|-|-|\n", "$x^2$ ", "字", "`a` "])
def test_bodies_of_a_hundred_thousand_characters_take_bounded_time(unit: str) -> None:
    start = time.process_time()
    said((unit * 100_000)[:100_000], 40)
    assert time.process_time() - start < 5


def test_a_message_says_who_when_and_what_others_said_of_it() -> None:
    names = Named(None, {}, "Ana")  # type: ignore[arg-type]
    one = Annotation("a", "r", "reply", "mei", body="Yes.", person="p", audience="g")
    of = Around(names, "me", {"a": Votes(2, 0, True, frozenset({"upvote"}))}, frozenset({"a"}))
    assert message(one, of, 80, depth=1).plain == "↳ mei ◇  Yes.  ✓ the answer · ↑2 · edited"
    own = Annotation("b", "r", "note", "Ana", body="mine", person="me")
    assert message(own, of, 80, sign="▪").plain == "▪ you  mine  only you"
