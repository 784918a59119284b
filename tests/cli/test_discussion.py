"""`discussion export` and `import` as a person and another program use them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cs229tui.annotations.make import annotate_reading, annotate_topic, reply
from cs229tui.library.annotations import annotations_of, delete_annotation
from cs229tui.workspace import Workspace
from small_paper import stored

READING = "abadi-2016-dp-sgd"


@pytest.fixture
def said(workspace: Workspace) -> Workspace:
    stored(workspace.database, READING, ("Differential privacy.",), "a" * 64)
    asked = annotate_reading(workspace.database, READING, "question", "why $x^2$?", author="me")
    reply(workspace.database, asked.id, "because", author="me")
    annotate_reading(workspace.database, READING, "note", "mine alone", author="me")
    annotate_topic(workspace.database, 4, "privacy", "comment", "of the lecture", author="me")
    return workspace


@pytest.mark.parametrize("suffix", [".jsonld", ".json", ".md", ".html", ".csv"])
def test_every_format_holds_what_was_said_and_no_private_word(
    run: Callable[..., Any], said: Workspace, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"all{suffix}"
    done = run("discussion", "export", str(file))
    assert done.code == 0 and "3 messages" in done.err and not done.out
    text = file.read_text("utf-8")
    assert "because" in text and "of the lecture" in text and "mine alone" not in text
    assert run("discussion", "export", str(file)).code == 1
    assert run("discussion", "export", str(file), "--private", "--force", "--reading", READING).code == 0
    text = file.read_text("utf-8")
    assert "mine alone" in text and "of the lecture" not in text


def test_what_was_taken_away_comes_back(run: Callable[..., Any], said: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonld"
    run("discussion", "export", str(file), "--private")
    before = annotations_of(said.database, READING)
    said.database.execute("DELETE FROM annotation")
    assert run("discussion", "import", str(file), "--json").json["new"] == 4
    assert [one.body for one in annotations_of(said.database, READING)] == [one.body for one in before]
    assert "4 here already" in run("discussion", "import", str(file)).err
    delete_annotation(said.database, before[0].id)
    assert "1 left as they are" in run("discussion", "import", str(file)).err


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("export", "x.docx"), 2, "format"),
        (("export", "x.md", "--reading", "nobody"), 3, "nobody"),
        (("export", "no/such/folder/x.md"), 1, "cannot be written"),
        (("import", "missing.json"), 2, "missing.json"),
        (("import", "broken.json"), 1, "no JSON"),
    ],
)
def test_what_is_wrong_is_said(
    run: Callable[..., Any], said: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...], code: int, what: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    done = run("discussion", *words)
    assert (done.code, done.out) == (code, "") and what in done.err
