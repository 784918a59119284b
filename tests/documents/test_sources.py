"""Which addresses are asked for a reading, and what is known of sites."""

import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.addresses import ADDED
from cs229tui.documents.fetching.refusals import refusal, sells
from cs229tui.documents.fetching.sources import plan
from cs229tui.documents.sites import is_abstract, nothing_to_keep, pdf_behind, text_behind
from cs229tui.workspace import Workspace


def asked(html: bool = False, **facts: object) -> list[tuple[str, str]]:
    made = plan(Reading(id="x", title="X", lectures=(0,), **facts), html)  # type: ignore[arg-type]
    assert bool(made.sources) != bool(made.obstacle)
    return [(source.want, source.address) for source in made.sources]


@pytest.mark.parametrize(
    ("page", "pdf"),
    [
        ("https://a.example/x.PDF", "https://a.example/x.PDF"),
        ("https://papers.nips.cc/paper/7181-attention-is-all-you-need", "https://papers.nips.cc/paper/7181-attention-is-all-you-need.pdf"),
        (
            "https://papers.nips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html",
            "https://proceedings.neurips.cc/paper/2017/file/3f5ee243547dee91fbd053c1c4a845aa-Paper.pdf",
        ),
        (
            "https://proceedings.neurips.cc/paper_files/paper/2022/hash/abc12-Abstract-Conference.html",
            "https://proceedings.neurips.cc/paper_files/paper/2022/file/abc12-Paper-Conference.pdf",
        ),
        ("http://proceedings.mlr.press/v48/gal16.html", "https://proceedings.mlr.press/v48/gal16.pdf"),
        ("https://proceedings.mlr.press/v97/foo19a.html", "https://proceedings.mlr.press/v97/foo19a/foo19a.pdf"),
        ("https://www.jmlr.org/papers/v21/20-074.html", "https://jmlr.org/papers/volume21/20-074/20-074.pdf"),
        ("https://aclanthology.org/P19-1001/", "https://aclanthology.org/P19-1001.pdf"),
        ("https://aclanthology.org/2020.acl-main.485", "https://aclanthology.org/2020.acl-main.485.pdf"),
        ("https://www.aclweb.org/anthology/2020.acl-main.485/", "https://aclanthology.org/2020.acl-main.485.pdf"),
        (
            "https://openaccess.thecvf.com/content_cvpr_2016/html/He_Deep_CVPR_2016_paper.html",
            "https://openaccess.thecvf.com/content_cvpr_2016/papers/He_Deep_CVPR_2016_paper.pdf",
        ),
        (
            "https://www.biorxiv.org/content/10.1101/2021.10.04.463034v1.full",
            "https://www.biorxiv.org/content/10.1101/2021.10.04.463034v1.full.pdf",
        ),
        ("https://www.nature.com/articles/s41586-021-03819-2", "https://www.nature.com/articles/s41586-021-03819-2.pdf"),
        ("https://doi.org/10.1038/s41586-021-03819-2", "https://www.nature.com/articles/s41586-021-03819-2.pdf"),
        ("https://doi.org/10.18653/v1/2023.acl-long.903", "https://aclanthology.org/2023.acl-long.903.pdf"),
        ("https://dl.acm.org/doi/10.1145/2976749.2978318", "https://dl.acm.org/doi/pdf/10.1145/2976749.2978318"),
        ("https://link.springer.com/article/10.1007/BF02478259", "https://link.springer.com/content/pdf/10.1007/BF02478259.pdf"),
        ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000001", "https://journals.plos.org/plosone/article/file?id=10.1371/journal.pone.0000001&type=printable"),
        ("https://docs.google.com/presentation/d/1KpS7xPxhccMJ/edit#slide=id.g2", "https://docs.google.com/presentation/d/1KpS7xPxhccMJ/export/pdf"),
        ("https://github.com/a/b/blob/main/paper.pdf", "https://raw.githubusercontent.com/a/b/main/paper.pdf"),
        ("https://ntrs.nasa.gov/citations/19940022856", "https://ntrs.nasa.gov/api/citations/19940022856/downloads/19940022856.pdf"),
        ("https://apps.dtic.mil/sti/citations/AD0256582", "https://apps.dtic.mil/sti/pdfs/AD0256582.pdf"),
        ("https://journals.plos.org/plosone/article?id=../../x?y", ""),
        ("https://nature.com.evil.example/articles/x", ""),
        ("https://a.example/page.html", ""),
        ("ftp://nature.com/articles/x", ""),
        ("http://[", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_where_the_pdf_behind_a_page_is(page: str, pdf: str) -> None:
    assert pdf_behind(page) == pdf


def test_where_the_text_behind_a_page_is() -> None:
    assert text_behind("https://github.com/srush/GPU-Puzzles") == (
        "https://raw.githubusercontent.com/srush/GPU-Puzzles/HEAD/README.md"
    )
    assert text_behind("https://github.com/a/b/blob/main/x/y.md") == "https://raw.githubusercontent.com/a/b/main/x/y.md"
    assert text_behind("https://github.com/a/b/issues/3") == text_behind("https://github.com/a") == ""


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("https://www.youtube.com/watch?v=x", "video"),
        ("https://youtu.be/x", "video"),
        ("https://colab.research.google.com/drive/x", "notebook"),
        ("https://www.kaggle.com/code/x", "notebook"),
        ("https://twitter.com/a/status/1", "post"),
        ("https://x.com/a/status/1", "post"),
        ("https://old.reddit.com/r/x", "post"),
        ("https://www.amazon.com/dp/0262511118", "shop"),
        ("https://www.semanticscholar.org/paper/x", "index"),
        ("https://docs.google.com/spreadsheets/d/x", "app"),
        ("https://harvard.hosted.panopto.com/x", "video"),
    ],
)
def test_what_cannot_be_kept(address: str, what: str) -> None:
    assert what in nothing_to_keep(address)
    assert asked(url=address, kind="web") == []


def test_addresses_in_order() -> None:
    assert asked(arxiv="1706.03762", url="https://arxiv.org/abs/1706.03762") == [
        ("pdf", "https://arxiv.org/pdf/1706.03762")
    ]
    # The page about it may name its PDF where the address we know of has gone.
    assert asked(pdf_url="https://a.example/x.pdf", url="https://b.example/abs/x") == [
        ("pdf", "https://a.example/x.pdf"),
        ("pdf", "https://b.example/abs/x"),
    ]
    old = "https://web.archive.org/web/2023/https://a.example/post"
    assert asked(url="http://a.example/post", kind="blog", alt_urls=("https://a.example/post", old)) == [
        ("page", "http://a.example/post"),
        ("page", "https://a.example/post"),
        ("page", old),
    ]
    assert asked(url="https://github.com/a/b", kind="code") == [
        ("text", "https://raw.githubusercontent.com/a/b/HEAD/README.md"),
        ("page", "https://github.com/a/b"),
    ]
    # A text on the web that is the work itself; not a course's page beside it, nor page 1 of a scan, nor an abstract.
    assert asked(url="https://a.example/singularity.html") == [("page", "https://a.example/singularity.html")]
    assert (
        asked(pdf_url="https://a.example/n.pdf", alt_urls=("https://a.example/schedule.html",), kind="notes")[1][0]
        == "pdf"
    )
    assert asked(url="https://a.example/report/p001.htm") == [("pdf", "https://a.example/report/p001.htm")]
    assert asked(url="https://proceedings.mlr.press/x.html") == [("pdf", "https://proceedings.mlr.press/x.html")]
    assert asked(doi="10.1016/x") == [("pdf", "https://doi.org/10.1016/x")]
    assert asked(url="https://a.example/x.pdf", kind="video") == []
    assert asked(kind="guide") == asked(url="file:///etc/passwd") == []


def test_what_a_person_adds() -> None:
    assert asked(url="https://a.example/download", group=ADDED) == [("page", "https://a.example/download")]
    assert asked(url="https://doi.org/10.1016/x", doi="10.1016/x", group=ADDED) == [
        ("pdf", "https://doi.org/10.1016/x")
    ]
    assert asked(url="https://arxiv.org/abs/2302.13971v2", group=ADDED) == [
        ("pdf", "https://arxiv.org/pdf/2302.13971v2")
    ]


def test_the_html_version() -> None:
    assert asked(True, url="https://arxiv.org/abs/2302.13971") == [
        ("page", "https://arxiv.org/html/2302.13971"),
        ("page", "https://ar5iv.labs.arxiv.org/html/2302.13971"),
    ]
    assert asked(True, url="https://a.example/x.pdf") == []


def test_the_courses_own_readings() -> None:
    workspace = Workspace()
    plans = {reading.id: plan(reading) for reading in workspace.course.readings}
    assert len(plans) == 160
    nothing = {id for id, made in plans.items() if not made.sources}
    assert nothing == {
        "cs229br-2023-cifar-notebook",
        "karpathy-2023-build-gpt",
        "vahdat-2022-diffusion-tutorial",
        "kamath-2020-dp-sgd-video",
        "bing-inner-monologue-tweet",
        "bing-data-structure-reddit",
        "jones-2022-cuda-video",
    }
    for made in plans.values():
        addresses = [source.address for source in made.sources]
        assert len(set(addresses)) == len(addresses)
        assert all(address.startswith(("https://", "http://")) for address in addresses)
        # Where a paper is on arXiv, that comes before any page about it.
        assert not addresses or not is_abstract(addresses[0]) or made.sources[0].want == "pdf"
    assert [source.want for source in plans["he-2023-guest-slides"].sources] == ["pdf"]
    assert sum(made.megabytes for made in plans.values()) > 100


def test_who_sells() -> None:
    assert sells("www.sciencedirect.com") and sells("academic.oup.com") and not sells("oup.com.evil.example")
    assert refusal(403, {}, "www.sciencedirect.com").outcome == "paywalled"
    assert refusal(403, {}, "arxiv.org").outcome == "refused"
