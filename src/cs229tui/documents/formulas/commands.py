"""What LaTeX's commands with arguments do: fractions, roots, accents, braces, tags."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from cs229tui.documents.formulas.parts import (
    CLOSING,
    OPENING,
    Kind,
    Part,
    UnreadableError,
    bracketed,
    joined,
    scripted,
    sign,
)
from cs229tui.documents.formulas.signs import BINARY, DOTS, LARGE, LETTERS, RELATIONS
from cs229tui.documents.formulas.tree import Fraction, Grid, Limits, Root, Sign, Space

if TYPE_CHECKING:
    from cs229tui.documents.formulas.reader import Reader

_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
# A fraction deeper within fractions has a stroke for a bar.
_DEEPEST = 3
Command = Callable[["Reader"], Part]


TABLES: tuple[tuple[dict[str, str], Kind], ...] = (
    (LETTERS, "letter"),
    (RELATIONS, "relation"),
    (BINARY, "binary"),
    (LARGE, "large"),
    (DOTS, "letter"),
)


def delimiter(text: str) -> Part:
    return sign(text, "open" if text in OPENING else "close" if text in CLOSING else "letter")


def fraction(above: Part, below: Part, level: bool = False) -> Part:
    return Part((Fraction(above.node, below.node, level),), "fraction")


def binomial(above: Part, below: Part, level: bool) -> Part:
    if level:
        return Part((*sign("C").nodes, *bracketed(joined([above, sign(",", "comma"), below])).nodes))
    return bracketed(Part((Grid(((above.node,), (below.node,)), True),)))


def _fraction(level: bool) -> Command:
    def read(reader: "Reader") -> Part:
        with reader.within(max(reader.style, 1)):
            reader.fractions += 1
            above, below = reader.argument(), reader.argument()
            reader.fractions -= 1
        return fraction(above, below, level or reader.fractions >= _DEEPEST)

    return read


def _root(reader: "Reader") -> Part:
    degree = reader.option().strip()
    inside = reader.argument()
    index = None if degree in _ROOTS else sign(degree).node
    return Part((Root(Sign(_ROOTS.get(degree, "√")), inside.node, index),))


def _over(reader: "Reader") -> Part:
    """`\\overset{a}{b}` and its like: b with a above it."""
    high, base = reader.argument(tight=True), reader.argument()
    return scripted(base, None, high, True)


def _under(reader: "Reader") -> Part:
    low, base = reader.argument(tight=True), reader.argument()
    return scripted(base, low, None, True)


def _braced(reader: "Reader") -> Part:
    """A part with a brace under or over it: the remark at the brace follows as an index."""
    inside = reader.argument()
    return Part((Limits(inside.node, None, None, True),)) if reader.peek() in ("_", "^") else inside


def _arrow(sign_of: str) -> Command:
    def read(reader: "Reader") -> Part:
        below = reader.option()
        above = [node for node in reader.argument(tight=True).nodes if not isinstance(node, Space)]
        return Part((*sign("─").nodes, *above, *sign(f"{below}{sign_of}").nodes), "relation")

    return read


def _middle(reader: "Reader") -> Part:
    return sign(reader.bracket())


def _tag(reader: "Reader") -> Part:
    reader.number = f"({reader.raw_argument().strip('$ ')})"
    return sign("")


def _label(reader: "Reader") -> Part:
    label = _plain_label(reader.raw_argument())
    reader.number = reader.number or f"({label})"
    return sign("")


def _reference(reader: "Reader") -> Part:
    return sign(f"({_plain_label(reader.raw_argument())})")


def _plain_label(label: str) -> str:
    return re.sub(r"^(?:eqn?|equation|fig|sec)[:.]", "", label.strip())


def _second(reader: "Reader") -> Part:
    reader.option()
    reader.raw_argument()
    return reader.argument()


def _kinded(kind: Kind) -> Command:
    return lambda reader: reader.argument()._replace(kind=kind)


def _enclosed(left: str, right: str) -> Command:
    return lambda reader: bracketed(reader.argument(), left, right)


def _struck(reader: "Reader") -> Part:
    made = reader.atom() or sign("")
    struck = (replace(node, accent="\u0338") if isinstance(node, Sign) else node for node in made.nodes)
    return made._replace(nodes=tuple(struck))


def _stack(reader: "Reader") -> Part:
    """`\\substack`: lines below each other."""
    reader.next()
    lines = [joined(reader.sequence(), tight=True)]
    while reader.peek() == "\\\\":
        reader.next()
        lines.append(joined(reader.sequence(), tight=True))
    if reader.next() != "}":
        raise UnreadableError
    return Part((Grid(tuple((line.node,) for line in lines), True),))


def _mathop(reader: "Reader") -> Part:
    made = reader.argument()
    return made._replace(kind="large", limits=reader.style == 0)


def _modulo(before: str, after: str) -> Command:
    return lambda reader: Part((*sign(before).nodes, *reader.argument().nodes, *sign(after).nodes), "text")


SPECIAL: dict[str, Command] = {
    **dict.fromkeys(("frac", "dfrac", "cfrac"), _fraction(False)),
    **dict.fromkeys(("tfrac", "nicefrac", "sfrac", "flatfrac"), _fraction(True)),
    **dict.fromkeys(
        ("binom", "dbinom", "tbinom"),
        lambda reader: binomial(reader.argument(), reader.argument(), reader.style > 0),
    ),
    **dict.fromkeys(("overset", "stackrel"), _over),
    **dict.fromkeys(("underbrace", "overbrace", "underbracket", "overbracket"), _braced),
    **dict.fromkeys(("textcolor", "colorbox", "class", "cssId", "href", "bbox", "htmlClass"), _second),
    **dict.fromkeys(("xrightarrow", "xlongrightarrow", "xmapsto"), _arrow("→")),
    "xleftarrow": _arrow("←"),
    "underset": _under,
    "sqrt": _root,
    "left": lambda reader: reader.left_right(),
    "middle": _middle,
    "tag": _tag,
    "label": _label,
    "eqref": _reference,
    "ref": _reference,
    "substack": _stack,
    "not": _struck,
    "mathrel": _kinded("relation"),
    "mathbin": _kinded("binary"),
    "mathopen": _kinded("open"),
    "mathclose": _kinded("close"),
    "boxed": _enclosed("[", "]"),
    "abs": _enclosed("|", "|"),
    "norm": _enclosed("‖", "‖"),
    "bra": _enclosed("⟨", "|"),
    "ket": _enclosed("|", "⟩"),
    "mathop": _mathop,
    "pmod": _modulo(" (mod ", ")"),
    "pod": _enclosed("(", ")"),
    "mod": _modulo(" mod ", ""),
}
