"""kitty's graphics protocol: an image is sent once, and then stands where its cells are written, or is placed anew.

A cell that holds U+10EEEE shows a part of an image: its foreground colour is the image's id, two combining characters
say which row and column of the image (https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders). Such
cells scroll, and are covered and uncovered, as any text. Terminals that know the protocol but not these cells get the
image placed at the cursor.
"""

from base64 import standard_b64encode
from functools import cache
from io import BytesIO
from itertools import count
from random import SystemRandom
from typing import TYPE_CHECKING

from cs229tui.tui.pictures.painting import Colour

if TYPE_CHECKING:
    from PIL import Image

CELL = "\U0010eeee"
MOST_COLUMNS = 290
"""There are 297 combining characters to number rows and columns with."""
_CHUNK = 4096
# The edges of letters have some thousand colours, a photograph more.
_MOST_PLAIN = 4096
_PALETTE = 128
_WHITE = 247
# The combining characters that stand for 0, 1, 2, …: Unicode 6.0's of class 230 that never fuse with a letter.
_NUMBERS = """
0305 030D-030E 0310 0312 033D-033F 0346 034A-034C 0350-0352 0357 035B 0363-036F 0483-0487 0592-0595 0597-0599 059C-05A1
05A8-05A9 05AB-05AC 05AF 05C4 0610-0617 0657-065B 065D-065E 06D6-06DC 06DF-06E2 06E4 06E7-06E8 06EB-06EC 0730 0732-0733
0735-0736 073A 073D 073F-0741 0743 0745 0747 0749-074A 07EB-07F1 07F3 0816-0819 081B-0823 0825-0827 0829-082D 0951
0953-0954 0F82-0F83 0F86-0F87 135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1
1DC3-1DC9 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D
A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189 1D1AA-1D1AD 1D242-1D244
"""
# A terminal may show several programs: ids begin somewhere by chance.
_ids = count(SystemRandom().randrange(1, 0xF0) << 16)


@cache
def numbers() -> str:
    """The combining characters by the number they stand for."""
    found = []
    for part in _NUMBERS.split():
        first, _, last = part.partition("-")
        found += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return "".join(found)


def new_id() -> int:
    """An id that no other image has: 24 bits, so that a colour can name it."""
    return next(_ids) % 0xFFFFFF or next(_ids)


def colour_of(id: int) -> Colour:
    """The foreground colour that names an image."""
    return id >> 16 & 255, id >> 8 & 255, id & 255


@cache
def cells(row: int, first: int, last: int) -> str:
    """The cells that show the columns `first` up to `last` of a row of an image."""
    marks = numbers()
    # Each cell says its own row and column, for a terminal, tmux or Textual may draw any part of a line alone.
    return "".join(f"{CELL}{marks[row]}{marks[column]}" for column in range(first, last))


def png(image: "Image.Image") -> bytes:
    """An RGB image as PNG; print and drawings in a palette, which the eye cannot tell and is a third of the bytes."""
    from PIL import Image

    if image.getcolors(_MOST_PLAIN) is not None:
        image = image.quantize(_PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        # Paper is as white on this sheet as on the next.
        image.putpalette([255 if part >= _WHITE else part for part in image.getpalette() or []])
    out = BytesIO()
    image.save(out, "PNG", compress_level=2)
    return out.getvalue()


def transmit(id: int, columns: int, rows: int, data: bytes, woven: bool = True) -> list[str]:
    """What sends a PNG file of `columns` × `rows` cells; `woven`: to be shown by its cells, else to be placed."""
    text = standard_b64encode(data).decode("ascii")
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    how = f"a=T,U=1,c={columns},r={rows}" if woven else "a=t"
    sent = []
    for number, chunk in enumerate(chunks):
        keys = f"{how},f=100,i={id},q=2," if number == 0 else "q=2,"
        sent.append(_command(f"{keys}m={0 if number == len(chunks) - 1 else 1}", chunk))
    return sent


def place_row(id: int, row: int, columns: int, left: int, across: int, down: int) -> str:
    """What places one row of cells of an image at the cursor, from its pixel `left` on, cells being `across` × `down`.

    A row placed before moves.
    """
    return _command(
        f"a=p,i={id},p={row + 1},c={columns},r=1,x={left},y={row * down},w={columns * across},h={down},C=1,q=2"
    )


def take_row(id: int, row: int) -> str:
    """What takes a placed row of an image off the screen."""
    return _command(f"a=d,d=i,i={id},p={row + 1},q=2")


def delete(id: int) -> str:
    """What makes the terminal forget an image."""
    return _command(f"a=d,d=I,i={id},q=2")


def through_tmux(sequence: str) -> str:
    """A sequence as tmux hands it on to the terminal it runs in, where `allow-passthrough` is on."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _command(keys: str, payload: str = "") -> str:
    return f"\x1b_G{keys};{payload}\x1b\\" if payload else f"\x1b_G{keys}\x1b\\"
