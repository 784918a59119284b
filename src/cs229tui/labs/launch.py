"""Starting, pausing, stopping, continuing and repeating runs of labs."""

import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cs229tui.clock import now, timestamp
from cs229tui.config import Settings
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labkit.events import PAUSE
from cs229tui.labkit.spec import Spec, Value
from cs229tui.labs import continuing, hand_over, process, queue, receivers
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.launchers import launcher_named, launcher_of, prepared
from cs229tui.labs.needs import Need, device_of, labs_python, unmet
from cs229tui.labs.run_folder import Story, change_story, copy_code, environment_of, write_story
from cs229tui.library.database import Database
from cs229tui.library.predictions import predictions_of
from cs229tui.library.runs import ALIVE, RunRecord, run, save_run


def values_of(lab: Lab, preset: str, changed: Mapping[str, Value]) -> tuple[Spec, dict[str, Value]]:
    """The lab's spec and every parameter's checked value; raises `LabError` or `ParameterError`."""
    if lab.spec is None:
        raise LabError(f"The lab {lab.name} cannot run: {lab.error}")
    if not lab.script.is_file():
        raise LabError(f"The lab {lab.name} has no main.py.", f"Put one into {lab.path}.")
    return lab.spec, lab.spec.values(preset, changed)


def launch(
    database: Database,
    folders: Folders,
    settings: Settings,
    lab: Lab,
    preset: str = "quick",
    changed: Mapping[str, Value] | None = None,
    launcher: str = "local",
    options: Mapping[str, Any] | None = None,
    sweep: str = "",
) -> RunRecord:
    """Start a run that outlives us, or let it wait for its place: then its state is `queued`.

    Raises `LabError` (also for unmet needs), `ParameterError`, or `UsageError` for the launcher's `options`.
    """
    record = prepare(database, folders, settings, lab, preset, changed, launcher, options, sweep)
    return started(database, folders, settings, record)


def check(
    settings: Settings, lab: Lab, preset: str, changed: Mapping[str, Value], launcher: str
) -> tuple[Spec, dict[str, Value]]:
    """`values_of`, and what the run needs is there; raises `LabError` or `ParameterError`."""
    spec, values = values_of(lab, preset, changed)
    here = launcher_named(launcher).HERE
    need = unmet(spec.preset(preset), str(values.get("device", "")), labs_python(settings), here=here)
    if need is not None:
        raise _lacking(need)
    return spec, values


def prepare(
    database: Database,
    folders: Folders,
    settings: Settings,
    lab: Lab,
    preset: str = "quick",
    changed: Mapping[str, Value] | None = None,
    launcher: str = "local",
    options: Mapping[str, Any] | None = None,
    sweep: str = "",
) -> RunRecord:
    """Check a run, write its folder and put it into the queue, where `started` or anybody's look starts it."""
    spec, values = check(settings, lab, preset, changed or {}, launcher)
    way = launcher_named(launcher)
    checked = way.checked(options or {}, settings)
    python = labs_python(settings)
    wanted = str(values.get("device", ""))
    if settings.labs_hand_over != "off":
        receivers.check(settings.labs_hand_over)
    values = {name: _absolute(value) for name, value in values.items()}
    id = str(uuid.uuid4())
    folder = folders.runs / f"{now():%Y%m%d-%H%M%S}-{_plain(lab.name)}-{id[:8]}"
    command = [python, "-u", str(lab.script), "--preset", preset, "--run-folder", str(folder)]
    command += [f"--{name}={_word(value)}" for name, value in values.items()]
    device = device_of(spec.preset(preset), wanted, python) if way.HERE else ""
    record = RunRecord(
        id, lab.name, preset, str(folder), "queued", timestamp(), values,
        launcher=launcher, device=device, sweep=sweep,
    )  # fmt: skip
    story = Story(
        record,
        way.command(command, checked),
        environment_of(folders, python, id, _texts(database, folders, spec, values)),
        python,
        {"name": launcher, **checked},
        predictions_of(database, lab.name),
        settings.labs_hand_over,
    )
    write_story(lab, story)
    if way.HERE:
        queue.enqueue(folder)
    save_run(database, record)
    return record


