"""Which labs there are: those we ship and the student's own, each a folder with a lab.toml."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import NotFoundError
from cs229tui.folders import Folders, shipped
from cs229tui.labkit.lab_file import SpecError, load_spec
from cs229tui.labkit.spec import Spec

# Keys that the Labs screen needs for itself, or that act everywhere; a lab that asks for one gets another.
_TAKEN = frozenset("gGceohjkqsu0123456789")
_TEMPLATE = "A whole lab to begin with: cs229tui lab new NAME."
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Lab:
    """A lab's folder; where it cannot run, `error` says why, and `spec` is None where the lab.toml is wrong.

    `key` starts it in the menu.
    """

    name: str
    path: Path
    spec: Spec | None
    own: bool = False
    key: str = ""
    error: str = ""

    @property
    def title(self) -> str:
        """What the menu calls it."""
        return self.spec.title if self.spec else self.name

    @property
    def lecture(self) -> int:
        """The lecture it belongs to; 0 where nobody knows."""
        return self.spec.lecture if self.spec else 0

    @property
    def copy_of(self) -> str:
        """The name of the lab that it stands below as her copy; empty where its name does not say that it is one."""
        return re.sub(r"-\d+$", "", self.name.removeprefix("my-")) if self.own and self.name.startswith("my-") else ""

    @property
    def script(self) -> Path:
        """What is run."""
        return self.path / "main.py"

    @property
    def handout(self) -> Path:
        """What a student reads first, Markdown; it need not be there."""
        return self.path / "README.md"

    @property
    def reading(self) -> str:
        """The id of its handout among the readings."""
        return f"lab-{self.name}"


def labs(folders: Folders) -> list[Lab]:
    """Every lab by lecture, a broken one with its error. The student's copy of a lab we ship is called `my-NAME` and
    stands below it.
    """
    found = [_lab(path, path.name, own=False) for path in _lab_folders(shipped("labs"), ("lab.toml",))]
    ours = {lab.name: lab.lecture for lab in found}
    names = set(ours)
    for path in _lab_folders(folders.labs, ("lab.toml", "main.py")):
        name = f"my-{path.name}" if path.name in names else path.name
        names.add(name)
        found.append(_lab(path, name, own=True))

    def place(lab: Lab) -> tuple[bool, int, bool, str, bool]:
        of = lab.copy_of if lab.copy_of in ours else lab.name
        lecture = lab.lecture or ours.get(of, 0)
        return not lecture, lecture, of not in ours, of, lab.own

    return _with_keys(sorted(found, key=place))


def lab_named(folders: Folders, name: str) -> Lab:
    """The lab of that name, or the only one whose name begins so; raises `NotFoundError`."""
    every = labs(folders)
    exact = [lab for lab in every if lab.name == name]
    close = exact or [lab for lab in every if name and lab.name.startswith(name)]
    if len(close) == 1:
        return close[0]
    names = ", ".join(lab.name for lab in close or every) or "none yet"
    raise NotFoundError(f"There is no lab {clean_line(name, 80)!r}.", f"There are: {names}.")


def labs_of_lecture(every: list[Lab], lecture: int) -> list[Lab]:
    """The labs that belong to a lecture."""
    return [lab for lab in every if lab.spec and lab.spec.lecture == lecture]


def labs_of_reading(every: list[Lab], reading: str) -> list[Lab]:
    """The labs that a reading's claims are tried in."""
    return [
        lab
        for lab in every
        if lab.spec and (reading in lab.spec.readings or any(claim.reading == reading for claim in lab.spec.claims))
    ]


def _lab_folders(root: Path, marks: tuple[str, ...]) -> list[Path]:
    """The folders that hold one of these files: by either a lab of hers is meant, what is missing is told."""
    try:
        return sorted(
            path
            for path in root.iterdir()
            if not path.name.startswith(".") and any((path / mark).is_file() for mark in marks)
        )
    except OSError:
        return []


def _lab(path: Path, name: str, own: bool) -> Lab:
    name = clean_line(name, 80) or "?"
    file = path / "lab.toml"
    try:
        stat = file.stat()
        spec = _spec(path, stat.st_mtime_ns, stat.st_size)
    except SpecError as error:
        return Lab(name, path, None, own, error=clean_line(str(error), 600))
    except OSError as error:
        return Lab(name, path, None, own, error=clean_line(f"{file} cannot be read: {error.strerror}. {_TEMPLATE}"))
    if not (path / "main.py").is_file():
        missing = f"{path / 'main.py'} is missing, and that is what runs. {_TEMPLATE}"
        return Lab(name, path, spec, own, error=clean_line(missing, 600))
    return Lab(name, path, spec, own)


@lru_cache(maxsize=1024)
def _spec(path: Path, changed: int, size: int) -> Spec:
    # The time and size of the file are only part of the key: a lab.toml is read again when it was edited.
    return load_spec(path)


def _with_keys(found: list[Lab]) -> list[Lab]:
    """Each lab with a key of its own: the one it asks for, else a letter of its name, else any letter left."""
    used: set[str] = set(_TAKEN)
    keys: dict[Path, str] = {}
    for lab in found:
        if lab.spec and lab.spec.key not in used:
            keys[lab.path] = lab.spec.key
            used.add(lab.spec.key)
    for lab in found:
        if lab.spec and lab.path not in keys:
            free = [letter for letter in (*lab.spec.key.swapcase(), *lab.name, *_LETTERS) if letter not in used]
            free = [letter for letter in free if letter in _LETTERS]
            if free:
                keys[lab.path] = free[0]
                used.add(free[0])
    return [Lab(lab.name, lab.path, lab.spec, lab.own, keys.get(lab.path, ""), lab.error) for lab in found]
