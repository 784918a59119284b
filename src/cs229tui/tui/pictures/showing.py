"""The ways to show sheets of a page on a terminal: woven into the text, stamped over it, or made of its characters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import floor

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from cs229tui.documents.pdf.wire import Draw, Drawn
from cs229tui.documents.pictures import Shelf
from cs229tui.tui.pictures import blocks, kitty, sixel
from cs229tui.tui.pictures.abilities import Abilities
from cs229tui.tui.pictures.blocks import Block
from cs229tui.tui.pictures.geometry import Cells, Sheet
from cs229tui.tui.pictures.painting import Colour, Ink, Paper, compose

# What the terminal may keep for us; kitty itself forgets beyond 320 MB.
_MOST_IN_TERMINAL = 160 * 1024 * 1024
_LARGE_CELL = 14


@dataclass(frozen=True)
class Leaf:
    """A sheet with what is painted on it (in its own pixels) and the paper it is on."""

    sheet: Sheet
    inks: tuple[Ink, ...] = ()
    paper: Paper | None = None

    @property
    def shot(self) -> Draw:
        """What has to be drawn for it."""
        return self.sheet.shot


@dataclass(frozen=True)
class Probe:
    """The smallest drawing of a page: it tells where the page's points stand, or that it cannot be drawn."""

    page: int

    @property
    def shot(self) -> Draw:
        """A single pixel."""
        return Draw(self.page, 8, 8, 0, 0, 1, 1)


@dataclass(frozen=True)
class Made:
    """A sheet as the terminal takes it: a PNG file, sixels by rows of cells, or blocks by rows of cells."""

    png: bytes = b""
    sixels: tuple[str, ...] = ()
    blocks: tuple[tuple[Block, ...], ...] = ()

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        cells = len(self.blocks) * len(self.blocks[0]) if self.blocks else 0
        return 64 + len(self.png) + sum(map(len, self.sixels)) + 80 * cells


@dataclass(frozen=True)
class Stamp:
    """A row of cells of a sheet (`columns` of it from `first` on) that is to stand at a cell of the screen."""

    leaf: Leaf
    made: Made
    row: int
    first: int
    columns: int
    x: int
    y: int


class Show:
    """Sheets shown as block characters; the other ways differ from this. `write` sends to the terminal."""

    stamped = False
    """Whether pictures are drawn over the frame, which has empty cells there."""
    windowed = False
    """Whether a sheet is cut to what of its columns is seen."""

    def __init__(self, abilities: Abilities, write: Callable[[str], None]) -> None:
        self.abilities = abilities
        self.write = write

    def cells(self, pixels: tuple[float, float] | None) -> Cells:
        """The cells to lay pages out in, of a terminal with cells of so many pixels."""
        width, height = pixels or self.abilities.cell or (10, 20)
        return Cells(width, height, blocks.ACROSS, self.abilities.down)

    def most_columns(self, _cells: Cells) -> int:
        """How wide a sheet may be."""
        return 120

    def make(self, leaf: Leaf | Probe, drawn: Drawn) -> Made:
        """A drawn sheet as the terminal takes it; called off the screens' thread."""
        if isinstance(leaf, Probe):
            return Made()
        shot = leaf.shot
        image = compose(drawn, (shot.right - shot.left, shot.bottom - shot.top), leaf.inks, leaf.paper)
        return self._encoded(image, leaf.sheet)

    def _encoded(self, image: object, sheet: Sheet) -> Made:
        return Made(blocks=blocks.encode_cells(image, sheet.plate.down))  # type: ignore[arg-type]

    def arrived(self, leaf: Leaf, made: Made) -> None:
        """A sheet that is wanted on the screen, or soon, is there; telling so twice does nothing."""

    def line(self, leaf: Leaf, made: Made, row: int, first: int, last: int) -> list[Segment] | None:
        """The cells from column `first` up to `last` of a row of a sheet; None where they are stamped over it."""
        segments: list[Segment] = []
        text, style = "", None
        for block in made.blocks[row][first:last]:
            here = _block_style(block.front, block.back)
            if here is not style and text:
                segments.append(Segment(text, style))
                text = ""
            text, style = text + block.character, here
        if text:
            segments.append(Segment(text, style))
        return segments

    def stamp(self, stamps: list[Stamp], gone: bool = False) -> str:
        """What draws these rows over the frame; `gone`: they are all there is, what was stamped before is taken off."""
        return ""

    def close(self) -> None:
        """Leave nothing behind in the terminal."""


