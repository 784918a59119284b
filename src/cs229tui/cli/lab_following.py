"""A run followed in the terminal: one line that lives, and what it told in the end."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs229tui.cli.lab_facts import run_facts, view_facts
from cs229tui.cli.output import say, show_json
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.labs.life import Life
    from cs229tui.labs.watch import RunView
    from cs229tui.library.runs import RunRecord

_LINE_SECONDS = 0.2
_PUMP_SECONDS = 2.0


def found_run(workspace: Workspace, name: str) -> "RunRecord":
    """The run that a person named, as it is now; raises `NotFoundError`."""
    from cs229tui.labs.history import refresh
    from cs229tui.library.runs import run

    refresh(workspace.database, workspace.folders)
    return run(workspace.database, name)


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """A list that grows by one for each ctrl+c, which interrupts nothing meanwhile."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def follow(workspace: Workspace, record: "RunRecord", pressed: list[int], as_json: bool, ours: bool = True) -> None:
    """Follow a run to its end with one line that lives; ctrl+c stops a run of ours and leaves another's alone."""
    from cs229tui.labs import queue
    from cs229tui.labs.history import refresh
    from cs229tui.labs.launch import ask_to_stop, stop
    from cs229tui.labs.life import look
    from cs229tui.labs.watch import Follower, RunView

    folder = Path(record.folder)
    follower, view = Follower(folder), RunView()
    live = sys.stderr.isatty()
    asked, pump_at = 0, 0.0
    if not ours:
        say(f"Watching run {record.id[:8]}; ctrl+c leaves it as it is.")
    while True:
        if len(pressed) > asked:
            asked += 1
            if not ours:
                say(f"\nThe run {record.id[:8]} goes on; stop it with: cs229tui lab stop {record.id[:8]}")
                return
            alive = look(record).alive
            if alive and asked == 1:
                say("\nStopping after this step; ctrl+c again ends it by force.")
                ask_to_stop(record)
            elif alive:
                stop(record, grace=0.0)
        events = follower.next()
        view.fold(events)
        life = look(record)
        if life.record.state == "queued" and time.monotonic() > pump_at:
            queue.pump(workspace.database, workspace.folders, workspace.settings, wait=False)
            pump_at = time.monotonic() + _PUMP_SECONDS
        if live:
            click.echo(f"\r\x1b[2K{_line(life, view)}", err=True, nl=False)
        if not life.alive and not events:
            break
        if not events:
            time.sleep(_LINE_SECONDS)
    if live:
        click.echo("\r\x1b[2K", err=True, nl=False)
    refresh(workspace.database, workspace.folders)
    after = life.record
    if as_json:
        show_json(run_facts(after) | view_facts(view))
    else:
        tell(workspace, after, view)
    if after.state != "done":
        sys.exit(1)


def _line(life: "Life", view: "RunView") -> str:
    """`▸ step 240 of 500  18 s, ~37 s to go  loss 2.31  held_out 3.4  1 412 steps/s`, no wider than the terminal."""
    import shutil

    from cs229tui.labs.words import duration, figure

    parts = [life.word, duration(view.seconds)]
    left = view.left()
    if left is not None:
        parts[-1] += f", ~{left.words} to go"
    if view.progress is not None:
        parts.append(f"{figure(view.progress.step)} of {figure(view.progress.of)}")
    parts += [f"{name} {figure(series.last)}" for name, series in list(view.series.items())[:4]]
    if view.progress is not None and view.progress.rate is not None:
        parts.append(f"{figure(view.progress.rate)} {view.progress.unit}")
    return "  ".join(parts)[: shutil.get_terminal_size().columns - 1]


def tell(workspace: Workspace, record: "RunRecord", view: "RunView") -> None:
    """Say how a run is, what it measured and what became of its claims."""
    from cs229tui.labkit.spec import NOT_TESTED
    from cs229tui.labs.find import labs
    from cs229tui.labs.life import look, seconds_of
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
        if claim and record.preset not in claim.presets:
            continue
        sign = SIGNS[entry.verdict] if entry else ("…" if record.state in ALIVE else "–")
        facts = ""
        if entry is not None and entry.measured is not None:
            unit = f" {claim.unit}" if claim and claim.unit else ""
            want = wanted_of(claim, record.preset) if claim else entry.wanted
            facts = f"measured {figure(entry.measured)}{unit}, wanted {want}"
        click.echo(f"{sign} {claim.text if claim else id}{f'  ({facts})' if facts else ''}")
    if spec and (left := untested(spec, record.preset)[0]):
        click.echo(f"{SIGNS[NOT_TESTED]} {left}")
    if record.state not in ALIVE:
        click.echo(meaning(spec, verdicts, record.state))
