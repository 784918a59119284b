"""What the commands on groups tell: what would be shared, what a round did, what a group is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.cli.output import say
from cs229tui.errors import UsageError
from cs229tui.library.groups import JoinedGroup, writers
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.annotations.groups.rounds import Round

_SHOWN = 5


def agreed(workspace: Workspace, name: str, from_now: bool, yes: bool) -> None:
    """Show what would go to a group that is entered, and go on only where she agrees."""
    from cs229tui.annotations.groups.entering import NEVER, would_share

    going = would_share(workspace.database)
    catalog = workspace.catalog()
    if from_now or not going.wrote:
        say(f"What you write from now on goes to {name}. Nothing that you wrote before does.")
    else:
        kinds = ", ".join(counted(number, kind) for kind, number in going.kinds.items())
        say(f"To {name} would go what you wrote so far ({kinds}), and what you write from now on:")
        for reading, number in list(going.readings.items())[:_SHOWN]:
            known = catalog.get(reading)
            say(f"  {number:4}  on {known.short if known else reading or 'lectures'}")
        if len(going.readings) > _SHOWN:
            say(f"        and on {counted(len(going.readings) - _SHOWN, 'more reading')}")
        say("such as:")
        for one in going.wrote[:_SHOWN]:
            say(f"  {one.kind}: {clean_line(one.body or one.quote, 90)}")
        say("With --from-now only what you write from now on goes.")
    say(NEVER + (f" You have {counted(going.notes, 'private note')}." if going.notes else ""))
    say("Everybody who can read the folder can read it, under the name " + workspace.settings.author + ".")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Nobody is here to be asked.", "Give --yes.")
    if not click.confirm("Go on?", err=True):
        raise click.Abort


def tell_round(group: JoinedGroup, done: "Round", named: bool = False) -> None:
    """Say what a round did."""
    came = done.outcome
    parts = [
        f"{came.new} new",
        f"{came.changed} changed",
        f"{came.deleted} deleted",
        f"{came.published} of yours written there",
    ]
    say((f"{group.name}: " if named else "") + ", ".join(parts) + ".")
    if came.aside:
        say(f"{counted(came.aside, 'line')} were put aside: they are not what they claim. See: cs229tui group members")
    if came.bad:
        say(f"{counted(came.bad, 'line')} could not be understood.")
    for warning in came.warnings[:_SHOWN]:
        say(f"  {warning}")
    if done.trouble:
        say(f"{done.trouble} {done.remedy}".strip())
        say(f"{counted(done.waiting, 'line')} of yours wait here for the next sync.")


def facts_of(workspace: Workspace, group: JoinedGroup, done: "Round | None" = None) -> dict[str, Any]:
    """A group as JSON tells of it."""
    made: dict[str, Any] = msgspec.to_builtins(group)
    made["members"] = 1 + sum(not one.mine for one in writers(workspace.database, group.id))
    made["waiting"] = _waiting(workspace, group) if done is None else done.waiting
    made["reachable"] = Path(group.folder).is_dir()
    if done is not None:
        made["sync"] = msgspec.to_builtins(done)
    return made


def _waiting(workspace: Workspace, group: JoinedGroup) -> int:
    """What the group has not got: lines that are not in its folder, and those that a carrier has not taken along."""
    from cs229tui.annotations.groups.publishing import preview

    number = preview(workspace.database, group.id).count
    if group.carrier == "git" and (Path(group.folder) / ".git").is_dir():
        from cs229tui.annotations.groups.carriers.git import waiting
        from cs229tui.annotations.groups.rounds import files_of

        number += waiting(Path(group.folder), files_of(workspace.database, workspace.folders, group.id))
    return number
