"""`cs229tui lab run`, stop, pause, resume, queue and remove: the bench without a screen."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import structs

from cs229tui.cli.lab_facts import run_facts
from cs229tui.cli.lab_following import follow, found_run, interrupts
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import LabError, UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labs.find import Lab
    from cs229tui.library.runs import RunRecord


_FLAGS = "cs229tui.launcher"
Command = TypeVar("Command", bound=Callable[..., Any])


def launcher_option(flag: str, **attributes: Any) -> Callable[[Command], Command]:
    """A flag that goes to the launcher as the option of its name; where it is not given there is none."""

    def noted(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None and parameter.name is not None:
            context.meta.setdefault(_FLAGS, {})[parameter.name] = value

    return click.option(flag, callback=noted, expose_value=False, **attributes)


@click.command("run")
@click.argument("name")
@click.option("--preset", default=None, help="Which preset; without it, quick.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Change a parameter; may be repeated.")
@click.option("--sweep", "axes", multiple=True, metavar="NAME=A,B,…", help="Try several values; may be repeated.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, help="Run each with so many seeds.")
@click.option("--yes", is_flag=True, help="Start a sweep of more than 64 runs, too.")
@click.option("--dry-run", is_flag=True, help="Say what a sweep would run, and start nothing.")
@click.option("--launcher", default="local", show_default=True, help="local, torchrun or slurm.")
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the launcher; may be repeated."
)
@launcher_option("--nproc", type=click.IntRange(1, 1024), help="torchrun, slurm: processes on each machine.")
@launcher_option("--nnodes", type=click.IntRange(1, 10_000), help="torchrun, slurm: machines that take part.")
@launcher_option("--node-rank", type=click.IntRange(0, 10_000), help="torchrun: which of them this one is.")
@launcher_option("--rdzv-endpoint", metavar="HOST:PORT", help="torchrun: where the machines meet.")
@launcher_option("--max-restarts", type=click.IntRange(0, 1000), help="torchrun: how often it starts anew by itself.")
@click.option(
    "--slurm", "slurm", multiple=True, metavar="KEY=VALUE",
    help="slurm: partition, gpus, cpus, memory, time, account, setup, or any option of sbatch; may be repeated.",
)  # fmt: skip
@click.option(
    "--hand-over", type=click.Choice(["off", "tensorboard", "wandb", "trackio"]), help="Give it to this tool as well."
)
@click.option("--wait/--detach", "wait", default=None, help="Follow the run to its end (so in a terminal), or not.")
@json_option
@pass_workspace
def run_lab(
    workspace: Workspace,
    name: str,
    preset: str | None,
    params: tuple[str, ...],
    axes: tuple[str, ...],
    seeds: int,
    yes: bool,
    dry_run: bool,
    launcher: str,
    options: tuple[str, ...],
    slurm: tuple[str, ...],
    hand_over: str | None,
    wait: bool | None,
    as_json: bool,
) -> None:
    """Start the lab NAME and print the id of its run; it waits in the queue while the machine is busy."""
    from cs229tui.labs.find import lab_named
    from cs229tui.labs.launch import launch

    lab = lab_named(workspace.folders, name)
    presets = list(lab.spec.presets) if lab.spec else []
    chosen = preset or ("quick" if "quick" in presets or not presets else presets[0])
    values = values_of_flag(params, "--param")
    if hand_over:
        workspace.settings = structs.replace(workspace.settings, labs_hand_over=hand_over)
    if slurm and launcher != "slurm":
        raise UsageError("--slurm is for runs that go to a cluster.", "Say so: --launcher slurm")
    asked = (
        values_of_flag(options, "--option")
        | values_of_flag(slurm, "--slurm")
        | click.get_current_context().meta.get(_FLAGS, {})
    )
    if axes or seeds > 1 or dry_run:
        if wait:
            raise UsageError("A sweep is not followed.", "Start it, and look at it with: cs229tui lab runs")
        _sweep(workspace, lab, chosen, values, axes, seeds, yes, dry_run, launcher, asked, as_json)
        return

    def begin() -> "RunRecord":
        return launch(workspace.database, workspace.folders, workspace.settings, lab, chosen, values, launcher, asked)

    if sys.stdout.isatty() if wait is None else wait:
        # From before the launch on: a ctrl+c in between must stop the run, not leave it behind unnoticed.
        with interrupts() as pressed:
            record = begin()
            if not as_json:
                click.echo(record.id)
            follow(workspace, record, pressed, as_json)
        return
    record = begin()
    if as_json:
        show_json(run_facts(record))
        return
    click.echo(record.id)
    _tell_waiting(workspace, [record])


@click.command("stop")
@click.argument("runs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that are going on, and those that wait.")
@click.option("--grace", type=click.FloatRange(0, 600), default=10.0, show_default=True, help="Seconds before force.")
@json_option
@pass_workspace
def stop_runs(workspace: Workspace, runs: tuple[str, ...], every: bool, grace: float, as_json: bool) -> None:
    """Stop RUNS or whole sweeps: each finishes its step and writes its verdicts; after the grace it is ended by force.

    A run that waits is taken out of the queue.
    """
    from cs229tui.labs.history import refresh
    from cs229tui.labs.launch import ask_to_stop, stop
    from cs229tui.labs.life import look
    from cs229tui.library.runs import ALIVE, run
    from cs229tui.library.runs import runs as all_runs

    if bool(runs) == every:
        raise UsageError("Say which run to stop.", "Give its id, or --all; see: cs229tui lab runs --alive")
    chosen = _of_sweeps(workspace, runs)
    if every:
        refresh(workspace.database, workspace.folders)
        chosen = [record for record in all_runs(workspace.database) if record.state in ALIVE]
    # Those that wait go first, so that none of them takes the place of one that is stopped; then all are asked at once.
    chosen = sorted(chosen, key=lambda record: record.state != "queued")
    stopped, failed = [], []
    for record in chosen if len(chosen) > 1 else ():
        if record.state in ALIVE:
            try:
                ask_to_stop(record)
            except LabError:
                continue  # the second round below says so
    for record in chosen:
        try:
            asked = record.state in ALIVE and look(record).record.state not in ALIVE
            gone = asked or stop(record, grace)
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
    _fail(failed)


@click.command("pause")
@click.argument("runs", nargs=-1, required=True)
@json_option
@pass_workspace
def pause_runs(workspace: Workspace, runs: tuple[str, ...], as_json: bool) -> None:
    """Let RUNS or whole sweeps wait before their next step; they keep their memory and their place."""
    _mark(workspace, runs, True, as_json)


@click.command("resume")
@click.argument("runs", nargs=-1, required=True)
@json_option
@pass_workspace
def resume_runs(workspace: Workspace, runs: tuple[str, ...], as_json: bool) -> None:
    """Let paused RUNS go on."""
    _mark(workspace, runs, False, as_json)


@click.command("queue")
@click.option("--start", metavar="RUN", help="Start a run that waits now, without regard to the limit.")
@json_option
@pass_workspace
def show_queue(workspace: Workspace, start: str | None, as_json: bool) -> None:
    """List the runs that wait for a place on this machine, in turn."""
    from cs229tui.labs import queue

    queue.refreshed(workspace.database, workspace.folders, workspace.settings)
    if start is not None:
        record = found_run(workspace, start)
        queue.start_now(workspace.database, workspace.folders, workspace.settings, record)
    waiting = queue.waiting(workspace.database)
    if as_json:
        show_json(
            [
                run_facts(one.record) | {"place": one.place, "behind": one.behind.id if one.behind else None}
                for one in waiting
            ]
        )
        return
    rows = [(one.record.id, one.record.lab, one.record.preset, one.record.device, str(one)) for one in waiting]
    show_table(rows, ("id", "lab", "preset", "device", "waits"))


@click.command("remove")
@click.argument("runs", nargs=-1, required=True)
@json_option
@pass_workspace
def remove_runs(workspace: Workspace, runs: tuple[str, ...], as_json: bool) -> None:
    """Take RUNS or whole sweeps that are over away; their folders lie in `removed-runs` for a week."""
    from cs229tui.labs.removing import remove

    removed = remove(workspace.database, workspace.folders, _of_sweeps(workspace, runs, over=True))
    if as_json:
        show_json([{"id": one.record.id, "folder": str(one.folder) if one.folder else None} for one in removed])
        return
    for one in removed:
        click.echo(f"{one.record.id} removed")


def _sweep(
    workspace: Workspace, lab: "Lab", preset: str, values: dict[str, Any], axes: tuple[str, ...], seeds: int,
    yes: bool, dry_run: bool, launcher: str, options: dict[str, Any], as_json: bool,
) -> None:  # fmt: skip
    from cs229tui.labs import sweep
    from cs229tui.labs.words import about

    plan = sweep.planned(
        workspace.database, workspace.settings, lab, preset, values, sweep.grid(axes), seeds, launcher
    )  # fmt: skip
    count = len(plan.changed)
    took = f"about {about(plan.seconds)}{', as the lab says' if plan.said else ''}"
    if dry_run:
        if as_json:
            show_json({"runs": list(plan.changed), "count": count, "seconds": plan.seconds})
        else:
            show_table([tuple(one.values()) for one in plan.changed], tuple(plan.changed[0]))
            say(f"{count} runs, {took}. Nothing was started.")
        return
    if count > sweep.MANY and not yes:
        raise UsageError(f"This sweep has {count} runs and takes {took}.", "Add --yes to start it all the same.")
    records = sweep.begin(workspace.database, workspace.folders, workspace.settings, plan, launcher, options)
    if as_json:
        show_json({"sweep": plan.id, "seconds": plan.seconds, "runs": [run_facts(record) for record in records]})
        return
    click.echo(plan.id)
    say(f"{count} runs, {took}. Stop them all with: cs229tui lab stop {plan.id}")


def _tell_waiting(workspace: Workspace, records: list["RunRecord"]) -> None:
    from cs229tui.labs import queue

    ids = {record.id for record in records if record.state == "queued"}
    for one in queue.waiting(workspace.database) if ids else ():
        if one.record.id in ids:
            say(f"It waits: {one}.")


def _of_sweeps(workspace: Workspace, names: tuple[str, ...], over: bool = False) -> list["RunRecord"]:
    """The runs that a person named, one by one or by their sweep: of that, the ones that go on, or all with `over`."""
    from cs229tui.labs.history import refresh
    from cs229tui.library.runs import ALIVE, run, runs_of_sweep

    refresh(workspace.database, workspace.folders)
    found: dict[str, RunRecord] = {}
    for name in names:
        of_sweep = runs_of_sweep(workspace.database, name)
        chosen = (
            [one for one in of_sweep if over or one.state in ALIVE] if of_sweep else [run(workspace.database, name)]
        )
        found |= {record.id: record for record in chosen}
    return list(found.values())


def _mark(workspace: Workspace, names: tuple[str, ...], wait: bool, as_json: bool) -> None:
    from cs229tui.labs.launch import pause, resume
    from cs229tui.labs.life import look

    marked, failed = [], []
    for record in _of_sweeps(workspace, names):
        if not look(record).alive:
            failed.append(f"The run {record.id[:8]} is not running: it is {record.state}.")
            continue
        (pause if wait else resume)(record)
        marked.append(record)
        if not as_json:
            click.echo(f"{record.id} {look(record).word}")
    if as_json:
        show_json([run_facts(record) for record in marked])
    _fail(failed)


def _fail(messages: list[str]) -> None:
    for message in messages:
        say(message)
    if messages:
        sys.exit(1)


def values_of_flag(params: tuple[str, ...], flag: str) -> dict[str, Any]:
    """What a flag of NAME=VALUE was given; raises `UsageError`."""
    values = {}
    for word in params:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{flag} {word!r} is not NAME=VALUE.", "For instance: --param steps=200")
        values[name.strip().replace("-", "_")] = value
    return values
