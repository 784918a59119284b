"""Run a lab's presets with several seeds and write down what came out: `python -m cs229tui.labkit.reproduce labs/NAME`.

The runs are kept below build/reproduce; those that are there already are not made again, those that were cut off go on.
RESULTS.md, beside the lab's main.py, has a section for each device. A section of a device that is not this one stays
as it is, so that the runs of several machines come together in one file.
"""

import argparse
import ast
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cs229tui.clean import clean_line
from cs229tui.errors import LabError, ReportableError
from cs229tui.labkit import device
from cs229tui.labkit.events import EVENTS, RUN
from cs229tui.labkit.lab_file import RESULTS, load_spec
from cs229tui.labkit.other_lab import used_files
from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Claim, Preset, Spec, wanted
from cs229tui.whole import write_whole

RUNS = Path("build/reproduce")
_ABOUT = "reproduce.json"


@dataclass(frozen=True)
class Made:
    """A run that is over: `measured` by claim, `seconds` of its own clock, `memory` (bytes) at its peak.

    `machine` is the GPU's name or the processor's; then `threads` is how many it used.
    """

    preset: str
    seed: int
    machine: str
    threads: int
    versions: tuple[str, ...]
    code: str
    state: str
    reason: str
    seconds: float
    memory: float
    measured: dict[str, float | None]
    notes: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command line asks for; a run that fails ends it with 1, wrong usage with 2."""
    parser = argparse.ArgumentParser(prog="reproduce", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("lab", type=Path, help="the lab's folder")
    parser.add_argument("--presets", default="", metavar="A,B", help="which presets; without it, all that can run here")
    parser.add_argument("--seeds", default="1", metavar="1-3", help="which seeds: 1, 1-3 or 2,5 (default 1)")
    parser.add_argument("--runs", type=Path, default=RUNS, metavar="DIR", help=f"where the runs are kept ({RUNS})")
    parser.add_argument("--again", action="store_true", help="make runs again that are there")
    asked = parser.parse_args(arguments)
    try:
        failed = reproduce(asked.lab, asked.presets, asked.seeds, asked.runs, asked.again)
    except ReportableError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
    raise SystemExit(1 if failed else 0)


def reproduce(lab: Path, presets: str = "", seeds: str = "1", runs: Path = RUNS, again: bool = False) -> list[str]:
    """Make the runs that are missing, write RESULTS.md, and return those that failed; raises `ReportableError`."""
    lab = lab.absolute()
    spec = load_spec(lab)
    if not os.access(lab, os.W_OK):
        raise LabError(f"{lab / RESULTS} cannot be written.", f"Copy the lab first: cs229tui lab copy {spec.name}")
    here = device.choose("auto")
    names = [name.strip() for name in presets.split(",") if name.strip()]
    chosen = [spec.preset(name) for name in names] or [one for one in spec.presets.values() if _runs_on(one, here)]
    failed = []
    for seed in _numbers(seeds):
        for preset in chosen:
            folder = runs.absolute() / spec.name / f"{preset.name}-{seed}"
            if not again and (made := read(folder)) is not None and made.state == "done":
                continue
            print(f"== {spec.name} {preset.name}, seed {seed}", flush=True)
            if _run(lab, preset, seed, folder, again) != 0:
                failed.append(f"{preset.name} with seed {seed}")
            write(lab, runs)
    write(lab, runs)
    return failed


def _run(lab: Path, preset: Preset, seed: int, folder: Path, again: bool) -> int:
    """The exit status of one run; one that was cut off goes on where its code is still the same."""
    about = {"code": code_of(lab), "processor": processor()}
    continued = not again and _about(folder) == about and (folder / "checkpoint").is_dir()
    if not continued and folder.exists():
        _put_aside(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _ABOUT, json.dumps(about))
    command = [sys.executable, str(lab / "main.py"), "--run-folder", str(folder)]
    command += ["--continue"] if continued else ["--preset", preset.name, "--seed", str(seed)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - the lab that was asked for


def _put_aside(folder: Path) -> None:
    """A run that is made again is not thrown away: its hours may be all there is of it."""
    earlier = folder.parent / "earlier"
    earlier.mkdir(exist_ok=True)
    folder.rename(earlier / f"{folder.name}-{len(list(earlier.iterdir())) + 1}")


def _about(folder: Path) -> dict[str, str]:
    """The lab's code and the processor that a run was begun with."""
    try:
        return dict(json.loads((folder / _ABOUT).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def processor() -> str:
    """What this machine's processor is called."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return clean_line(found[1], 80) if found else platform.processor() or platform.machine()


def _runs_on(preset: Preset, here: str) -> bool:
    return preset.device == "any" or here.startswith(preset.device)


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:-(\d{1,9}))?\s*", part)
        if match is None:
            raise LabError(f"Seeds cannot be {text!r}.", "Give numbers and ranges, such as 1-3 or 2,5.")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return list(dict.fromkeys(found))


def code_of(lab: Path) -> str:
    """Seven digits by which the Python of the lab and of those it uses is known, but for comments and docstrings."""
    digest = hashlib.sha256()
    for name, path in ({path.name: path for path in sorted(lab.glob("*.py"))} | used_files(lab)).items():
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            raise LabError(f"{path} is not valid Python: {clean_line(str(error), 200)}.", "Mend it first.") from error
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = ""
        digest.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()[:7]


def read(folder: Path) -> Made | None:
    """The run in `folder`, None where there is none or it is not over."""
    try:
        lines = (folder / EVENTS).read_bytes().splitlines()
        preset = str(json.loads((folder / RUN).read_text("utf-8"))["preset"])
    except (OSError, ValueError, KeyError):
        return None
    start: dict[str, Any] = {}
    end: dict[str, Any] = {}
    memory, notes, measured = 0.0, [], {}
    for line in lines:
        if b'"kind":"metric"' in line[:20]:
            continue
        try:
            event = json.loads(line)
        except ValueError:  # torn when it was cut off
            continue
        match event.get("kind"):
            case "start":
                start, end = start or event, {}
            case "end":
                end = event
            case "beat":
                memory = max(memory, event.get("device_memory") or event.get("memory") or 0.0)
            case "note":
                notes.append(event["text"])
            case "claim" if event["verdict"] != NOT_TESTED:
                measured[event["id"]] = event.get("measured")
    if not start or not end:
        return None
    about = _about(folder)
    versions = tuple(f"{name} {version}" for name, version in start["versions"].items() if version)
    name, _, threads = start["device"].partition(" ×")
    machine = about.get("processor", name) if name == "cpu" else name
    return Made(
        preset, start["seed"], machine, int(threads or 0), versions, about.get("code", ""), end["state"],
        end.get("reason", ""), end["seconds"], memory, measured, tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def write(lab: Path, runs: Path = RUNS) -> Path:
    """Write RESULTS.md from the runs that are there and the sections it has of other devices; returns its path."""
    spec = load_spec(lab)
    found = [made for folder in sorted((runs.absolute() / spec.name).glob("*-*")) if (made := read(folder))]
    order = list(spec.presets)
    found = [made for made in found if made.preset in order]
    found.sort(key=lambda made: (order.index(made.preset), made.seed))
    path = lab / RESULTS
    sections = _sections(path.read_text("utf-8")) if path.is_file() else {}
    for made in found:
        here = sections.setdefault(made.machine, {})
        here[made.preset] = _preset(spec, [one for one in found if _place(one) == _place(made)], code_of(lab))
    kept = {name: [blocks[one] for one in order if one in blocks] for name, blocks in sections.items()}
    text = f"# {spec.title}: results\n\n{_INTRODUCTION}{_missing(order, sections)}"
    write_whole(
        path, text + "".join(f"\n## {name}\n\n{chr(10).join(blocks)}" for name, blocks in kept.items() if blocks)
    )
    return path


_INTRODUCTION = """\
What this lab's presets measured: a claim a row, a seed a column. `make reproduce` makes the runs and writes this file;
a verdict follows from the number and the band in `lab.toml`.
"""


def _place(made: Made) -> tuple[str, str]:
    return made.machine, made.preset


def _missing(presets: list[str], sections: dict[str, dict[str, str]]) -> str:
    left = [name for name in presets if not any(name in blocks for blocks in sections.values())]
    return f"\nNobody has run these yet: {', '.join(f'`{name}`' for name in left)}.\n" if left else ""


def _sections(text: str) -> dict[str, dict[str, str]]:
    """What RESULTS.md has for each machine, and there for each preset."""
    found: dict[str, dict[str, str]] = {}
    for machine, section in _parted(r"^## (.+)$", text):
        found[machine] = {name: f"### {name}\n\n{block}\n" for name, block in _parted(r"^### (.+)$", section)}
    return found


def _parted(heading: str, text: str) -> list[tuple[str, str]]:
    parts = re.split(heading, text, flags=re.MULTILINE)[1:]
    return [(name.strip(), part.strip()) for name, part in zip(parts[::2], parts[1::2], strict=True)]


def _preset(spec: Spec, found: list[Made], code: str) -> str:
    """A preset's table: a claim a row, a seed a column."""
    preset, done = spec.presets[found[0].preset], [made for made in found if made.state == "done"]
    lines = [f"### {preset.name}", "", f"{_begun(preset.help).rstrip('.?!')}."]
    if done:
        seconds, memory = median(made.seconds for made in done), max(made.memory for made in done)
        threads = f", {done[0].threads} thread{'s' * (done[0].threads > 1)}" if done[0].threads else ""
        versions = ", ".join(dict.fromkeys(version for made in done for version in made.versions))
        used = f", {memory / 1e9:.1f} GB" if memory else ""
        lines[-1] += f" Took {_duration(seconds)}{threads}{used}; {versions}."
    lines += [
        f"Seed {made.seed} {made.state}{f': {made.reason}' if made.reason else ''}."
        for made in found
        if made not in done
    ]
    tested = [claim for claim in spec.claims if any(claim.id in made.measured for made in done)]
    if tested:
        heads = [f"seed {made.seed}{'' if made.code == code else ' †'}" for made in done]
        lines += [
            "",
            f"| claim | wanted | {' | '.join(heads)} | verdict |",
            f"| --- | --- |{' --- |' * (len(done) + 1)}",
        ]
        lines += [_row(claim, preset.name, done) for claim in tested]
    if any(made.code != code for made in done):
        lines += ["", "† with an earlier version of the lab's code."]
    told = [note for note in done[0].notes if not note.startswith("Continued")] if done else []
    if told:
        lines += ["", f"What the run with seed {done[0].seed} noted:", "", *(f"- {_cell(note)}" for note in told)]
    return "\n".join(lines) + "\n"


def _row(claim: Claim, preset: str, done: list[Made]) -> str:
    numbers = [made.measured.get(claim.id) for made in done]
    verdicts = [claim.verdict(preset, number) for number, made in zip(numbers, done, strict=True)]
    confirmed = sum(verdict == CONFIRMED for verdict in verdicts)
    verdict = f"{confirmed} of {len(verdicts)} confirmed"
    if confirmed in (0, len(verdicts)):
        verdict = CONFIRMED if confirmed else NOT_CONFIRMED
    band = claim.presets.get(preset)
    if band is None:
        verdict = NOT_TESTED
    cells = [f"{_cell(claim.text)} ({_cell(claim.metric)})", wanted(band, claim.unit)]
    return f"| {' | '.join([*cells, *map(_figure, numbers), verdict])} |"


def _figure(number: float | None) -> str:
    return "NaN" if number is None else f"{number:.4g}"


def _begun(text: str) -> str:
    """As a sentence begins; a name keeps its letters, as nanoGPT does."""
    return text if any(map(str.isupper, text.split(" ")[0])) else text[:1].upper() + text[1:]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
