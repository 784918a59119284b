"""What formulas are built of: signs in rows, scripts, limits, fractions, roots, brackets, grids."""

from dataclasses import dataclass

# What a cell of the screen shows, and the character of the page that it is; NOWHERE for a bar or a blank.
Cell = tuple[str, int]
NOWHERE = -1
BLANK: Cell = (" ", NOWHERE)
OPENS, CLOSES = "([{⌊⌈⟨", ")]}⌋⌉⟩"


@dataclass(frozen=True)
class Sign:
    """One character, `place` in the page's text; `accent` combines with it; `parts` are those of a tall fence."""

    text: str
    place: int = NOWHERE
    accent: str = ""
    fence: bool = False
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Space:
    """Room of `width` cells."""

    width: int = 1


@dataclass(frozen=True)
class Row:
    """Parts from left to right on one baseline."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Scripts:
    """What stands raised and lowered behind the part before it."""

    up: "Node | None"
    down: "Node | None"


@dataclass(frozen=True)
class Limits:
    """A sign or word with what stands right above and below it; `brace` where a brace parts them."""

    sign: "Node"
    over: "Node | None"
    under: "Node | None"
    brace: bool = False


@dataclass(frozen=True)
class Fraction:
    """A numerator over a denominator; `level` for one with a stroke, a `factor` needs brackets in one row."""

    over: "Node"
    under: "Node"
    level: bool = False
    factor: bool = False


@dataclass(frozen=True)
class Root:
    """What stands under a root's bar; `index` is a cube root's 3."""

    sign: Sign
    body: "Node"
    index: "Node | None" = None


@dataclass(frozen=True)
class Fenced:
    """Something between brackets as tall as itself; one of them may be missing, as after a case brace."""

    before: Sign | None
    body: "Node"
    after: Sign | None


@dataclass(frozen=True)
class Grid:
    """A matrix, cases, or lines below each other: rows of cells in columns.

    `paired`: they meet two by two at the sign under which the rows stand; `numbers` are what the rows are called.
    """

    rows: tuple[tuple["Node", ...], ...]
    centred: bool = False
    paired: bool = False
    numbers: tuple[str, ...] = ()


Node = Sign | Space | Row | Scripts | Limits | Fraction | Root | Fenced | Grid

_BRACKETS = frozenset(OPENS + CLOSES)
_BARS = "|∥‖"


def fenced(parts: list[Node]) -> list[Node]:
    """Parts with those between two big brackets put into them."""
    done: list[Node] = []
    opened: list[int] = []
    for part in parts:
        if isinstance(part, Sign) and (part.fence or part.text in _BRACKETS):
            partner = next((at for at in reversed(opened) if _pair(done[at], part)), None)
            if partner is not None:
                before = done[partner]
                body = tuple(done[partner + 1 :])
                del done[partner:]
                del opened[opened.index(partner) :]
                done.append(Fenced(before if isinstance(before, Sign) else None, Row(body), part))
                continue
            if part.text in OPENS + _BARS:
                opened.append(len(done))
        done.append(part)
    return done


def _pair(before: Node, after: Sign) -> bool:
    if not isinstance(before, Sign):
        return False
    if after.text in _BARS:
        return before.text == after.text
    return after.text in CLOSES and before.text in OPENS