def started(database: Database, folders: Folders, settings: Settings, record: RunRecord) -> RunRecord:
    """The run that was just prepared as it is now: started where it has a place; raises `LabError`."""
    way = launcher_named(record.launcher)
    if way.HERE:
        queue.pump(database, folders, settings)
        after = run(database, record.id)
    else:
        folder = Path(record.folder)
        after = replace(record, state="starting", reason="")
        try:
            here = prepared(folder)
            if not here.continued:
                copy_code(Path(str(lab_named(folders, record.lab).path)), folder)
            way.start(here)
            hand_over.begin_as_asked(folder)
        except LabError as error:
            after = replace(record, state="failed", reason=str(error), ended=timestamp())
        save_run(database, after)
    if after.state == "failed":
        raise LabError(after.reason)
    return after


def go_on(
    database: Database,
    folders: Folders,
    settings: Settings,
    record: RunRecord,
    options: Mapping[str, Any] | None = None,
) -> RunRecord:
    """Continue a run that is over from its last checkpoint, in its own folder; raises `LabError`.

    A cluster may be asked for something else this time, such as more time: `options`.
    """
    folder = Path(record.folder)
    continuing.refuse(record)
    run = prepared(folder)
    command = [*run.command, *([] if run.continued else ["--continue"])]
    fields: dict[str, Any] = {"command": command}
    if options:
        checked = launcher_named(record.launcher).checked({**run.options, **options}, settings)
        fields["launcher"] = {"name": record.launcher, **checked}
    change_story(folder, **fields)
    kind = record.device.partition(":")[0]
    again = replace(record, state="queued", device=kind, reason="", ended=None, verdicts=[], summary={})
    if launcher_named(record.launcher).HERE:
        queue.enqueue(folder)
    save_run(database, again)
    return started(database, folders, settings, again)


def pause(record: RunRecord) -> None:
    """Let a run wait before its next step."""
    (Path(record.folder) / PAUSE).touch()


def resume(record: RunRecord) -> None:
    """Let a paused run go on."""
    (Path(record.folder) / PAUSE).unlink(missing_ok=True)


def paused(record: RunRecord) -> bool:
    """Whether the run was asked to wait."""
    return (Path(record.folder) / PAUSE).exists()


def ask_to_stop(record: RunRecord) -> None:
    """Let a run finish its step and write its verdicts, or take it out of the queue; raises `LabError`."""
    stoppable(record)
    if not queue.take_out(record):
        launcher_of(Path(record.folder)).ask_to_stop(Path(record.folder))


def stop(record: RunRecord, grace: float = process.GRACE_SECONDS, given_up: Callable[[], bool] = lambda: False) -> bool:
    """`ask_to_stop`, by force after `grace` seconds; returns whether it is gone. `given_up` ends the waiting early."""
    stoppable(record)
    if queue.take_out(record):
        return True
    return launcher_of(Path(record.folder)).stop(Path(record.folder), grace, given_up)


def stoppable(record: RunRecord) -> None:
    """Raises `LabError` for a run that is over."""
    if record.state not in ALIVE:
        raise LabError(f"The run {record.id[:8]} is not running: it is {record.state}.")


def again(database: Database, folders: Folders, settings: Settings, record: RunRecord) -> RunRecord:
    """Start a new run like an earlier one; parameters that the lab no longer has are left out."""
    lab = lab_named(folders, record.lab)
    known: dict[str, Any] = dict(lab.spec.parameters) if lab.spec else {}
    changed = {name: value for name, value in record.parameters.items() if name in known}
    options: Mapping[str, Any] = {}
    if record.launcher != "local":
        options = prepared(Path(record.folder)).options
    return launch(database, folders, settings, lab, record.preset, changed, record.launcher, options)


def _lacking(need: Need) -> LabError:
    return LabError(need.what, need.remedy)


def _texts(database: Database, folders: Folders, spec: Spec, values: Mapping[str, Value]) -> Path | None:
    """The texts of her readings, where the lab may learn from them."""
    sources = [name for name, parameter in spec.parameters.items() if "library" in parameter.choices]
    if not any(values[name] in ("library", "auto") for name in sources):
        return None
    from cs229tui.labs.library_texts import write_library_texts

    return write_library_texts(database, folders)


def _absolute(value: Value) -> Value:
    # A file named from here must still be found from the run's own folder.
    if isinstance(value, str) and (os.sep in value or "." in value):
        try:
            path = Path(value).expanduser()
            return str(path.absolute()) if path.is_file() else value
        except (OSError, RuntimeError, ValueError):
            return value
    return value


def _word(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:40] or "lab"
