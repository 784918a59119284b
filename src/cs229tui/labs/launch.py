"""Starting, pausing, stopping and repeating a run of a lab."""

import json
import os
import re
import sys
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cs229tui
from cs229tui.clock import now, timestamp
from cs229tui.config import Settings
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labkit.events import PAUSE, RUN
from cs229tui.labkit.spec import Spec, Value
from cs229tui.labs import process
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.needs import labs_python, unmet
from cs229tui.library.database import Database
from cs229tui.library.runs import ALIVE, RunRecord, save_run


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
) -> RunRecord:
    """Start a run as a process that outlives us; raises `LabError` (also for unmet needs) or `ParameterError`."""
    spec, values = values_of(lab, preset, changed or {})
    python = labs_python(settings)
    need = unmet(spec.preset(preset), str(values.get("device", "")), python, ask_torch=True)
    if need is not None:
        raise LabError(need.what, need.remedy)
    values = {name: _absolute(value) for name, value in values.items()}
    id = str(uuid.uuid4())
    folder = folders.runs / f"{now():%Y%m%d-%H%M%S}-{_plain(lab.name)}-{id[:8]}"
    command = [python, "-u", str(lab.script), "--preset", preset, "--run-folder", str(folder)]
    command += [f"--{name}={_word(value)}" for name, value in values.items()]
    record = RunRecord(id, lab.name, preset, str(folder), "starting", timestamp(), parameters=values)
    environment = environment_of(folders, python, id, _texts(database, folders, spec, values))
    _write_run(folder, record, lab, command, python, environment)
    save_run(database, record)
    try:
        process.start_prepared(folder)
    except (LabError, OSError) as error:
        save_run(database, replace(record, state="failed", reason=str(error), ended=timestamp()))
        if isinstance(error, OSError):
            raise LabError(f"The lab cannot be started: {error}.", "See: cs229tui doctor") from error
        raise
    return record


def environment_of(folders: Folders, python: str, run: str, texts: Path | None) -> dict[str, str | None]:
    """What a lab's process gets beside our environment, so that labkit can be imported by any Python."""
    added: dict[str, str | None] = {"PYTHONHOME": None, "PYTHONSTARTUP": None, "PYTHONUNBUFFERED": "1"}
    added["CS229TUI_RUN"] = run
    if texts is not None:
        from cs229tui.labkit.data import LIBRARY_TEXT

        added[LIBRARY_TEXT] = str(texts)
    if python != sys.executable:
        known = os.environ.get("PYTHONPATH")
        added["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_import_path(folders)), known)))
    return added


def pause(record: RunRecord) -> None:
    """Let a run wait before its next step."""
    (Path(record.folder) / PAUSE).touch()


def resume(record: RunRecord) -> None:
    """Let a paused run go on."""
    (Path(record.folder) / PAUSE).unlink(missing_ok=True)


def paused(record: RunRecord) -> bool:
    """Whether the run was asked to wait."""
    return (Path(record.folder) / PAUSE).exists()


def process_to_stop(record: RunRecord) -> process.Process:
    """The process of a run that can be stopped from here; raises `LabError`."""
    if record.state not in ALIVE:
        raise LabError(f"The run {record.id[:8]} is not running: it is {record.state}.")
    running = process.process_of(Path(record.folder))
    if running is None:
        raise LabError(f"The run {record.id[:8]} was not started from here.", "Stop it where it was started.")
    if not running.here:
        raise LabError(f"The run {record.id[:8]} runs on {running.host}.", "Stop it there.")
    return running


def again(database: Database, folders: Folders, settings: Settings, record: RunRecord) -> RunRecord:
    """Start a new run like an earlier one; parameters that the lab no longer has are left out."""
    lab = lab_named(folders, record.lab)
    known: dict[str, Any] = dict(lab.spec.parameters) if lab.spec else {}
    changed = {name: value for name, value in record.parameters.items() if name in known}
    return launch(database, folders, settings, lab, record.preset, changed)


def _write_run(
    folder: Path, record: RunRecord, lab: Lab, command: list[str], python: str, environment: Mapping[str, str | None]
) -> None:
    story = {
        "id": record.id,
        "lab": record.lab,
        "preset": record.preset,
        "parameters": record.parameters,
        "command": command,
        "environment": dict(environment),
        "started": record.started,
        "python": python,
        "path": str(lab.path),
        "cs229tui": cs229tui.__version__,
    }
    try:
        folder.mkdir(parents=True)
        (folder / RUN).write_text(json.dumps(story, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise LabError(f"{folder} cannot be written: {error.strerror}.", "Is the disk full?") from error


def _import_path(folders: Folders) -> Path:
    """A folder with our package and nothing else: another Python must not find our other packages, torch first."""
    package = Path(cs229tui.__file__).parent
    link = folders.cache / "labkit" / "cs229tui"
    if not link.is_symlink() or link.resolve() != package:
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f"cs229tui-{uuid.uuid4().hex}")
        fresh.symlink_to(package, target_is_directory=True)
        fresh.replace(link)
    return link.parent


def _texts(database: Database, folders: Folders, spec: Spec, values: Mapping[str, Value]) -> Path | None:
    """The texts of her readings, where the lab may learn from them."""
    sources = [name for name, parameter in spec.parameters.items() if "library" in parameter.choices]
    if not any(values[name] in ("library", "auto") for name in sources):
        return None
    from cs229tui.labs.texts import write_library_texts

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
