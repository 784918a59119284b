"""Formulas: what is a script, a limit, a fraction, a root, a matrix, and how it reads in a terminal."""

import random
import time
import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cs229tui.documents.flow import Flow
from cs229tui.documents.pdf import fonts
from cs229tui.documents.pdf.glyphs import letter_of, sign_of
from cs229tui.documents.reflow.compose import line_text
from cs229tui.documents.reflow.equations import equation_text
from cs229tui.documents.reflow.layout import Line, Look, PageLayout, Piece, Shape
from cs229tui.documents.reflow.text import Text

Papers = Callable[[str], Flow]
ROMAN, ITALIC, SIGNS, TALL = range(4)
FONTS = ("CMR10", "CMMI10", "CMSY10", "CMEX10")


@dataclass(frozen=True)
class Put:
    """Characters from (x, base) on, each half as wide as high; of a tall sign the ink from `bottom` to `top`."""

    text: str
    x: float
    base: float
    size: float = 10
    font: int = ITALIC
    bottom: float | None = None
    top: float | None = None


def page_of(*puts: Put, rules: tuple[tuple[float, float, float], ...] = ()) -> tuple[PageLayout, list[Line]]:
    """A page with each put as a line of its own; rules are (left, height, right)."""
    looks: list[Look] = []
    lines: list[Line] = []
    sides = array("f")
    text = ""
    for put in puts:
        look = Look(FONTS[put.font], put.size, italic=put.font == ITALIC, maths=put.font != ROMAN, symbol=put.font > 1)
        if look not in looks:
            looks.append(look)
        bottom = put.base - 0.2 * put.size if put.bottom is None else put.bottom
        top = put.base + 0.7 * put.size if put.top is None else put.top
        for index in range(len(put.text)):
            left = put.x + 0.5 * put.size * index
            sides.extend((left, bottom, left + 0.5 * put.size, top))
        start, right = len(text), put.x + 0.5 * put.size * len(put.text)
        piece = Piece(start, start + len(put.text), put.x, bottom, right, top, put.base, looks.index(look))
        lines.append(Line([piece], put.x, bottom, right, top, put.base, put.size, piece.look))
        text += put.text + " "
        sides.extend((right, bottom, right, top))
    shapes = [Shape("rule", left, height, right, height + 0.4) for left, height, right in rules]
    return PageLayout(1, 600, 800, text, looks, lines, shapes, [], sides=sides.tobytes()), lines


def drawn(*puts: Put, rules: tuple[tuple[float, float, float], ...] = ()) -> list[str]:
    page, lines = page_of(*puts, rules=rules)
    text = equation_text(page, lines)
    assert_runs_are_true(text, page.text)
    return text.text.split("\n")


def assert_runs_are_true(text: Text, page: str) -> None:
    for run in text.runs:
        shown = text.text[run.offset : run.offset + run.length]
        for one, other in zip(shown, page[run.start : run.start + run.length], strict=True):
            plain = "".join(c for c in unicodedata.normalize("NFKD", one) if not unicodedata.combining(c))
            assert one == other or plain == unicodedata.normalize("NFKD", other), (one, other)


def test_scripts_and_scripts_of_scripts() -> None:
    assert drawn(Put("x", 100, 500), Put("i", 105, 498.5, 7), Put("2", 105, 504, 7), Put("=y", 112, 500)) == ["xᵢ² =y"]
    assert drawn(Put("e", 100, 500), Put("x", 105, 504, 7), Put("2", 108.5, 507, 5), Put("+z", 114, 500)) == [
        "e^{x²} +z"
    ]
    # An index that Unicode cannot lower is marked, and does not run into the letter behind it.
    assert drawn(Put("p", 100, 500), Put("θ", 105, 498.5, 7), Put("x", 109, 500)) == ["p_θ x"]
    assert drawn(Put("z", 100, 500), Put("′", 105, 504, 7, SIGNS), Put("b", 108, 498.5, 7)) == ["z′_b"]


def test_a_fraction_stands_over_its_bar() -> None:
    lines = drawn(
        Put("y=", 100, 500), Put("a+b", 116, 507), Put("c", 121, 493), rules=((116, 502.5, 131),)
    )  # fmt: skip
    assert lines == ["   a+b", "y= ───", "    c"]


def test_a_fraction_in_a_denominator() -> None:
    lines = drawn(
        Put("1", 112, 507), Put("a+", 104, 493), Put("1", 117, 496, 7), Put("b", 117, 488, 7),
        rules=((103, 502.5, 124), (116.5, 494.5, 121)),
    )  # fmt: skip
    assert [line.strip() for line in lines] == ["1", "────", "1", "a+ ─", "b"]
    assert lines[1].index("─") <= lines[3].index("a")


