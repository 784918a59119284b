"""Texts with a class each: mails that are spam or not, or functions of Python's library, or a file of one's own."""

import ast
import csv
import hashlib
import io
import json
import sysconfig
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cs229tui.clean import clean_line
from cs229tui.labkit.data.fetching import DataError, Progress
from cs229tui.labkit.data.places import contents, named_place
from cs229tui.labkit.data.registry import DATASETS
from cs229tui.labkit.data.texts import library_files

if TYPE_CHECKING:
    from torch import Tensor

LABELLED_SOURCES = ("auto", "file", "spam", "python")

_MOST_CLASSES = 100
_MOST_BYTES = 200_000_000  # of a file of one's own
_LEAST = 10  # examples of a class in a file of one's own
_RETURNS = ("gives nothing back", "gives a value back")
_SNIPPET = 300  # bytes of a function
_LEARNT, _TESTED = 1_200, 400  # functions of a class


@dataclass(frozen=True)
class Labelled:
    """Texts, as bytes just as they came, with a class each: `train_classes` and `test_classes` are (N,) in int64.

    Texts of others are cleaned where they are shown (`cs229tui.clean`), never here: what is learned from is untouched.
    """

    name: str
    source: str
    licence: str
    classes: tuple[str, ...]
    train: tuple[bytes, ...]
    train_classes: "Tensor"
    test: tuple[bytes, ...]
    test_classes: "Tensor"
    synthetic: bool = False


Example = tuple[bytes, int]


def labelled(
    source: str = "auto",
    file: str = "",
    note: Callable[[str], None] = lambda text: None,
    progress: Progress = lambda done, total: None,
) -> Labelled:
    """The texts that `source` (one of `LABELLED_SOURCES`) names; `note` is told what was used. Raises `DataError`.

    "auto" takes `file` where one is given (a CSV, TSV or JSONL with columns `text` and `label`), else the mails where
    they are or can be had, else the functions of Python's standard library, and the note says so.
    """
    if source not in LABELLED_SOURCES:
        raise DataError(
            f"There are no labelled texts {clean_line(source, 40)!r}.", f"Choose: {', '.join(LABELLED_SOURCES)}."
        )
    if source == "file" and not file:
        raise DataError("The texts are in a file, but none is named.", "Name one: --file PATH")
    if file and source in ("auto", "file"):
        made = _from_file(named_place(file))
    elif source == "python":
        made = functions()
    else:
        try:
            made = _spam(note, progress)
        except DataError as error:
            if source != "auto":
                raise
            note(f"{error.what} Trying the next texts.")
            made = functions()
    note(f"Texts: {made.name} ({made.source}; {made.licence}), {len(made.train):,} + {len(made.test):,}.")
    return made


def functions() -> Labelled:
    """Functions of Python's standard library, the returns and docstrings cut out: does one give a value back?

    The first 300 bytes of each; 1,200 + 400 of either class, where this Python has as many; a module's functions are
    all in train or all in test.
    """
    drawn: dict[bool, list[Example]] = {False: [], True: []}
    root = Path(sysconfig.get_path("stdlib"))
    names = {path.relative_to(root).as_posix(): path for path in library_files()}
    for name in sorted(names, key=lambda name: _draw(name.encode())):
        of_test = _draw(b"split " + name.encode()) < 0.25
        kinds = [kind for _, kind in drawn[of_test]]
        if min(kinds.count(0), kinds.count(1)) < (_TESTED if of_test else _LEARNT):
            drawn[of_test].extend(_functions(names[name]))
    train = balanced(drawn[False], _LEARNT)
    learnt = {text for text, _ in train}
    test = balanced((example for example in drawn[True] if example[0] not in learnt), _TESTED)
    if not train or not test:
        raise DataError("This Python comes without the source of its library.", "Name texts: --file PATH")
    return _pack(
        f"functions of the library of Python {sysconfig.get_python_version()}", "this machine", "PSF licence",
        _RETURNS, train, test,
    )  # fmt: skip


def _functions(path: Path) -> Iterator[Example]:
    try:
        source = path.read_bytes().decode()
        tree = ast.parse(source)
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return  # an installation may hold a file of another time: it is no example
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns is None and (found := _example(node, lines)) is not None:
            yield found


