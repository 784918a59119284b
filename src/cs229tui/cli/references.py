"""What a reading cites, and which of it is in the library: `references`."""

from typing import Any

import click

from cs229tui.clean import clean_line
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.workspace import Workspace


@click.command("references", short_help="List what a reading cites.")
@click.argument("reading")
@json_option
@pass_workspace
def references_command(workspace: Workspace, reading: str, as_json: bool) -> None:
    """List the references of READING: how often each is cited, and the reading, arXiv number or DOI that it is.

    \b
    cs229tui references vaswani-2017-attention
    cs229tui add $(cs229tui references vaswani-2017-attention --json | jq -r '.[0].arxiv')
    """
    found = _references(workspace, reading)
    if as_json:
        show_json(found)
        return
    if not found:
        say("No list of references was found in this document.")
    rows = [
        (
            one["label"] or one["number"],
            f"{one['cited']}×" if one["cited"] else "",
            one["reading"] or (f"arXiv {one['arxiv']}" if one["arxiv"] else one["doi"] and f"doi {one['doi']}"),
            one["text"],
        )
        for one in found
    ]
    show_table(rows, ("", "cited", "work", "entry"))


def _references(workspace: Workspace, reading: str) -> list[dict[str, Any]]:
    from cs229tui.documents.crossrefs.pointers import Pointers
    from cs229tui.documents.crossrefs.works import cited_work, listed_work
    from cs229tui.documents.store import open_document
    from cs229tui.tui.reading.places import Places

    catalog = workspace.catalog()
    document = open_document(workspace.database, workspace.reading(reading).id)
    places = Places(document.flow)
    pointers = Pointers(document.flow, document.pages, document.record.outline, places)
    citing = pointers.citing
    found = []
    for number, entry in enumerate(pointers.entries):
        work = cited_work(entry, pointers.addresses(number))
        listed = listed_work(catalog, work, entry.text)
        found.append(
            {
                "number": entry.number,
                "label": entry.label,
                "cited": len(citing.get(number, ())),
                "pages": sorted({places.page((one.block, one.start)) for one in citing.get(number, ())}),
                "reading": listed.id if listed else None,
                "arxiv": work.arxiv,
                "doi": work.doi,
                "url": work.address,
                "title": work.title,
                "authors": work.authors,
                "year": work.year,
                "text": clean_line(entry.text, 2000),
            }
        )
    return found
