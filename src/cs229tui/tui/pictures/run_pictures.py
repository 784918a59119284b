"""The pictures that a lab made: PNG files in a run's folder, of which nothing may be believed but what is looked at."""

import os
import stat
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cs229tui.documents.pdf.wire import Draw, Drawn
from cs229tui.errors import DocumentError
from cs229tui.labkit.events import Image as Shown

if TYPE_CHECKING:
    from PIL.Image import Image as Pillow

MOST_BYTES = 32 * 1024 * 1024
MOST_PIXELS = 16_000_000
_MOST_SQUARES = 1000  # of a strip that is broken into lines
# All that Pillow has been seen to raise for a file that is not what it says.
_DAMAGES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


class RunPictures:
    """Draws the pictures of one name as if they were pages; the first is page 1. The folder may vanish meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.room = (1.0, 1.0)
        """How wide and high the room for a picture is, in any unit of length."""
        self._pages: dict[Shown, int] = {}
        self._by_page: dict[int, Shown] = {}

    @property
    def pages(self) -> int:
        """How many pictures have been seen so far."""
        return len(self._pages)

    def page_of(self, image: Shown) -> int:
        """The number that this picture has for good, whatever comes and goes before it."""
        page = self._pages.get(image)
        if page is None:
            page = self._pages[image] = len(self._pages) + 1
            self._by_page[page] = image
        return page

    def size_of(self, page: int) -> tuple[float, float]:
        """How many pixels a picture has, as its event says, a long strip in the lines it is shown in."""
        image = self._by_page.get(page)
        if image is None or image.width < 1 or image.height < 1:
            return 1.0, 1.0
        lines = lines_of(image.width, image.height, self.room)
        return float(image.width // lines), float(image.height * lines)

    def draw(self, shot: Draw) -> Drawn:
        """A part of a picture as large as it is shown; raises `DocumentError` with what is wrong with the file."""
        image = self._by_page.get(shot.page)
        if image is None:
            raise DocumentError("There is no such picture.")
        width, height = self.size_of(shot.page)
        # Its pixels are its points.
        matrix = (1 / width, 0.0, 0.0, 1 / height, 0.0, 0.0)
        if shot.right - shot.left <= 1:
            return Drawn(b"\xff\xff\xff", 3, matrix)
        pixels = decoded(self.folder, image, shot, round(height / max(image.height, 1)))
        return Drawn(pixels, 3 * (shot.right - shot.left), matrix)

    def close(self) -> None:
        """Nothing is held open."""


def lines_of(width: int, height: int, room: tuple[float, float]) -> int:
    """In how many lines a strip of squares side by side is largest in some room; other pictures have one line."""
    count = width // height
    if not 3 <= count <= _MOST_SQUARES or width % height:
        return 1
    sizes = {
        lines: min(room[0] / (count // lines), room[1] / lines) for lines in range(1, count + 1) if count % lines == 0
    }
    # Broken only where that shows much more.
    return max(sizes, key=lambda lines: sizes[lines] * (1.4 if lines == 1 else 1.0))


def decoded(folder: Path, image: Shown, shot: Draw, lines: int = 1) -> bytes:
    """The pixels of `shot`, three bytes each, of a strip broken into `lines`; raises `DocumentError`."""
    from PIL import Image

    with opened(folder, image.file) as file:
        width, height = _size_in(file.read(24), image.file)
        if width * height > MOST_PIXELS:
            raise DocumentError(f"{image.file} is too large to be shown: {width} × {height} pixels.")
        if (width, height) != (image.width, image.height):
            raise DocumentError(f"{image.file} is not the picture that the run has told of.")
        file.seek(0)
        try:
            with Image.open(file, formats=("PNG",)) as picture:
                plain = _in_rgb(picture)
        except _DAMAGES as error:
            raise DocumentError(f"{image.file} is damaged.") from error
    if lines > 1:
        broken = Image.new("RGB", (width // lines, height * lines))
        for line in range(lines):
            broken.paste(plain.crop((line * broken.width, 0, (line + 1) * broken.width, height)), (0, line * height))
        plain, (width, height) = broken, broken.size
    wide, high = min(shot.right, shot.width) - shot.left, min(shot.bottom, shot.height) - shot.top
    across, down = width / shot.width, height / shot.height
    box = (shot.left * across, shot.top * down, (shot.left + wide) * across, (shot.top + high) * down)
    # What is small keeps its pixels as squares; what is large is averaged, so that nothing is left out.
    way = Image.Resampling.NEAREST if shot.width >= width else Image.Resampling.BOX
    part = plain.resize(
        (max(wide, 1), max(high, 1)), way, box=(box[0], box[1], min(box[2], width), min(box[3], height))
    )
    # The last cells are not full: what is beyond the picture goes on as its edge.
    sheet = Image.new("RGB", (shot.right - shot.left, shot.bottom - shot.top))
    sheet.paste(part.crop((part.width - 1, 0, part.width, part.height)).resize((sheet.width, part.height)), (0, 0))
    sheet.paste(part, (0, 0))
    if part.height < sheet.height:
        edge = sheet.crop((0, part.height - 1, sheet.width, part.height))
        sheet.paste(edge.resize((sheet.width, sheet.height - part.height)), (0, part.height))
    return sheet.tobytes()


def opened(folder: Path, name: str) -> BinaryIO:
    """A plain file of bounded size inside a run's folder; raises `DocumentError`."""
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve(strict=True)):
            raise DocumentError(f"{name} leads out of the run's folder.")
        # A pipe would keep us waiting for ever.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError, RuntimeError) as error:
        raise DocumentError(f"{name} is not there any more.") from error
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode):
        os.close(number)
        raise DocumentError(f"{name} is not a plain file.")
    if found.st_size > MOST_BYTES:
        os.close(number)
        raise DocumentError(f"{name} is too large to be shown: {found.st_size / 1e6:.0f} MB.")
    return os.fdopen(number, "rb")


def _size_in(head: bytes, name: str) -> tuple[int, int]:
    """The width and height in the first bytes of a PNG file, read before anything is made of them."""
    if len(head) < 24 or not head.startswith(b"\x89PNG\r\n\x1a\n") or head[12:16] != b"IHDR":
        raise DocumentError(f"{name} is not a PNG file.")
    width, height = struct.unpack(">II", head[16:24])
    if not width or not height:
        raise DocumentError(f"{name} is damaged.")
    return width, height


def _in_rgb(picture: "Pillow") -> "Pillow":
    """All of its pixels, red, green and blue; what is transparent on a middle grey."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", seen.size, (128, 128, 128, 255)), seen).convert("RGB")
    if picture.mode.startswith("I"):
        # Of 16 bits a pixel the upper eight are what can be shown.
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")
