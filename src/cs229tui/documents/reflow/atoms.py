"""The characters of a formula one by one, and what a formula is built of before it is whole: things with a place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cs229tui.documents.formulas.tree import Node, Row, Sign
from cs229tui.documents.pdf.glyphs import is_extension_font
from cs229tui.documents.reflow.layout import PageLayout, Piece

BIG = frozenset("∑∏∫⋃⋂⊔∮⊙⊕⊗⨄⋀⋁∐")
BARS = "|∥"
ACCENTS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303",
    "˚": "\u030a", "ˇ": "\u030c", "˘": "\u0306", "¯": "\u0304", "ˉ": "\u0304", "˙": "\u0307", "⃗": "\u20d7",
    "\u0302": "\u0302", "\u0303": "\u0303", "\u0304": "\u0304", "\u0307": "\u0307", "\u0308": "\u0308",
}  # fmt: skip
# A tall bracket's parts, and the bracket they make; ⎪ is in the braces of either side.
_PARTS = {
    **dict.fromkeys("⎛⎜⎝", "("), **dict.fromkeys("⎞⎟⎠", ")"), **dict.fromkeys("⎡⎢⎣", "["),
    **dict.fromkeys("⎤⎥⎦", "]"), **dict.fromkeys("⎧⎨⎩", "{"), **dict.fromkeys("⎫⎬⎭", "}"),
    "⎪": "", "\ufffd": "", "|": "|", "∥": "∥", "⌊": "⌊", "⌋": "⌋", "⌈": "⌈", "⌉": "⌉",
}  # fmt: skip
# Letters that reach neither above nor below the small ones, those that hang below the line, and signs on the axis.
_SMALL = frozenset("acemnorsuvwxzαγεικνοπρστυωϵ.,…")
_HANGING = frozenset("gjpqy,;()[]{}|/Qβγμρφχψζξηϕ∫")
_LEVEL = frozenset("−=-+·<>≤≥≈∼≡→←↦∝×≪≫")


@dataclass(eq=False)
class Atom:
    """A character or something already built; `hangs` where its own baseline says nothing, only its ink."""

    left: float
    bottom: float
    right: float
    top: float
    base: float
    size: float
    node: Node
    sign: str = ""
    roman: bool = False
    hangs: bool = False
    bar: bool = False
    depth: int = 0

    @property
    def across(self) -> float:
        """The middle from left to right."""
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        """The middle from bottom to top."""
        return (self.bottom + self.top) / 2


def atoms_of(page: PageLayout, pieces: Iterable[Piece]) -> list[Atom]:
    """The characters of some pieces, from left to right, the parts of tall brackets put together."""
    sides = memoryview(page.sides).cast("f")
    atoms: list[Atom] = []
    parts: list[Atom] = []
    for piece in pieces:
        look = page.looks[piece.look]
        extension = is_extension_font(look.font)
        for place in range(piece.start, piece.end):
            character = page.text[place]
            if character.isspace():
                continue
            left, bottom, right, top = _box(sides, piece, place)
            hangs = extension or (look.symbol and character == "√")
            if not look.symbol:
                bottom, top = _ink(character, piece.base, look.size)
            base = (bottom + top) / 2 - 0.25 * look.size if hangs else piece.base
            node = Sign(character, place, fence=extension)
            roman = not (look.italic or look.maths)
            atom = Atom(left, bottom, right, top, base, look.size, node, character, roman, hangs)
            (parts if extension and character in _PARTS else atoms).append(atom)
    atoms += _fences(parts)
    _arrows(atoms)
    return _dots(sorted((atom for atom in atoms if atom.sign != "\ufffd"), key=lambda atom: atom.left))


def _arrows(atoms: list[Atom]) -> None:
    """Arrows that are drawn longer with dashes, made whole."""
    for arrow in [atom for atom in atoms if atom.sign in ("→", "⇒")]:
        shafts = [atom for atom in atoms if atom.sign in ("−", "=") and abs(atom.base - arrow.base) < 0.5]
        for shaft in sorted(shafts, key=lambda atom: -atom.right):
            if shaft.left < arrow.left and -0.05 * arrow.size < shaft.right - arrow.left < 0.9 * arrow.size:
                arrow.left = shaft.left
                atoms.remove(shaft)


def united(atoms: Sequence[Atom], node: Node, base: float, size: float, bar: bool = False) -> Atom:
    """Several atoms as one that has been built of them."""
    return Atom(
        min(atom.left for atom in atoms),
        min(atom.bottom for atom in atoms),
        max(atom.right for atom in atoms),
        max(atom.top for atom in atoms),
        base,
        size,
        node,
        bar=bar,
        depth=1 + max(atom.depth for atom in atoms),
    )


def _box(sides: "memoryview[float]", piece: Piece, place: int) -> tuple[float, float, float, float]:
    if len(sides) >= 4 * place + 4:
        left, bottom, right, top = sides[4 * place : 4 * place + 4]
        if right > left:
            return left, bottom, right, top
    # Nobody knows: the piece's width shared out.
    wide = (piece.right - piece.left) / max(1, piece.end - piece.start)
    left = piece.left + wide * (place - piece.start)
    return left, piece.bottom, left + wide, piece.top


def _ink(character: str, base: float, size: float) -> tuple[float, float]:
    """About how far a character of a text font reaches down and up."""
    if character in _LEVEL:
        return base + 0.15 * size, base + 0.35 * size
    if character in ACCENTS and not character.isascii():
        return base + 0.5 * size, base + 0.7 * size
    return base - (0.22 if character in _HANGING else 0.01) * size, base + (0.45 if character in _SMALL else 0.7) * size


def _fences(parts: list[Atom]) -> list[Atom]:
    """The parts that stand on each other as brackets."""
    parts.sort(key=lambda part: (round(part.left / 3), -part.top))
    stacks: list[list[Atom]] = []
    for part in parts:
        last = stacks[-1][-1] if stacks else None
        whole = last is not None and last.sign in "⌊⌋⌈⌉"
        if (
            last is not None
            and not whole
            and abs(last.left - part.left) < 0.3 * part.size
            and -0.3 * part.size < last.bottom - part.top < 0.3 * part.size
            and (not _PARTS[part.sign] or not _kind(stacks[-1]) or _kind(stacks[-1]) == _PARTS[part.sign])
        ):
            stacks[-1].append(part)
        else:
            stacks.append([part])
    fences = []
    for stack in stacks:
        kind = _kind(stack)
        if not kind:
            continue
        cells = tuple((part.sign, part.node.place) for part in stack if isinstance(part.node, Sign))
        sign = Sign(kind, cells[0][1] if cells[0][0] == kind else -1, fence=True, parts=cells)
        fence = united(stack, sign, 0.0, stack[0].size)
        fence.base, fence.sign, fence.hangs = fence.middle - 0.25 * fence.size, kind, True
        fences.append(fence)
    return fences


def _kind(stack: Sequence[Atom]) -> str:
    return next((_PARTS[part.sign] for part in stack if _PARTS[part.sign]), "")


def _dots(atoms: list[Atom]) -> list[Atom]:
    """Three dots in a row, on each other or in steps as the one sign they are meant to be."""
    dots = [atom for atom in atoms if atom.sign in (".", "·", "…")]
    if not 3 <= len(dots) <= 90:
        return atoms
    dots.sort(key=lambda dot: (-round(dot.base), dot.left))
    gone: set[int] = set()
    made: list[Atom] = []
    for first in dots:
        for shape in ("...", "⋮", "⋱"):
            chain = _chain(first, [dot for dot in dots if id(dot) not in gone], shape)
            if len(chain) != 3:
                continue
            gone |= {id(dot) for dot in chain}
            signs = tuple(dot.node for dot in chain) if shape == "..." else (Sign(shape),)
            # A standing sign's base is that of a letter in the middle of it.
            base = first.base if shape == "..." else chain[1].base - (0.25 if shape == "⋮" else 0.15) * first.size
            atom = united(chain, Row(signs), base, first.size)
            atom.sign = "…"
            made.append(atom)
            break
    return sorted([atom for atom in atoms if id(atom) not in gone] + made, key=lambda atom: atom.left)


def _chain(first: Atom, dots: Sequence[Atom], shape: str) -> list[Atom]:
    chain = [first]
    known = {id(dot) for dot in dots}
    for dot in dots:
        if len(chain) == 3 or id(first) not in known:
            break
        if dot.sign != first.sign:
            continue
        along, down, size = dot.left - chain[-1].left, chain[-1].base - dot.base, first.size
        if shape == "...":
            fits = abs(down) < 0.05 * size and 0.15 * size < along < 0.6 * size
        else:
            aside = abs(along) < 0.1 * size if shape == "⋮" else 0.2 * size < along < 0.6 * size
            fits = aside and 0.2 * size < down < 0.6 * size
        if fits:
            chain.append(dot)
    return chain