def test_limits_stand_at_their_sign() -> None:
    lines = drawn(
        Put("∑", 100, 500, 10, TALL, 493, 507), Put("i=1", 97.5, 486, 7), Put("n", 100.7, 509, 7), Put("x", 112, 500)
    )
    assert lines == [" n", " ∑  x", "i=1"]


def test_limits_of_two_sums_are_told_apart() -> None:
    lines = drawn(
        Put("∑", 104, 500, 10, TALL, 493, 507), Put("i=1", 101, 486, 7),
        Put("∑", 118, 500, 10, TALL, 493, 507), Put("j=1", 115.2, 486, 7), Put("x", 130, 500),
    )  # fmt: skip
    assert lines == [" ∑    ∑  x", "i=1  j=1"]


def test_a_word_has_its_limit_below() -> None:
    assert drawn(Put("max", 100, 500, 10, ROMAN), Put("a", 105.7, 493, 7), Put("f", 118, 500)) == ["max f", " a"]


def test_roots_and_accents() -> None:
    assert drawn(Put("√", 100, 507, 10, SIGNS, 497, 507.4), Put("a+b", 105, 500), rules=((105, 507, 120),)) == [
        "√(a+b)"
    ]
    assert drawn(Put("√", 100, 507, 10, SIGNS, 497, 507.4), Put("d", 105, 500), rules=((105, 507, 110),)) == ["√d"]
    assert drawn(Put("x", 100, 500), Put("ˆ", 100.5, 500, 10, ROMAN), Put("=y", 108, 500)) == ["x̂ =y"]
    assert drawn(Put("AB", 100, 500), rules=((100, 508.2, 110),)) == ["A̅B̅"]


def test_cases_stand_behind_their_brace() -> None:
    lines = drawn(
        Put("f=", 84, 500), Put("{", 95, 500, 10, TALL, 485, 520),
        Put("0", 105, 508, 10, ROMAN), Put("if", 125, 508, 10, ROMAN),
        Put("x", 105, 494), Put("else", 125, 494, 10, ROMAN),
    )  # fmt: skip
    assert lines == ["  ⎧0  if", "f=⎨", "  ⎩x  else"]


def test_a_matrix_keeps_its_columns() -> None:
    lines = drawn(
        Put("[", 95, 500, 10, TALL, 485, 520), Put("a", 105, 508), Put("b", 125, 508),
        Put("c", 105, 494), Put("d", 125, 494), Put("]", 135, 500, 10, TALL, 485, 520),
    )  # fmt: skip
    assert lines == ["⎡a  b⎤", "⎣c  d⎦"]


def test_numbers_stand_at_the_right_and_relations_under_each_other() -> None:
    lines = drawn(
        Put("aa=b", 100, 500), Put("(1)", 400, 500, 10, ROMAN), Put("=c", 110, 480), Put("(2)", 400, 480, 10, ROMAN)
    )
    assert lines == ["aa=b    (1)", "  =c    (2)"]


def test_a_wide_equation_is_folded_where_its_terms_part() -> None:
    terms = [Put("aa=" + "b" * 40, 100, 500), Put("+" + "c" * 30, 320, 500), Put("(7)", 520, 500, 10, ROMAN)]
    assert drawn(*terms) == ["aa=" + "b" * 40, "    +" + "c" * 30 + " " * 13 + "(7)"]


def test_what_hangs_from_a_line_is_kept_off_the_next() -> None:
    fraction = [Put("a", 105, 507), Put("b", 105, 493), Put("c", 105, 477), Put("d", 105, 463)]
    lines = drawn(*fraction, rules=((104, 502.5, 111), (104, 472.5, 111)))
    assert lines == ["a", "─", "b", "", "c", "─", "d"]


def test_a_fraction_in_a_line_of_text_has_a_slash() -> None:
    page, lines = page_of(
        Put("the value of", 80, 500, 10, ROMAN), Put("√", 143, 501.8, 7, SIGNS, 495, 502.2), Put("k", 146.5, 496, 7),
        Put("1", 145, 504, 7), Put("is small", 156, 500, 10, ROMAN), rules=((143, 502.3, 151), (146.5, 501.6, 150)),
    )  # fmt: skip
    pieces = sorted((each.pieces[0] for each in lines), key=lambda piece: piece.left)
    line = Line(pieces, 80, 495, 196, 510, 500, 10, lines[0].look)
    text = line_text(page, line)
    assert text.text == "the value of 1/√k is small"
    assert_runs_are_true(text, page.text)


