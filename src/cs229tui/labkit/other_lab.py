"""A lab that makes use of another lab's files."""

import sys
from pathlib import Path

import cs229tui
from cs229tui.errors import LabError


def lab_folder(main_file: str | Path, name: str) -> Path:
    """The folder of the lab `name`: beside that of `main_file`, else the one we ship; raises `LabError`."""
    package = Path(cs229tui.__file__).parent
    places = (Path(main_file).absolute().parents[1], package / "shipped" / "labs", package.parents[1] / "labs")
    for place in places:
        if (place / name / "main.py").is_file():
            return place / name
    raise LabError(f"This lab makes use of the lab {name}, which is not here.", "Put it beside this lab's folder.")


def use(main_file: str | Path, name: str) -> None:
    """Let the files of the lab `name` be imported too; a file of the same name in one's own lab comes first."""
    folder = str(lab_folder(main_file, name))
    if folder not in sys.path:
        sys.path.append(folder)
