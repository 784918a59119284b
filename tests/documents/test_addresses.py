"""arXiv ids and DOIs in every form people paste, and which addresses are tried."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.course.load import load
from cs229tui.course.model import Reading
from cs229tui.documents.addresses import (
    ArxivId,
    candidates,
    is_public,
    is_web_address,
    parse_arxiv,
    parse_doi,
    same_address,
    slug,
    unused,
)
from cs229tui.folders import shipped


@pytest.mark.parametrize(
    ("text", "id", "version"),
    [
        ("2302.13971", "2302.13971", ""),
        (" arXiv:2302.13971v3 ", "2302.13971", "v3"),
        ("ARXIV: 0704.0001", "0704.0001", ""),
        ("hep-th/9901001v2", "hep-th/9901001", "v2"),
        ("math.GT/0309136", "math.GT/0309136", ""),
        ("https://arxiv.org/abs/2302.13971v1", "2302.13971", "v1"),
        ("http://www.arxiv.org/pdf/2302.13971v1.pdf", "2302.13971", "v1"),
        ("https://export.arxiv.org/pdf/hep-th/9901001", "hep-th/9901001", ""),
        ("https://arxiv.org/html/2302.13971v2/", "2302.13971", "v2"),
        ("https://arxiv.org/abs/2302.13971?context=cs", "2302.13971", ""),
        ("https://doi.org/10.48550/arXiv.2302.13971", "2302.13971", ""),
        ("doi:10.48550/arXiv.2302.13971", "2302.13971", ""),
    ],
)
def test_arxiv_in_every_form(text: str, id: str, version: str) -> None:
    assert parse_arxiv(text) == ArxivId(id, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2302",
        "23021.13971",
        "2302.139711",
        "paper.pdf",
        "https://arxiv.org/",
        "https://arxiv.org.evil.example/abs/2302.13971",
        "https://evil.example/abs/2302.13971",
        "10.1000/2302.13971",
        "2302.13971 2302.13972",
        "../2302.13971",
    ],
)
def test_what_is_no_arxiv_paper(text: str) -> None:
    assert parse_arxiv(text) is None


def test_dois() -> None:
    assert parse_doi("https://doi.org/10.1145/2976749.2978318") == "10.1145/2976749.2978318"
    assert parse_doi("doi: 10.1145/2976749.2978318.") == "10.1145/2976749.2978318"
    assert parse_doi("http://dx.doi.org/10.1000/a%2Fb") == "10.1000/a/b"
    assert parse_doi("https://example.org/10.1000/x") == parse_doi("10.1000") == parse_doi("") == ""


def test_which_addresses_are_tried_for_the_course() -> None:
    course = load(shipped("data/course.toml"))
    for reading in course.readings:
        found = candidates(reading)
        assert all(is_web_address(address) for address in found)
        assert not reading.arxiv or any("arxiv.org/pdf/" in address for address in found), reading.id
        assert not reading.pdf_url or found[0] == reading.pdf_url
    assert sum(bool(candidates(reading)) for reading in course.readings) > 100


def test_where_else_a_pdf_may_be() -> None:
    def tried(**facts: str) -> tuple[str, ...]:
        return candidates(Reading(id="x", title="X", lectures=(0,), **facts))  # type: ignore[arg-type]

    assert tried(url="https://openreview.net/forum?id=a_B-1") == ("https://openreview.net/pdf?id=a_B-1",)
    assert tried(url="https://openreview.net/forum?id=../x") == ()
    assert tried(url="https://a.example/x.PDF") == ("https://a.example/x.PDF",)
    assert tried(url="https://arxiv.org/abs/2302.13971v2") == ("https://arxiv.org/pdf/2302.13971v2",)
    assert tried(url="https://a.example/page") == tried(pdf_url="file:///etc/passwd") == ()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_only_the_internet_at_large_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.text(max_size=200))
def test_a_slug_is_always_a_safe_name(text: str) -> None:
    made = slug(text)
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", made) and len(made) <= 60 and ".." not in made


def test_names_and_addresses_that_are_the_same() -> None:
    assert unused("a", {"a", "a-2"}) == "a-3"
    assert slug("Müller's “Tail Bounds”, v2.pdf") == "mullers-tail-bounds-v2.pdf"
    assert same_address("http://www.a.org/x/#top", "https://a.org/x") and not same_address("", "")
    assert not same_address("https://a.org/x?y=1", "https://a.org/x") and not same_address(
        "http://[bad", "https://a.org"
    )
