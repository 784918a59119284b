"""What works on this machine, and what to do about what does not: `doctor`."""

import importlib.util
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from cs229tui import __version__
from cs229tui.clean import clean_line
from cs229tui.cli.doctor_cluster import cluster
from cs229tui.cli.doctor_runs import lab_runs
from cs229tui.cli.output import json_option, pass_workspace, show_json, show_table
from cs229tui.errors import ReportableError
from cs229tui.folders import expanded
from cs229tui.workspace import Workspace

_SECONDS_FOR_TORCH = 60
_SECONDS_FOR_TMUX = 3
_FREE_BYTES = 500_000_000
# Asked of the Python that runs the labs, in a process of its own: importing torch takes seconds and may crash.
_ASK_TORCH = """
import json, os, torch
cuda = torch.cuda.is_available()
print(json.dumps({
    "version": torch.__version__,
    "devices": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if cuda else [],
    "mps": bool(getattr(torch.backends, "mps", None) and torch.backends.mps.is_available()),
    "threads": torch.get_num_threads(),
}))
"""


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was `found`, and the `remedy` where it is not well."""

    name: str
    state: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""


@click.command("doctor")
@click.option("--network", is_flag=True, help="Also try to reach arXiv.")
@json_option
@pass_workspace
def doctor_command(workspace: Workspace, network: bool, as_json: bool) -> None:
    """Say what works on this machine, and what to do about what does not. Ends with 1 if something must be mended."""
    checks = [*look(workspace), *([_network()] if network else [])]
    if as_json:
        show_json([asdict(check) for check in checks])
    else:
        show_table(
            [
                (check.state, check.name, f"{check.found}{'. ' + check.remedy if check.remedy else ''}")
                for check in checks
            ],
            ("", "what", "found"),
        )
    if any(check.state == "fail" for check in checks):
        sys.exit(1)


def look(workspace: Workspace) -> Iterator[Check]:
    """Every check but the network's, in order."""
    yield Check("cs229tui", "ok", f"{__version__} on {platform.platform(terse=True)}")
    yield Check("Python", "ok", f"{platform.python_version()} in {sys.prefix}")
    yield _sqlite()
    yield from _state(workspace)
    yield from _terminal()
    yield _clipboard()
    yield from _tmux()
    yield _pictures(workspace)
    yield _videos()
    yield _torch(workspace)
    for name, well, found, remedy in (*lab_runs(workspace), *cluster(workspace)):
        yield Check(name, "ok" if well else "warn", found, remedy)


def _sqlite() -> Check:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, prefix = '1')")
    except sqlite3.Error as error:
        remedy = "Use a Python whose SQLite has FTS5, such as python.org's or uv's."
        return Check("SQLite", "fail", f"{sqlite3.sqlite_version} without full-text search ({error})", remedy)
    finally:
        connection.close()
    return Check("SQLite", "ok", f"{sqlite3.sqlite_version} with full-text search (FTS5)")


def _state(workspace: Workspace) -> Iterator[Check]:
    places = workspace.folders
    settings = workspace.settings
    if workspace.warning:
        # It is told here, in its place, and need not be told again at the end.
        yield Check("settings", "warn", workspace.warning)
        workspace.warning = ""
    else:
        name = str(places.settings) if places.settings.exists() else f"defaults ({places.settings} is not there)"
        yield Check("settings", "ok", f"{name}; you annotate as {settings.author}")
    try:
        course = workspace.course
        counted = f"{len(course.lectures)} lectures, {len(course.readings)} readings"
        yield Check("course", "ok", f"{course.facts.code}, {course.facts.term}: {counted}")
    except ReportableError as error:
        yield Check("course", "fail", error.what, error.remedy)
    yield _database(workspace)
    for name, folder in (("data folder", places.data), ("config folder", places.config), ("cache", places.cache)):
        yield _folder(name, folder)


def _database(workspace: Workspace) -> Check:
    path = workspace.folders.database
    if not path.exists():
        return Check("library", "ok", f"{path} is not there yet; it is made when it is first needed")
    try:
        database = workspace.database
        found = str(database.conn.execute("PRAGMA quick_check(1)").fetchone()[0])
        version = database.conn.execute("PRAGMA user_version").fetchone()[0]
    except ReportableError as error:
        return Check("library", "fail", error.what, error.remedy)
    except sqlite3.Error as error:
        return Check("library", "fail", f"{path}: {error}", "Restore a backup with: cs229tui restore FILE")
    if found != "ok":
        return Check("library", "fail", f"{path}: {found}", "Restore a backup with: cs229tui restore FILE")
    return Check("library", "ok", f"{path}, {path.stat().st_size / 1e6:.1f} MB, version {version}, undamaged")


def _folder(name: str, folder: Path) -> Check:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check(name, "fail", f"{folder} cannot be written", "Make it writable, or set CS229TUI_HOME.")
    free = shutil.disk_usage(there).free
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _FREE_BYTES:
        return Check(name, "warn", found, "Free some space: documents and lab runs need it.")
    return Check(name, "ok", found)


