"""What a lab needs of this machine, and what to do where it is not there. Nothing here imports torch."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
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


def unmet(preset: Preset, device: str, python: str, ask_torch: bool = False) -> Need | None:
    """What `preset` with its parameter `device` lacks; with `ask_torch`, PyTorch is asked for a GPU (seconds)."""
    found = interpreter(python)
    if found.error:
        return Need(f"{clean_line(python, 120)} cannot run labs: {found.error}.", "Change the setting labs_python.")
    if _numbers(found.version) < _OLDEST_PYTHON:
        return Need(f"{python} is Python {found.version}; labs need 3.11.", "Change the setting labs_python.")
    if not found.torch:
        return Need("PyTorch is not installed.", _INSTALL)
    if _numbers(found.torch) < _OLDEST_TORCH:
        return Need(f"PyTorch {found.torch} is too old; labs need 2.11.", "Update it: pip install --upgrade torch.")
    if preset.device != "cuda" and device != "cuda":
        return None
    other = "Choose a preset that runs anywhere, or a machine with a GPU."
    if not gpu_present():
        return Need("This needs an NVIDIA or AMD GPU, and this machine shows none.", other)
    if ask_torch and not torch_sees_gpu(python):
        return Need(
            f"This needs a GPU, and PyTorch {found.torch} sees none.", "Check the driver; see: cs229tui doctor."
        )
    return None


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
def torch_sees_gpu(python: str) -> bool:
    """Whether PyTorch in that Python finds a device; this imports it there, which takes seconds."""
    code = "import torch, sys; sys.exit(0 if torch.cuda.is_available() else 3)"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, timeout=_SECONDS).returncode == 0  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False


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


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version; one that is not a version counts as new enough."""
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (99, 0)
