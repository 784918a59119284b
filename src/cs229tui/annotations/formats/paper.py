"""The discussion of a reading as pages of a PDF, to print or to put behind the paper.

ReportLab lays them out (https://www.reportlab.com, BSD). Its own fonts know Western letters alone: one of the system's
that knows Greek and the signs of mathematics is taken where there is one, and what no font has becomes a question mark.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from cs229tui.annotations.bodies import Block, Run, read_body
from cs229tui.annotations.formats.contents import Contents, byline
from cs229tui.annotations.formats.markdown import NAMES
from cs229tui.annotations.threads import Thread, threads
from cs229tui.course.model import Reading
from cs229tui.documents.font_files import FONT_FILES
from cs229tui.documents.formulas.latex import readable
from cs229tui.documents.videos import moment

if TYPE_CHECKING:
    from reportlab.platypus import Flowable  # type: ignore[import-untyped]

_COLOURS = {"yellow": "#b38f00", "red": "#bb2222", "green": "#1f7a3a", "blue": "#2366ad", "purple": "#6f3aa0"}


@dataclass(frozen=True)
class Sheets:
    """A PDF and how many of its characters no font on this machine has."""

    pdf: bytes
    missing: int


@dataclass(frozen=True)
class _Fonts:
    """What is written with: by name, the characters each font has, the first being the usual one."""

    characters: dict[str, frozenset[int]]

    def named(self, character: str) -> str:
        """The first font that has a character; empty where none does."""
        code = ord(character)
        return next((name for name, known in self.characters.items() if code in known), "")


@cache
def _fonts() -> _Fonts:
    from reportlab.pdfbase.pdfmetrics import registerFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

    found: dict[str, frozenset[int]] = {}
    for file in map(Path, FONT_FILES):
        if not file.is_file():
            continue
        try:
            font = TTFont(file.stem, str(file))
        except (TTFError, OSError):
            continue
        registerFont(font)
        _register_family(file)
        found[file.stem] = frozenset(font.face.charToGlyph)
    # What the built-in one has: Windows' Western letters.
    western = frozenset(ord(bytes([code]).decode("cp1252", "ignore") or " ") for code in range(32, 256))
    return _Fonts(found or {"Helvetica": western})


def _register_family(file: Path) -> None:
    """Bold and slanted letters beside a font's upright ones; where a machine has none, the upright ones again."""
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    names: list[str] = []
    for ending in ("-Bold", "-Oblique", "-BoldOblique"):
        name = f"{file.stem.removesuffix('-Regular')}{ending}"
        beside = file.with_name(f"{name}{file.suffix}")
        try:
            registerFont(TTFont(name, str(beside)))
            names.append(name)
        except (TTFError, OSError):
            names.append(file.stem)
    registerFontFamily(file.stem, file.stem, *names)


def comment_pages(reading: Reading, held: Contents) -> Sheets:
    """The conversations on a reading, in the order of its text, on A4."""
    from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
    from reportlab.platypus import SimpleDocTemplate

    written = io.BytesIO()
    missing: list[str] = []
    sheets = SimpleDocTemplate(
        written, pagesize=A4, title=f"Discussion of {reading.title}", author="cs229tui", invariant=True,
        leftMargin=64, rightMargin=64, topMargin=56, bottomMargin=56,
    )  # fmt: skip
    sheets.build(list(_all(reading, held, missing)))
    return Sheets(written.getvalue(), len(missing))


def _all(reading: Reading, held: Contents, missing: list[str]) -> "Iterator[Flowable]":
    from reportlab.platypus import Spacer

    yield _paragraph(_plain(f"Discussion of {reading.title}", missing), size=15, after=4)
    facts = [reading.by(4), str(reading.year or "")]
    yield _paragraph(_plain(" · ".join(fact for fact in facts if fact), missing), size=9, ink="#666666", after=10)
    for thread in threads(held.on(reading.id)):
        yield from _thread(thread, held, missing)
        yield Spacer(1, 10)


