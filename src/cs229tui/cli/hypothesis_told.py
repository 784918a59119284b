"""What a Hypothesis sync would do and did, told to a person or a program."""

import sys
from typing import TYPE_CHECKING, Any

import click

from cs229tui.amounts import amount, counted
from cs229tui.clean import clean_line
from cs229tui.cli.output import say
from cs229tui.library.annotations import Annotation

if TYPE_CHECKING:
    from cs229tui.annotations.hypothesis.incoming import Arrived
    from cs229tui.annotations.hypothesis.outgoing import Plan
    from cs229tui.annotations.hypothesis.syncing import Synced

_LOSSES = "Hypothesis makes you the author and now the time; votes, marked answers and earlier versions stay here."


def asked(plan: "Plan") -> bool:
    """Show what would go, and ask."""
    say("This would go there, for everybody in the group to read:")
    for one in plan.new[:20]:
        say(f"  + {one.kind} on {one.reading}: {said(one)}")
    for one in plan.changed[:20]:
        say(f"  ~ {one.kind} on {one.reading}: {said(one)}")
    shown = min(20, len(plan.new)) + min(20, len(plan.changed))
    more = len(plan.new) + len(plan.changed) - shown
    if more:
        say(f"  and {amount(more)} more")
    if plan.gone:
        say(f"  - {counted(len(plan.gone), 'annotation')} to be deleted there")
    say(f"{_LOSSES} Private notes never go.")
    if not sys.stdin.isatty():
        say("Nothing went. Say --yes to let it go.")
        return False
    return click.confirm("Let it go?", err=True)


def said(one: Annotation | None) -> str:
    """An annotation in a line."""
    if one is None:
        return "(deleted)"
    return clean_line(" — ".join(part for part in (one.quote[:60], one.body) if part), 120)


def came(arrived: "Arrived") -> dict[str, Any]:
    """What came, as `--json` gives it."""
    names = ("new", "changed", "same", "deleted", "conflicts", "elsewhere", "hidden", "private", "bad")
    return {name: getattr(arrived, name) for name in names}


def facts_of(done: "Synced", dry_run: bool) -> dict[str, Any]:
    """What a sync did, as `--json` gives it."""
    sent = {
        "created": done.departed.created,
        "updated": done.departed.updated,
        "deleted": done.departed.deleted,
        "kept": [{"id": id, "why": why} for id, why in _stayed(done)],
        "notes": [{"id": id, "what": what} for id, what in done.departed.notes],
    }
    plan = {"new": len(done.plan.new), "changed": len(done.plan.changed), "deleted": len(done.plan.gone)}
    made = {"group": done.audience, "name": done.name, "dry_run": dry_run, "received": came(done.arrived)}
    return made | {"to_send": plan, "sent": sent, "refused": done.refused, "later": done.later}


def _stayed(done: "Synced") -> list[tuple[str, str]]:
    return [(one.id, why) for one, why in done.plan.kept] + done.departed.kept


def tell(done: "Synced", dry_run: bool) -> None:
    """What a sync did, for a person."""
    say(f"{done.name}: {sentence(done.arrived)}")
    tell_bad(done.arrived)
    if dry_run:
        say(
            f"Would send {counted(len(done.plan.new), 'new annotation')}, {amount(len(done.plan.changed))} changed,"
            f" and delete {amount(len(done.plan.gone))}. Nothing was changed."
        )
    elif not done.refused and len(done.plan):
        went = done.departed
        say(
            f"Sent {counted(went.created, 'new annotation')}, {amount(went.updated)} changed;"
            f" deleted {amount(went.deleted)} there."
        )
        if went.created:
            say(_LOSSES)
    tell_kept([why for _, why in _stayed(done)])
    for what in sorted({what for _, what in done.departed.notes}):
        say(f"Of {amount(sum(1 for _, one in done.departed.notes if one == what))}: {what}.")
    if done.arrived.conflicts:
        say("What was changed on both sides is kept as both: cs229tui hypothesis conflicts")
    if done.later:
        say(f"{counted(done.later, 'annotation')} may be deleted there; the next sync looks.")


def sentence(arrived: "Arrived") -> str:
    """What came, in a sentence."""
    parts = [f"{amount(arrived.new)} new", f"{amount(arrived.changed)} changed", f"{amount(arrived.deleted)} deleted"]
    more = {
        "on works that are not among your readings": arrived.elsewhere,
        "hidden by a moderator": arrived.hidden,
        "only for you": arrived.private,
        "changed on both sides": arrived.conflicts,
        "that could not be read": len(arrived.bad),
    }
    parts += [f"{amount(count)} {what}" for what, count in more.items() if count]
    return f"{', '.join(parts)}."


def tell_bad(arrived: "Arrived") -> None:
    """Say of what was left out why, of the first few."""
    for bad in arrived.bad[:5]:
        say(f"  left out: {clean_line(bad, 200)}")


def tell_kept(reasons: list[str]) -> None:
    """Say why some of hers stay here."""
    for why in sorted(set(reasons)):
        say(f"{amount(reasons.count(why))} stay here: {clean_line(why, 200)}.")
