"""How every command gets its workspace and tells its results: data on stdout, messages on stderr."""

import json
import sys
from typing import Any

import click

from cs229tui.clean import clean_line
from cs229tui.reporting import say
from cs229tui.workspace import Workspace

__all__ = ["json_option", "pass_workspace", "say", "show_json", "show_table"]

pass_workspace = click.make_pass_decorator(Workspace)


def show_json(value: Any) -> None:
    """Data for another program, on standard output."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    json.dump(value, sys.stdout, ensure_ascii=not unicode, indent=2, default=str)
    sys.stdout.write("\n")


def show_table(rows: list[tuple[Any, ...]], header: tuple[str, ...]) -> None:
    """Aligned columns for a person, the last as wide as it likes; with a header only where a person looks."""
    cells = [tuple("" if cell is None else clean_line(str(cell)) for cell in row) for row in rows]
    if sys.stdout.isatty():
        cells.insert(0, header)
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(len(header))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
