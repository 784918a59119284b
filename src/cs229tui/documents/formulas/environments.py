"""The environments of LaTeX's mathematics: which align their rows, which are matrices or cases, between what."""

from collections.abc import Sequence

from cs229tui.documents.formulas.parts import Part, UnreadableError, joined, sign
from cs229tui.documents.formulas.signs import names
from cs229tui.documents.formulas.tree import Grid, Row

ALIGNED = names(
    "align align* aligned eqnarray eqnarray* split alignat alignat* alignedat gather gather* gathered multline"
    " multline* equation equation* displaymath math flalign flalign* subequations IEEEeqnarray dmath dmath*"
)
GRIDS = {
    "matrix": ("", ""),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "smallmatrix": ("", ""),
    "array": ("", ""),
    "cases": ("{", ""),
    "dcases": ("{", ""),
    "rcases": ("", "}"),
    "subarray": ("", ""),
}
# A matrix of more cells than this is none that anybody reads.
_MOST_CELLS = 2000


def grid(rows: list[list[Part]], numbers: Sequence[str], environment: str) -> Grid:
    """The rows of an environment (or of a formula without one) as they stand below each other."""
    together = zip(rows, numbers, strict=True)
    kept = [(row, number) for row, number in together if number or any(cell.nodes for cell in row)]
    if not kept:
        return Grid(((Row(()),),), paired=True, numbers=("",))
    if max(len(row) for row, _ in kept) * len(kept) > _MOST_CELLS:
        raise UnreadableError
    if "eqnarray" in environment.lower():
        # The sign in the middle has a column of its own.
        kept = [([row[0], joined([*row[1:2], sign(" ", "space"), *row[2:]])], number) for row, number in kept]
    cells = tuple(tuple(cell.node for cell in row) for row, _ in kept)
    if environment in GRIDS:
        return Grid(cells, centred="cases" not in environment)
    return Grid(cells, paired=True, numbers=tuple(number for _, number in kept))
