"""A work is told by its id, its address in any form, or the bytes it was read in."""

import pytest

from cs229tui.annotations.works import works
from cs229tui.course.model import Reading
from cs229tui.library.database import Database
from cs229tui.library.documents import attached_document

CATALOG = {
    one.id: one
    for one in (
        Reading(id="abadi", title="DP", lectures=(4,), arxiv="1607.00133", doi="10.1145/2976749.2978318"),
        Reading(id="post", title="A post", lectures=(1,), url="https://www.example.org/post/"),
    )
}


@pytest.mark.parametrize(
    ("named", "address", "meant"),
    [
        ("abadi", "", "abadi"),
        ("another-id", "https://arxiv.org/pdf/1607.00133v2", "abadi"),
        ("", "https://doi.org/10.1145/2976749.2978318", "abadi"),
        ("", "http://example.org/post#part", "post"),
        ("another-id", "https://example.com/", None),
        ("", "http://[", None),
    ],
)
def test_a_work_is_told_by_id_and_address(library: Database, named: str, address: str, meant: str | None) -> None:
    assert works(library, CATALOG).reading(named, address) == meant


def test_a_work_is_told_by_its_bytes(library: Database) -> None:
    record = attached_document(library, "abadi")
    known = works(library, {})
    assert known.reading(sha256=record.sha256) == "abadi"
    library.execute("UPDATE document SET fingerprint = 'f00d'")
    assert works(library, {}).reading(address="urn:x-pdf:f00d") == "abadi"
    assert known.reading(sha256="00" * 32) is None
