"""The documents that are kept here: `cache list`, `cache check`, `cache prune`."""

import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from cs229tui.amounts import counted, file_size
from cs229tui.cli.bar import bar_of
from cs229tui.cli.fetching import fetched
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import ReportableError, UsageError
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.documents.fetching.outcome import Result
    from cs229tui.documents.shelf import Faulty, Kept, Prunable

_FAULTS = {
    "damaged": "is not what it was when it came",
    "missing": "is gone from the disk",
    "outdated": "was read by an older cs229tui",
    "stray": "belongs to no document",
}


@click.group("cache", short_help="The documents that are kept here.")
def cache_command() -> None:
    """List, check and prune the documents that are kept on this machine."""


@cache_command.command("list")
@json_option
@pass_workspace
def list_command(workspace: Workspace, as_json: bool) -> None:
    """Every document with its reading, format, pages, size, when it came and from where."""
    from cs229tui.documents.shelf import shelf

    kept = shelf(workspace.database, workspace.folders)
    if as_json:
        show_json([_entry(one) for one in kept])
        return
    rows = [
        (_readings(one), one.format, one.pages, file_size(one.size), one.added[:10], one.source or one.path.name)
        for one in kept
    ]
    show_table(rows, ("reading", "format", "pages", "size", "came", "from"))
    size = file_size(sum(one.size for one in kept))
    say(f"{counted(len(kept), 'document')}, {size}, in {workspace.folders.documents}.")


@cache_command.command("check")
@click.option("--repair", is_flag=True, help="Fetch again what is damaged or missing, read again what is outdated.")
@json_option
@pass_workspace
def check_command(workspace: Workspace, repair: bool, as_json: bool) -> None:
    """Read every file and compare it with the hash it had when it came; find what is missing and what is stray."""
    from cs229tui.documents.shelf import check, shelf

    with bar_of("checking") as progress:
        faults = check(workspace.database, workspace.folders, progress)
    outcome = _repaired(workspace, faults) if repair else {}
    left = [fault for fault in faults if outcome.get(_key(fault), "") != "repaired"]
    count = len(shelf(workspace.database, workspace.folders))
    if as_json:
        show_json({"documents": count, "faults": [_fault(fault, outcome.get(_key(fault))) for fault in faults]})
    else:
        for fault in faults:
            done = outcome.get(_key(fault))
            said = f": {done}" if done else ""
            click.echo(f"{', '.join(fault.readings) or fault.path}  {_FAULTS[fault.fault]}{said}")
        counts = Counter(fault.fault for fault in left)
        told = ", ".join(f"{number} {fault}" for fault, number in counts.items()) or "all is well"
        say(f"{counted(count, 'document')} checked: {told}.")
    if any(fault.fault in ("damaged", "missing") for fault in left):
        remedy = (
            "Attach the files again: cs229tui attach READING FILE." if repair else "Run: cs229tui cache check --repair"
        )
        raise ReportableError("Some documents are not as they came.", remedy)


@cache_command.command("prune")
@click.option("--annotated", is_flag=True, help="Also old versions that something was written on.")
@click.option("--unlisted", is_flag=True, help="Also documents of readings that are not in this course.")
@click.option("--yes", is_flag=True, help="Do it, without asking.")
@json_option
@pass_workspace
def prune_command(workspace: Workspace, annotated: bool, unlisted: bool, yes: bool, as_json: bool) -> None:
    """Remove what no reading needs: replaced versions, strays, cut-off downloads, copies that are made again.

    It says first what goes and how much that is. What you wrote stays, and is placed anew on the version that is read.
    """
    from cs229tui.documents.shelf import prunable, prune

    database, folders = workspace.database, workspace.folders
    found = prunable(database, folders, workspace.catalog(), annotated=annotated, unlisted=unlisted)
    freed = sum(one.size for one in found)
    if as_json:
        if yes:
            prune(database, found)
        show_json({"removed": yes, "bytes": freed, "found": [_prunable(one) for one in found]})
        return
    if not found:
        say("There is nothing to prune.")
        return
    show_table([(_named(one), file_size(one.size), _why(one)) for one in found], ("what", "size", "why"))
    say(f"{file_size(freed)} in {counted(len(found), 'file')}.")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Nothing was removed.", "Say --yes to remove it.")
        click.confirm("Remove them?", abort=True, err=True)
    prune(database, found)
    say(f"{file_size(freed)} freed.")


