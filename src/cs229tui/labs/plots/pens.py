"""What a plot is drawn with: the same few strokes as SVG, as PDF, and from the PDF as PNG."""

import io
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

from cs229tui.clean import clean_line
from cs229tui.documents.font_files import FONT_FILES

Point = tuple[float, float]

# ReportLab brings this font along; one of the system's knows more signs and is taken for texts that need them.
_FONT = "Vera"
_MOST_LETTERS = 200
_DOTS_PER_INCH = 300


class Pen(Protocol):
    """Draws on a sheet; lengths are points (1/72 inch), y grows downwards, colours are `#rrggbb`."""

    def line(
        self, points: Sequence[Point], colour: str, width: float, opacity: float = 1.0, dashes: Sequence[float] = ()
    ) -> None:
        """A line through the points."""

    def area(self, points: Sequence[Point], colour: str, opacity: float = 1.0) -> None:
        """The area that the points go round."""

    def dot(self, at: Point, radius: float, colour: str) -> None:
        """A filled circle."""

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start", turned: bool = False) -> None:
        """A text on the line that `at` is on, which is its "start", "middle" or "end"; `turned`: it reads upwards."""

    def clip(self, left: float, top: float, right: float, bottom: float) -> None:
        """What is drawn from now on is seen in this box only, until `unclip`."""

    def unclip(self) -> None:
        """All can be drawn on again."""


def text_width(text: str, size: float) -> float:
    """How wide a text is."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

    return float(stringWidth(text, _font_of(text), size))


class SvgPen:
    """Draws an SVG that needs nothing from elsewhere."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{height:g}pt" '
            f'viewBox="0 0 {width:g} {height:g}" font-family="DejaVu Sans, Bitstream Vera Sans, Verdana, sans-serif">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        ]
        self._clips = 0

    def line(
        self, points: Sequence[Point], colour: str, width: float, opacity: float = 1.0, dashes: Sequence[float] = ()
    ) -> None:
        more = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
        more += f' stroke-dasharray="{" ".join(f"{dash:g}" for dash in dashes)}"' if dashes else ""
        self._parts.append(
            f'<polyline points="{_words(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{more}/>'
        )

    def area(self, points: Sequence[Point], colour: str, opacity: float = 1.0) -> None:
        self._parts.append(f'<polygon points="{_words(points)}" fill="{colour}" fill-opacity="{opacity:g}"/>')

    def dot(self, at: Point, radius: float, colour: str) -> None:
        self._parts.append(f'<circle cx="{at[0]:.2f}" cy="{at[1]:.2f}" r="{radius:g}" fill="{colour}"/>')

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start", turned: bool = False) -> None:
        x, y = at
        turn = f' transform="rotate(-90 {x:.2f} {y:.2f})"' if turned else ""
        self._parts.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" fill={quoteattr(colour)} text-anchor="{anchor}"{turn}>'
            f"{escape(clean_line(text, _MOST_LETTERS))}</text>"
        )

    def clip(self, left: float, top: float, right: float, bottom: float) -> None:
        self._clips += 1
        box = f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"/>'
        self._parts.append(f'<clipPath id="box{self._clips}">{box}</clipPath><g clip-path="url(#box{self._clips})">')

    def unclip(self) -> None:
        self._parts.append("</g>")

    def svg(self) -> bytes:
        """The picture."""
        return "\n".join([*self._parts, "</svg>", ""]).encode()


class PdfPen:
    """Draws one page of a PDF, with the letters it needs inside."""

    def __init__(self, width: float, height: float, title: str) -> None:
        from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

        self._file = io.BytesIO()
        self._height = height
        # Equal plots are equal files: no time of making in it.
        self._canvas = Canvas(self._file, pagesize=(width, height), invariant=1)
        self._canvas.setTitle(clean_line(title, _MOST_LETTERS))
        self._canvas.setLineJoin(1)

    def line(
        self, points: Sequence[Point], colour: str, width: float, opacity: float = 1.0, dashes: Sequence[float] = ()
    ) -> None:
        self._canvas.setStrokeColor(_colour(colour), opacity)
        self._canvas.setLineWidth(width)
        self._canvas.setDash(list(dashes))
        self._canvas.drawPath(self._path(points), stroke=1, fill=0)

    def area(self, points: Sequence[Point], colour: str, opacity: float = 1.0) -> None:
        self._canvas.setFillColor(_colour(colour), opacity)
        self._canvas.drawPath(self._path(points), stroke=0, fill=1)

    def dot(self, at: Point, radius: float, colour: str) -> None:
        self._canvas.setFillColor(_colour(colour), 1)
        self._canvas.circle(at[0], self._height - at[1], radius, stroke=0, fill=1)

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start", turned: bool = False) -> None:
        text = clean_line(text, _MOST_LETTERS)
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillColor(_colour(colour), 1)
        canvas.setFont(_font_of(text), size)
        canvas.translate(at[0], self._height - at[1])
        if turned:
            canvas.rotate(90)
        draw = {"middle": canvas.drawCentredString, "end": canvas.drawRightString}.get(anchor, canvas.drawString)
        draw(0, 0, text)
        canvas.restoreState()

    def clip(self, left: float, top: float, right: float, bottom: float) -> None:
        self._canvas.saveState()
        box = self._canvas.beginPath()
        box.rect(left, self._height - bottom, right - left, bottom - top)
        self._canvas.clipPath(box, stroke=0, fill=0)

    def unclip(self) -> None:
        self._canvas.restoreState()

    def pdf(self) -> bytes:
        """The page."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _path(self, points: Sequence[Point]) -> object:
        path = self._canvas.beginPath()
        for at, (x, y) in enumerate(points):
            (path.lineTo if at else path.moveTo)(x, self._height - y)
        return path


def png_of(pdf: bytes, width: float, height: float, dots_per_inch: float = _DOTS_PER_INCH) -> bytes:
    """The one page of a PDF as a PNG, drawn by the child that reads papers; raises `DocumentError`."""
    from PIL import Image

    from cs229tui.documents.pdf.engine import PdfEngine
    from cs229tui.documents.pdf.wire import Draw

    across, down = round(width * dots_per_inch / 72), round(height * dots_per_inch / 72)
    with tempfile.TemporaryDirectory(prefix="cs229tui-plot-") as folder:
        path = Path(folder) / "plot.pdf"
        path.write_bytes(pdf)
        with PdfEngine(path, name="the plot") as engine:
            drawn = engine.draw(Draw(1, across, down, 0, 0, across, down))
    picture = Image.frombuffer("RGB", (across, down), drawn.pixels, "raw", "RGB", drawn.stride, 1)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, dpi=(dots_per_inch, dots_per_inch))
    return file.getvalue()


def _words(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _colour(colour: str) -> object:
    from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]

    return HexColor(colour)


def _font_of(text: str) -> str:
    """The font that has every letter of a text, the usual one where none has."""
    usual = _usual_font()
    codes = set(map(ord, text))
    if codes <= usual:
        return _FONT
    name, known = _larger_font()
    return name if len(codes & known) > len(codes & usual) else _FONT


@cache
def _usual_font() -> frozenset[int]:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    font = TTFont(_FONT, f"{_FONT}.ttf")
    registerFont(font)
    return frozenset(font.face.charToGlyph)


@cache
def _larger_font() -> tuple[str, frozenset[int]]:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for path in map(Path, FONT_FILES):
        try:
            font = TTFont(f"plot-{path.stem}", str(path))
        except (TTFError, OSError):
            continue
        registerFont(font)
        return font.fontName, frozenset(font.face.charToGlyph)
    return _FONT, _usual_font()
