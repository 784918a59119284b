"""What LaTeX's commands with arguments do: fractions, roots, accents, braces, tags."""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from cs229tui.documents.formulas.layout import (
    CLOSING,
    OPENING,
    Kind,
    Part,
    beside,
    bracketed,
    fraction,
    joined,
    scripted,
    sign,
    solid,
)
from cs229tui.documents.formulas.signs import ACCENTS, BINARY, DOTS, LARGE, LETTERS, RELATIONS

if TYPE_CHECKING:
    from cs229tui.documents.formulas.reader import Reader

_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
Command = Callable[["Reader"], Part]


class UnreadableError(Exception):
    """This is not mathematics that we can set."""


TABLES: tuple[tuple[dict[str, str], Kind], ...] = (
    (LETTERS, "letter"),
    (RELATIONS, "relation"),
    (BINARY, "binary"),
    (LARGE, "large"),
    (DOTS, "letter"),
)


def delimiter(text: str) -> Part:
    return sign(text, "open" if text in OPENING else "close" if text in CLOSING else "letter")


def binomial(above: Part, below: Part) -> Part:
    return sign(f"C({above.text}, {below.text})")


def accented(part: Part, name: str) -> Part:
    mark = ACCENTS[name]
    text = part.text
    letters = [letter for letter in text if not unicodedata.combining(letter)]
    if len(letters) == 1:
        return part._replace(rows=(text + mark,))
    if name == "overline" and len(letters) <= 4 and text.isalpha():
        return part._replace(rows=("".join(letter + mark for letter in text),))
    # An accent on a letter with its index belongs to the letter.
    if letters and letters[0].isalpha() and re.fullmatch(r"\w[\u2080-\u209c\u1d62-\u1d6a\u2070-\u207f]+", text):
        return part._replace(rows=(text[0] + mark + text[1:],))
    return sign(f"{name.removeprefix('wide')}({text})")


def _fraction(reader: "Reader") -> Part:
    return fraction(reader.argument(), reader.argument())


def _root(reader: "Reader") -> Part:
    degree = reader.option().strip()
    inside = reader.argument()
    before = _ROOTS.get(degree) or scripted(sign(""), None, sign(degree), False).text + "√"
    return sign(f"{before}{solid(inside).text}") if len(inside.rows) == 1 else beside([sign(before), bracketed(inside)])


def _over(reader: "Reader") -> Part:
    """`\\overset{a}{b}` and its like: b with a on its shoulder."""
    high, base = reader.argument(tight=True), reader.argument()
    return scripted(base, None, high, False)


def _under(reader: "Reader") -> Part:
    low, base = reader.argument(tight=True), reader.argument()
    return scripted(base, low, None, False)


def _braced(reader: "Reader") -> Part:
    """A part with a brace under or over it: the remark at the brace follows as an index."""
    inside = reader.argument()
    return bracketed(inside) if reader.peek() in ("_", "^") and not inside.single else inside


def _arrow(sign_of: str) -> Command:
    def read(reader: "Reader") -> Part:
        below = reader.option()
        above = reader.argument(tight=True).text
        return sign(f"─{' '.join(filter(None, (above, below)))}{sign_of}", "relation")

    return read


def _middle(reader: "Reader") -> Part:
    return sign(reader.bracket())


def _tag(reader: "Reader") -> Part:
    return sign(f"    ({reader.raw_argument().strip('$ ')})", "space")


def _label(reader: "Reader") -> Part:
    return sign(f"    ({_plain_label(reader.raw_argument())})", "space")


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
    made = reader.atom()
    return sign((made.text if made else "") + "\u0338", made.kind if made else "letter")


def _stack(reader: "Reader") -> Part:
    """`\\substack`: lines that become one."""
    reader.next()
    inner = joined(reader.sequence(), tight=True).text
    while reader.peek() == "\\\\":
        reader.next()
        inner += ", " + joined(reader.sequence(), tight=True).text
    if reader.next() != "}":
        raise UnreadableError
    return sign(inner)


SPECIAL: dict[str, Command] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"), _fraction),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), lambda reader: binomial(reader.argument(), reader.argument())),
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
    "pmod": lambda reader: sign(f" (mod {reader.argument().text})", "text"),
    "pod": _enclosed("(", ")"),
    "mod": lambda reader: sign(f" mod {reader.argument().text}", "text"),
}
