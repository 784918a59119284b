"""Searching everything from the command line: `search`."""

import click

from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.library.search import search
from cs229tui.workspace import Workspace


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many results.")
@json_option
@pass_workspace
def search_command(workspace: Workspace, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search readings, notes, annotations, flash cards and the text of every page.

    The last word may be the beginning of one; words in double quotes are looked for as they stand together.
    """
    from cs229tui.documents.videos import moment

    hits = search(workspace.database, workspace.catalog(), " ".join(query), limit)
    if as_json:
        show_json(
            [
                {
                    "kind": hit.kind,
                    "id": hit.id,
                    "reading": hit.reading,
                    "page": hit.page,
                    "second": hit.second,
                    "snippet": hit.snippet,
                }
                for hit in hits
            ]
        )
        return
    if not hits:
        say("Nothing was found.")
    rows = [
        (
            hit.kind,
            hit.reading if hit.kind in ("reading", "page") else hit.id[:8],
            f"p {hit.page}" if hit.page else moment(hit.second) if hit.second is not None else "",
            f"{hit.title}: {hit.snippet}" if hit.kind in ("reading", "note") else hit.snippet,
        )
        for hit in hits
    ]
    show_table(rows, ("kind", "id", "page", "text"))
