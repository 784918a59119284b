"""Flash cards at the command line: `cards`, `cards export`."""

from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from cs229tui.clean import clean_line
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.clock import now
from cs229tui.errors import ReportableError
from cs229tui.folders import expanded
from cs229tui.library.cards import Card, cards
from cs229tui.workspace import Workspace


@click.group("cards", short_help="List the flash cards, or take them to Anki.", invoke_without_command=True)
@click.option("--due", "only_due", is_flag=True, help="Only those to be asked now.")
@click.option("--reading", metavar="READING", help="Only those of this reading.")
@json_option
@click.pass_context
def cards_command(context: click.Context, only_due: bool, reading: str | None, as_json: bool) -> None:
    """List the flash cards, those that are due first. They are made in the reader (C) and asked on the screens.

    \b
    cs229tui cards --due
    cs229tui cards export --anki cards.txt
    """
    if context.invoked_subcommand is not None:
        return
    workspace: Workspace = context.obj
    entry = workspace.reading(reading).id if reading else None
    found = cards(workspace.database, now() if only_due else None, entry)
    if as_json:
        show_json([card_entry(one) for one in found])
        return
    rows = [
        (
            one.id[:8],
            one.due[:10],
            one.reading,
            f"p {one.passage.page}" if one.passage else "",
            clean_line(one.front, 60) + (f" — {clean_line(one.back, 60)}" if one.back else ""),
        )
        for one in found
    ]
    show_table(rows, ("id", "due", "reading", "page", "card"))


@cards_command.command("export")
@click.option("--anki", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Write Anki's text form.")
@click.option("--force", is_flag=True, help="Replace FILE.")
@pass_workspace
def export_command(workspace: Workspace, anki: Path, force: bool) -> None:
    """Write all cards to a text FILE that Anki imports (File, Import): front, back, source, tags.

    A second import changes the cards that changed and adds none twice. How well they are known here stays here.
    """
    from cs229tui.annotations import cards as made

    target = expanded(anki)
    if target.exists() and not force:
        raise ReportableError(f"{target} is there already.", "Give another name, or --force.")
    every = cards(workspace.database)
    try:
        target.write_text(made.anki(every, workspace.catalog()), "utf-8", newline="\n")
    except OSError as error:
        raise ReportableError(f"{target} cannot be written: {error.strerror}.", "Choose another place.") from error
    say(f"Wrote {len(every)} card{'s' * (len(every) != 1)} to {target}.")


def card_entry(one: Card) -> dict[str, Any]:
    """A card as `cards --json` gives it; what does not apply is null."""
    made: dict[str, Any] = to_builtins(one)
    made["reviews"] = made.pop("memory")["reviews"]
    return made