def _thread(thread: Thread, held: Contents, missing: list[str]) -> "Iterator[Flowable]":
    root = thread.root
    if root is None:
        yield _paragraph("A conversation whose beginning is missing", size=9, ink="#666666")
    else:
        ink = _COLOURS[root.colour] if root.kind == "highlight" else "#000000"
        where = (
            moment(root.second) if root.second is not None else f"page {root.page}" if root.page else "whole reading"
        )
        done = " · resolved" if root.resolved else ""
        yield _paragraph(f"<b>{NAMES[root.kind]}</b> · {where}{done}", size=9, ink=ink, keep=True)
        if root.quote:
            yield _paragraph(f"“{_plain(root.quote, missing)}”", indent=10, ink="#444444", keep=True)
        yield from _body(root.body, 0, missing)
        yield _paragraph(_plain(byline(root, held), missing), size=8, ink="#666666")
    for reply in thread.replies:
        indent = min(reply.depth, 8) * 14
        yield from _body(reply.annotation.body, indent, missing)
        yield _paragraph(_plain(byline(reply.annotation, held), missing), indent=indent, size=8, ink="#666666")


def _body(text: str, indent: int, missing: list[str]) -> "Iterator[Flowable]":
    if not text:
        return
    read = read_body(text)
    for block in read.blocks:
        yield from _block(block, indent + 12 * len(block.within), missing)
    if read.left:
        yield _paragraph(f"… and {read.left:,} more characters", indent=indent, ink="#666666")


def _block(block: Block, indent: int, missing: list[str]) -> "Iterator[Flowable]":
    if block.kind == "rule":
        return
    marker = block.within[-1].marker + " " if block.within and block.within[-1].first else ""
    if block.kind == "code":
        lines = block.runs[0].text.expandtabs(4).split("\n")
        # Spaces that stand at the beginning of a line would be lost, and a line that cannot be broken would run out.
        kept = "<br/>".join(_plain(line.replace(" ", "\u00a0"), missing) for line in lines)
        yield _paragraph(kept, indent=indent + 8, size=8, split=True)
    elif block.kind == "table":
        for row in block.rows:
            yield _paragraph(" | ".join(_runs(cell, missing) for cell in row), indent=indent)
    else:
        words = _runs(block.runs, missing)
        yield _paragraph(marker + (f"<b>{words}</b>" if block.kind == "heading" else words), indent=indent)


def _runs(runs: Iterable[Run], missing: list[str]) -> str:
    return "".join(_run(run, missing) for run in runs)


def _run(run: Run, missing: list[str]) -> str:
    if run.kind == "break":
        return "<br/>"
    signs = {"tag": "#", "mention": "@"}
    text = signs.get(run.kind, "") + run.text
    if run.kind in ("formula", "display"):
        text = readable(run.text, lines=False)
    elif run.kind in ("url", "image") and run.target != run.text:
        text = f"{run.text} ({run.target})".strip()
    elif run.kind == "passage":
        text = f"[[{run.text}]]"
    made = _plain(text, missing)
    for marked, name in ((run.bold, "b"), (run.italic, "i"), (run.strike, "strike")):
        made = f"<{name}>{made}</{name}>" if marked else made
    return f"<br/>{made}<br/>" if run.kind == "display" else made


def _plain(text: str, missing: list[str]) -> str:
    """Text as ReportLab's markup takes it, each part in a font that has it."""
    fonts = _fonts()
    usual = next(iter(fonts.characters))
    parts: list[str] = []
    for name, group in groupby(re.sub(r"[ \t\n]+", " ", text), key=fonts.named):
        part = "".join(group)
        if not name:
            missing.extend(part)
            part, name = "?" * len(part), usual
        parts.append(escape(part) if name == usual else f'<font name="{name}">{escape(part)}</font>')
    return "".join(parts)


def _paragraph(
    text: str, *, indent: float = 0, size: float = 10, ink: str = "#000000", after: float = 3, keep: bool = False,
    split: bool = False,
) -> "Flowable":  # fmt: skip
    from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "said", fontName=next(iter(_fonts().characters)), fontSize=size, leading=size * 1.35, textColor=ink,
        leftIndent=indent, spaceAfter=after, keepWithNext=keep, splitLongWords=True, wordWrap="CJK" if split else None,
    )  # fmt: skip
    return Paragraph(text, style)
