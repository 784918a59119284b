"""Jupyter notebooks as Markdown: their prose as it is, their code and what it printed as listings."""

import json
from typing import Any

_LONGEST_OUTPUT = 4000


def as_markdown(source: str) -> str | None:
    """The Markdown that a notebook's JSON holds; none where the text is no notebook."""
    if not source.lstrip().startswith("{") or '"cells"' not in source:
        return None
    try:
        notebook: Any = json.loads(source)
    except (ValueError, RecursionError):
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return None
    parts: list[str] = []
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        text = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            parts.append(text)
        elif cell.get("cell_type") == "code":
            parts += [_listing(text, "python"), *(_listing(printed) for printed in _outputs(cell))]
    return "\n\n".join(part for part in parts if part.strip())


def _listing(text: str, language: str = "") -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}" if text.strip() else ""


def _outputs(cell: dict[str, Any]) -> list[str]:
    """What a cell printed or gave, as text; pictures are left out."""
    found = []
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") if isinstance(output, dict) else None
        plain = data.get("text/plain") if isinstance(data, dict) else None
        text = _joined(output.get("text") if isinstance(output, dict) else None) or _joined(plain)
        found.append(text if len(text) <= _LONGEST_OUTPUT else text[:_LONGEST_OUTPUT] + "\n…")
    return found


def _joined(lines: Any) -> str:
    return "".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else str(lines or "")
