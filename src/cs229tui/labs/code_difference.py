"""How the code of two runs or labs differs, line by line, and within a line where that tells more."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cs229tui.clean import clean
from cs229tui.labs.find import Lab
from cs229tui.library.runs import RunRecord

_READ = (".py", ".toml", ".md")
_AROUND = 3  # lines of context
_ALIKE = 0.5  # how like two lines are at least, to be shown as one that was changed
_LARGEST = 400_000
_MOST_LINES = 5000

Kind = Literal["same", "taken", "added", "gap"]


@dataclass(frozen=True)
class Line:
    """One line of a difference: on the left, on the right, or both; `changed` are the characters that differ in it."""

    kind: Kind
    text: str = ""
    left: int = 0
    right: int = 0
    changed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FileDifference:
    """How one file differs, with both its texts; a file that is on one side only is all taken or all added."""

    name: str
    lines: tuple[Line, ...]
    left: str = ""
    right: str = ""

    @property
    def added(self) -> int:
        """How many lines the right one has more or otherwise."""
        return sum(line.kind == "added" for line in self.lines)

    @property
    def taken(self) -> int:
        """How many lines the left one has more or otherwise."""
        return sum(line.kind == "taken" for line in self.lines)


def code_folder(record: RunRecord, lab: Lab | None) -> Path | None:
    """Where the code that a run ran lies: in its own folder, else the lab's as it is now; None where it is gone."""
    own = Path(record.folder) / "code"
    if own.is_dir():
        return own
    return lab.path if lab is not None else None


def difference(left: Path, right: Path) -> list[FileDifference]:
    """What differs between the code in two folders; files that are the same are left out."""
    files = [_texts(left), _texts(right)]
    found = []
    for name in sorted(files[0].keys() | files[1].keys(), key=lambda name: (not name.endswith(".py"), name)):
        texts = [side.get(name, "") for side in files]
        if texts[0] != texts[1]:
            lines = tuple(_lines(texts[0].split("\n"), texts[1].split("\n")))
            found.append(FileDifference(name, lines[:_MOST_LINES], *texts))
    return found


def unified(found: list[FileDifference], left: str, right: str) -> str:
    """The difference as `diff -u` writes it, but for the numbers of the lines."""
    signs = {"same": " ", "taken": "-", "added": "+"}
    words = []
    for file in found:
        words += [f"--- {left}/{file.name}", f"+++ {right}/{file.name}"]
        words += ["@@" if line.kind == "gap" else f"{signs[line.kind]}{line.text}" for line in file.lines]
    return "\n".join([*words, ""]) if words else ""


def _texts(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix not in _READ or any(part.startswith((".", "__")) for part in name.parts) or not path.is_file():
            continue
        try:
            data = path.read_bytes()[:_LARGEST]
        except OSError:
            continue
        found[str(name)] = clean(data.decode("utf-8", "replace")).expandtabs(4).rstrip("\n")
    return found


def _lines(left: list[str], right: list[str]) -> Iterator[Line]:
    left, right = ([] if side == [""] else side for side in (left, right))
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            yield Line("gap")
        for kind, i, j, k, end in group:
            if kind == "equal":
                for at in range(j - i):
                    yield Line("same", left[i + at], i + at + 1, k + at + 1)
            else:
                yield from _changed(left, right, range(i, j), range(k, end))


def _changed(left: list[str], right: list[str], taken: range, added: range) -> Iterator[Line]:
    """Lines that were replaced, each pair that is alike with what differs in it."""
    marks: dict[tuple[str, int], tuple[tuple[int, int], ...]] = {}
    if len(taken) == len(added):
        for i, k in zip(taken, added, strict=True):
            before, after = _within(left[i], right[k])
            marks["left", i], marks["right", k] = before, after
    for i in taken:
        yield Line("taken", left[i], i + 1, 0, marks.get(("left", i), ()))
    for k in added:
        yield Line("added", right[k], 0, k + 1, marks.get(("right", k), ()))


def _within(before: str, after: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """The characters of two lines, in whole words, that the other has not; nothing where they are hardly alike."""
    words = [re.findall(r"\w+|\s+|.", text) for text in (before, after)]
    matcher = difflib.SequenceMatcher(None, words[0], words[1], autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (), ()
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, i, j, k, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for side, first, last in ((0, i, j), (1, k, end)):
            start = len("".join(words[side][:first]))
            if last > first:
                spans[side].append((start, start + len("".join(words[side][first:last]))))
    return tuple(spans[0]), tuple(spans[1])
