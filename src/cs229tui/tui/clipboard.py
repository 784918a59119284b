"""Ways to a clipboard: the local one, and the terminal's own (OSC 52), which works over SSH and through tmux."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cs229tui.errors import ReportableError

# Terminals cut or refuse longer ones.
LIMIT = 75_000
_SECONDS = 3.0


class ClipboardError(ReportableError):
    """There is no way to the clipboard."""


def osc52(text: str, tmux: bool) -> str:
    """The escape sequence that asks the terminal to put `text` on its clipboard; wrapped to pass through tmux."""
    encoded = base64.b64encode(text.encode()).decode("ascii")
    sequence = f"\x1b]52;c;{encoded}\x07"
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else sequence


def local_tools() -> list[list[str]]:
    """The commands that take text for a clipboard from their standard input, those that can work here, best first."""
    tools: list[list[str]] = []
    if sys.platform == "darwin":
        tools.append(["pbcopy"])
    elif sys.platform == "win32":
        tools.append(["clip.exe"])
    else:
        if os.environ.get("WAYLAND_DISPLAY"):
            tools.append(["wl-copy"])
        if os.environ.get("DISPLAY"):
            tools += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
        if os.environ.get("WSL_DISTRO_NAME"):
            tools.append(["clip.exe"])
    if os.environ.get("TMUX"):
        # Into tmux's own buffer, and from there to the outer terminal where that is allowed.
        tools.append(["tmux", "load-buffer", "-w", "-"])
    return [tool for tool in tools if shutil.which(tool[0])]


def copy_locally(text: str) -> bool:
    """Give `text` to every local clipboard there is; says whether one took it. Waits up to seconds: not for the UI."""
    taken = False
    for tool in local_tools():
        if taken and tool[0] != "tmux":
            continue
        try:
            # Output is discarded, not piped: xclip and wl-copy stay behind as owners of the clipboard.
            done = subprocess.run(  # noqa: S603
                tool,
                input=text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        taken = taken or done.returncode == 0
    return taken


def save_copy(text: str, folder: Path) -> Path:
    """Write what no clipboard took to a file, and say which; raises `ClipboardError`."""
    path = folder / "copied.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ClipboardError(f"{path} cannot be written: {error.strerror}.", "Nothing was copied.") from error
    return path
