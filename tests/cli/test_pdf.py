from collections.abc import Callable
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from cs229tui.annotations.make import annotate_quote
from cs229tui.workspace import Workspace
from pdfs import Put, pdf

R = "vaswani-2017-attention"


def test_out_and_in_again(run: Callable[..., Any], workspace: Workspace, tmp_path: Path) -> None:
    paper, target = tmp_path / "paper.pdf", tmp_path / "out.pdf"
    paper.write_bytes(pdf([[Put(72, 700, "Attention is said to be all that you need.")]]))
    assert "holds" not in run("attach", R, str(paper)).err
    assert run("pdf", "export", R, str(target)).code == 3
    annotate_quote(workspace.database, R, "all that you need", kind="comment", body="Is it?", author="ada")
    result = run("pdf", "export", R, str(target))
    assert result.code == 0 and "1 annotation with 0 answers" in result.err
    assert run("pdf", "export", R, str(target)).code == 1
    assert run("pdf", "export", R, str(target), "--force", "--json").json["exact"] is True
    assert run("pdf", "import", R, str(target), "--json").json["unchanged"] == 1
    assert "holds 1 annotation" in run("attach", "page-2018-train-resnet", str(target)).err
    assert "1 annotation new" in run("pdf", "import", "page-2018-train-resnet", str(target), "--me", "ada").err
    assert run("pdf", "import", R, str(tmp_path / "none.pdf")).code == 1


def test_the_conversations_go_behind_the_paper(run: Callable[..., Any], workspace: Workspace, tmp_path: Path) -> None:
    paper, target = tmp_path / "paper.pdf", tmp_path / "out.pdf"
    paper.write_bytes(pdf([[Put(72, 700, "Attention is said to be all that you need.")]]))
    run("attach", R, str(paper))
    annotate_quote(workspace.database, R, "all that you need", kind="comment", body="Is it so?", author="ada")
    assert run("pdf", "export", R, str(target), "--comments", "--json").json["exact"] is True
    first, last = PdfReader(target).pages
    assert "Attention" in first.extract_text() and "Is it so?" in last.extract_text()
    assert target.read_bytes().startswith(paper.read_bytes())
    assert run("pdf", "import", R, str(target), "--json").json["unchanged"] == 1
