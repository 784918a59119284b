"""A run's folder: run.json with all that is needed to start it, repeat it and account for it, and the lab's code."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cs229tui
from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labkit.events import RUN
from cs229tui.labkit.lab_file import RESULTS
from cs229tui.labkit.other_lab import used_files
from cs229tui.labs.find import Lab
from cs229tui.labs.guard import MARK
from cs229tui.library.runs import RunRecord
from cs229tui.whole import write_whole

CODE = "code"
_COPIED = (".py", ".toml", ".md", ".txt", ".json")
_MOST_FILES = 200
_MOST_BYTES = 1_000_000  # of one file: what is larger is data, not code
_GIT_SECONDS = 5


@dataclass(frozen=True)
class Story:
    """What run.json says beside the record; `launcher` has its name and its options."""

    record: RunRecord
    command: list[str]
    environment: Mapping[str, str | None]
    python: str
    launcher: Mapping[str, Any]
    predictions: list[dict[str, str]] = field(default_factory=list)
    hand_over: str = "off"


def write_story(lab: Lab, story: Story) -> None:
    """Make the run's folder and write run.json; raises `LabError`."""
    record = story.record
    folder = Path(record.folder)
    fields = {
        "id": record.id,
        "lab": record.lab,
        "preset": record.preset,
        "parameters": record.parameters,
        "command": story.command,
        "environment": dict(story.environment),
        "started": record.started,
        "python": story.python,
        "path": str(lab.path),
        "cs229tui": cs229tui.__version__,
        "launcher": dict(story.launcher),
        "device": record.device,
        "sweep": record.sweep,
        "git": git_state(lab.path),
        "predictions": story.predictions,
        "hand_over": story.hand_over,
    }
    try:
        folder.mkdir(parents=True)
        write_whole(folder / RUN, _json(fields))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise LabError(f"{folder} cannot be written: {error.strerror}.", "Is the disk full?") from error


def story_of(folder: Path) -> dict[str, Any]:
    """What run.json says of the run in `folder`; raises `LabError`."""
    try:
        story = json.loads((folder / RUN).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LabError(f"{folder / RUN} cannot be read: {error}.", "Is it the folder of a run?") from error
    if not isinstance(story, dict):
        raise LabError(f"{folder / RUN} does not describe a run.", "Is it the folder of a run?")
    return story


def change_story(folder: Path, **fields: Any) -> None:
    """Change fields of run.json; raises `LabError`."""
    story = story_of(folder) | fields
    try:
        write_whole(folder / RUN, _json(story))
    except OSError as error:
        raise LabError(f"{folder / RUN} cannot be written: {error.strerror}.", "Is the disk full?") from error


def code_files(lab: Path) -> dict[str, Path]:
    """A lab's own files and the Python of the labs that it uses, by their names in a run's `code`."""
    return {str(path.relative_to(lab)): path for path in _code(lab)} | used_files(lab)


def copy_code(lab: Path, folder: Path) -> None:
    """Copy the lab's code into the run's folder, as it is when the run begins; raises `LabError`."""
    target = folder / CODE
    shutil.rmtree(target, ignore_errors=True)
    try:
        for name, path in code_files(lab).items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    except OSError as error:
        raise LabError(
            f"The lab's code cannot be copied to {target}: {error.strerror}.", "Is the disk full?"
        ) from error


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit that `folder` is at and whether its files differ from it; None where no git knows it."""
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit or not commit.strip():
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".")
    if changes is None:
        return None
    return {"commit": clean_line(commit.strip(), 80), "dirty": bool(changes.strip())}


def environment_of(folders: Folders, python: str, run: str, texts: Path | None) -> dict[str, str | None]:
    """What a lab's process gets beside our environment, so that labkit can be imported by any Python."""
    added: dict[str, str | None] = {"PYTHONHOME": None, "PYTHONSTARTUP": None, "PYTHONUNBUFFERED": "1"}
    added[MARK] = run
    if texts is not None:
        from cs229tui.labkit.data import LIBRARY_TEXT

        added[LIBRARY_TEXT] = str(texts)
    if python != sys.executable:
        known = os.environ.get("PYTHONPATH")
        added["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_import_path(folders)), known)))
    return added


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


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


def _code(lab: Path) -> list[Path]:
    """The lab's own files: at the top what a person reads, and Python at any depth."""
    found = []
    for root, below, names in os.walk(lab):
        below[:] = sorted(name for name in below if not name.startswith((".", "__")))
        for name in sorted(names):
            path = Path(root) / name
            with contextlib.suppress(OSError):  # one that goes away meanwhile was none of the lab's code
                wanted = path.suffix in (_COPIED if Path(root) == lab else (".py",)) and name != RESULTS
                if wanted and path.is_file() and path.stat().st_size <= _MOST_BYTES:
                    found.append(path)
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _git(folder: Path, *words: str) -> str | None:
    # Neither a lock nor a hook: her repository is only looked at.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    try:
        asked = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=_GIT_SECONDS, stdin=subprocess.DEVNULL, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout if asked.returncode == 0 else None
