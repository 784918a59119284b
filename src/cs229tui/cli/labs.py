"""`cs229tui lab …`: list the labs, run one, watch, stop and look at runs."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cs229tui.cli.lab_facts import lab_facts, run_facts, view_facts
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labs.history import Life
    from cs229tui.labs.watch import RunView
    from cs229tui.library.runs import RunRecord

_LINE_SECONDS = 0.2


@click.group("lab")
def lab_command() -> None:
    """Run the mini-labs and look at their runs."""


@lab_command.command("list")
@click.option("--lecture", type=int, help="Only the labs of this lecture.")
@json_option
@pass_workspace
def list_labs(workspace: Workspace, lecture: int | None, as_json: bool) -> None:
    """List the labs: key, presets, what they need."""
    from cs229tui.labs.find import labs
    from cs229tui.labs.words import minutes

    found = [lab for lab in labs(workspace.folders) if lecture is None or lab.lecture == lecture]
    if as_json:
        show_json([lab_facts(workspace, lab) for lab in found])
        return
    rows = []
    for lab in found:
        presets = ", ".join(f"{one.name} ({minutes(one)})" for one in lab.spec.presets.values()) if lab.spec else ""
        rows.append((lab.name, lab.lecture or "", lab.title, presets if lab.spec else lab.error))
    show_table(rows, ("name", "lecture", "title", "presets"))


@lab_command.command("run")
@click.argument("name")
@click.option("--preset", default=None, help="Which preset; without it, quick.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Change a parameter; may be repeated.")
@click.option("--wait/--detach", "wait", default=None, help="Follow the run to its end (so in a terminal), or not.")
@json_option
@pass_workspace
def run_lab(
    workspace: Workspace, name: str, preset: str | None, params: tuple[str, ...], wait: bool | None, as_json: bool
) -> None:
    """Start the lab NAME and print the id of its run."""
    from cs229tui.labs.find import lab_named
    from cs229tui.labs.launch import launch

    lab = lab_named(workspace.folders, name)
    presets = list(lab.spec.presets) if lab.spec else []
    chosen = preset or ("quick" if "quick" in presets or not presets else presets[0])
    values = _values(params)
    if sys.stdout.isatty() if wait is None else wait:
        # From before the launch on: a ctrl+c in between must stop the run, not leave it behind unnoticed.
        with _interrupts() as interrupts:
            record = launch(workspace.database, workspace.folders, workspace.settings, lab, chosen, values)
            if not as_json:
                click.echo(record.id)
            _follow(workspace, record, interrupts, as_json)
    else:
        record = launch(workspace.database, workspace.folders, workspace.settings, lab, chosen, values)
        if as_json:
            show_json(run_facts(record))
        else:
            click.echo(record.id)


@lab_command.command("runs")
@click.argument("name", required=False)
@click.option("--alive", is_flag=True, help="Only those that are going on.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.")
@json_option
@pass_workspace
def list_runs(workspace: Workspace, name: str | None, alive: bool, limit: int | None, as_json: bool) -> None:
    """List the runs, the newest first; with NAME, those of one lab."""
    from cs229tui.labs.history import look, refresh, seconds_of
    from cs229tui.labs.words import duration, tally
    from cs229tui.library.runs import ALIVE, runs

    refresh(workspace.database, workspace.folders)
    found = [record for record in runs(workspace.database, name) if not alive or record.state in ALIVE][:limit]
    if as_json:
        show_json([run_facts(record) for record in found])
        return
    rows = []
    for record in found:
        seconds = seconds_of(record)
        took = "" if seconds is None else duration(seconds)
        word = look(record).word
        rows.append((record.id, record.lab, record.preset, word, tally(record.verdicts), took, record.started[:16]))
    show_table(rows, ("id", "lab", "preset", "state", "claims", "took", "started"))


@lab_command.command("show")
@click.argument("run")
@json_option
@pass_workspace
def show_run(workspace: Workspace, run: str, as_json: bool) -> None:
    """Show one RUN: its parameters, numbers, samples and verdicts."""
    from cs229tui.labs.watch import log_tail, replay

    record = _found(workspace, run)
    view = replay(Path(record.folder))
    if as_json:
        facts = run_facts(record) | view_facts(view)
        show_json(facts | {"log": log_tail(Path(record.folder), 8192).split("\n")[-40:]})
        return
    _tell(workspace, record, view)


@lab_command.command("watch")
@click.argument("run")
@pass_workspace
def watch_run(workspace: Workspace, run: str) -> None:
    """Follow a RUN to its end, wherever it was started; ctrl+c leaves it running."""
    record = _found(workspace, run)
    with _interrupts() as interrupts:
        _follow(workspace, record, interrupts, as_json=False, ours=False)


@lab_command.command("stop")
@click.argument("runs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that are going on.")
@click.option("--grace", type=click.FloatRange(0, 600), default=10.0, show_default=True, help="Seconds before force.")
@json_option
@pass_workspace
def stop_runs(workspace: Workspace, runs: tuple[str, ...], every: bool, grace: float, as_json: bool) -> None:
    """Stop RUNS: each finishes its step and writes its verdicts so far; after the grace it is ended by force."""
    from cs229tui.errors import LabError
    from cs229tui.labs.history import refresh
    from cs229tui.labs.launch import process_to_stop
    from cs229tui.labs.process import stop
    from cs229tui.library.runs import ALIVE, run
    from cs229tui.library.runs import runs as all_runs

    if bool(runs) == every:
        raise UsageError("Say which run to stop.", "Give its id, or --all; see: cs229tui lab runs --alive")
    chosen = [_found(workspace, name) for name in runs]
    if every:
        refresh(workspace.database, workspace.folders)
        chosen = [record for record in all_runs(workspace.database) if record.state in ALIVE]
    stopped, failed = [], []
    for record in chosen:
        try:
            gone = stop(Path(record.folder), process_to_stop(record), grace)
        except LabError as error:
            failed.append(str(error))
            continue
        refresh(workspace.database, workspace.folders)
        after = run(workspace.database, record.id)
        stopped.append(after)
        if not gone:
            failed.append(f"The run {record.id[:8]} cannot be ended.")
        elif not as_json:
            click.echo(f"{after.id} {after.state}")
    if as_json:
        show_json([run_facts(record) for record in stopped])
    for message in failed:
        say(message)
    if failed:
        sys.exit(1)


def _found(workspace: Workspace, name: str) -> "RunRecord":
    from cs229tui.labs.history import refresh
    from cs229tui.library.runs import run

    refresh(workspace.database, workspace.folders)
    return run(workspace.database, name)


def _values(params: tuple[str, ...]) -> dict[str, Any]:
    values = {}
    for word in params:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--param {word!r} is not NAME=VALUE.", "For instance: --param steps=200")
        values[name.strip().replace("-", "_")] = value
    return values


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """A list that grows by one for each ctrl+c, which interrupts nothing meanwhile."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(workspace: Workspace, record: "RunRecord", interrupts: list[int], as_json: bool, ours: bool = True) -> None:
    """Follow a run to its end with one line that lives; ctrl+c stops a run of ours and leaves another's alone."""
    from cs229tui.labs.history import look, refresh
    from cs229tui.labs.launch import process_to_stop
    from cs229tui.labs.process import ask_to_stop, stop
    from cs229tui.labs.watch import Follower, RunView
    from cs229tui.library.runs import run

    folder = Path(record.folder)
    follower, view = Follower(folder), RunView()
    live = sys.stderr.isatty()
    asked = 0
    if not ours:
        say(f"Watching run {record.id[:8]}; ctrl+c leaves it as it is.")
    while True:
        if len(interrupts) > asked:
            asked += 1
            if not ours:
                say(f"\nThe run {record.id[:8]} goes on; stop it with: cs229tui lab stop {record.id[:8]}")
                return
            running = process_to_stop(look(record).record) if look(record).alive else None
            if running is not None and asked == 1:
                say("\nStopping after this step; ctrl+c again ends it by force.")
                ask_to_stop(folder, running)
            elif running is not None:
                stop(folder, running, grace=0.0)
        events = follower.next()
        view.fold(events)
        life = look(record)
        if live:
            click.echo(f"\r\x1b[2K{_line(life, view)}", err=True, nl=False)
        if not life.alive and not events:
            break
        if not events:
            time.sleep(_LINE_SECONDS)
    if live:
        click.echo("\r\x1b[2K", err=True, nl=False)
    refresh(workspace.database, workspace.folders)
    after = run(workspace.database, record.id)
    if as_json:
        show_json(run_facts(after) | view_facts(view))
    else:
        _tell(workspace, after, view)
    if after.state != "done":
        sys.exit(1)


