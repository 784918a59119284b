"""The score of a discussion, at the command line: `score`."""

from typing import Any

import click
from msgspec import to_builtins

from cs229tui.annotations.formats.scoring import LABELS, contribution, figure, remark, target, total
from cs229tui.annotations.own_work import Graded, graded
from cs229tui.annotations.scope import scope
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import UsageError
from cs229tui.workspace import Workspace


@click.command("score", short_help="How you stand in the discussion of a reading, by Perusall's rules.")
@click.argument("reading", required=False)
@click.option("--lecture", type=click.IntRange(min=0), metavar="N", help="All readings of a lecture.")
@json_option
@pass_workspace
def score_command(workspace: Workspace, reading: str | None, lecture: int | None, as_json: bool) -> None:
    """Reckon how far you are to full credit on READING, or on each reading of a lecture, for yourself alone.

    The components are those that Perusall publishes; the weights, which it does not, and all targets are in the
    [discussion] table of the course file. Your comments count by the points that you give them on the screen (S on the
    reading, then 0, 1 or 2). Nothing of this ever leaves your machine.

    \b
    cs229tui score vaswani-2017-attention
    cs229tui score --lecture 4 --json
    """
    if (reading is None) == (lecture is None):
        raise UsageError("It is a reading or a lecture.", "Give READING, or --lecture N.")
    of = scope(
        workspace.database,
        workspace.course,
        workspace.catalog(),
        workspace.reading(reading).id if reading else None,
        lecture,
    )
    entries = [of.reading] if of.reading else [entry for entry in workspace.course.readings if entry.id in of.readings]
    first = workspace.settings.first_lecture
    found = [graded(workspace.database, workspace.course, entry, lecture, first) for entry in entries]
    rules = workspace.course.discussion
    if as_json:
        entries_of = [_entry(one, rules.scale) for one in found]
        show_json(entries_of[0] if of.reading else entries_of)
    elif of.reading:
        rows = [
            (LABELS[one.name], figure(one), target(one), contribution(one), remark(one, rules))
            for one in found[0].score.components
        ]
        show_table(rows, ("component", "you", "target", "contributes", ""))
        say(f"{of.reading.id}: {total(found[0].score, rules.scale)}.{_unrated(found[0])}{_due(found[0])}")
        if not workspace.settings.measure_time:
            say("Time is not measured (measure_time in the settings), so what rests on it counts nothing.")
    else:
        show_table(
            [
                (one.reading.id, "required" if one.reading.required else "", total(one.score, rules.scale))
                for one in found
            ],
            ("reading", "", "score"),
        )


def _entry(one: Graded, scale: int) -> dict[str, Any]:
    return {
        "reading": one.reading.id,
        "total": round(one.score.total, 2),
        "score": one.score.on(scale),
        "scale": scale,
        "deadline": one.score.deadline,
        "unrated": one.score.unrated,
        "components": [
            {name: round(value, 2) if isinstance(value, float) else value for name, value in to_builtins(part).items()}
            for part in one.score.components
        ],
        "comments": [
            {
                "id": said.id,
                "kind": said.kind,
                "created": said.created,
                "points": one.points.get(said.id),
                "counts": said.id in one.score.counted,
            }
            for said in one.written
        ],
    }


def _unrated(one: Graded) -> str:
    count = one.score.unrated
    return f" {count} of {len(one.written)} comments are not rated and count nothing yet." if count else ""


def _due(one: Graded) -> str:
    due = one.score.deadline
    return f" Due {due:%Y-%m-%d %H:%M}." if due else " At your own pace: no deadline."