def _terminal() -> Iterator[Check]:
    term = clean_line(os.environ.get("TERM", ""), 60)
    if not sys.stdout.isatty():
        yield Check("terminal", "ok", f"the output goes to a file or a pipe; TERM is {term or 'not set'}")
    elif term in ("", "dumb"):
        yield Check("terminal", "fail", f"TERM is {term or 'not set'}", "Use a real terminal, or set TERM.")
    else:
        colours = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
        size = os.get_terminal_size(sys.stdout.fileno())
        found = f"{term}, {size.columns}×{size.lines}, {'16 million colours' if colours else '256 colours or fewer'}"
        if size.columns < 80 or size.lines < 24:
            yield Check("terminal", "warn", found, "Make it 80×24 or larger to see everything.")
        elif not colours:
            yield Check("terminal", "ok", f"{found}; set COLORTERM=truecolor if yours can show more")
        else:
            yield Check("terminal", "ok", found)
    encoding = sys.stdout.encoding or "ascii"
    if encoding.lower().replace("-", "") != "utf8":
        yield Check("letters", "warn", f"the locale's encoding is {encoding}", "Set LANG=C.UTF-8 or another UTF-8 one.")
    else:
        yield Check("letters", "ok", "UTF-8")


def _clipboard() -> Check:
    tools = [name for name in ("wl-copy", "xclip", "xsel", "pbcopy", "clip.exe") if shutil.which(name)]
    remote = "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ
    if remote:
        return Check("clipboard", "ok", "over SSH, copies go through the terminal (OSC 52)")
    if not tools:
        found = "no clipboard program; copies go through the terminal (OSC 52) alone"
        return Check("clipboard", "warn", found, "If copying does nothing, install wl-clipboard or xclip.")
    return Check("clipboard", "ok", f"{', '.join(tools)}, and through the terminal (OSC 52)")


def _videos() -> Check:
    remedy = "With mpv and yt-dlp, notes on a video know its second by themselves."
    if not shutil.which("mpv"):
        return Check("videos", "ok", "in the browser", remedy)
    helper = next((name for name in ("yt-dlp", "youtube-dl") if shutil.which(name)), "")
    if not helper:
        return Check("videos", "ok", "files in mpv, others in the browser", remedy)
    return Check("videos", "ok", f"in mpv, with {helper}")


def _tmux() -> Iterator[Check]:
    if "TMUX" not in os.environ:
        return
    settings = {}
    for option in ("set-clipboard", "allow-passthrough"):
        try:
            command = ["tmux", "show-options", "-gqv", option]
            told = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_FOR_TMUX, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            yield Check("tmux", "warn", f"tmux does not answer: {error}", "Copying and page pictures may not work.")
            return
        settings[option] = clean_line(told.stdout, 40) or "not set"
    found = ", ".join(f"{option} {value}" for option, value in settings.items())
    remedies = []
    if settings["set-clipboard"] != "on":
        remedies.append("For copying: tmux set -g set-clipboard on.")
    yield Check("tmux", "warn" if remedies else "ok", found, " ".join(remedies))


def _pictures(workspace: Workspace) -> Check:
    """What page pictures the terminal shows, asked of the terminal itself."""
    from cs229tui.tui.pictures.abilities import NAMES, abilities
    from cs229tui.tui.pictures.asking import ask_directly, cell_pixels

    found = abilities(ask_directly(), workspace.settings.pictures)
    cell = cell_pixels() or found.cell
    size = f"; cells of {cell[0]:.0f}×{cell[1]:.0f} pixels" if cell else ""
    return Check(
        "page pictures",
        "warn" if found.remedy and found.way == "blocks" else "ok",
        f"{NAMES[found.way]}: {found.why}{size}",
        found.remedy,
    )


def _torch(workspace: Workspace) -> Check:
    python = workspace.settings.labs_python or sys.executable
    remedy = "Install it with: pip install torch, or set labs_python to a Python that has it."
    if python == sys.executable and importlib.util.find_spec("torch") is None:
        return Check("PyTorch", "warn", "not installed; the labs need it", remedy)
    try:
        asked = subprocess.run(  # noqa: S603
            [str(expanded(python)), "-c", _ASK_TORCH],
            capture_output=True,
            text=True,
            timeout=_SECONDS_FOR_TORCH,
            check=False,
        )
        told = json.loads(asked.stdout.strip().splitlines()[-1]) if asked.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return Check("PyTorch", "warn", f"{python} did not answer in {_SECONDS_FOR_TORCH} s", "Try again.")
    except OSError as error:
        return Check("PyTorch", "warn", f"{python} cannot be started: {error.strerror}", "Mend labs_python.")
    except (ValueError, IndexError) as error:
        return Check("PyTorch", "warn", f"{python} gave no sensible answer: {error}", remedy)
    if told is None:
        last = (asked.stderr.strip().splitlines() or ["it says nothing"])[-1]
        return Check("PyTorch", "warn", f"{python} cannot import it: {clean_line(last, 200)}", remedy)
    devices = ", ".join(told["devices"]) or ("Apple GPU" if told["mps"] else f"CPU only, {told['threads']} threads")
    found = clean_line(f"{told['version']}; {devices}", 300)
    numbers = tuple(int(part) for part in told["version"].split("+")[0].split(".")[:2] if part.isdigit())
    if numbers < (2, 11):
        return Check("PyTorch", "warn", found, "The labs are made for 2.11 and later.")
    return Check("PyTorch", "ok", found)


def _network() -> Check:
    import httpx

    try:
        answer = httpx.head("https://arxiv.org/", timeout=5, follow_redirects=True)
    except httpx.HTTPError as error:
        return Check("network", "warn", f"arXiv cannot be reached: {clean_line(str(error), 200)}", "Work offline.")
    return Check("network", "ok", f"arXiv answers ({answer.status_code})")
