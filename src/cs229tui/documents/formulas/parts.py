"""What LaTeX is read into before it is whole: nodes, what they are to their neighbours, and the room between them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from cs229tui.documents.formulas.signs import ACCENTS
from cs229tui.documents.formulas.tree import Fenced, Fraction, Limits, Node, Root, Row, Scripts, Sign, Space, fenced

Kind = Literal[
    "letter", "binary", "relation", "open", "close", "comma", "function", "large", "fraction", "inner", "text", "space"
]

OPENING, CLOSING = frozenset("([⟨⌊⌈⟦⌜⌞⟮{"), frozenset(")]⟩⌋⌉⟧⌝⌟⟯}")
_OPERAND = frozenset({"letter", "close", "fraction", "inner"})
_BEGINS = frozenset({"letter", "open", "fraction", "large", "function", "inner"})
_CHARACTER = re.compile(r"\s+|.[\u0300-\u036f\u20d0-\u20ff]*", re.S)
_OVERLINED = 4


class UnreadableError(Exception):
    """This is not mathematics that we can set."""


class Part(NamedTuple):
    """A piece of a formula; `limits`: what is raised and lowered at it stands above and below it in a display."""

    nodes: tuple[Node, ...]
    kind: Kind = "letter"
    limits: bool = False

    @property
    def node(self) -> Node:
        return self.nodes[0] if len(self.nodes) == 1 else Row(self.nodes)


def sign(text: str, kind: Kind = "letter", limits: bool = False) -> Part:
    """One sign, or a word."""
    nodes = tuple(
        Space(len(one)) if one.isspace() else Sign(one[0], accent=one[1:]) for one in _CHARACTER.findall(text)
    )
    return Part((Row(nodes),) if len(nodes) > 1 else nodes, kind, limits)


def joined(parts: Sequence[Part], tight: bool = False, start: Part | None = None) -> Part:
    """Parts in a row, with the room that readers of mathematics expect; `tight` (in scripts) has none.

    `start` is what stands before them, in another cell.
    """
    parts = [part for part in parts if part.nodes]
    solid = [part for part in parts if part.kind != "space"]
    nodes: list[Node] = []
    before = start
    seen = 0
    for part in parts:
        if part.kind == "space":
            nodes += part.nodes
            continue
        seen += 1
        after = solid[seen] if seen < len(solid) else None
        if isinstance(part.nodes[0], Fraction) and (
            (before is not None and before.kind in (*_OPERAND, "function"))
            or (after is not None and after.kind in _BEGINS)
        ):
            part = part._replace(nodes=(replace(part.nodes[0], factor=True), *part.nodes[1:]), kind="letter")
        spaced = bool(nodes) and isinstance(nodes[-1], Space)
        unary = part.kind == "binary" and (before is None or before.kind not in (*_OPERAND, "text"))
        # Nobody must take what follows for what is under the root, too.
        rooted = bool(nodes) and isinstance(nodes[-1], Root) and part.kind in _BEGINS
        if before is not None and not spaced and (rooted or _gap(before, part, unary, tight)):
            nodes.append(Space())
        nodes += part.nodes
        # What comes after a sign of its own (a minus in front) stands close to it.
        before = part._replace(kind="open") if unary else part
    functions = bool(solid) and all(part.kind == "function" for part in solid)
    kind: Kind = solid[0].kind if len(solid) == 1 or functions else "letter"
    return Part(tuple(fenced(nodes)), kind, len(solid) == 1 and solid[0].limits)


def _gap(before: Part, part: Part, unary: bool, tight: bool) -> bool:
    kinds = (before.kind, part.kind)
    if "function" in kinds and part.kind not in ("close", "comma", "relation", "binary") and before.kind != "open":
        return part.kind not in ("open", "inner")
    if kinds[0] == "large":
        return part.kind not in ("close", "comma") and not tight
    if tight or "text" in kinds or before.kind == "open" or part.kind == "close":
        return False
    if part.kind == "comma":
        return False
    if "relation" in kinds or before.kind == "comma":
        return True
    if before.kind == "binary" or (part.kind == "binary" and not unary):
        return True
    return part.kind == "large" and before.kind in _OPERAND


def bracketed(part: Part, left: str = "(", right: str = ")") -> Part:
    """The part in brackets, of which one may be missing."""
    before, after = (Sign(each) if each else None for each in (left, right))
    return Part((Fenced(before, Row(part.nodes), after),), "inner")


def solid(part: Part) -> Part:
    """The part, in brackets unless it is seen to be one thing."""
    things = [node for node in part.nodes if not isinstance(node, Scripts)]
    one = len(things) < 2 and not isinstance(part.nodes[-1:] and part.nodes[-1], Scripts | Fraction)
    return part if one or part.kind in ("large", "function", "relation", "binary", "close") else bracketed(part)


def scripted(base: Part, low: Part | None, high: Part | None, limits: bool) -> Part:
    """A part with what stands lowered and raised behind it, or as `limits` below and above it."""
    over, under = (each.node if each is not None else None for each in (high, low))
    whole = base.node
    if isinstance(whole, Limits) and whole.brace:
        return base._replace(nodes=(replace(whole, over=over, under=under),))
    if limits:
        return base._replace(nodes=(Limits(whole, over, under),))
    return base._replace(nodes=(*solid(base).nodes, Scripts(over, under)))


def accented(part: Part, name: str) -> Part:
    """The part with an accent; where it is no letter, the accent's name before brackets."""
    mark = ACCENTS[name]
    first = part.nodes[:1] and part.nodes[0]
    if isinstance(first, Sign) and all(isinstance(node, Scripts) for node in part.nodes[1:]):
        # An accent on a letter with its index belongs to the letter.
        return part._replace(nodes=(replace(first, accent=first.accent + mark), *part.nodes[1:]))
    letters = first.parts if isinstance(first, Row) and len(part.nodes) == 1 else part.nodes
    signs = [node for node in letters if isinstance(node, Sign) and node.text.isalpha()]
    if name == "overline" and len(letters) == len(signs) <= _OVERLINED:
        return part._replace(nodes=(Row(tuple(replace(node, accent=mark) for node in signs)),))
    return Part((*sign(name.removeprefix("wide")).nodes, *bracketed(part).nodes)) if part.nodes else part


def lettered(node: Node, alphabet: dict[str, str]) -> Node:
    """The node with its letters in another alphabet."""
    if isinstance(node, Row):
        return Row(tuple(lettered(part, alphabet) for part in node.parts))
    return replace(node, text=alphabet.get(node.text, node.text)) if isinstance(node, Sign) else node
