"""A lab that makes use of another lab's files."""

import sys
from contextlib import suppress
from pathlib import Path

import cs229tui
from cs229tui.errors import LabError
from cs229tui.labkit.lab_file import load_spec


def lab_folder(main_file: str | Path, name: str) -> Path:
    """The folder of the lab `name`: beside that of `main_file`, else the one we ship; raises `LabError`."""
    package = Path(cs229tui.__file__).parent
    places = (Path(main_file).absolute().parents[1], package / "shipped" / "labs", package.parents[1] / "labs")
    for place in places:
        if (place / name / "main.py").is_file():
            return place / name
    raise LabError(f"This lab makes use of the lab {name}, which is not here.", "Put it beside this lab's folder.")


def used_files(lab: Path) -> dict[str, Path]:
    """The Python of the labs that the lab in the folder `lab` uses, by lab and name: transformer/muon.py."""
    found: dict[str, Path] = {}
    with suppress(LabError):  # what is not here cannot be run either, and then says so itself
        for name in load_spec(lab).uses:
            found |= {f"{name}/{path.name}": path for path in sorted(lab_folder(lab / "main.py", name).glob("*.py"))}
    return found


def use(main_file: str | Path, name: str) -> None:
    """Let the files of the lab `name` be imported too; a file of the same name in one's own lab comes first."""
    folder = str(lab_folder(main_file, name))
    if folder not in sys.path:
        sys.path.append(folder)
