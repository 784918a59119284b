"""What a lab needs of this machine, and what to do where it is not there. Nothing here imports torch."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.config import Settings
from cs229tui.folders import expanded
from cs229tui.labkit.spec import Preset

_OLDEST_PYTHON = (3, 11)
_OLDEST_TORCH = (2, 11)
_SECONDS = 60  # a first `import torch` from a network file system is slow
_INSTALL = "Install it with: pip install torch, or name a Python that has it in the setting labs_python."


@dataclass(frozen=True)
class Need:
    """Something that is missing, and the remedy."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs the labs; `torch` is its version, empty where it has none."""

    path: str
    version: str
    torch: str
    error: str = ""


def labs_python(settings: Settings) -> str:
    """The Python that runs the labs: the one in the settings, else ours."""
    named = settings.labs_python.strip()
    return str(expanded(named)) if named else sys.executable


def unmet(preset: Preset, device: str, python: str, here: bool = True) -> Need | None:
    """What `preset` with its parameter `device` lacks; a GPU is not looked for where it does not run `here`."""
    found = interpreter(python)
    if found.error:
        return Need(f"{clean_line(python, 120)} cannot run labs: {found.error}.", "Change the setting labs_python.")
    if _numbers(found.version) < _OLDEST_PYTHON:
        return Need(f"{python} is Python {found.version}; labs need 3.11.", "Change the setting labs_python.")
    if not found.torch:
        return Need("PyTorch is not installed.", _INSTALL)
    if _numbers(found.torch) < _OLDEST_TORCH:
        return Need(f"PyTorch {found.torch} is too old; labs need 2.11.", "Update it: pip install --upgrade torch.")
    if not here or (preset.device != "cuda" and device != "cuda"):
        return None
    other = "Choose a preset that runs anywhere, or a machine with a GPU."
    if not gpu_present():
        return Need("This needs an NVIDIA or AMD GPU, and this machine shows none.", other)
    if not gpus():
        return Need("This needs a GPU, and CUDA_VISIBLE_DEVICES hides them all.", "Unset it, and start again.")
    if _for_cpu(found.torch):
        return Need(
            f"This needs a GPU, and PyTorch {found.torch} was built without CUDA.",
            "Install one that was built with it.",
        )
    return None


def device_of(preset: Preset, device: str, python: str) -> str:
    """The kind of device that a run will compute on: "cuda", "mps" or "cpu", found out without importing torch."""
    if device in ("cpu", "mps"):
        return device
    if preset.device == "cuda" or device == "cuda":
        return "cuda"
    torch = interpreter(python).torch
    if gpu_present() and gpus() and not _for_cpu(torch):
        return "cuda"
    return "mps" if sys.platform == "darwin" else "cpu"


def gpus() -> list[str]:
    """The GPUs that may be used, by number or by the name that CUDA_VISIBLE_DEVICES gives them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        # As CUDA reads it: what comes behind the first that is none does not count.
        return list(takewhile(lambda one: one and not one.startswith("-"), (one.strip() for one in named.split(","))))
    found = sorted(int(path.name[6:]) for path in Path("/dev").glob("nvidia[0-9]*") if path.name[6:].isdigit())
    return [str(number) for number in found] or (["0"] if gpu_present() else [])


def interpreter(python: str) -> Interpreter:
    """What there is to know of a Python; asked once, and again while it has no torch."""
    known = _asked(python)
    if not known.torch:
        _asked.cache_clear()
    return known


def gpu_present() -> bool:
    """Whether the kernel shows a GPU that torch calls cuda (NVIDIA, NVIDIA under WSL, AMD)."""
    return any(
        Path(path).exists()
        for path in ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")
    )


@lru_cache(maxsize=8)
def _asked(python: str) -> Interpreter:
    if python == sys.executable:
        return Interpreter(python, "{}.{}.{}".format(*sys.version_info[:3]), _torch_here())
    # Asked in /, since what lies in the working folder is not what is installed.
    code = (
        "import importlib.metadata as m, json, sys\n"
        "try: torch = m.version('torch')\n"
        "except m.PackageNotFoundError: torch = ''\n"
        "print(json.dumps(['%d.%d.%d' % sys.version_info[:3], torch]))"
    )
    try:
        asked = subprocess.run(  # noqa: S603
            [python, "-c", code], capture_output=True, timeout=_SECONDS, stdin=subprocess.DEVNULL, check=True, cwd="/"
        )
        version, torch = json.loads(asked.stdout)
        return Interpreter(python, clean_line(str(version), 40), clean_line(str(torch), 40))
    except FileNotFoundError:
        return Interpreter(python, "", "", "there is no such program")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Interpreter(python, "", "", clean_line(str(error), 200))


def _torch_here() -> str:
    from importlib import metadata
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return ""
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return "unknown"


def _for_cpu(torch: str) -> bool:
    return torch.endswith("+cpu")


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; one that is not a version counts as new enough."""
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (99, 0)