class Woven(Show):
    """kitty's images in cells of text: sent once, then scrolled, covered and uncovered like text."""

    def __init__(self, abilities: Abilities, write: Callable[[str], None]) -> None:
        super().__init__(abilities, write)
        self._sent: Shelf[Leaf, int] = Shelf(_MOST_IN_TERMINAL, self._forgotten)

    def cells(self, pixels: tuple[float, float] | None) -> Cells:
        width, height = _whole(self.abilities.cell, pixels)
        # On a screen of very fine pixels half as many look the same, and are a quarter of the bytes.
        share = 2 if width > _LARGE_CELL else 1
        return Cells(width, height, max(width // share, 1), max(height // share, 1))

    def most_columns(self, _cells: Cells) -> int:
        return kitty.MOST_COLUMNS

    def _encoded(self, image: object, sheet: Sheet) -> Made:
        return Made(png=kitty.png(image))  # type: ignore[arg-type]

    def arrived(self, leaf: Leaf, made: Made) -> None:
        if self._sent.get(leaf) is None and made.png:
            id, sheet = kitty.new_id(), leaf.sheet
            sent = kitty.transmit(id, sheet.columns, sheet.rows, made.png, woven=not self.stamped)
            self.write("".join(map(self._passed, sent)))
            pixels = sheet.columns * sheet.plate.across * sheet.rows * sheet.plate.down
            self._sent.put(leaf, id, 4.0 * pixels)

    def line(self, leaf: Leaf, made: Made, row: int, first: int, last: int) -> list[Segment] | None:
        id = self._sent.get(leaf)
        if id is None:
            return None
        return [Segment(kitty.cells(row, first, last), _id_style(id))]

    def _passed(self, sequence: str) -> str:
        return kitty.through_tmux(sequence) if self.abilities.through_tmux else sequence

    def _forgotten(self, _leaf: Leaf, id: int) -> None:
        self.write(self._passed(kitty.delete(id)))

    def close(self) -> None:
        self._sent.clear()


class Placed(Woven):
    """kitty's images placed over the frame, for terminals that do not know them in cells."""

    stamped = True

    def __init__(self, abilities: Abilities, write: Callable[[str], None]) -> None:
        super().__init__(abilities, write)
        self._placed: dict[tuple[int, int], tuple[int, ...]] = {}

    def line(self, leaf: Leaf, made: Made, row: int, first: int, last: int) -> list[Segment] | None:
        return None

    def stamp(self, stamps: list[Stamp], gone: bool = False) -> str:
        wanted: dict[tuple[int, int], tuple[int, ...]] = {
            (id, one.row): (one.first, one.columns, one.x, one.y)
            for one in stamps
            if (id := self._sent.get(one.leaf)) is not None
        }
        parts = [kitty.take_row(*key) for key in self._placed if key not in wanted] if gone else []
        for one in stamps:
            id = self._sent.get(one.leaf)
            if id is None or self._placed.get((id, one.row)) == wanted[id, one.row]:
                continue
            plate = one.leaf.sheet.plate
            place = kitty.place_row(id, one.row, one.columns, one.first * plate.across, plate.across, plate.down)
            parts.append(f"\x1b[{one.y + 1};{one.x + 1}H{place}")
        self._placed = wanted if gone else self._placed | wanted
        return "".join(parts)

    def _forgotten(self, leaf: Leaf, id: int) -> None:
        self._placed = {key: where for key, where in self._placed.items() if key[0] != id}
        super()._forgotten(leaf, id)


class Sixels(Show):
    """Sixels drawn over the frame, row by row of cells."""

    stamped = True
    windowed = True

    def cells(self, pixels: tuple[float, float] | None) -> Cells:
        width, height = _whole(self.abilities.cell, pixels)
        return Cells(width, height, width, height)

    def most_columns(self, cells: Cells) -> int:
        widest = self.abilities.largest[0] if self.abilities.largest else 4000
        return max(widest // cells.across, 1)

    def _encoded(self, image: object, sheet: Sheet) -> Made:
        return Made(sixels=sixel.encode_rows(image, sheet.plate.down, self.abilities.colours))  # type: ignore[arg-type]

    def line(self, leaf: Leaf, made: Made, row: int, first: int, last: int) -> list[Segment] | None:
        return None

    def stamp(self, stamps: list[Stamp], gone: bool = False) -> str:
        # A row that is cut at a side would need another picture; the window is cut so that none is.
        return "".join(f"\x1b[{one.y + 1};{one.x + 1}H{one.made.sixels[one.row]}" for one in stamps)


def show_for(abilities: Abilities, write: Callable[[str], None]) -> Show:
    """The way to show pages that the terminal's abilities allow."""
    ways = {"kitty": Woven, "placed": Placed, "sixel": Sixels}
    return ways.get(abilities.way, Show)(abilities, write)


def _whole(asked: tuple[int, int] | None, told: tuple[float, float] | None) -> tuple[int, int]:
    """The pixels of a cell: what the terminal answered, unless the kernel knows better since the font has changed."""
    if asked and (told is None or (abs(asked[0] - told[0]) < 1 and abs(asked[1] - told[1]) < 1)):
        return asked
    if told is None:
        return 10, 20
    return max(floor(told[0]), 1), max(floor(told[1]), 1)


@lru_cache(maxsize=8192)
def _block_style(front: Colour, back: Colour) -> Style:
    return Style(color=Color.from_rgb(*front), bgcolor=Color.from_rgb(*back))


@lru_cache(maxsize=1024)
def _id_style(id: int) -> Style:
    return Style(color=Color.from_rgb(*kitty.colour_of(id)))
