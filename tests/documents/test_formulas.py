"""LaTeX shown as Unicode text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.documents.formulas.latex import LONGEST, readable
from cs229tui.documents.formulas.signs import LOWERED, RAISED


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"\alpha + \beta \le \Gamma", "α + β ≤ Γ"),
        (r"x_{t-1}^2", "xₜ₋₁²"),
        (r"p_\theta(\mathbf{x}_{t-1} \vert \mathbf{x}_t)", "p_θ(xₜ₋₁|xₜ)"),
        (r"x_{max}, x_{0:T}, e^{-x^2}, W^\top, \theta^*, f'", "xₘₐₓ, x_{0:T}, e^{−x²}, Wᵀ, θ*, f′"),
        (r"x_{ab}y", "x_ab y"),
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{a+b}{2\sigma}", "(a + b)/(2σ)"),
        (r"\frac{1}{2} x", "(1/2)x"),
        (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
        (r"\frac{p(x)}{q(x)}", "p(x)/q(x)"),
        (r"\frac{1}{\beta(1 - \alpha)}", "1/(β(1 − α))"),
        (r"\sqrt{x} + \sqrt{a+b} + \sqrt[3]{y} + \sqrt{2}z", "√x + √(a + b) + ∛y + √2 z"),
        (r"\sum_{i=1}^n x_i \prod_{k \in S} y_k", "∑ᵢ₌₁ⁿ xᵢ ∏_{k∈S} yₖ"),
        (r"\int_0^\infty f(x)\,dx", "∫₀^∞ f(x) dx"),
        (r"\mathbb{E}_{q}[\log p] \in \mathbb{R}^d, \mathcal{N}(0, I)", "𝔼_q[log p] ∈ ℝᵈ, 𝒩(0, I)"),
        (r"\hat{y} = \bar\alpha_t + \tilde{x}", "ŷ = ᾱₜ + x̃"),
        (r"\operatorname*{arg\,max}_\theta L", "arg max_θ L"),
        (r"D_\text{KL}(q \| p)", "D_KL(q‖p)"),
        (r"x = 1 \text{ if } y > 0", "x = 1 if y > 0"),
        (r"\left( \frac{a}{b} \right)^2", "(a/b)²"),
        (r"-\log x", "−log x"),
        (r"\color{red}{a} + \textcolor{blue}{b}", "a + b"),
        (r"y = f(x) \tag{3}", "y = f(x) (3)"),
        (r"y = x \label{eq:one}", "y = x (one)"),
        (r"\eqref{eq:one}", "(one)"),
        (r"{n \choose k} = \binom{n}{k}", "C(n, k) = C(n, k)"),
        (r"\newcommand{\R}{\mathbb{R}} x \in \R^n", "x ∈ ℝⁿ"),
        (r"{\displaystyle x_{i}}", "xᵢ"),
        (r"\unheard{x}", r"\unheardx"),
    ],
)  # fmt: skip
def test_readable_in_one_line(latex: str, wanted: str) -> None:
    assert readable(latex, lines=False) == wanted


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"y = \frac{a+b}{2} x \tag{3}", ["    a + b", "y = ───── x    (3)", "      2"]),
        (r"\sum_{i=1}^n x_i", [" n", " ∑  xᵢ", "i=1"]),
        (r"\int_0^1 \max_a f", ["∫₀¹ max f", "     a"]),
        (r"\sqrt{\frac{a}{b}}^2", [" ⎛a⎞", "√⎜─⎟²", " ⎝b⎠"]),
        (r"\tfrac{1}{2} x + e^{\frac{1}{2} x}", ["(1/2)x + e^{(1/2)x}"]),
        (r"\underbrace{a+b}_{c}", ["a + b", "╰─┬─╯", "  c"]),
        (r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}",
         ["       ⎧x  x > 0", "f(x) = ⎨", "       ⎩0  else"]),
        (r"A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}", ["A = ⎛a  b⎞", "    ⎝c  d⎠"]),
        (r"\begin{aligned} a &= b \\ &= c + d \end{aligned}", ["a = b", "  = c + d"]),
        (r"\begin{align} a &= b \tag{1} \\ &= cc \tag{2} \end{align}", ["a = b     (1)", "  = cc    (2)"]),
        (r"\begin{eqnarray} a &=& b \\ &+& c \end{eqnarray}", ["a = b", "  + c"]),
        (r"\begin{aligned} a &= \frac{1}{b} \\ &= \frac{1}{c} \end{aligned}",
         ["    1", "a = ─", "    b", "", "    1", "  = ─", "    c"]),
        (r"\left.\frac{a}{b}\right|_{0} \binom{n}{k}", ["a│", "─│₀⎛n⎞", "b│ ⎝k⎠"]),
    ],
)  # fmt: skip
def test_displays_are_built_up(latex: str, wanted: list[str]) -> None:
    assert readable(latex).split("\n") == wanted


def test_one_line() -> None:
    assert readable(r"\begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}", lines=False) == "{x, x > 0; 0, else}"
    assert readable(r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", lines=False) == "[a, b; c, d]"
    assert readable(r"\begin{aligned} a &= b \\ &= c \end{aligned}", lines=False) == "a = b; = c"


def test_definitions_are_carried_from_formula_to_formula() -> None:
    macros: dict[str, str] = {}
    assert readable(r"\newcommand{\vx}{\mathbf{x}} \def\norm#1{\|#1\|}", macros=macros) == ""
    assert readable(r"\norm{\vx}", macros=macros) == "‖x‖"


@pytest.mark.parametrize("latex", [r"\frac{a", r"a}", r"\begin{tikzpicture}x\end{tikzpicture}", r"\left( x", "{" * 500])
def test_what_cannot_be_read_stays_as_it_is(latex: str) -> None:
    assert readable(latex) == latex


def test_nothing_takes_long() -> None:
    bomb = (
        r"\def\a{\b\b\b\b\b\b\b\b\b\b}\def\b{\c\c\c\c\c\c\c\c\c\c}\def\c{\d\d\d\d\d\d\d\d\d\d}\def\d{\a}" + r"\a" * 1000
    )
    assert readable(bomb)
    assert readable("x" * (LONGEST + 1)) == "x" * (LONGEST + 1)
    deep = r"\frac{" * 30 + "x" * 4000 + "}{y}" * 30
    assert len(readable(deep).split("\n")) < 20
    assert readable(r"\begin{matrix}" + "a&" * 1500 + r"a\\" * 1500 + r"\end{matrix}")
    assert readable("(" * 4000 + ")" * 4000)
    assert readable(r"\newcommand{\x}{\x\x}\x") == r"\newcommand{\x}{\x\x}\x"


PIECES = (
    r"\frac \sqrt { } ^ _ & \\ \left \right ( ) [ ] x 12 $ \text{ \begin{cases} \end{cases} \hat \over \not \tag \kern"
    r" % ' \def\a{\a} \a \begin{aligned} \end{aligned} \substack{ \sum \mathbb \operatorname \let\b=\b \b"
)


@given(st.lists(st.sampled_from(PIECES.split()), max_size=40), st.sampled_from(["", " "]))
def test_any_latex_gives_some_text(pieces: list[str], between: str) -> None:
    latex = between.join(pieces)
    readable(latex)
    assert "\n" not in readable(latex, lines=False)


def test_wide_displays_are_folded_where_their_terms_part_and_in_brackets_only_at_need() -> None:
    terms = " + ".join(f"f(a_{{{number}}} + b)" for number in range(9))
    lines = readable(rf"L(\theta) = {terms}").split("\n")
    assert [line[:8] for line in lines] == ["L(θ) = f", "       +"] and max(map(len, lines)) <= 72
    product = " ".join(f"f(a_{{{number}}} + b)" for number in range(7))
    lines = readable(rf"\begin{{aligned}} x &\le y \\ &= z_{{1:T}} + {product} \end{{aligned}}").split("\n")
    assert [line[:5] for line in lines] == ["x ≤ y", "  = z", "    +"]
    lines = readable(rf"L(\theta) = \Big[ {terms} \Big]").split("\n")
    assert [line[:9] for line in lines] == ["L(θ) = [f", "       + "] and max(map(len, lines)) <= 72


def test_scripts_are_one_character_for_one() -> None:
    assert all(len(sign) == 1 for sign in (*RAISED.values(), *LOWERED.values()))
