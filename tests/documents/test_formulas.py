"""LaTeX shown as Unicode text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.documents.formulas.latex import LONGEST, folded, readable
from cs229tui.documents.formulas.signs import LOWERED, RAISED


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        (r"\alpha + \beta \le \Gamma", "α + β ≤ Γ"),
        (r"x_{t-1}^2", "xₜ₋₁²"),
        (r"p_\theta(\mathbf{x}_{t-1} \vert \mathbf{x}_t)", "p_θ(xₜ₋₁|xₜ)"),
        (r"x_{max}, x_{0:T}, e^{-x^2}, W^\top, \theta^*, f'", "x_max, x_{0:T}, e^{−x²}, Wᵀ, θ*, f′"),
        (r"x_{ab}y", "x_{ab}y"),
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{a+b}{2\sigma}", "(a + b)/(2σ)"),
        (r"\frac{1}{2} x", "(1/2)x"),
        (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
        (r"\frac{p(x)}{q(x)}", "p(x)/q(x)"),
        (r"\frac{1}{\beta(1 - \alpha)}", "1/(β(1 − α))"),
        (r"\sqrt{x} + \sqrt{a+b} + \sqrt[3]{y}", "√x + √(a + b) + ∛y"),
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
        (r"y = f(x) \tag{3}", "y = f(x)    (3)"),
        (r"y = x \label{eq:one}", "y = x    (one)"),
        (r"\eqref{eq:one}", "(one)"),
        (r"{n \choose k} = \binom{n}{k}", "C(n, k) = C(n, k)"),
        (r"\newcommand{\R}{\mathbb{R}} x \in \R^n", "x ∈ ℝⁿ"),
        (r"{\displaystyle x_{i}}", "xᵢ"),
        (r"\unheard{x}", r"\unheardx"),
    ],
)  # fmt: skip
def test_readable(latex: str, wanted: str) -> None:
    assert readable(latex) == wanted


def test_several_lines() -> None:
    assert readable(r"\begin{aligned} a &= b \\ &= c + d \end{aligned}") == "a = b\n  = c + d"
    assert (
        readable(r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}")
        == "f(x) = ⎧ x  x > 0\n       ⎩ 0  else"
    )
    assert readable(r"A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}") == "A = ⎛a  b⎞\n    ⎝c  d⎠"


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
    assert readable(r"\newcommand{\x}{\x\x}\x") == r"\newcommand{\x}{\x\x}\x"


PIECES = (
    r"\frac \sqrt { } ^ _ & \\ \left \right ( ) [ ] x 12 $ \text{ \begin{cases} \end{cases} \hat \over \not \tag \kern"
    r" % ' \def\a{\a} \a \begin{aligned} \end{aligned} \substack{ \sum \mathbb \operatorname \let\b=\b \b"
)


@given(st.lists(st.sampled_from(PIECES.split()), max_size=40), st.sampled_from(["", " "]))
def test_any_latex_gives_some_text(pieces: list[str], between: str) -> None:
    latex = between.join(pieces)
    folded(readable(latex), 40)
    assert "\n" not in readable(latex, lines=False)


def test_long_lines_are_broken_outside_of_brackets() -> None:
    line = readable(r"L(\theta) = f(a + b + c + d + e) + g(a + b + c + d + e + f)")
    assert folded(line, 40) == "L(θ) = f(a + b + c + d + e)\n    + g(a + b + c + d + e + f)"
    assert folded("a" * 100, 40) == "a" * 100


def test_scripts_are_one_character_for_one() -> None:
    assert all(len(sign) == 1 for sign in (*RAISED.values(), *LOWERED.values()))
