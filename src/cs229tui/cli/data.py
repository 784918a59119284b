"""`cs229tui data …`: the data sets that the labs use, fetched and checked."""

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from cs229tui.cli.output import json_option, say, show_json, show_table
from cs229tui.errors import NotFoundError

if TYPE_CHECKING:
    from cs229tui.labkit.data import Dataset


@click.group("data")
def data_command() -> None:
    """Fetch and check the data sets that the labs use."""


@data_command.command("list")
@json_option
def list_data(as_json: bool) -> None:
    """List the data sets: source, licence, size, and whether they are here."""
    from cs229tui.labkit.data import DATASETS, standing

    if as_json:
        show_json([_facts(dataset) for dataset in DATASETS.values()])
        return
    rows: list[tuple[str, ...]] = [
        (
            one.name,
            standing(one).state,
            f"{one.size / 1e6:.1f} MB" if one.size else "–",
            one.licence,
            one.count,
            one.use,
        )
        for one in DATASETS.values()
    ]
    if sys.stdout.isatty():
        click.echo("\n".join(entries(rows, shutil.get_terminal_size().columns)))
    else:
        show_table(rows, ("name", "state", "size", "licence", "what", "for"))


def entries(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """A few lines for each data set, as wide as the screen: a row of the table would be wider."""
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for name, state, size, licence, count, use in rows:
        said = f"{name:{columns[0]}}  {state:{columns[1]}}  {size:>{columns[2]}}  "
        lines += textwrap.wrap(said + licence, width, subsequent_indent=" " * len(said))
        lines += textwrap.wrap(f"  {count}", width, subsequent_indent="  ")
        lines += textwrap.wrap(f"  {use}", width, subsequent_indent="  ")
    return lines


@data_command.command("get")
@click.argument("names", nargs=-1, required=True)
def get_data(names: tuple[str, ...]) -> None:
    """Fetch data sets by NAMES, so that the labs run without a network."""
    from cs229tui.cli.bar import bar_of
    from cs229tui.labkit.data import get, standing

    for dataset in [_named(name) for name in names]:
        before = standing(dataset)
        if before.state == "here":
            say(f"{dataset.title}: in {before.place}." if before.place else f"{dataset.title}: always there.")
            continue
        with bar_of(dataset.title, "bytes") as told:
            place = get(dataset, told)
        say(f"{dataset.title}: in {place} ({dataset.source}; {dataset.licence}).")


@data_command.command("verify")
@click.argument("names", nargs=-1)
@json_option
def verify_data(names: tuple[str, ...], as_json: bool) -> None:
    """Compare what is here with what we know of it, byte by byte; with NAMES, only those."""
    from cs229tui.labkit.data import DATASETS, standing

    chosen = [_named(name) for name in names] or list(DATASETS.values())
    states = {dataset.name: standing(dataset) for dataset in chosen}
    if as_json:
        show_json([_facts(dataset) for dataset in chosen])
    else:
        show_table([(name, one.state, str(one.place or "")) for name, one in states.items()], ("name", "state", "in"))
    bad = [name for name, one in states.items() if one.state == "damaged" or (names and one.state != "here")]
    if bad:
        say(f"Get them anew: cs229tui data get {' '.join(bad)}")
        sys.exit(1)


def _named(name: str) -> "Dataset":
    from cs229tui.clean import clean_line
    from cs229tui.labkit.data import DATASETS

    if name not in DATASETS:
        raise NotFoundError(f"There is no data set {clean_line(name, 80)!r}.", f"There are: {', '.join(DATASETS)}.")
    return DATASETS[name]


def _facts(dataset: "Dataset") -> dict[str, object]:
    from cs229tui.labkit.data import standing

    found = standing(dataset)
    return {
        "name": dataset.name,
        "title": dataset.title,
        "use": dataset.use,
        "source": dataset.source,
        "licence": dataset.licence,
        "count": dataset.count,
        "size": dataset.size,
        "install": dataset.install,
        "files": [
            {"file": part.file, "size": part.size, "sha256": part.sha256, "url": part.url} for part in dataset.parts
        ],
        "state": found.state,
        "place": str(found.place) if found.place else None,
        "damaged": list(found.damaged),
    }
