"""PDFs as nobody should make them: broken, lying, endless or only unusual, each by a name of its own."""

import io
import random
import zlib
from collections.abc import Callable

from pdfs import BOLD, ROMAN, Put, _file, _font, _stream, encrypted, filler, flate_bomb, form_recursion, paragraph, pdf

SAID = "The loss of the model falls with every step of it."
_PAGE = [Put(72, 700, SAID), *paragraph(filler(60), 72, 680, 400)]


def whole() -> bytes:
    """A file with nothing wrong in it."""
    return pdf([_PAGE, _PAGE], title="Whole", outline=[("One", 1, 715)])


def made(
    contents: bytes = b"",
    page: str = "",
    resources: str = "/Font << /F1 5 0 R >>",
    catalog: str = "",
    more: tuple[bytes, ...] = (),
    box: str = "/MediaBox [0 0 612 792]",
    trailer: str = "/Root 1 0 R",
) -> bytes:
    """One page: catalog 1, pages 2, page 3, contents 4, font 5, and what else is given from 6 on."""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        f"<< /Type /Page /Parent 2 0 R {box} {page} /Contents 4 0 R /Resources << {resources} >> >>".encode("latin-1"),
        _stream("", contents or said()),
        _font(ROMAN).encode(),
        *more,
    ]
    return _file(objects, trailer)


def said(x: float = 72, y: float = 700, text: str = SAID, size: float = 10, before: str = "") -> bytes:
    """The drawing of a line of text."""
    return f"{before} BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET".encode("latin-1")


def cmap(pairs: dict[int, str], wide: bool = False) -> bytes:
    """A ToUnicode map."""
    digits = 4 if wide else 2
    lines = "".join(f"<{code:0{digits}x}> <{text.encode('utf-16-be').hex()}>\n" for code, text in pairs.items())
    space = f"1 begincodespacerange <{'0' * digits}> <{'f' * digits}> endcodespacerange"
    return _stream(
        "",
        f"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def {space}\n"
        f"{len(pairs)} beginbfchar\n{lines}endbfchar endcmap end end".encode(),
    )


