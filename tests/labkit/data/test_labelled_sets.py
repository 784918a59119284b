"""Texts with a class: the mails, the functions of Python's library, a file of one's own."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.labkit.data import DataError, cache_folder, labelled
from cs229tui.labkit.data import labelled_sets as module
from data_served import Net

Know = Callable[..., Any]

FUNCTION = '''
class Kind:
    def {name}(self, given):
        """Return what is known of it."""
        first = self.{name}_first
        {middle}
        third = first + given
        {end}

    def short(self):
        return 1

    def generator_{name}(self):
        a = 1
        b = 2
        c = 3
        yield a

    def typed_{name}(self) -> int:
        a = 1
        b = 2
        c = 3
        return a

    def spoken_of_{name}(self):
        a = 1
        b = 2
        c = 3  # what we return
        return c
'''


@pytest.fixture
def a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty modules of a function each that counts: half of them give a value back."""
    folder = tmp_path / "stdlib"
    folder.mkdir()
    for number in range(60):
        end = f"return (first,\n            third_{number})" if number % 2 else "self.done = None"
        text = FUNCTION.format(name=f"name_{number}", middle="if given:\n            return" * (number % 3), end=end)
        (folder / f"module_{number}.py").write_text(text)
    (folder / "broken.py").write_text("def f(:")
    (folder / "latin.py").write_bytes(b"# \xff")
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(folder))


@pytest.mark.usefixtures("a_library")
def test_functions_say_nothing_of_their_answer() -> None:
    made, again = labelled("python"), labelled("python")
    assert (made.train, made.test) == (again.train, again.test)
    assert made.classes == ("gives nothing back", "gives a value back")
    for texts, classes in ((made.train, made.train_classes), (made.test, made.test_classes)):
        assert len(texts) == len(classes) and 2 * int(classes.sum()) == len(classes) > 4
        for text, kind in zip(texts, classes.tolist(), strict=True):
            assert text.startswith(b"def name_") and int(text.split(b"(")[0].rpartition(b"_")[2]) % 2 == kind
            assert not any(word in text for word in (b"return", b"Return", b"third_", b"yield"))
    assert not set(made.train) & set(made.test)


@pytest.mark.usefixtures("a_library")
def test_more_than_enough_modules_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEARNT", 3)
    monkeypatch.setattr(module, "_TESTED", 2)
    made = labelled("python")
    assert (len(made.train), len(made.test)) == (6, 4)


def test_a_python_without_source_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(DataError, match="without the source"):
        labelled("python")


def test_mails_are_the_bytes_that_were_kept(know: Know) -> None:
    text = bytes(range(1, 256)) + b"\x1b[31m"
    lines = [json.dumps(["train", 1, text.decode("latin-1")]), json.dumps(["test", 0, "ham"])]
    know("spam", {"spam.jsonl.gz": "\n".join(lines).encode()})
    cache_folder().mkdir(parents=True)
    (cache_folder() / "spam.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    notes: list[str] = []
    made = labelled("auto", note=notes.append)
    assert made.train == (text,) and made.test == (b"ham",) and made.classes == ("ham", "spam")
    assert made.train_classes.tolist() == [1] and "for yourself only), 1 + 1." in notes[0]


@pytest.mark.usefixtures("a_library", "no_npm")
def test_without_a_network_the_functions_are_taken_and_it_is_said(net: Net) -> None:
    notes: list[str] = []
    assert labelled("auto", note=notes.append).source == "this machine"
    assert "unreachable" in notes[0] and notes[0].endswith("Trying the next texts.")
    with pytest.raises(DataError):
        labelled("spam")
    assert len(net.asked) == 1, "some minutes pass before the next try"


ROWS = [
    (f"text {number}, said\nin two lines" if number % 7 == 0 else f"text {number}", "ab"[number % 2])
    for number in range(60)
]


def file(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"own.{kind}"
    if kind == "jsonl":
        path.write_text("\n\n".join(json.dumps({"text": text, "label": label}) for text, label in ROWS))
    else:
        between = "," if kind == "csv" else "\t"
        lines = [f'{label}{between}"{text}"' for text, label in ROWS]
        path.write_text("\ufefflabel" + between + "text\n" + "\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_a_file_of_ones_own(tmp_path: Path, kind: str) -> None:
    made = labelled("auto", str(file(tmp_path, kind)))
    assert made.classes == ("a", "b") and (len(made.train), len(made.test)) == (48, 12)
    every = dict(zip(made.train + made.test, made.train_classes.tolist() + made.test_classes.tolist(), strict=True))
    assert every == {text.encode(): "ab".index(label) for text, label in ROWS}
    assert made.test_classes.float().mean() == 0.5
    again = labelled("file", str(file(tmp_path, kind)))
    assert again.train == made.train


GOOD = "text,label\n" + "".join(f"t{number},{'ab'[number % 2]}\n" for number in range(40))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", GOOD, "none of .csv, .tsv, .jsonl"),
        ("a.csv", "", "no columns text and label; its first line says: nothing"),
        ("a.csv", "words,kind\na,b\n", "its first line says: words, kind"),
        ("a.csv", GOOD + "only a text\n", "line 42: there is no label"),
        ("a.csv", GOOD + ",a\n", "line 42: there is no text"),
        ("a.csv", GOOD + '"a"b,c\n', "line 42: .*expected after"),
        ("a.csv", GOOD + "x" * 200_000 + ",a\n", "field larger"),
        ("a.csv", "text,label\n", "has 0 different labels"),
        ("a.csv", GOOD.replace(",b", ",a"), "has 1 different labels"),
        ("a.csv", "text,label\n" + "".join(f"t{n},{n}\n" for n in range(101)), "has 101 different labels"),
        ("a.csv", GOOD + "x,\x1b[31mrare\n", "only 1 different texts with the label"),
        ("a.csv", GOOD + "same,c\n" * 12, "only 1 different texts with the label 'c'"),
        ("a.csv", GOOD + "a\u2028b,\n", "line 42: there is no label"),
        ("a.csv", GOOD + "".join(f"t{n},c\n" for n in range(12)), "texts two labels"),
        ("a.jsonl", "not json", "line 1: it is not JSON"),
        ("a.jsonl", "[" * 100_000, "line 1: it is not JSON"),
        ("a.jsonl", '{"text": "a", "label": "b"}\n[1]', "line 2: it is no object"),
        ("a.jsonl", '{"text": 3, "label": "b"}', "line 1: there is no text"),
        ("a.jsonl", '{"text": "\\ud800", "label": "b"}', "line 1: its text is no Unicode"),
        ("a.jsonl", '{"text": "a", "label": true}', "line 1: there is no label"),
        ("a.jsonl", '{"text": "a", "label": {}}', "line 1: there is no label"),
        ("a.csv", b"text,label\n\xff\xfe,a\n", "not text in UTF-8"),
        ("a.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(
    tmp_path: Path, name: str, content: str | bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=said) as error:
        labelled("file", str(path))
    assert error.value.remedy and "\x1b" not in error.value.what


def test_a_folder_a_large_file_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        labelled("file", str(tmp_path / "a.csv"))
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    (tmp_path / "b.csv").write_text(GOOD)
    with pytest.raises(DataError, match="larger than"):
        labelled("file", str(tmp_path / "b.csv"))
    with pytest.raises(DataError, match="none is named"):
        labelled("file")
    with pytest.raises(DataError, match="no labelled texts"):
        labelled("[bold]")
    with pytest.raises(DataError, match="names no folder"):
        labelled("file", "~nobody-of-this-name/a.csv")
