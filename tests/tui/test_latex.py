"""Copies for LaTeX: what is escaped, what becomes a formula, and how blocks are set."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.documents.flow import Block
from cs229tui.documents.formulas.latex import readable
from cs229tui.tui.reading.latex import display, latex, prose
from cs229tui.tui.reading.selection import Selection


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("divide each by √dₖ, and apply", r"divide each by $\sqrt{d_{k}}$, and apply"),
        ("Wᴼ ∈ ℝ^{hdᵥ×d_model}.", r"$W^{O} \in \mathbb{R}^{hd_{v}\times d_{\mathrm{model}}}$."),
        ("with β₁ = 0.9, and ϵ = 10⁻⁹.", r"with $\beta_{1} = 0.9$, and $\epsilon = 10^{-9}$."),
        ("an ε-greedy policy", r"an $\varepsilon$-greedy policy"),
        ("50% “naïve” — it’s “so” & ﬁne_x, 10–20", r"50\% ``naïve'' --- it's ``so'' \& fine\_x, 10--20"),
        ("x̂ and 𝐱ᵀ𝐲 ≤ ‖𝒩‖", r"$\hat{x}$ and $\mathbf{x}^{T}\mathbf{y} \le \Vert\mathcal{N}\Vert$"),
        ("such a ∈ S", r"such $a \in S$"),
        ("a bc_d \\ ~ # {x}", r"a $bc_{d}$ \textbackslash{} \textasciitilde{} \# \{x\}"),
        ("", ""),
    ],
)  # fmt: skip
def test_prose(text, wanted):
    assert prose(text) == wanted


def test_formulas_on_their_own_lines():
    assert display("FFN(x) = max(0, xW₁)        (2)") == "\\[\n  \\mathrm{FFN}(x) = \\max(0, xW_{1}) \\tag{2}\n\\]"
    assert display("     QKᵀ\nA = ───── B\n     √dₖ") == "\\[\n  A = \\frac{QK^{T}}{\\sqrt{d_{k}}} B\n\\]"
    assert "\\begin{gathered}" in display("a = b\nc = {d | e}")


@given(st.text(st.sampled_from("ab12 ₖ²√{}()^_\\$%&#~αℝ𝒩x̂′“”—•─⎛⎞\n.,"), max_size=60))
def test_whatever_is_copied_closes_its_braces(text):
    for made in (prose(text), display(text)):
        plain = "".join(re.split(r"(?<!\\)%.*", made.replace("\\\\", "").replace("\\{", "").replace("\\}", "")))
        assert plain.count("{") == plain.count("}")
        assert plain.replace("\\$", "").count("$") % 2 == 0


@pytest.mark.parametrize(
    "formula",
    [
        r"\sum_{i=1}^{n} x_{i} = \max_{\theta} f + \int_{0}^{1} g",
        r"A = \mathrm{softmax}\left( \frac{QK^{T}}{\sqrt{d_{k}}} \right)V \tag{1}",
        r"\frac{\frac{a}{b} + 1}{c}^{2} \ge \sqrt{\frac{a}{b}}",
        r"f(x) = \begin{cases} x & \mathrm{if} x > 0 \\ \frac{1}{2} & \mathrm{otherwise} \end{cases}",
        r"R = \begin{bmatrix} a & b \\ c & d \end{bmatrix} \left\Vert \frac{a}{b} \right\Vert^{2}",
        r"\underbrace{a + b}_{c} \hat{x}_{t} \in \mathbb{R}^{d\times n} \quad \operatorname*{arg\,min}_{x} L",
        r"\begin{aligned} a &= \frac{1}{b} \\ &= \prod_{i} c_{i} \\ &\le \Vert d\Vert_{2}^{2} \end{aligned}",
    ],
)
def test_what_was_drawn_from_latex_is_drawn_alike_from_its_copy(formula):
    shown = readable(formula)
    copied = display(shown)
    assert copied.startswith("\\[")
    again = readable(copied.removeprefix("\\[").removesuffix("\\]"))
    assert [line.split() for line in again.split("\n")] == [line.split() for line in shown.split("\n")]


def test_what_no_line_can_say_is_left_as_it_was_drawn():
    assert display("⎛ a\n⎝ b") == "% a formula, as it was drawn:\n%   ⎛ a\n%   ⎝ b"
    assert prose("_{" * 5000).startswith(r"\_\{")
    assert display("─────\n" * 50).startswith("% a formula")
    assert display("√(" * 5000).startswith("% a formula")


def test_blocks_keep_their_kind():
    flow = (
        Block("heading", "Costs & gains", 1),
        Block("paragraph", "It costs 5 $."),
        Block("item", "1. one"),
        Block("item", "2. two"),
        Block("equation", "x² = 4 (1)"),
        Block("code", "a_b = 1\n"),
    )
    made = latex(flow, Selection((0, 0), (5, 8)), "Ng, 2016, Costs, p. 3")
    assert made == (
        "\\begin{quote}\n\\textbf{Costs \\& gains}\n\nIt costs 5 \\$.\n\\begin{enumerate}\n\\item one\n\\item two\n"
        "\\end{enumerate}\n\\[\n  x^{2} = 4 \\tag{1}\n\\]\n\n\\begin{verbatim}\na_b = 1\n\\end{verbatim}\n"
        "\\end{quote}\n% Ng, 2016, Costs, p. 3\n"
    )
    alone = latex(flow, Selection((4, 0), (4, 10)), "Ng")
    assert alone == "\\[\n  x^{2} = 4 \\tag{1}\n\\]\n% Ng\n"
