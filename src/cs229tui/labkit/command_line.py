"""What `python labs/NAME/main.py` may be told on the command line, from the lab's lab.toml, and where its run goes."""

import argparse
import os
import tempfile
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.labkit import distributed, events
from cs229tui.labkit.spec import COMMON, Parameter, ParameterError, Spec

_AFTERWARDS = """\
Ctrl+C finishes the step at hand and ends the run, a second one ends it at once. What the run measured is in its folder;
cs229tui shows it while it runs and afterwards.
"""


def read(spec: Spec, arguments: Sequence[str] | None) -> argparse.Namespace:
    """`preset`, `run_folder` and each parameter's text, None where it was not given, and whether the run is `going_on`.

    Wrong usage exits with 2.
    """
    presets = "\n".join(
        f"  {preset.name:<10} {preset.minutes:g} min{' on a GPU' if preset.device == 'cuda' else ''}: {preset.help}"
        for preset in spec.presets.values()
    )
    parser = argparse.ArgumentParser(
        prog=f"{spec.name}/main.py",
        usage="%(prog)s [--preset NAME] [--PARAMETER VALUE …] [--run-folder DIR [--continue]]",
        description=f"{spec.title}. {spec.summary}\n\npresets:\n{presets}",
        epilog=_AFTERWARDS,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=30),
    )
    first = next(iter(spec.presets))
    parser.add_argument("--preset", metavar="NAME", help=_plain(f"one of those above (default {first})"))
    parser.add_argument("--run-folder", type=Path, metavar="DIR", help="where the run's files go; made if missing")
    parser.add_argument(
        "--continue", dest="going_on", action="store_true", help="go on from the last checkpoint in the run folder"
    )
    common = {parameter.name for parameter in COMMON}
    for title, theirs in (("this lab", False), ("every lab", True)):
        group = parser.add_argument_group(f"parameters of {title}")
        for name, parameter in spec.parameters.items():
            if (name in common) is theirs:
                metavar = {"int": "N", "float": "X", "bool": "on|off"}.get(parameter.type, "VALUE")
                flag, as_in_the_file = "--" + name.replace("_", "-"), "--" + name
                group.add_argument(flag, dest=name, metavar=metavar, help=_plain(_described(parameter)))
                if as_in_the_file != flag:
                    group.add_argument(as_in_the_file, dest=name, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _described(parameter: Parameter) -> str:
    default = ("on" if parameter.default else "off") if parameter.type == "bool" else parameter.default
    allowed = "" if parameter.type == "bool" else parameter.range
    only = f"only {', '.join(parameter.variants)}" if parameter.variants else ""
    about = ", ".join(part for part in (only, allowed, f"default {default}" if default != "" else "") if part)
    return f"{parameter.help} ({about})" if about else parameter.help


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def run_folder(asked: Path | None, lab: str) -> Path:
    """The folder asked for; else one below CS229TUI_HOME where that is set, else ./runs, else a temporary one."""
    if asked is None and distributed.launched():
        raise ParameterError("The processes of a run must be told its folder.", "Name a new one: --run-folder DIR")
    if asked is None:
        name = f"{lab}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
        home = os.environ.get("CS229TUI_HOME")
        asked = (Path(home).expanduser() / "data" / "runs" if home else Path("runs")) / name
        if not home and not os.access(".", os.W_OK):
            asked = Path(tempfile.mkdtemp(prefix="cs229tui-")) / name
    elif (asked / events.EVENTS).exists() and distributed.rank() == 0:
        raise ParameterError(f"{clean_line(str(asked))} already holds a run.", "Give a new folder: --run-folder DIR")
    try:
        asked.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(asked, error) from error
    return asked


def unwritable(folder: Path, error: OSError) -> ParameterError:
    """What to say of a folder in which a run cannot leave its files."""
    return ParameterError(
        f"Nothing can be written in the run folder {clean_line(str(folder))}: {error.strerror}.",
        "Give another: --run-folder DIR",
    )