def test_signs_that_no_file_explains() -> None:
    assert [sign_of("CMEX10", code) for code in (0x10, 0x20, 0x38, 0x50, 0x5A, 0x70)] == list("((⎧∑∫√")
    assert sign_of("CMSY7", 0x3E) == "⊤" and sign_of("ABCDEF+CMMI10", 0x60) == "ℓ" and sign_of("CMR10", 0x3E) is None
    assert letter_of("MSBM10", ord("R")) == "ℝ" and letter_of("MSBM10", ord("E")) == "𝔼"
    assert letter_of("CMEX10", 0xF8F1) == "⎧" and letter_of("CMMI10", ord("R")) is None
    names = ("parenleftBig", "summationdisplay.1", "lscript", "braceleftmid", "radicalbigg", "nothing", "bracketlefttp")
    assert [fonts._sign(name) for name in names] == ["(", "∑", "ℓ", "⎨", "√", None, "⎡"]


def test_nothing_a_file_can_hold_breaks_or_stalls_a_formula() -> None:
    chance = random.Random(229)
    began = time.process_time()
    for _ in range(150):
        puts = [
            Put(
                chance.choice("xy=+∑√{}()[]|⎧⎩ˆ⏟.→−") * chance.choice((1, 1, 3)),
                chance.uniform(100, 300), chance.uniform(480, 520), chance.choice((5, 7, 10)), chance.randrange(4),
                chance.choice((None, 470.0)), chance.choice((None, 530.0)),
            )
            for _ in range(chance.randrange(1, 60))
        ]  # fmt: skip
        rules = tuple(
            (x, chance.uniform(470, 530), x + chance.uniform(1, 90)) for x in (chance.uniform(90, 300) for _ in puts)
        )
        drawn(*puts, rules=rules[: chance.randrange(40)])
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "muzero",
            [
                "             ⎡                    √(∑_b N(s, b)) ⎛         ⎛∑_b N(s, b) + c₂ + 1⎞⎞⎤",
                "aᵏ = arg max ⎢Q(s, a) + P(s, a) · ────────────── ⎜c₁ + log ⎜────────────────────⎟⎟⎥    (2)",
                "          a  ⎣                     1 + N(s, a)   ⎝         ⎝         c₂         ⎠⎠⎦",
            ],
        ),
        (
            "muzero",
            [
                "               N(sᵏ⁻¹, aᵏ) · Q(sᵏ⁻¹, aᵏ) + Gᵏ",
                "Q(sᵏ⁻¹, aᵏ) := ──────────────────────────────    (4)",
                "                      N(sᵏ⁻¹, aᵏ) + 1",
            ],
        ),
        (
            "muzero",
            ["            s⁰      = h_θ(o₁, ..., oₜ)⎫"],
        ),
        ("1706.03762", ["Attention(Q, K, V) = softmax⎜───⎟V    (1)"]),
        ("1706.03762", ["  PE_{(pos,2i)} = sin(pos/10000^{2i/d_model})"]),
        ("2112.04426", ["                                                  ∑_{C∈C_α} ℓ(C)"]),
        ("vit", ["z′_ℓ = MSA(LN(z_{ℓ−1})) + z_{ℓ−1},    ℓ = 1 ... L"]),
        ("HW0", ["     ⎧yᵢ  with probability 1-p", "ȳᵢ = ⎨"]),
    ],
)
def test_equations_of_papers(flow_of_paper: Papers, name: str, lines: list[str]) -> None:
    shown = [block.text for block in flow_of_paper(name) if block.kind == "equation"]
    assert any("\n".join(lines) in text for text in shown), shown


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("1706.03762", "we scale the dot products by 1/√dₖ."),
        ("muzero", "with priority P(i) = pᵢ^α/(∑ₖ pₖ^α), where pᵢ = |νᵢ − zᵢ|"),
        ("2112.04426", "on the data retrieved from the previous chunks (Ret(C_{u′}))_{u′<u}."),
    ],
)
def test_formulas_in_the_sentences_of_papers(flow_of_paper: Papers, name: str, sentence: str) -> None:
    assert any(sentence in block.text for block in flow_of_paper(name) if block.kind == "paragraph")


def test_a_figure_made_of_formulas_can_be_read(flow_of_paper: Papers) -> None:
    flow = flow_of_paper("muzero")
    at = next(index for index, block in enumerate(flow) if block.text == "Figure S2 on page 19")
    assert [block.kind for block in flow[at - 1 : at + 2]] == ["equation", "figure", "caption"]
    assert "Learning Rule" in flow[at - 1].text
    area = flow[at].area
    assert area is not None and area.page == 19 and area.left < 145 and area.top > 570