def _repaired(workspace: Workspace, faults: "list[Faulty]") -> dict[str, str]:
    """What became of each fault, by its key: `repaired`, or why not."""
    from cs229tui.documents.fetching.wishes import wishes
    from cs229tui.documents.shelf import remove_strays
    from cs229tui.documents.store import read_again

    outcome: dict[str, str] = {}
    catalog = workspace.catalog()
    remove_strays(faults)
    lost: dict[str, Faulty] = {}
    for fault in faults:
        reading = next((id for id in fault.readings if id in catalog), None)
        if fault.fault == "stray":
            outcome[_key(fault)] = "repaired"
        elif reading is None:
            outcome[_key(fault)] = "its reading is not in this course"
        elif fault.fault == "outdated":
            try:
                with bar_of(reading) as progress:
                    read_again(workspace.database, workspace.folders, reading, progress)
                outcome[_key(fault)] = "repaired"
            except ReportableError as error:
                outcome[_key(fault)] = error.what
        else:
            fault.path.unlink(missing_ok=True)
            lost[reading] = fault
    asked, settled = wishes(workspace.database, [catalog[reading] for reading in lost], again=True)
    results: dict[str, Result] = {result.reading.id: result for result in settled}
    # The server must send it even if it has not changed.
    fetched(workspace, [replace(wish, known=()) for wish in asked], results)
    for reading, fault in lost.items():
        result = results.get(reading)
        if fault.path.is_file() or (result is not None and result.state == "changed"):
            outcome[_key(fault)] = "repaired"
        else:
            outcome[_key(fault)] = result.what if result and result.what else "what came is another file"
    return outcome


def _key(fault: "Faulty") -> str:
    return fault.document or str(fault.path)


def _readings(kept: "Kept") -> str:
    if kept.readings:
        return _listed(kept.readings)
    return f"({_listed(kept.before)})" if kept.before else "–"


def _listed(readings: tuple[str, ...]) -> str:
    return readings[0] + (f" and {len(readings) - 1} more" if len(readings) > 1 else "")


def _named(one: "Prunable") -> str:
    return _readings(one.kept) if one.kept else one.path.name


def _why(one: "Prunable") -> str:
    written = one.kept.annotations if one.kept else 0
    return one.why + (f"; {written} annotation{'s' * (written != 1)} on it" if written else "")


def _entry(kept: "Kept") -> dict[str, Any]:
    return {
        "document": kept.sha256,
        "format": kept.format,
        "pages": kept.pages,
        "size": kept.size,
        "added": kept.added,
        "source": kept.source,
        "readings": list(kept.readings),
        "before": list(kept.before),
        "annotations": kept.annotations,
        "file": str(kept.path),
    }


def _fault(fault: "Faulty", done: str | None) -> dict[str, Any]:
    return {
        "fault": fault.fault,
        "file": str(fault.path),
        "document": fault.document or None,
        "readings": list(fault.readings),
        "repaired": None if done is None else done == "repaired",
        "why": done if done and done != "repaired" else None,
    }


def _prunable(one: "Prunable") -> dict[str, Any]:
    return {
        "why": one.why,
        "file": str(one.path),
        "size": one.size,
        "document": one.kept.sha256 if one.kept else None,
        "readings": list(one.kept.readings or one.kept.before) if one.kept else [],
        "annotations": one.kept.annotations if one.kept else 0,
    }
