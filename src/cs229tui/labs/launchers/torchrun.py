"""A run as several processes of this machine, or of several machines, through torch's own launcher."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from cs229tui.clean import clean_line
from cs229tui.config import Settings
from cs229tui.errors import UsageError
from cs229tui.labs.launchers.local import ask_to_stop, standing, start, stop

__all__ = ["HERE", "ask_to_stop", "checked", "command", "processes", "standing", "start", "stop"]

HERE = True

_COUNTS = {"nproc": (1, 1024), "nnodes": (1, 10_000), "node_rank": (0, 9_999), "max_restarts": (0, 1000)}
_NAMES = (*_COUNTS, "rdzv_endpoint")


def checked(options: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """nproc, nnodes, node_rank, rdzv_endpoint and max_restarts; raises `UsageError` where they do not fit together."""
    for name in options:
        if name not in _NAMES:
            flags = ", ".join(_flag(known) for known in _NAMES)
            raise UsageError(f"torchrun has no option {clean_line(str(name), 40)!r} here.", f"There are: {flags}.")
    if "nproc" not in options:
        raise UsageError("torchrun must know how many processes to start.", "Say so: --nproc 2")
    made: dict[str, Any] = {"nproc": 1, "nnodes": 1, "max_restarts": 0}
    made |= {name: _count(name, value) for name, value in options.items() if name in _COUNTS}
    endpoint = clean_line(str(options.get("rdzv_endpoint", "")), 200)
    if made["nnodes"] == 1:
        for name in ("node_rank", "rdzv_endpoint"):
            if name in options:
                raise UsageError(f"{_flag(name)} is for several machines.", "Say how many: --nnodes 2")
        return made
    host, colon, port = endpoint.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65_536):
        raise UsageError(
            "Several machines must know where they meet.", "Name a port of the first one: --rdzv-endpoint HOST:29400"
        )
    if made.setdefault("node_rank", 0) != 0:
        raise UsageError(
            "The run's folder belongs to the first machine: --node-rank 0.",
            "Start it there; on the others, start the command in its run.json with their own --node-rank.",
        )
    return {**made, "rdzv_endpoint": endpoint}


def command(command: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """`env OMP_NUM_THREADS=… python -u -m torch.distributed.run … main.py …`, from `python -u main.py …`."""
    at = next(place for place, word in enumerate(command) if word.endswith(".py"))
    # Processes that each start as many threads as there are cores wait for one another.
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, len(_cores()) // int(options["nproc"])))
    words = ["env", f"OMP_NUM_THREADS={threads}", *command[:at], "-m", "torch.distributed.run"]
    words += [f"--nproc-per-node={options['nproc']}", f"--max-restarts={options['max_restarts']}"]
    if options["nnodes"] == 1:
        words.append("--standalone")
    else:
        host, _, port = str(options["rdzv_endpoint"]).rpartition(":")
        words += [f"--nnodes={options['nnodes']}", f"--node-rank={options['node_rank']}"]
        words += [f"--master-addr={host}", f"--master-port={port}"]
    return [*words, *command[at:]]


def processes(options: Mapping[str, Any]) -> int:
    """As many as were asked for on this machine."""
    return int(options["nproc"])


def _count(name: str, value: Any) -> int:
    low, high = _COUNTS[name]
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not low <= number <= high:
        raise UsageError(
            f"{_flag(name)} cannot be {clean_line(str(value), 40)!r}.", f"It is a number from {low} to {high}."
        )
    return number


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _cores() -> Sequence[int]:
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # only Linux says which it may use
        return range(os.cpu_count() or 1)