def _example(node: ast.FunctionDef, lines: list[str]) -> Example | None:
    """What a function does before it returns; None for a generator, or where a word of it speaks of the return."""
    inside = list(_own(node))
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in inside):
        return None
    returns = [one for one in inside if isinstance(one, ast.Return)]
    cut = [(one.lineno, one.end_lineno or one.lineno) for one in returns]
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        cut.append((first.lineno, first.end_lineno or first.lineno))
    gone = {line for start, end in cut for line in range(start, end + 1)}
    kept = [lines[at - 1] for at in range(node.lineno, (node.end_lineno or node.lineno) + 1) if at not in gone]
    text = textwrap.dedent("\n".join(kept))
    if len(kept) < 4 or "return" in text:
        return None
    value = any(
        one.value is not None and not (isinstance(one.value, ast.Constant) and one.value.value is None)
        for one in returns
    )
    return text.encode()[:_SNIPPET], int(value)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a function, but not in the functions and classes within it."""
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield inner
            yield from _own(inner)


def _spam(note: Callable[[str], None], progress: Progress) -> Labelled:
    dataset = DATASETS["spam"]
    (data,) = contents(dataset, note, progress).values()
    train: list[Example] = []
    test: list[Example] = []
    for line in data.decode("ascii").splitlines():
        split, kind, text = json.loads(line)
        (train if split == "train" else test).append((text.encode("latin-1"), kind))  # a byte each, as it was
    return _pack(dataset.title, dataset.source, dataset.licence, ("ham", "spam"), train, test)


def _from_file(path: Path) -> Labelled:
    shown = clean_line(str(path))
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{shown} is larger than {_MOST_BYTES // 1_000_000} MB.", "Take a part of it.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{shown} cannot be read: {error.strerror or error}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{shown} is not text in UTF-8 (byte {error.start:,}).", "Save it as UTF-8.") from error
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise DataError(f"{shown} is none of {', '.join(_READERS)}.", "Name a CSV, TSV or JSONL with text and label.")
    rows = list(_READERS[kind](text, shown))
    label_of = dict(rows)
    if clash := sum(label_of[words] != label for words, label in rows):
        raise DataError(f"{shown} gives {clash:,} of its texts two labels.", "Keep one label for each text.")
    names = sorted(set(label_of.values()))
    if not 2 <= len(names) <= _MOST_CLASSES:
        raise DataError(
            f"{shown} has {len(names):,} different labels.", f"It needs between 2 and {_MOST_CLASSES} classes."
        )
    for name in names:
        if (count := sum(label == name for label in label_of.values())) < _LEAST:
            raise DataError(
                f"{shown} has only {count} different texts with the label {clean_line(name, 40)!r}.",
                f"Each class needs at least {_LEAST}.",
            )
    train: list[Example] = []
    test: list[Example] = []
    for name in names:  # a fifth of each class, drawn by what a text says: so adding a row moves no other
        of = sorted((words.encode() for words, label in label_of.items() if label == name), key=_draw)
        cut = len(of) // 5
        test += [(words, names.index(name)) for words in of[:cut]]
        train += [(words, names.index(name)) for words in of[cut:]]
    classes = tuple(clean_line(name, 40) for name in names)
    return _pack(clean_line(path.name, 80), "your file", "yours to know", classes, _mixed(train), _mixed(test))


def _separated(delimiter: str) -> Callable[[str, str], Iterator[tuple[str, str]]]:
    def rows(text: str, shown: str) -> Iterator[tuple[str, str]]:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            columns = reader.fieldnames or []
            if "text" not in columns or "label" not in columns:
                said = clean_line(", ".join(columns), 120) or "nothing"
                raise DataError(
                    f"{shown} has no columns text and label; its first line says: {said}.",
                    "Name the columns in its first line: text and label.",
                )
            for row in reader:
                yield _row(row.get("text"), row.get("label"), shown, reader.line_num)
        except csv.Error as error:
            said = clean_line(str(error), 120)
            raise DataError(f"{shown}, line {reader.reader.line_num}: {said}.", "Repair the line.") from error

    return rows


def _json_lines(text: str, shown: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{shown}, line {number}: it is not JSON.", "Write an object a line.") from error
        if not isinstance(row, dict):
            raise DataError(f"{shown}, line {number}: it is no object.", 'Write {"text": "…", "label": "…"}.')
        yield _row(row.get("text"), row.get("label"), shown, number)


def _row(text: object, label: object, shown: str, number: int) -> tuple[str, str]:
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{shown}, line {number}: there is no text.", "Give each line a text, or remove it.")
    if isinstance(label, bool) or not isinstance(label, str | int) or not str(label).strip():
        raise DataError(f"{shown}, line {number}: there is no label.", "Give each line a label: a word or a number.")
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half a character, which JSON can spell
        raise DataError(f"{shown}, line {number}: its text is no Unicode.", "Repair the line.") from error
    return text, str(label).strip()


_READERS: dict[str, Callable[[str, str], Iterator[tuple[str, str]]]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".jsonl": _json_lines,
}


def balanced(examples: Iterable[Example], most: int) -> list[Example]:
    """As many of each class as the rarest has, `most` at most, each text once, in an order that the texts decide."""
    by_class: dict[int, list[bytes]] = {0: [], 1: []}
    for text, kind in sorted(dict(examples).items(), key=lambda example: _draw(example[0])):
        by_class[kind].append(text)
    least = min(most, *map(len, by_class.values()))
    return _mixed((text, kind) for kind, texts in by_class.items() for text in texts[:least])


def _mixed(examples: Iterable[Example]) -> list[Example]:
    return sorted(examples, key=lambda example: _draw(b"order " + example[0]))  # another draw than who is kept


def _draw(text: bytes) -> float:
    """A number in [0, 1) that only the text decides: a draw that is the same on every machine."""
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big") / 2**48


def _pack(
    name: str, source: str, licence: str, classes: tuple[str, ...], train: list[Example], test: list[Example]
) -> Labelled:
    import torch

    def kinds(examples: list[Example]) -> "Tensor":
        return torch.tensor([kind for _, kind in examples], dtype=torch.int64)

    return Labelled(
        name, source, licence, classes,
        tuple(text for text, _ in train), kinds(train), tuple(text for text, _ in test), kinds(test),
    )  # fmt: skip
