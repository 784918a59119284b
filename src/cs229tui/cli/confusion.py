"""What confuses people, at the command line: `confusion`."""

from collections.abc import Mapping
from typing import Any

import click
from msgspec import to_builtins

from cs229tui.annotations.confusion import ConfusingPassage, confusion, nameless
from cs229tui.annotations.formats.confusing import confusion_csv, confusion_markdown, standing, summary, where, who
from cs229tui.annotations.heat import heat, strip
from cs229tui.annotations.scope import scope
from cs229tui.clean import clean_line
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.course.model import Reading
from cs229tui.errors import UsageError
from cs229tui.workspace import Workspace

_STRIP_WIDTH = 76


@click.command("confusion", short_help="The passages that are asked about most.")
@click.argument("reading", required=False)
@click.option("--lecture", type=click.IntRange(min=0), metavar="N", help="Of a lecture: its readings and its topics.")
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown, to hand on.")
@click.option("--csv", "as_csv", is_flag=True, help="As a table, a row for each question.")
@click.option("--names/--no-names", default=True, help="Who asks, or only how many they are.")
@json_option
@pass_workspace
def confusion_command(
    workspace: Workspace,
    reading: str | None,
    lecture: int | None,
    as_markdown: bool,
    as_csv: bool,
    names: bool,
    as_json: bool,
) -> None:
    """Rank the passages of READING, of a lecture, or of all that is written on, by who asks about them.

    Questions on the same paragraph or neighbouring ones are one passage. Its score counts who asked each of
    them and who said "I have this question too", and counts them once more where there is no answer yet; of equal ones
    the earlier passage comes first.

    \b
    cs229tui confusion vaswani-2017-attention
    cs229tui confusion --lecture 4 --markdown --no-names > before-class.md
    """
    if as_markdown + as_csv + as_json > 1:
        raise UsageError("It is one form at a time.", "Give one of --markdown, --csv and --json.")
    if reading is not None and lecture is not None:
        raise UsageError("It is a reading or a lecture.", "Leave out one of them.")
    catalog, database = workspace.catalog(), workspace.database
    of = scope(database, workspace.course, catalog, workspace.reading(reading).id if reading else None, lecture)
    found = confusion(database, of.readings, of.lectures)
    found = found if names else nameless(found)
    if as_markdown:
        click.echo(confusion_markdown(of.title, found, catalog, of.reading is None), nl=False)
    elif as_csv:
        click.echo(confusion_csv(found), nl=False)
    elif as_json:
        pages = heat(database, of.reading.id) if of.reading else ()
        show_json(
            {
                "title": of.title,
                "passages": [_entry(rank, one) for rank, one in enumerate(found, 1)],
                "pages": to_builtins(pages),
            }
        )
    else:
        _show(found, catalog, of.reading is None)
        if of.reading:
            _show_heat(workspace, of.reading.id)
        say(f"{of.title}: {summary(found)}.")


def _entry(rank: int, passage: ConfusingPassage) -> dict[str, Any]:
    first = passage.first
    return {
        "rank": rank,
        "score": passage.score,
        "asked": passage.asked,
        "waiting": passage.waiting,
        "reading": first.reading or None,
        "lecture": first.lecture,
        "page": first.page,
        "second": first.second,
        "quote": passage.quote,
        "questions": [to_builtins(one) | {"people": one.people} for one in passage.questions],
    }


def _show(found: tuple[ConfusingPassage, ...], catalog: Mapping[str, Reading], several: bool) -> None:
    for rank, one in enumerate(found, 1):
        reading = catalog.get(one.first.reading)
        named = f"{reading.short if reading else one.first.reading}, " if several and one.first.reading else ""
        quote = f"  “{clean_line(one.quote, 90)}”" if one.quote else ""
        click.echo(clean_line(f"{rank}. {named}{where(one.first)}, score {one.score}") + quote)
        for asked in one.questions:
            click.echo(f"   ? {clean_line(asked.text, 200)}  ({clean_line(who(asked))}; {standing(asked)})")


def _show_heat(workspace: Workspace, reading: str) -> None:
    drawn = strip(heat(workspace.database, reading), _STRIP_WIDTH)
    for name, row in (("written", drawn.written), ("time", drawn.time), ("page", drawn.numbers)):
        if row:
            click.echo(f"{name:8}{row}")
