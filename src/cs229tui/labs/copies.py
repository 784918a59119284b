"""A student's own labs: copies of those we ship, and new ones from the template."""

import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cs229tui
from cs229tui.clean import clean_line
from cs229tui.errors import LabError, UsageError
from cs229tui.folders import Folders
from cs229tui.labkit.lab_file import RESULTS
from cs229tui.labs.find import Lab, lab_named, labs
from cs229tui.whole import write_whole

TEMPLATE = Path(__file__).parent / "template"
# In a copy: what it is a copy of, and what that was like.
ORIGIN = ".copied.json"
_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST = 40
_LEFT_BEHIND = ("__pycache__", "runs", "*.pyc", ".*", RESULTS)
_TITLE = 'title = "Checkerboard"'


@dataclass(frozen=True)
class Origin:
    """What a lab was copied from: its name, and the marks of its files then."""

    name: str
    version: str
    files: Mapping[str, str]


def copy_lab(folders: Folders, lab: Lab) -> Lab:
    """Copy a lab into the student's own folder under a name that is free, and return it; raises `LabError`."""
    taken = {one.name for one in labs(folders)}
    target = _free(folders.labs, f"my-{lab.path.name.removeprefix('my-')}", taken)
    origin = {"lab": lab.name, "cs229tui": cs229tui.__version__, "files": _marks(lab.path)}
    try:
        folders.labs.mkdir(parents=True, exist_ok=True)
        shutil.copytree(lab.path, target, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
        write_whole(target / ORIGIN, json.dumps(origin, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise LabError(f"The lab cannot be copied to {target}: {_why(error)}.", "Is the disk full?") from error
    return lab_named(folders, target.name)


def new_lab(folders: Folders, name: str) -> Lab:
    """Make a lab of that name from the template; raises `UsageError` for a name that cannot be, `LabError`."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UsageError(
            f"A lab cannot be called {clean_line(name, 60)!r}.",
            "Small letters, digits, - and _, at most 40 and a letter first: edge-of-stability",
        )
    taken = {one.name for one in labs(folders)} | {one.path.name for one in labs(folders)}
    target = folders.labs / name
    if name in taken or target.exists():
        raise UsageError(f"There is a lab {name} already.", f"Another name, or: cs229tui lab copy {name}")
    title = name.replace("-", " ").replace("_", " ").capitalize()
    try:
        folders.labs.mkdir(parents=True, exist_ok=True)
        shutil.copytree(TEMPLATE, target, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
        for file, old, new in (
            ("lab.toml", _TITLE, f'title = "{title}"'),
            ("lab.toml", 'key = "m"', f'key = "{name[0]}"'),
            ("README.md", "# Checkerboard\n", f"# {title}\n"),
            ("README.md", "lab run NAME", f"lab run {name}"),
        ):
            path = target / file
            path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise LabError(f"{target} cannot be written: {_why(error)}.", "Is the disk full?") from error
    return lab_named(folders, name)


def _why(error: OSError) -> str:
    """The reason alone: a copy of a folder that fails lists it for each file, with both paths."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return re.sub(r"^\[Errno \d+\] |: .*", "", str(error.args[0][0][2]))
    return error.strerror or str(error)


def origin_of(lab: Lab) -> Origin | None:
    """What a lab is a copy of, None where it is none of ours."""
    try:
        told = json.loads((lab.path / ORIGIN).read_text("utf-8"))
        files = {str(name): str(mark) for name, mark in told["files"].items()}
        return Origin(clean_line(str(told["lab"]), 80), clean_line(str(told.get("cs229tui", "")), 40), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def original_of(folders: Folders, lab: Lab) -> Lab | None:
    """The lab that this one was copied from, where it is still there; by its name alone where it does not say."""
    origin = origin_of(lab)
    name = origin.name if origin else re.sub(r"-\d+$", "", lab.name.removeprefix("my-"))
    return next((one for one in labs(folders) if one.name == name and one.name != lab.name), None)


def updated_since(lab: Lab, original: Lab) -> list[str]:
    """The files of the original that are not what they were when it was copied."""
    origin = origin_of(lab)
    if origin is None:
        return []
    now = _marks(original.path)
    return sorted(name for name in now.keys() | origin.files.keys() if now.get(name) != origin.files.get(name))


def editor_command(path: Path) -> list[str] | None:
    """The words that open a file in the student's editor; None where she has named none."""
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(os.environ.get(variable, ""))
        except ValueError:
            continue
        if words and shutil.which(words[0]):
            return [*words, str(path)]
    return None


def _free(root: Path, name: str, taken: set[str]) -> Path:
    number = 1
    while True:
        tried = name if number == 1 else f"{name}-{number}"
        if tried not in taken and not (root / tried).exists():
            return root / tried
        number += 1


def _marks(folder: Path) -> dict[str, str]:
    """A mark for each file that is the lab's own, different where the file is."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith((".", "__")) or part in ("runs", RESULTS) for part in name.parts):
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return found
