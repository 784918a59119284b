"""The file that the Hypothesis client writes and reads, in and out."""

import json
from pathlib import Path
from typing import Any

import pytest

from cs229tui.annotations.hypothesis.export_file import import_export_file, write_export_file
from cs229tui.annotations.make import annotate_quote, reply
from cs229tui.errors import ReportableError
from cs229tui.library.annotations import annotations_of
from cs229tui.library.database import Database
from cs229tui.library.people import me
from fake_hypothesis import SAM, quote
from hypothesis_side import CATALOG, GROUP, Side, library_at


def export(path: Path, rows: list[Any], **more: Any) -> Path:
    made = {"export_date": "2026-11-01T00:00:00Z", "export_userid": SAM, "client_version": "1.1", "annotations": rows}
    path.write_text(json.dumps(made | more), "utf-8")
    return path


def browser_rows(side: Side) -> list[dict[str, Any]]:
    first = side.server.add(text="Why?", tags=["question"], target=quote("privacy loss", page=2))
    side.server.add(text="Because", references=[first["id"]])
    side.server.add(target=quote("norm of each gradi-ent", page=1))
    side.server.add(text="elsewhere", uri="https://example.org/x")
    return list(side.server.rows.values())


def test_a_file_from_a_browser_comes_in_once(side: Side, tmp_path: Path) -> None:
    file = export(tmp_path / "export.json", [*browser_rows(side), {"id": 7}, "x"])
    arrived = import_export_file(side.database, CATALOG, file)
    assert (arrived.new, arrived.elsewhere, len(arrived.bad)) == (3, 1, 2)
    found = {one.kind: one for one in annotations_of(side.database, "abadi")}
    assert set(found) == {"question", "reply", "highlight"}
    assert found["reply"].parent == found["question"].id
    assert (found["question"].person, found["question"].audience, found["question"].author) == (SAM, "", "Sam")
    assert found["question"].created == "2026-11-01T12:00:00.007Z"
    again = import_export_file(side.database, CATALOG, file)
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    # The same ones from the server are not new either.
    side.sync()
    assert len(annotations_of(side.database, "abadi")) == 3
    assert import_export_file(side.database, CATALOG, file).new == 0


def test_a_newer_file_brings_newer_words(side: Side, tmp_path: Path) -> None:
    rows = browser_rows(side)
    import_export_file(side.database, CATALOG, export(tmp_path / "one.json", rows))
    side.server.change(rows[0]["id"], text="Why so?")
    arrived = import_export_file(side.database, CATALOG, export(tmp_path / "two.json", rows))
    assert arrived.changed == 1
    arrived = import_export_file(side.database, CATALOG, export(tmp_path / "two.json", rows))
    assert arrived.changed == 0


def test_her_own_file_is_one_the_client_accepts(library: Database, tmp_path: Path) -> None:
    asked = annotate_quote(library, "abadi", "privacy loss", kind="question", body="Why?", author="Mei")
    reply(library, asked.id, "So.", author="Mei")
    annotate_quote(library, "abadi", "privacy loss", kind="note", body="secret", author="Mei")
    file = tmp_path / "mine.json"
    written = write_export_file(library, CATALOG, file, annotations_of(library, "abadi"))
    assert (written.count, [why for _, why in written.kept]) == (2, ["it is private"])
    text = file.read_text("utf-8")
    assert "secret" not in text
    made = json.loads(text)
    assert set(made) == {"export_date", "export_userid", "client_version", "annotations"}
    for one in made["annotations"]:
        # What its import takes over, and what its dialogue lists people by.
        assert {"target", "tags", "text", "uri", "document", "user", "id"} <= set(one)
        assert one["user"].startswith("acct:")
    first, second = sorted(made["annotations"], key=lambda one: len(one.get("references", [])))
    assert second["references"] == [first["id"]]
    assert import_export_file(library, CATALOG, file).new == 0
    other = library_at(tmp_path / "other.db")
    assert import_export_file(other, CATALOG, file).new == 2
    found = annotations_of(other, "abadi")
    assert {one.kind for one in found} == {"question", "reply"}
    assert all(one.person != me(other) for one in found)
    assert import_export_file(other, CATALOG, file).new == 0
    other.close()


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'{"annotations": 7}', b"[" * 200_000, b"\xff\xfe", b"PK\x03\x04", b'{"annotations": {"a": 1}}'],
)
def test_what_is_no_export_says_so(library: Database, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(data)
    with pytest.raises(ReportableError, match="is no export of Hypothesis"):
        import_export_file(library, CATALOG, file)
    with pytest.raises(ReportableError, match="cannot be read"):
        import_export_file(library, CATALOG, tmp_path / "none.json")


def test_a_forged_file_changes_nothing_of_hers(side: Side, tmp_path: Path) -> None:
    made = annotate_quote(side.database, "abadi", "privacy loss", kind="comment", body="Mine", author="mei")
    forged = {"id": made.id, "user": SAM, "uri": "https://arxiv.org/abs/1607.00133", "text": "Forged", "group": GROUP}
    row = forged | {"updated": "2090-01-01T00:00:00Z", "cs229:annotation": {"id": made.id}}
    import_export_file(side.database, CATALOG, export(tmp_path / "x.json", [forged, row | {"id": "y"}]))
    assert [one.body for one in annotations_of(side.database, "abadi") if one.id == made.id] == ["Mine"]
