"""Makes small PDFs for tests: text in the base-14 fonts at given places, rules, outlines, and broken files."""

import codecs
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

ROMAN, BOLD, ITALIC, SANS, MONO, SYMBOL = range(1, 7)
_FONTS = {
    ROMAN: "Times-Roman",
    BOLD: "Times-Bold",
    ITALIC: "Times-Italic",
    SANS: "Helvetica",
    MONO: "Courier",
    SYMBOL: "Symbol",
}
_LETTERS = "444 500 444 500 444 333 500 500 278 278 500 278 778 500 500 500 500 333 389 278 500 500 722 500 500 444"
_WIDTHS = {letter: int(wide) for letter, wide in zip(map(chr, range(97, 123)), _LETTERS.split(" "), strict=True)}
_WIDTHS |= dict.fromkeys("0123456789", 500) | dict.fromkeys(" .,", 250) | dict.fromkeys("-()[]I", 333)
_WIDTHS |= dict.fromkeys(":;", 278) | dict.fromkeys("BCRE", 667)


@dataclass(frozen=True)
class Put:
    """Text whose line begins at (x, y), in points; `words` widens its spaces, `angle` is 0 or 90."""

    x: float
    y: float
    text: str
    size: float = 10
    font: int = ROMAN
    words: float = 0
    angle: int = 0


@dataclass(frozen=True)
class Rule:
    """A level line from (x, y), `length` points long."""

    x: float
    y: float
    length: float


@dataclass(frozen=True)
class Panel:
    """A drawing: a frame with a few strokes in it."""

    x: float
    y: float
    width: float
    height: float


Item = Put | Rule | Panel


def width(text: str, size: float = 10) -> float:
    """How wide a text in Times is, in points."""
    return sum(_WIDTHS.get(character, 700) for character in text) * size / 1000


def justified(
    lines: Sequence[str], x: float, top: float, to: float, size: float = 10, leading: float = 12, font: int = ROMAN
) -> list[Put]:
    """Lines below each other, all but the last stretched to the width `to`."""
    made = []
    for number, line in enumerate(lines):
        spaces = line.count(" ")
        words = (to - width(line, size)) / spaces if spaces and number < len(lines) - 1 else 0
        made.append(Put(x, top - number * leading, line, size, font, max(-1.5, min(words, 12))))
    return made


def paragraph(
    text: str, x: float, top: float, to: float, size: float = 10, leading: float = 12, font: int = ROMAN
) -> list[Put]:
    """A text set in lines as wide as `to`."""
    lines, line = [], ""
    for word in text.split():
        if line and width(f"{line} {word}", size) > to:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return justified([*lines, line], x, top, to, size, leading, font)


