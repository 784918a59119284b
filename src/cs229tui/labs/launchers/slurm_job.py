"""What a run asks of Slurm, and the script that asks it: `job.sh` in the run's folder, to be read and changed."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cs229tui.clean import clean_line
from cs229tui.config import Slurm
from cs229tui.errors import UsageError
from cs229tui.labs.process import STOP

SCRIPT = "job.sh"
ATTEMPTS = "attempts"
TIME_LIMIT = "time-limit"
WARNED_SECONDS = 60  # before the time limit; Slurm may be up to a minute early with it

_COUNTS = ("gpus", "cpus", "nproc", "nnodes")
_LISTS = ("setup", "options")
_OPTION = re.compile(r"--?[A-Za-z][\w-]*(=.*)?", re.DOTALL)


class Asked(Slurm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job asks for: `nproc` processes on each of `nnodes` nodes; more than one of either goes by torchrun."""

    nproc: int = 1
    nnodes: int = 1

    @property
    def distributed(self) -> bool:
        """Whether torchrun starts the lab."""
        return self.nproc > 1 or self.nnodes > 1


def asked(options: Mapping[str, Any], settings: Slurm) -> Asked:
    """The settings with `options` over them; a name that is not ours is an option of sbatch. Raises `UsageError`."""
    fields: dict[str, Any] = msgspec.structs.asdict(settings)
    for name, value in options.items():
        name = name.strip().lstrip("-").replace("_", "-")
        if name in _LISTS:
            fields[name] = tuple(value) if isinstance(value, (list, tuple)) else (*fields[name], str(value))
        elif name in _COUNTS:
            fields[name] = _count(name, value)
        elif name in fields:
            fields[name] = str(value)
        else:
            fields["options"] = (*fields["options"], f"--{name}={value}" if str(value) else f"--{name}")
    try:
        made = msgspec.convert(fields, Asked)
    except msgspec.ValidationError as error:
        where = str(error).replace(" - at `$.", " at `")
        raise UsageError(f"Slurm cannot be asked for that: {where}.", "See: docs/clusters.md") from error
    for option in made.options:
        if not _OPTION.fullmatch(option):
            raise UsageError(f"{option!r} is not an option of sbatch.", "For instance: --slurm qos=high")
    for value in (made.partition, made.account, made.memory, made.time, *made.options, *made.setup):
        if value != clean_line(value):
            raise UsageError(f"{clean_line(value)!r} has characters in it that no job script can hold.")
    return made


def _count(name: str, value: Any) -> int:
    try:
        count = int(value)
    except (TypeError, ValueError):
        count = -1
    if not (0 if name in ("gpus", "cpus") else 1) <= count <= 1024:
        raise UsageError(f"{name} is a number, not {clean_line(str(value), 40)!r}.", f"For instance: {name}=1")
    return count


def script(asked: Asked, story: Mapping[str, Any], folder: Path, command: Sequence[str]) -> str:
    """The job script of the run that `story` (its run.json) describes, to be started by `command`."""
    environment = story.get("environment") or {}
    python, lab = command[0], f"{story.get('lab', '')} ({story.get('preset', '')})"
    head = "\n".join(f"#SBATCH {_word(option)}" for option in _options(asked, story, folder))
    setting = "\n".join(_set(name, value) for name, value in environment.items())
    return f"""#!/bin/bash
{head}

# A run of the lab {clean_line(lab, 100)}, written by cs229tui. By hand: sbatch {SCRIPT}

# The nodes must share the file system that the run's folder is on.
cd {shlex.quote(str(folder))} || exit 1
if [ -e {STOP} ]; then exit 0; fi
echo "$SLURM_JOB_ID $(hostname)" >> {ATTEMPTS}
rm -f exit {TIME_LIMIT}

{_lines(asked.setup)}{setting}

# A job comes back after it was preempted or its node was lost: it goes on from its last checkpoint.
going_on=
if ls checkpoint/*.safetensors > /dev/null 2>&1; then going_on=--continue; fi

# Slurm warns this shell: TERM when the job is cancelled or preempted, USR1 a minute before its time is over. The lab is
# asked to stop, which lets it finish its step, save a checkpoint and write its verdicts.
lab=
warn() {{ if [ -n "$lab" ]; then {_warning(asked)}; fi; }}
trap warn TERM
trap 'touch {TIME_LIMIT}; warn' USR1

if [ ! -x {shlex.quote(python)} ]; then
  echo {shlex.quote(f"{python} is not on this node: labs_python must be on a shared file system.")}
  status=127
else
{_start(asked, command)}
  lab=$!
  wait "$lab"  # a signal ends this wait, not the lab
  while kill -0 "$lab" 2> /dev/null; do wait "$lab"; done
  wait "$lab"
  status=$?
fi
echo "$status" > exit.part && mv exit.part exit
exit "$status"
"""


def _options(asked: Asked, story: Mapping[str, Any], folder: Path) -> list[str]:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{story.get('lab')}-{story.get('preset')}-{str(story.get('id'))[:8]}")
    words = [
        f"--job-name={name}",
        f"--chdir={folder}",
        "--output=output.log",
        "--open-mode=append",
        "--requeue",
        f"--signal=B:USR1@{WARNED_SECONDS}",
        f"--nodes={asked.nnodes}",
        "--ntasks-per-node=1",
    ]
    given = {
        "partition": asked.partition,
        "account": asked.account,
        "gres": f"gpu:{asked.gpus}" if asked.gpus else "",
        "cpus-per-task": asked.cpus or "",
        "mem": asked.memory,
        "time": asked.time,
    }
    return [*words, *(f"--{name}={value}" for name, value in given.items() if value), *asked.options]


def _word(option: str) -> str:
    # sbatch reads quotes and backslashes in these lines as a shell does.
    return shlex.quote(option) if re.search(r"[^\w=:/.,@%+-]", option) else option


def _set(name: str, value: Any) -> str:
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(str(value))}"


def _lines(setup: Sequence[str]) -> str:
    return "\n".join((*setup, "")) if setup else ""


def _warning(asked: Asked) -> str:
    # srun would end its tasks at once; scancel's signal reaches them, and not this shell.
    return 'scancel --signal=TERM "$SLURM_JOB_ID"' if asked.distributed else 'kill -TERM "$lab"'


def _start(asked: Asked, command: Sequence[str]) -> str:
    if not asked.distributed:
        return f"  {shlex.join(command)} $going_on &"
    python, rest = command[0], [word for word in command[1:] if word != "-u"]
    cpus = f" --cpus-per-task={asked.cpus}" if asked.cpus else ""
    return f"""  # One torchrun on each node; they meet at the first.
  first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
  srun --nodes={asked.nnodes} --ntasks={asked.nnodes} --ntasks-per-node=1{cpus} --kill-on-bad-exit=1 \\
    {shlex.quote(python)} -m torch.distributed.run --nnodes={asked.nnodes} --nproc-per-node={asked.nproc} \\
    --rdzv-backend=c10d --rdzv-endpoint="$first:$((20000 + SLURM_JOB_ID % 20000))" \\
    --rdzv-id="$SLURM_JOB_ID-${{SLURM_RESTART_COUNT:-0}}" \\
    {shlex.join(rest)} $going_on &"""