def told(text: str) -> bytes:
    """A page in a simple font whose map says that its codes, from 65 on, are this text."""
    codes = "".join(chr(65 + index) for index in range(len(text)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    return made(
        said(text=codes.replace("\\", "\\\\")).replace(b"F1", b"F2"),
        resources="/Font << /F1 5 0 R /F2 6 0 R >>",
        more=(font.encode(), cmap({65 + index: letter for index, letter in enumerate(text)})),
    )


def composite(text: str, vertical: bool = False) -> bytes:
    """A page in a composite font with a map, one code a character; from the top down where it is vertical."""
    codes = "".join(f"{index + 1:04x}" for index in range(len(text)))
    font = f"<< /Type /Font /Subtype /Type0 /BaseFont /None /Encoding /Identity-{'V' if vertical else 'H'}"
    return made(
        f"BT /F2 12 Tf 300 700 Td <{codes}> Tj ET".encode(),
        resources="/Font << /F2 6 0 R >>",
        more=(
            f"{font} /DescendantFonts [7 0 R] /ToUnicode 9 0 R >>".encode(),
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /None /CIDSystemInfo << /Registry (Adobe) /Ordering"
            b" (Identity) /Supplement 0 >> /FontDescriptor 8 0 R /DW 1000 >>",
            b"<< /Type /FontDescriptor /FontName /None /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900"
            b" /Descent -200 /CapHeight 700 /StemV 80 >>",
            cmap({index + 1: letter for index, letter in enumerate(text)}, wide=True),
        ),
    )


def cut(share: float) -> Callable[[], bytes]:
    """The whole file up to a share of it."""
    return lambda: whole()[: int(len(whole()) * share)]


def replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    """The whole file with something exchanged, its places no longer right."""
    return lambda: whole().replace(old, new)


def tree(kids: str, count: str = "1", more: tuple[bytes, ...] = ()) -> Callable[[], bytes]:
    """A page tree that lies."""
    return lambda: _file(
        [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {count} /Kids {kids} >>".encode(), *more],
        "/Root 1 0 R",
    )


def deep_tree(depth: int) -> bytes:
    """A page below that many page trees."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    objects += [f"<< /Type /Pages /Count 1 /Kids [{number + 1} 0 R] >>".encode() for number in range(2, depth + 2)]
    objects.append(b"<< /Type /Page /MediaBox [0 0 612 792] /Contents null >>")
    return _file(objects, "/Root 1 0 R")


def updated() -> bytes:
    """A file whose page was changed by an update at its end."""
    first = made(said(text="This was said before."))
    at = len(first)
    start = first.rindex(b"startxref") + 10
    former = int(first[start : first.index(b"\n", start)])
    change = b"4 0 obj\n" + _stream("", said()) + b"\nendobj\n"
    table = f"xref\n4 1\n{at:010d} 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev {former} >>\n".encode()
    return first + change + table + f"startxref\n{at + len(change)}\n%%EOF\n".encode()


def in_streams() -> bytes:
    """A file of PDF 1.5: its objects in an object stream, its table a stream."""
    inner = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        _font(ROMAN).encode(),
    ]
    numbers, places, body = [1, 2, 3, 5], [], b""
    for each in inner:
        places.append(len(body))
        body += each + b" "
    head = " ".join(f"{number} {place}" for number, place in zip(numbers, places, strict=True)).encode() + b" "
    packed = zlib.compress(head + body)
    out = bytearray(b"%PDF-1.5\n")
    contents_at = len(out)
    out += b"4 0 obj\n" + _stream("", said()) + b"\nendobj\n"
    held_at = len(out)
    out += f"6 0 obj\n<< /Type /ObjStm /N 4 /First {len(head)} /Filter /FlateDecode /Length {len(packed)} >>\n".encode()
    out += b"stream\n" + packed + b"\nendstream\nendobj\n"
    table_at = len(out)
    rows = [(0, 0, 65535), (2, 6, 0), (2, 6, 1), (2, 6, 2), (1, contents_at, 0), (2, 6, 3), (1, held_at, 0)]
    rows.append((1, table_at, 0))
    table = b"".join(bytes([kind]) + second.to_bytes(4) + third.to_bytes(2) for kind, second, third in rows)
    out += f"7 0 obj\n<< /Type /XRef /Size 8 /W [1 4 2] /Root 1 0 R /Length {len(table)} >>\nstream\n".encode()
    out += table + b"\nendstream\nendobj\n" + f"startxref\n{table_at}\n%%EOF\n".encode()
    return bytes(out)


def with_links(count: int) -> bytes:
    """A page with that many links, their rectangles and targets mostly nonsense."""
    chance = random.Random(7)
    links = [
        f"<< /Type /Annot /Subtype /Link /Rect [{chance.randint(-99, 999)} 690 {chance.randint(-99, 999)} 1e9]"
        f" {chance.choice(['/Dest [3 0 R /XYZ 0 99999 0]', '/A << /S /URI /URI (https://e.org/x) >>', '/Dest (gone)'])}"
        f"{chance.choice(['', ' /A << /S /Launch /F (calc) >>', ' /QuadPoints [0 0 0]'])} >>"
        for _ in range(count)
    ]
    return made(page=f"/Annots [{' '.join(links)}]")


def locked(password: str, owner: str = "") -> bytes:
    """Encrypted: for readers with `password`, or for all where only the owner has one."""
    if password:
        return encrypted(whole(), password)
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(whole())))
    writer.encrypt("", owner, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def mutated(seed: int) -> bytes:
    """The whole file with a hundredth of its bytes by chance."""
    chance = random.Random(seed)
    data = bytearray(whole())
    for _ in range(len(data) // 100):
        data[chance.randrange(10, len(data))] = chance.randrange(256)
    return bytes(data)


_TYPE3 = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 97 /LastChar"
    b" 97 /Widths [1000] /Encoding << /Type /Encoding /Differences [97 /a] >> /CharProcs << /a 7 0 R >> /Resources <<"
    b" /Font << /F2 6 0 R /F1 5 0 R >> >> >>"
)
_LAYERS = "/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
_XFA = "/AcroForm << /XFA 6 0 R /Fields [7 0 R 7 0 R] >>"
_LOOPING = "/Outlines << /First 6 0 R /Last 6 0 R >>"
_NAMES = "/Names << /Dests << /Kids [6 0 R] >> >>"

# What each file gives: words that are read from it, an error's words after "!", or empty where either will do.
KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "whole": (whole, SAID),
    "empty": (lambda: b"", "!"),
    "only a header": (lambda: b"%PDF-1.7\n", "!damaged"),
    "zeros": (lambda: bytes(4000), "!not a PDF"),
    "noise": (lambda: random.Random(1).randbytes(4000), "!not a PDF"),
    "noise with a header": (lambda: b"%PDF-1.4\n" + random.Random(2).randbytes(20_000), "!damaged"),
    "a web page": (lambda: b"<!doctype html><title>Log in</title>", "!not a PDF"),
    "noise before the header": (lambda: bytes(500) + whole(), SAID),
    "much noise before the header": (lambda: b"x" * 5000 + whole(), "!not a PDF"),
    "noise after the end": (lambda: whole() + random.Random(3).randbytes(3000), SAID),
    "cut at a tenth": (cut(0.1), "!"),
    "cut at a third": (cut(0.33), ""),
    "cut in the middle": (cut(0.7), SAID),
    "cut at two thirds": (cut(0.8), SAID),
    "cut near the end": (cut(0.9), SAID),
    "cut in the table": (cut(0.97), SAID),
    "its last byte missing": (lambda: whole()[:-1], SAID),
    "a tree that holds itself": (tree("[2 0 R]"), ""),
    "a tree that holds its parent": (tree("[3 0 R]", more=(b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>",)), ""),
    "a tree without children": (tree("[]", "0"), "!no pages"),
    "a tree of nothing": (tree("null", "3"), ""),
    "a tree of numbers": (tree("[1 2 3]", "3"), ""),
    "a tree of missing objects": (tree("[99 0 R 98 0 R]", "2"), ""),
    "a tree that counts to billions": (tree("[3 0 R]", "2147483647"), ""),
    "a tree that counts below zero": (tree("[3 0 R]", "-5"), ""),
    "a tree that counts in words": (tree("[3 0 R]", "(many)"), ""),
    "a deep tree": (lambda: deep_tree(3000), ""),
    "six thousand pages": (
        tree("[" + "3 0 R " * 6000 + "]", "6000", (b"<< /Type /Page /MediaBox [0 0 9 9] >>",)),
        "!6000",
    ),
    "no root": (lambda: made(trailer=""), ""),
    "a root that is its page": (lambda: made(trailer="/Root 3 0 R"), ""),
    "a table that leads to itself": (lambda: made(trailer="/Root 1 0 R /Prev 9"), SAID),
    "a table out of place": (replaced(b"startxref\n", b"startxref\n9"), SAID),
    "no table": (lambda: whole()[: whole().rindex(b"xref\n0")] + b"trailer\n<< /Root 1 0 R >>\n", SAID),
    "places that are wrong": (replaced(b"00000 n", b"00007 n"), ""),
    "a length that refers to itself": (replaced(b"/Length ", b"/Length 4 0 R /Old "), ""),
    "a length too long": (replaced(b"/Length ", b"/Length 9"), ""),
    "a length below zero": (replaced(b"/Length ", b"/Length -"), ""),
    "names exchanged": (replaced(b"/Type /Page ", b"/Type /Pages "), ""),
    "contents that are the page": (lambda: made().replace(b"/Contents 4 0 R", b"/Contents 3 0 R"), ""),
    "contents a thousand times": (
        lambda: made().replace(b"/Contents 4 0 R", b"/Contents [" + b"4 0 R " * 999 + b"]"),
        "",
    ),
    "resources that are the page": (lambda: made(resources="/XObject 3 0 R"), ""),
    "forms within forms": (form_recursion, "whole"),
    "an outline in a circle": (
        lambda: made(catalog=_LOOPING, more=(b"<< /Title (A) /Next 6 0 R /First 6 0 R /Dest [3 0 R /XYZ 0 0 0] >>",)),
        SAID,
    ),
    "names in a circle": (lambda: made(catalog=_NAMES, more=(b"<< /Kids [6 0 R 6 0 R] >>",)), SAID),
    "labels that make no sense": (
        lambda: made(catalog="/PageLabels << /Nums [0 << /S /r /St 99999999 >> (x) 3] >>"),
        SAID,
    ),
    "a page without a size": (lambda: made(box=""), SAID),
    "a page of no size": (lambda: made(box="/MediaBox [0 0 0 0]"), ""),
    "a page upside down": (lambda: made(box="/MediaBox [612 792 0 0]"), SAID),
    "a page as large as a country": (lambda: made(box="/MediaBox [0 0 1e9 1e9]"), ""),
    "a page of words": (lambda: made(box="/MediaBox [(a) (b) /c null]"), SAID),
    "a page with another origin": (lambda: made(said(-200, -100), box="/MediaBox [-300 -400 312 392]"), SAID),
    "a page cut to a part": (lambda: made(page="/CropBox [50 600 400 780]"), SAID),
    "a page in large units": (lambda: made(page="/UserUnit 10"), SAID),
    "a page turned by no quarter": (lambda: made(page="/Rotate 45"), SAID),
    "a page turned back": (lambda: made(page="/Rotate -90"), SAID),
    "text a mile high": (lambda: made(said(size=100_000)), ""),
    "text of no height": (lambda: made(said(size=0)), ""),
    "text beside the page": (lambda: made(said(5000, 9000)), ""),
    "text that is not painted": (lambda: made(said(before="3 Tr")), SAID),
    "text painted twice": (lambda: made(said() + b" " + said(72.3)), SAID),
    "text in white": (lambda: made(said(before="1 1 1 rg")), SAID),
    "a quarter of a million letters": (lambda: made(said(text="abcdefghij " * 24_000, size=1)), ""),
    "text never ended": (lambda: made(b"BT /F1 10 Tf 72 700 Td (" + SAID.encode()), ""),
    "operators without end": (lambda: made(b"q " * 300_000), ""),
    "arrays within arrays": (lambda: made(b"[" * 200_000), ""),
    "dictionaries within dictionaries": (lambda: made(page="/X " + "<< /A " * 20_000), ""),
    "numbers too large": (lambda: made(b"9" * 5000 + b" 0 Td " + said()), ""),
    "a font that is missing": (lambda: made(resources=""), ""),
    "a font that is the page": (lambda: made(resources="/Font << /F1 3 0 R >>"), ""),
    "a font file of noise": (
        lambda: made(
            resources="/Font << /F1 6 0 R >>",
            more=(
                b"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 7 0 R /FirstChar 0 /LastChar 1 >>",
                b"<< /Type /FontDescriptor /FontName /X /Flags 32 /FontFile2 8 0 R >>",
                _stream("", random.Random(4).randbytes(5000)),
            ),
        ),
        "",
    ),
    "letters that are drawings": (
        lambda: made(
            b"BT /F2 10 Tf 72 700 Td (aaa) Tj ET",
            resources="/Font << /F2 6 0 R >>",
            more=(_TYPE3, _stream("", b"1000 0 0 0 750 750 d1 0 0 750 750 re f")),
        ),
        "",
    ),
    "letters that draw themselves": (
        lambda: made(
            b"BT /F2 10 Tf 72 700 Td (aaa) Tj ET",
            resources="/Font << /F2 6 0 R >>",
            more=(_TYPE3, _stream("", b"1000 0 d0 BT /F2 1000 Tf (aaaaaaaaaa) Tj ET")),
        ),
        "",
    ),
    "a map to what a terminal obeys": (lambda: told("ab\x1b]52;c;x\x07\x9b31m\u202ecd"), "ab"),
    "a map to halves of characters": (
        lambda: made(
            said().replace(b"F1", b"F2"),
            resources="/Font << /F2 6 0 R >>",
            more=(
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>",
                cmap({84: "x"}).replace(b"<0078>", b"<d800>"),
            ),
        ),
        "",
    ),
    "right to left": (lambda: composite("שלום עולם"), "שלום"),
    "Arabic": (lambda: composite("مرحبا بالعالم"), "مرحبا"),
    "from the top down": (lambda: composite("深層学習の理論", vertical=True), ""),
    "Chinese": (lambda: composite("深度学习的理论与实践"), "深度学习"),
    "a bomb of spaces": (lambda: flate_bomb(60), ""),
    "a bomb in a bomb": (
        lambda: made().replace(
            _stream("", said()),
            _stream("/Filter [/FlateDecode /FlateDecode] ", zlib.compress(zlib.compress(b" " * (80 << 20), 9), 9)),
        ),
        "",
    ),
    "an image without end": (
        lambda: made(
            b"/I Do " + said(),
            resources="/Font << /F1 5 0 R >> /XObject << /I 6 0 R >>",
            more=(
                _stream("/Subtype /Image /Width 99999 /Height 99999 /BitsPerComponent 8 /ColorSpace /DeviceRGB ", b"x"),
            ),
        ),
        SAID,
    ),
    "an image of noise": (
        lambda: made(
            b"/I Do " + said(),
            resources="/Font << /F1 5 0 R >> /XObject << /I 6 0 R >>",
            more=(
                _stream("/Subtype /Image /Width 64 /Height 64 /Filter /JBIG2Decode ", random.Random(5).randbytes(900)),
            ),
        ),
        SAID,
    ),
    "behind a password": (lambda: locked("secret"), "!password"),
    "locked for all but reading": (lambda: locked("", "owner"), SAID),
    "encrypted by nobody knows what": (
        lambda: made(trailer="/Root 1 0 R /Encrypt << /Filter /Odd /V 9 >>"),
        "!protected",
    ),
    "a form of XFA": (
        lambda: made(
            catalog=_XFA,
            more=(_stream("", b"<xdp><a>" * 99), b"<< /FT /Tx /T (x) /V (filled in) /Kids [7 0 R] /Parent 7 0 R >>"),
        ),
        SAID,
    ),
    "links by the thousand": (lambda: with_links(20_000), SAID),
    "a collection of files": (
        lambda: made(
            catalog="/Collection << /View /D >> /Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>", more=(b"<< >>",)
        ),
        SAID,
    ),
    "a script that starts": (lambda: made(catalog="/OpenAction << /S /JavaScript /JS (while\\(1\\);) >>"), SAID),
    "layers that are hidden": (
        lambda: made(
            b"/OC /L BDC " + said() + b" EMC",
            resources="/Font << /F1 5 0 R >> /Properties << /L 6 0 R >>",
            catalog=_LAYERS,
            more=(b"<< /Type /OCG /Name (x) >>",),
        ),
        "",
    ),
    "tagged": (lambda: made(b"/P << /MCID 0 /ActualText (other) >> BDC " + said() + b" EMC"), ""),
    "of the second version": (lambda: made().replace(b"%PDF-1.7", b"%PDF-2.0"), SAID),
    "of no version": (lambda: made().replace(b"%PDF-1.7", b"%PDF-9.z"), SAID),
    "with the line ends of old": (lambda: made().replace(b"\n", b"\r"), SAID),
    "with two signs to a line's end": (lambda: made().replace(b"\n", b"\r\n"), SAID),
    "updated": (updated, SAID),
    "in streams": (in_streams, SAID),
    "a title without end": (lambda: pdf([_PAGE], title="A" * 300_000), SAID),
    "mixed sizes": (lambda: pdf([[Put(9, 9, "Small one.")]], size=(90, 50)), "Small one."),
    **{f"by chance {seed}": (lambda seed=seed: mutated(seed), "") for seed in range(6)},  # type: ignore[misc]
}
__all__ = ["BOLD", "KINDS", "SAID", "mutated", "whole"]