def filler(words: int, seed: str = "alpha") -> str:
    """Sentences of so many words, all in small letters but the first of each."""
    stock = ("model", "loss", "gradient", "layer", "weight", "token", "query", "value", "batch", "noise", "residual")
    offset = sum(map(ord, seed))
    chosen = [stock[(offset + number * 7 + number // 5) % len(stock)] for number in range(words)]
    sentences = textwrap.wrap(" ".join(chosen), 70, break_long_words=False)
    return " ".join(sentence.capitalize() + "." for sentence in sentences)


def _raw(error: UnicodeError) -> tuple[bytes, int]:
    """A character that WinAnsi has no place for, as the byte of its number: for files made to do harm."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("raw", _raw)


def pdf(
    pages: Sequence[Sequence[Item]],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int, float]] = (),
    identifier: bytes | None = None,
    size: tuple[float, float] = (612, 792),
    rotate: int = 0,
    labels: str = "",
    compress: bool = False,
) -> bytes:
    """A whole PDF. An outline's lines are (title, page from 1, height); `labels` is a page label style such as `r`."""
    objects: list[bytes] = [b"", b""]

    def add(body: bytes | str) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    fonts = " ".join(f"/F{key} {add(_font(key))} 0 R" for key in _FONTS)
    kids = []
    for items in pages:
        stream = "\n".join(_drawn(item) for item in items).encode("cp1252", "raw")
        filters = ""
        if compress:
            stream, filters = zlib.compress(stream), "/Filter /FlateDecode "
        content = add(f"<< {filters}/Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Rotate {rotate} "
                f"/Resources << /Font << {fonts} >> >> /Contents {content} 0 R >>"
            )
        )
    extra = ""
    if outline:
        extra += f" /Outlines {len(objects) + 1} 0 R"
        objects += _outline(outline, kids, len(objects) + 1)
    if labels:
        extra += f" /PageLabels << /Nums [0 << /S /{labels} >>] >>"
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R{extra} >>".encode()
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    info = f" /Info {add(f'<< /Title ({title}) >>')} 0 R" if title else ""
    known = f" /ID [<{identifier.hex()}> <{identifier.hex()}>]" if identifier is not None else ""
    return _file(objects, f"/Root 1 0 R{info}{known}")


def with_pages_tree(tree: str) -> bytes:
    """A PDF whose page tree is given as text, for trees that lie."""
    return _file([b"<< /Type /Catalog /Pages 2 0 R >>", tree.encode()], "/Root 1 0 R")


def form_recursion(depth: int = 9, calls: int = 10) -> bytes:
    """Forms that call forms, `calls` times each: a few kilobytes that ask for calls ** depth drawings of text."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R"
        b" /Resources << /XObject << /X 9 0 R >> >> >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 7 0 R"
        b" /Resources << /Font << /F1 8 0 R >> >> >>",
        _stream("", b"/X Do"),
        b"null",
        _stream("", b"BT /F1 10 Tf 72 700 Td (The second page is whole.) Tj ET"),
        _font(ROMAN).encode(),
    ]
    first = len(objects) + 1
    for level in range(depth):
        deepest = level == depth - 1
        inner = b"BT /F1 10 Tf (x) Tj ET" if deepest else b"/X Do " * calls
        resources = "/Font << /F1 8 0 R >>" if deepest else f"/XObject << /X {first + level + 1} 0 R >>"
        form = f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << {resources} >> "
        objects.append(_stream(form, inner))
    return _file(objects, "/Root 1 0 R")


def flate_bomb(megabytes: int) -> bytes:
    """A page whose content is that many megabytes of spaces, packed."""
    packed = zlib.compress(b" " * (megabytes << 20), 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << >> >>",
        f"<< /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream",
    ]
    return _file(objects, "/Root 1 0 R")


def encrypted(plain: bytes, password: str) -> bytes:
    """The same file behind a password."""
    import io

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain)))
    writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _stream(entries: str, body: bytes) -> bytes:
    return f"<< {entries}/Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


def _font(key: int) -> str:
    encoding = "" if key == SYMBOL else " /Encoding /WinAnsiEncoding"
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{_FONTS[key]}{encoding} >>"


def _drawn(item: Item) -> str:
    match item:
        case Put():
            escaped = item.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            matrix = f"0 1 -1 0 {item.x} {item.y} Tm" if item.angle else f"1 0 0 1 {item.x} {item.y} Tm"
            return f"BT /F{item.font} {item.size} Tf {item.words:.3f} Tw {matrix} ({escaped}) Tj ET"
        case Rule():
            return f"0.6 w {item.x} {item.y} m {item.x + item.length} {item.y} l S"
        case Panel():
            x, y, wide, high = item.x, item.y, item.width, item.height
            strokes = " ".join(
                f"{x} {y} m {x + wide * part / 5} {y + high * (1 - part / 6)} l S" for part in range(1, 6)
            )
            return f"1 w {x} {y} {wide} {high} re S {strokes}"


def _outline(lines: Sequence[tuple[str, int, float]], kids: Sequence[int], root: int) -> list[bytes]:
    """The outline's objects, the first of which is object `root`."""
    last = root + len(lines)
    made = [f"<< /First {root + 1} 0 R /Last {last} 0 R /Count {len(lines)} >>"]
    for here, (title, page, height) in enumerate(lines, root + 1):
        links = f" /Prev {here - 1} 0 R" if here > root + 1 else ""
        links += f" /Next {here + 1} 0 R" if here < last else ""
        made.append(f"<< /Title ({title}) /Parent {root} 0 R /Dest [{kids[page - 1]} 0 R /XYZ 0 {height} 0]{links} >>")
    return [each.encode("latin-1") for each in made]


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
