"""Whether a run that is over can go on from its checkpoint, and why its curves might then differ."""

import json
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.labs.life import look
from cs229tui.labs.needs import interpreter
from cs229tui.labs.run_folder import CODE, code_files, story_of
from cs229tui.library.runs import RunRecord

_LONGEST_HEADER = 100_000_000


def refuse(record: RunRecord) -> None:
    """Raise `LabError` where the run cannot be continued."""
    name = f"run {record.id[:8]}"
    if look(record).alive:
        raise LabError(f"The {name} still goes on.", "Stop it first, or let it come to its end.")
    if record.state == "done":
        raise LabError(f"The {name} is done: there is nothing left to do.", f"Repeat it: cs229tui lab run {record.lab}")
    if not Path(record.folder).is_dir():
        raise LabError(f"The folder of the {name} is gone: {clean_line(record.folder, 200)}.")
    words = _command(record)
    script = next((Path(word) for word in words if word.endswith(".py")), None)
    if script is not None and not (script.is_absolute() and "--run-folder" in words):
        remedy = f"Continue it so, too: python {script} --run-folder {record.folder} --continue"
        raise LabError(f"The {name} was started by hand.", remedy)
    if script is None or not script.is_file():
        raise LabError(f"The lab of the {name} is gone.", "Put its main.py back where it was.")
    if not checkpoints(record):
        raise LabError(
            f"The {name} has no checkpoint to go on from.",
            "A lab writes one every minute, and when it is stopped. Start the run anew.",
        )


def differences(record: RunRecord) -> tuple[str, ...]:
    """What has changed since the run began that may make it another run, one sentence each."""
    story = story_of(Path(record.folder))
    told = []
    changed = _changed_files(Path(record.folder) / CODE, Path(str(story.get("path", ""))))
    if changed:
        names = ", ".join(changed[:3])
        told.append(f"The lab's code was changed since ({names}): the curves go on with the new code.")
    files = checkpoints(record)
    before = _torch_of(files[-1]) if files else ""
    now = interpreter(str(story.get("python", ""))).torch
    if before and now and before != now:
        told.append(f"PyTorch was {before} and is {now} now: the curves may differ a little from an uninterrupted run.")
    return tuple(told)


def checkpoints(record: RunRecord) -> list[Path]:
    """The run's checkpoints, in no order."""
    return list((Path(record.folder) / "checkpoint").glob("*step-*.safetensors"))


def _command(record: RunRecord) -> list[str]:
    command = story_of(Path(record.folder)).get("command")
    return [clean_line(str(word)) for word in command] if isinstance(command, list) else []


def _changed_files(then: Path, now: Path) -> list[str]:
    """The names of the lab's files that are not as they were when the run began."""
    try:
        files = [path for path in sorted(then.rglob("*")) if path.is_file() and path.suffix in (".py", ".toml")]
    except OSError:
        return []
    changed = []
    here = code_files(now)
    for path in files:
        name = str(path.relative_to(then))
        try:
            same = name in here and here[name].read_bytes() == path.read_bytes()
        except OSError:
            same = False
        if not same:
            changed.append(clean_line(name, 80))
    return changed


def _torch_of(path: Path) -> str:
    """The version of torch that wrote a checkpoint, from the JSON at its beginning; empty where it does not say."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        return clean_line(str(json.loads(header["__metadata__"]["run"])["facts"]["version of torch"]), 40)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
