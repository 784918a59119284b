"""From a list of runs to their comparison, and from a lab to a copy of it in the student's editor."""

import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from cs229tui.labs.copies import copy_lab, editor_command
from cs229tui.labs.find import Lab, labs
from cs229tui.library.runs import RunRecord, runs, runs_of_sweep

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_LAST = 2
_LOOKED_AT = 50


def compare_runs(app: "Companion", records: Sequence[RunRecord], lab: str = "") -> None:
    """Compare some runs; of a single one all of its sweep, and where there is no other, the lab's last two."""
    from cs229tui.tui.screens.compare import CompareScreen

    chosen = list(records)
    if len(chosen) == 1 and chosen[0].sweep:
        chosen = runs_of_sweep(app.database, chosen[0].sweep)
    if len(chosen) < _LAST:
        name = lab or (chosen[0].lab if chosen else "")
        others = [one for one in runs(app.database, name, _LAST + 1) if one.id not in {run.id for run in chosen}]
        chosen += others[: _LAST - len(chosen)] if name else []
        copied = next((one.copy_of for one in labs(app.folders) if one.name == name), "")
        if copied and len(chosen) < _LAST:  # the first run of a copy is put beside what it was copied from
            of = runs(app.database, copied, _LOOKED_AT)
            alike = [one for one in of if chosen and one.parameters == chosen[0].parameters]
            chosen += (alike or of)[:1]
    if not chosen:
        app.notify("There is no run to compare yet.", timeout=3)
        return
    app.push_screen(CompareScreen(chosen))


def copy_to_edit(app: "Companion", lab: Lab) -> None:
    """Open a lab of hers in her editor; one of ours is copied first."""
    made = lab if lab.own else copy_lab(app.folders, lab)
    if not lab.own:
        app.changed()
    command = editor_command(made.script)
    where = f"{made.title} is yours now, as {made.name}: {made.path}" if not lab.own else str(made.path)
    if command is None:
        app.notify(f"{where}\nSet $EDITOR to have it opened here.", timeout=10, markup=False)
        return
    try:
        with app.suspend():
            subprocess.run(command, cwd=made.path, check=False)  # noqa: S603
    except SuspendNotSupported:
        app.notify(f"{where}\nThis terminal cannot be lent to an editor.", timeout=10, markup=False)
        return
    except OSError as error:
        app.notify(f"{command[0]} cannot be started: {error.strerror}. {where}", severity="error", markup=False)
        return
    app.changed()
    app.notify(where, timeout=6, markup=False)
