"""The layouts of all pages made into one flow of paragraphs, headings, equations, …"""

from cs229tui.documents.flow import Block, Run, encode
from cs229tui.documents.layout import Line, PageLayout, decode_layout
from cs229tui.documents.wire import Reflow, Reflowed


def reflow_pages(request: Reflow) -> Reflowed:
    """Make the flow."""
    blocks = []
    kept = []
    for number, (stored, label) in enumerate(zip(request.layouts, request.labels, strict=True), 1):
        blocks.append(Block("page", label, number))
        kept.append(())
        if not stored:
            continue
        page = decode_layout(stored)
        group: list[Line] = []
        for line in page.lines:
            if abs(page.looks[line.look].angle) > 2:
                continue
            if group and group[-1].base - line.base > 1.5 * line.size or group and line.base > group[-1].base + 2:
                blocks.append(_paragraph(page, group))
                group = []
            group.append(line)
        if group:
            blocks.append(_paragraph(page, group))
    return Reflowed(encode(tuple(blocks)), tuple(kept), request.outline, request.title)


def _paragraph(page: PageLayout, lines: list[Line]) -> Block:
    text, runs = "", []
    for line in lines:
        for piece in line.pieces:
            if text and not text.endswith("\u2010"):
                text += " "
            elif text:
                last = runs.pop()
                text = text[:-1]
                if last.length > 1:
                    runs.append(Run(last.offset, last.page, last.start, last.length - 1))
            part = page.text[piece.start : piece.end].replace("\n", " ")
            runs.append(Run(len(text), page.number, piece.start, len(part)))
            text += part
    return Block("paragraph", text, 0, tuple(runs))