def _line(life: "Life", view: "RunView") -> str:
    """`▸ step 240 of 500  18 s, ~37 s to go  loss 2.31  held_out 3.4  1 412 steps/s`, no wider than the terminal."""
    import shutil

    from cs229tui.labs.words import about, duration, figure

    parts = [life.word, duration(view.seconds)]
    left = view.remaining()
    if left is not None:
        parts[-1] += f", ~{about(left)} to go"
    if view.progress is not None:
        parts.append(f"{figure(view.progress.step)} of {figure(view.progress.of)}")
    parts += [f"{name} {figure(series.last)}" for name, series in list(view.series.items())[:4]]
    if view.progress is not None and view.progress.rate is not None:
        parts.append(f"{figure(view.progress.rate)} {view.progress.unit}")
    return "  ".join(parts)[: shutil.get_terminal_size().columns - 1]


def _tell(workspace: Workspace, record: "RunRecord", view: "RunView") -> None:
    from cs229tui.labs.find import labs
    from cs229tui.labs.history import look, seconds_of
    from cs229tui.labs.words import SIGNS, duration, figure, meaning, untested, wanted_of
    from cs229tui.library.runs import ALIVE

    lab = next((lab for lab in labs(workspace.folders) if lab.name == record.lab), None)
    spec = lab.spec if lab else None
    seconds = seconds_of(record)
    took = f" after {duration(seconds)}" if seconds is not None else ""
    click.echo(f"{lab.title if lab else record.lab} · {record.preset} · {look(record).word}{took}")
    if record.reason:
        click.echo(record.reason)
    for note in view.notes:
        click.echo(f"  {note}")
    for name, series in view.series.items():
        click.echo(f"  {name}: {figure(series.last)} at step {figure(series.steps[-1])}")
    claims = {claim.id: claim for claim in spec.claims} if spec else {}
    verdicts = view.verdicts
    for id in [*claims, *(id for id in verdicts if id not in claims)]:
        claim, entry = claims.get(id), verdicts.get(id)
        sign = SIGNS[entry.verdict] if entry else ("…" if record.state in ALIVE else "–")
        facts = ""
        if claim and spec and record.preset not in claim.presets:
            facts = untested(spec, claim, record.preset)
        elif entry is not None and entry.measured is not None:
            unit = f" {claim.unit}" if claim and claim.unit else ""
            want = wanted_of(claim, record.preset) if claim else entry.wanted
            facts = f"measured {figure(entry.measured)}{unit}, wanted {want}"
        click.echo(f"{sign} {claim.text if claim else id}{f'  ({facts})' if facts else ''}")
    if record.state not in ALIVE:
        click.echo(meaning(spec, verdicts, record.state))
