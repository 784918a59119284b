"""`cs229tui lab compare`, `export`, `diff`: runs side by side, on the screen, in files and in their code."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs229tui.cli.lab_following import found_run
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labkit.spec import Spec
    from cs229tui.labs.compare import Comparison
    from cs229tui.labs.find import Lab
    from cs229tui.library.runs import RunRecord

_MOST_COLUMNS = 6


@click.command("compare")
@click.argument("runs", nargs=-1)
@click.option("--sweep", help="All runs of this sweep.")
@click.option("--metric", "metrics", multiple=True, help="Only this result; may be repeated.")
@json_option
@pass_workspace
def compare_runs(
    workspace: Workspace, runs: tuple[str, ...], sweep: str | None, metrics: tuple[str, ...], as_json: bool
) -> None:
    """Put RUNS, or whole sweeps, side by side: what differs, results with their spread over seeds, verdicts."""
    from cs229tui.labs.exports import facts

    comparison = _comparison(workspace, runs, sweep)
    _known(comparison, metrics)
    if as_json:
        show_json(facts(comparison, metrics, curves=False))
    else:
        _tell(workspace, comparison, metrics)


@click.command("export")
@click.argument("runs", nargs=-1)
@click.option("--sweep", help="All runs of this sweep.")
@click.option(
    "--to", "target", required=True, metavar="FILE|TOOL",
    help="A .csv, .json, .md, .svg, .pdf or .png file; or tensorboard, wandb, trackio.",
)  # fmt: skip
@click.option("--metric", "metrics", multiple=True, help="Only this metric; may be repeated.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@pass_workspace
def export_runs(
    workspace: Workspace,
    runs: tuple[str, ...],
    sweep: str | None,
    target: str,
    metrics: tuple[str, ...],
    overwrite: bool,
) -> None:
    """Write RUNS or whole sweeps as tables or plots for a report, or hand them over to another tool."""
    from cs229tui.labs.exports import write
    from cs229tui.labs.receivers import TOOLS

    if target in TOOLS:
        _hand_over(_records(workspace, runs, sweep), target)
        return
    comparison = _comparison(workspace, runs, sweep)
    path = Path(target).expanduser()
    finals = path.with_name(f"{path.stem}-finals.csv") if path.suffix.lower() == ".csv" else path
    there = next((one for one in (path, finals) if one.exists()), None)
    if there is not None and not overwrite and sys.stdin.isatty():
        overwrite = click.confirm(f"{there} is there already. Replace it?", err=True)
    for written in write(comparison, _spec(workspace, comparison), path, metrics, overwrite):
        click.echo(str(written))


@click.command("diff")
@click.argument("left")
@click.argument("right", required=False)
@json_option
@pass_workspace
def show_difference(workspace: Workspace, left: str, right: str | None, as_json: bool) -> None:
    """Show how the code of two runs or labs differs; of one of your copies alone, how it differs from its original."""
    from cs229tui.labs.code_difference import difference, unified
    from cs229tui.labs.copies import original_of, updated_since

    if right is None:
        lab = _lab(workspace, left)
        original = original_of(workspace.folders, lab)
        if original is None:
            raise UsageError(f"{lab.name} is no copy of a lab that is here.", "Name two: cs229tui lab diff A B")
        changed = updated_since(lab, original)
        if changed:
            say(f"{original.name} was updated since you copied it: {', '.join(changed)}.")
        pair = [(original.name, original.path), (lab.name, lab.path)]
    else:
        pair = [_code(workspace, left), _code(workspace, right)]
    found = difference(pair[0][1], pair[1][1])
    if as_json:
        lines = [
            {"file": file.name, "lines": [[line.kind, line.text] for line in file.lines if line.kind != "gap"]}
            for file in found
        ]
        show_json({"left": str(pair[0][1]), "right": str(pair[1][1]), "files": lines})
    elif not found:
        say("Their code is the same.")
    else:
        text = unified(found, pair[0][0], pair[1][0])
        click.echo(_coloured(text) if sys.stdout.isatty() else text, nl=False)


def _coloured(text: str) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "".join(click.style(line, fg=colours.get(line[:1])) for line in text.splitlines(keepends=True))


def _code(workspace: Workspace, name: str) -> tuple[str, Path]:
    """The code of a run or a lab: what it is called, and where it lies."""
    from cs229tui.labs.code_difference import code_folder
    from cs229tui.labs.words import short

    with suppress(NotFoundError):
        lab = _lab(workspace, name)
        return lab.name, lab.path
    record = found_run(workspace, name)
    lab_of_run = None
    with suppress(NotFoundError):
        lab_of_run = _lab(workspace, record.lab)
    folder = code_folder(record, lab_of_run)
    if folder is None:
        raise NotFoundError(f"The code of run {short(record.id)} is gone.", "Its lab is no longer here.")
    return f"{record.lab}-{short(record.id)}", folder


def _lab(workspace: Workspace, name: str) -> "Lab":
    from cs229tui.labs.find import lab_named

    return lab_named(workspace.folders, name)


def _records(workspace: Workspace, names: tuple[str, ...], sweep: str | None) -> list["RunRecord"]:
    from cs229tui.library.runs import runs as all_runs
    from cs229tui.library.runs import runs_of_sweep

    named = (runs_of_sweep(workspace.database, name) or [found_run(workspace, name)] for name in names)
    found = {record.id: record for records in named for record in records}
    if sweep:
        of_sweep = [
            record for record in all_runs(workspace.database) if record.sweep and record.sweep.startswith(sweep)
        ]
        if not of_sweep:
            raise NotFoundError(f"There is no sweep {sweep!r}.", "List the runs with: cs229tui lab runs")
        found |= {record.id: record for record in of_sweep}
    if not found:
        raise UsageError("Say which runs.", "Give their ids, or --sweep ID; see: cs229tui lab runs")
    return sorted(found.values(), key=lambda record: record.started)


def _comparison(workspace: Workspace, names: tuple[str, ...], sweep: str | None) -> "Comparison":
    from cs229tui.labs.compare import compare, held

    return compare([held(record) for record in _records(workspace, names, sweep)])


def _spec(workspace: Workspace, comparison: "Comparison") -> "Spec | None":
    with suppress(NotFoundError):
        return _lab(workspace, comparison.labs[0]).spec
    return None


def _known(comparison: "Comparison", metrics: tuple[str, ...]) -> None:
    for name in metrics:
        if name not in comparison.finals:
            known = ", ".join(comparison.finals) or "none"
            raise UsageError(f"None of these runs has a metric {name!r}.", f"They have: {known}.")


def _tell(workspace: Workspace, comparison: "Comparison", metrics: tuple[str, ...]) -> None:
    from cs229tui.labs.compare import setting
    from cs229tui.labs.exports import worth_showing
    from cs229tui.labs.words import duration

    shown = list(metrics) or worth_showing(comparison)[:_MOST_COLUMNS]
    differing = list(comparison.differing)
    rows = []
    for group in comparison.groups:
        took = group.seconds()
        told = [setting(group.values[name]) for name in differing] or [group.label]
        results = [str(group.spread(name)) or "–" for name in shown]
        rows.append(
            (*told, len(group.runs), *results, duration(took.mean) if took.n else "", group.devices(), group.states())
        )
    click.echo(f"{', '.join(comparison.labs)}: {comparison.seeds}")
    show_table(rows, (*(differing or ["runs"]), "n", *shown, "took", "device", "state"))
    spec = _spec(workspace, comparison)
    texts = {claim.id: claim.text for claim in spec.claims} if spec else {}
    for id in comparison.claims:
        click.echo(texts.get(id, id))
        for group in comparison.groups:
            click.echo(f"  {group.label}: {group.verdict(id)}")


def _hand_over(records: list["RunRecord"], tool: str) -> None:
    from cs229tui.labs.hand_over import follow
    from cs229tui.labs.receivers import TOOLS

    where = ""
    for record in records:
        count, told = follow(Path(record.folder), tool, wait=False)
        where = told or where
        done = f"{count} events handed over to {TOOLS[tool]}" if count else f"{TOOLS[tool]} has all of it already"
        click.echo(f"{record.id}: {done}")
    if where:
        say(f"See them with: {where}")
