"""The versions of a reading, and the place in one that a place in another is."""

from pathlib import Path

from cs229tui.documents.store import attach_file
from cs229tui.documents.versions import same_place
from cs229tui.library.documents import Page, document_of, show_version, source_of, versions
from cs229tui.library.readings import state_of, update_state
from cs229tui.workspace import Workspace

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau".split()  # noqa: SIM905


def sentence(number: int) -> str:
    return f"Sentence {number} says {' '.join(WORDS[(number * 7 + place) % 19] for place in range(9))} {number}."


def pages(per_page: int, count: int = 60, cut: str = "") -> list[Page]:
    texts = [" ".join(map(sentence, range(at, min(at + per_page, count)))) for at in range(0, count, per_page)]
    return [Page(number, str(number), 0, 0, cut + text) for number, text in enumerate(texts, 1)]


def test_the_place_is_found_by_its_words() -> None:
    old, new = pages(10), pages(4, cut="Running head\n")
    for number in (0, 7, 23, 59):
        page = old[number // 10]
        found = same_place(old, (page.number, page.text.index(f"Sentence {number} ")), new)
        assert new[found[0] - 1].text[found[1] :].startswith(sentence(number)[:30])


def test_without_the_words_it_is_as_far_from_the_beginning() -> None:
    old, new = pages(10), [Page(number, "", 0, 0, "other words here entirely. " * 40) for number in range(1, 11)]
    assert same_place(old, (4, 0), new)[0] in (5, 6)
    assert same_place(old, (1, 0), []) == (1, 0)


def test_versions_of_a_reading(tmp_path: Path, home: Path) -> None:
    workspace = Workspace()
    database = workspace.database
    for name, text in (("a.md", "# One\n\ntext\n"), ("b.html", "<html><body><h1>Two</h1><p>Some words of text.</p>")):
        (tmp_path / name).write_text(text)
    first = attach_file(database, workspace.folders, "guide", tmp_path / "a.md")
    second = attach_file(
        database, workspace.folders, "guide", tmp_path / "b.html", source="https://arxiv.org/html/1607.00133"
    )
    assert [(one.sha256, one.format, one.source) for one in versions(database, "guide")] == [
        (second.sha256, "html", "https://arxiv.org/html/1607.00133"),
        (first.sha256, "markdown", "a.md"),
    ]
    added = versions(database, "guide")[1].added
    show_version(database, "guide", first.sha256)
    shown = document_of(database, "guide")
    assert shown is not None and shown.sha256 == first.sha256
    assert (versions(database, "guide")[0].source, versions(database, "guide")[0].added) == ("a.md", added)
    show_version(database, "guide", "unknown")
    assert len(versions(database, "guide")) == 2
    assert source_of(database, second.sha256) == "https://arxiv.org/html/1607.00133"


def test_where_a_reading_was_left_is_carried_to_what_is_attached_next(tmp_path: Path, home: Path) -> None:
    workspace = Workspace()
    database = workspace.database
    (tmp_path / "a.txt").write_text("\f".join(page.text for page in pages(10)))
    (tmp_path / "b.txt").write_text("\f".join(page.text for page in pages(4)))
    attach_file(database, workspace.folders, "guide", tmp_path / "a.txt")
    update_state(database, "guide", page=4, place=pages(10)[3].text.index("Sentence 35"))
    attach_file(database, workspace.folders, "guide", tmp_path / "b.txt")
    state = state_of(database, "guide")
    assert state.page == 9
    assert pages(4)[8].text[state.place :].startswith("Sentence 35")
    attach_file(database, workspace.folders, "guide", tmp_path / "a.txt")
    assert state_of(database, "guide").page == 4
