"""What points somewhere inside a paper, found in made texts of every style; the real papers where they are given."""

import re
import time
from collections.abc import Callable

import pytest

from cs229tui.course.model import Reading
from cs229tui.documents.crossrefs.entries import Entry, entries_of
from cs229tui.documents.crossrefs.names import head_of
from cs229tui.documents.crossrefs.pointers import Pointers
from cs229tui.documents.crossrefs.works import cited_work, listed_work
from cs229tui.documents.flow import Block, Flow, Run
from cs229tui.library.documents import Link, OutlineEntry, Page, encode_links
from cs229tui.tui.reading.places import Places

NUMBERED = (
    "[1] Martín Abadi, Andy Chu, and Ian Goodfellow. Deep learning with differential privacy. In CCS, 2016.",
    "[2] Cynthia Dwork and Aaron Roth. The algorithmic foundations of differential privacy. 2014.",
    "[3] Ashish Vaswani et al. Attention is all you need. arXiv preprint arXiv:1706.03762, 2017.",
    "[4] Sepp Hochreiter. Long short-term memory. Neural computation, 9(8):1735–1780, 1997.",
    "[5] OpenAI. GPT-4 technical report, 2023.",
    "[6] Y. LeCun, L. Bottou, and K.-R. Müller. Efficient backprop. 1998.",
    "[7] J. Author. A seventh work. 2001.",
)
NAMED = (
    "Martín Abadi, Andy Chu, and Ian Goodfellow. Deep learning with differential privacy. In CCS, 2016.",
    "Mark Chen, Alec Radford, and Rewon Child. Generative pretraining from pixels. In ICML, 2020a.",
    "Ting Chen, Simon Kornblith, and Geoffrey Hinton. A simple framework. In ICML, 2020b.",
    "Cynthia Dwork and Aaron Roth. The algorithmic foundations. Now, 2014a.",
    "Cynthia Dwork and Aaron Roth. Analyze Gauss. In STOC, 2014b.",
    "Hao Li. Visualizing the loss landscape. 2018.",
    "Xiang Li and Kaixuan Huang. On convergence. 2018.",
    "National Institute of Standards and Technology. Secure hash standard, 2015.",
    "Jörg Müller and Søren Østergård. On names. Annals, 12:1990–1999, 2001.",
    "OpenAI. GPT-4 technical report, 2023.",
    "Alec Radford, Karthik Narasimhan, and Ilya Sutskever. Improving language understanding. 2018.",
    "Alec Radford, Jeff Wu, and Ilya Sutskever. Language models are unsupervised multitask learners. 2019.",
    "Aäron van den Oord, Sander Dieleman, and Heiga Zen. WaveNet. arXiv:1609.03499, 2016.",
    "Laurens van der Maaten and Geoffrey Hinton. Visualizing data using t-SNE. JMLR, 2008.",
)
PAPER = (
    Block("heading", "1 Introduction", 1),
    Block("heading", "3.2 Attention", 2),
    Block("paragraph", "We look at attention. It is all one needs."),
    Block("heading", "B Proofs", 1),
    Block("caption", "Figure 1: The model."),
    Block("caption", "Figure 2. Its parts."),
    Block("caption", "Table 1 | Results."),
    Block("caption", "Table 2: More results."),
    Block("caption", "Table 3: Even more."),
    Block("caption", "Table S1: In the supplement."),
    Block("equation", "a = b + c        (1)\nd = e        (2)"),
    Block("equation", "z = 0        (5)"),
    Block("paragraph", "Theorem 2. Everything is fine."),
    Block("paragraph", "Lemma 3 (Folklore). It was so before."),
    Block("paragraph", "Algorithm 1 outlines what we do."),
    Block("caption", "Algorithm 1: What we do."),
)


def paper(text: str, entries: tuple[str, ...] = NUMBERED, more: Flow = PAPER, kind: str = "paragraph") -> Pointers:
    blocks = (Block(kind, text), *more, *(Block("reference", entry) for entry in entries))
    return Pointers(blocks)


def found(text: str, entries: tuple[str, ...] = NUMBERED, kind: str = "paragraph") -> dict[str, list[str]]:
    """What points somewhere in a text, and the first words of what it points to."""
    pointers = paper(text, entries, kind=kind)
    return {
        text[one.start : one.end]: [target.url or pointers.flow[target.block].text for target in one.targets]
        for one in pointers.of(0)
    }


def cited(text: str, entries: tuple[str, ...] = NUMBERED) -> dict[str, list[int]]:
    """What cites in a text, and the numbers of the entries from 1."""
    pointers = paper(text, entries)
    return {
        text[one.start : one.end]: [target.entry + 1 for target in one.targets]
        for one in pointers.of(0)
        if one.targets[0].kind == "entry"
    }


# Citations by number and label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as shown [3].", {"3": [3]}),
        ("as shown [3, 5–7].", {"3": [3], "5–7": [5, 6, 7]}),
        ("as shown [3-5; 7]", {"3-5": [3, 4, 5], "7": [7]}),
        ("see [2, Sec. 2] and [see 3, Theorem 3.1]", {"2": [2], "3": [3]}),
        ("broken [3,\n5] by a line", {"3": [3], "5": [5]}),
        ("nets[4] without a space", {"4": [4]}),
        ("[1] begins", {"1": [1]}),
    ],
)
def test_numbers_in_brackets_cite(text: str, expected: dict[str, list[int]]) -> None:
    assert cited(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a value in [0, 1]",
        "rescaled to [1, 2]",
        "x ∈ [1, 5]",
        "the interval [3, 4]",
        "[8]",
        "[3, 99]",
        "[12.5]",
        "the array x[3]",
        "mAP@[.5, .95]",
        "[1, ∞)",
        "[3–900]",
        "[7–3]",
        "[CLS] and [SEP]",
        "[]",
    ],
)
def test_other_brackets_do_not(text: str) -> None:
    assert cited(text) == {}


def test_each_number_of_a_group_is_its_own_pointer() -> None:
    text = "translation [3, 2, 5]. More"
    assert [text[one.start : one.end] for one in paper(text).of(0)] == ["3", "2", "5"]


def test_labels_of_names_and_years_cite() -> None:
    entries = ("[ACG16] M. Abadi and A. Chu. Deep. 2016.", "[VSP+17] A. Vaswani et al. All. 2017.", "[vdMH08] L. 2008.")
    assert cited("[ACG16, VSP+17] and [vdMH08, Thm 2], not [XYZ99]", entries) == {
        "ACG16": [1],
        "VSP+17": [2],
        "vdMH08": [3],
    }


def test_raised_numbers_cite_where_the_paper_does_so() -> None:
    text = "as shown.¹ Others² agree,³ and more⁴ do^{5–7} so. But x² is a square."
    assert cited(text) == {"¹": [1], "²": [2], "³": [3], "⁴": [4], "5–7": [5, 6, 7]}
    assert cited("as shown [1], [2] and [3]. Others² agree.³") == {"1": [1], "2": [2], "3": [3]}


def test_entries_without_labels_are_numbered_in_order_unless_the_paper_cites_by_name() -> None:
    assert cited("as shown [2] and [3]", NAMED) == {"2": [2], "3": [3]}
    assert cited("by Abadi et al. (2016) and Li (2018) in [2, 3]", NAMED) == {
        "Abadi et al. (2016)": [1],
        "Li (2018)": [6],
    }


# Citations by name and year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(Abadi et al., 2016)", {"Abadi et al., 2016": [1]}),
        ("(see Abadi et al., 2016, Section 3; OpenAI, 2023)", {"Abadi et al., 2016": [1], "OpenAI, 2023": [10]}),
        ("(Dwork & Roth, 2014a,b)", {"Dwork & Roth, 2014a": [4], "b": [5]}),
        ("(Dwork and Roth, 2014a; 2014b)", {"Dwork and Roth, 2014a": [4], "2014b": [5]}),
        ("(Radford et al., 2018; 2019; Li, 2018)", {"Radford et al., 2018": [11], "2019": [12], "Li, 2018": [6]}),
        ("Abadi et al. (2016) show", {"Abadi et al. (2016)": [1]}),
        ("Abadi et al. [2016] show", {"Abadi et al. [2016]": [1]}),
        ("Abadi et al.'s (2016) work", {"Abadi et al.'s (2016)": [1]}),
        ("by Abadi, Chu, and Goodfellow (2016)", {"Abadi, Chu, and Goodfellow (2016)": [1]}),
        ("Abadi\net al. (2016)", {"Abadi\net al. (2016)": [1]}),
        ("As van den Oord et al. (2016) say", {"van den Oord et al. (2016)": [13]}),
        ("(van der Maaten & Hinton, 2008)", {"van der Maaten & Hinton, 2008": [14]}),
        ("(National Institute of Standards and Technology, 2015)", None),
        ("(Müller and Østergård, 2001)", {"Müller and Østergård, 2001": [9]}),
        ("(Muller & Østergård 2001)", {"Muller & Østergård 2001": [9]}),
        ("(Chen et al., 2020b)", {"Chen et al., 2020b": [3]}),
        ("(Li & Huang, 2018)", {"Li & Huang, 2018": [7]}),
    ],
)
def test_names_and_years_cite(text: str, expected: dict[str, list[int]] | None) -> None:
    assert cited(text, NAMED) == ({text.strip("()"): [8]} if expected is None else expected)


@pytest.mark.parametrize(
    "text",
    [
        "in September 2016",
        "(Abadi et al., 2015)",
        "(Chu et al., 2016)",
        "(Li et al., 2019)",
        "(Dwork & Roth, 2014c)",
        "OpenAI et al. (2023)",
        "(Abadi & Dwork, 2016)",
        "arXiv:2016.12345",
        "in 2016, 2017 and 2018",
    ],
)
def test_other_names_and_years_do_not(text: str) -> None:
    assert cited(text, NAMED) == {}


def test_what_may_mean_two_entries_points_to_both() -> None:
    assert cited("(Chen et al., 2020)", NAMED) == {"Chen et al., 2020": [2, 3]}
    assert cited("Dwork and Roth (2014)", NAMED) == {"Dwork and Roth (2014)": [4, 5]}


# The entries


@pytest.mark.parametrize(
    ("text", "authors", "more"),
    [
        ("Jimmy Lei Ba, Jamie Ryan Kiros, and Geoffrey E Hinton. Layer", ["ba", "kiros", "hinton"], False),
        ("Ilya Sutskever, Oriol Vinyals, and Quoc V. Le. Sequence", ["sutskever", "vinyals", "le"], False),
        ("Y. LeCun, L. Bottou, G. B. Orr, and K.-R. Muller. Efficient", ["lecun", "bottou", "orr", "muller"], False),
        ("Abadi, M., Chu, A., and McMahan, H. B. (2016). Deep", ["abadi", "chu", "mcmahan"], False),
        ("van den Oord, A. and Zen, H. (2016). Wavenet", ["vandenoord", "zen"], False),
        ("Vaswani, Ashish, Shazeer, Noam, and Parmar, Niki. Attention", ["vaswani", "shazeer", "parmar"], False),
        ('A. Vaswani and N. Shazeer, "Attention is all', ["vaswani", "shazeer"], False),
        ("W. L. Briggs, S. F. McCormick, et al. A Multigrid", ["briggs", "mccormick"], True),
        ("Krizhevsky A, Sutskever I, Hinton G. Imagenet", ["krizhevsky", "sutskever", "hinton"], False),
        ("Olivier J. Hénaff, Aravind Srinivas, and Aäron van den Oord. Data", ["henaff", "srinivas", "oord"], False),
        ("D. Yogatama, C. de Masson d’Autume, and L. Kong. Adaptive", ["yogatama", "dautume", "kong"], False),
        ("Murray Campbell, A. Joseph Hoane, Jr., and Feng-hsiung Hsu. Deep", ["campbell", "hoane", "hsu"], False),
        ("OpenAI. Openai five. 2018", ["openai"], False),
    ],
)
def test_authors_are_read_in_every_order(text: str, authors: list[str], more: bool) -> None:
    head = head_of(text)
    assert len(head.surnames) == len(authors)
    assert all(name in keys for name, keys in zip(authors, head.surnames, strict=True))
    assert head.more is more


def test_an_entry_that_a_page_parted_is_one() -> None:
    flow = (
        Block("reference", "[1] A. Author. A work that"),
        Block("page", "2", 2),
        Block("reference", "goes on. 2001."),
        Block("reference", "[2] B. Other. Another. 2002."),
        Block("reference", "[3] C. Third. A third. 2003."),
    )
    entries = entries_of(flow)
    assert [entry.label for entry in entries] == ["1", "2", "3"]
    assert entries[0].text == "[1] A. Author. A work that goes on. 2001."


def test_a_dash_stands_for_the_authors_before() -> None:
    entries = ("Dwork, C. and Roth, A. (2014). A book.", "——. (2015). Another.", "Zen, H. (2016). A third.")
    assert cited("by Dwork and Roth (2015)", entries) == {"Dwork and Roth (2015)": [2]}


def test_a_section_about_a_bibliography_is_no_list() -> None:
    flow = (
        Block("heading", "Bibliography", 2),
        Block("reference", "To begin with, call the command. Then go on."),
        Block("reference", "It prints what is cited in the text."),
        Block("heading", "References", 1),
        Block("reference", "[1] A. Author. A work. 2001."),
        Block("paragraph", "As [1] and \\lipsum[1] say."),
    )
    pointers = Pointers(flow)
    assert [entry.block for entry in pointers.entries] == [4]
    assert [one.start for one in pointers.of(5)] == [4]
    assert [pointers.entry_at(block) for block in (1, 2, 4)] == [None, None, 0]


def test_a_list_of_items_under_a_heading_is_a_list_of_references_too() -> None:
    flow = (
        Block("heading", "Text", 2),
        Block("paragraph", "As Abadi et al. (2016) show."),
        Block("heading", "References", 2),
        Block("item", "• Abadi, M., Chu, A. (2016). Deep learning."),
        Block("heading", "Appendix", 2),
        Block("paragraph", "No entry."),
    )
    assert len(entries_of(flow)) == 1
    assert len(Pointers(flow).of(1)) == 1


def entry(text: str) -> Entry:
    return entries_of((Block("reference", text),))[0]


@pytest.mark.parametrize(
    ("text", "title", "year", "names"),
    [
        (NUMBERED[2], "Attention is all you need", 2017, "1706.03762"),
        ("[2] D. Bahdanau and K. Cho. Neural machine translation. CoRR, abs/1409.0473, 2014.", None, 2014, "1409.0473"),
        ("[43] R. Srivastava. Training very deep networks. 1507.06228, 2015.", None, 2015, "1507.06228"),
        (
            "B. Polyak. Averaging. SIAM, 30(4):838–855, 1992. doi: 10.1137/0330046.",
            "Averaging",
            1992,
            "10.1137/0330046",
        ),
        ('[7] M. Abadi, "Deep learning," in CCS, 2016, pp. 308–318.', "Deep learning", 2016, ""),
        ("Abadi, M. and Chu, A. (2016). Deep learning: a view. In CCS.", "Deep learning: a view", 2016, ""),
        (
            "H. van Hasselt. When to use models? arXiv preprint arXiv:1906.05243, 2019.",
            "When to use models?",
            2019,
            None,
        ),
        ("G. Grave. Caches. 2017. URL https://openreview.net/forum?id=B1.", "Caches", 2017, None),
    ],
)
def test_a_work_is_read_from_its_entry(text: str, title: str | None, year: int, names: str | None) -> None:
    work = cited_work(entry(text))
    assert title is None or work.title == title
    assert work.year == year
    assert names is None or work.names == names


def test_a_work_is_found_in_the_library_by_number_doi_and_title() -> None:
    def reading(id: str, title: str, **facts: str) -> Reading:
        return Reading(id=id, title=title, lectures=(1,), **facts)

    catalog = {
        "a": reading("a", "Attention Is All You Need", arxiv="1706.03762"),
        "b": reading("b", "Something else", doi="10.1137/0330046"),
        "c": reading("c", "Deep Learning with Differential Privacy"),
        "d": reading("d", "Deep learning"),
    }

    def listed(text: str) -> str | None:
        one = entry(text)
        reading = listed_work(catalog, cited_work(one), one.text)
        return reading.id if reading else None

    assert listed("[3] A. Vaswani. All of it. arXiv:1706.03762v5, 2017.") == "a"
    assert listed("[3] B. Polyak. Averaging. 1992. doi: 10.1137/0330046.") == "b"
    assert listed(NUMBERED[0]) == "c"
    assert listed("Xx Abadi glitch on, Chu. Deep Learning with Differential Privacy. In CCS, 2016.") == "c"
    assert listed("[3] A. Other. Attention is all you need in speech separation. 2021.") is None
    assert listed("[3] A. Other. Deep learning with differential privacy and more. 2021.") is None


# Mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in Section 3.2.", {"Section 3.2": "3.2 Attention"}),
        ("in section 1", {"section 1": "1 Introduction"}),
        ("(Sec. 3.2, §1)", {"Sec. 3.2": "3.2 Attention", "§1": "1 Introduction"}),
        ("(Sec.3.2)", {"Sec.3.2": "3.2 Attention"}),
        ("in Appendix B", {"Appendix B": "B Proofs"}),
        ("Figure 2 shows", {"Figure 2": "Figure 2. Its parts."}),
        ("Fig. 2b and Fig. 1(a)", {"Fig. 2b": "Figure 2. Its parts.", "Fig. 1(a)": "Figure 1: The model."}),
        ("in Figs. 1 and 2.", {"Figs. 1": "Figure 1: The model.", "2": "Figure 2. Its parts."}),
        ("(Table 1 and 3)", {"Table 1": "Table 1 | Results.", "3": "Table 3: Even more."}),
        ("in Table S1", {"Table S1": "Table S1: In the supplement."}),
        ("Theorem 2 and Lemma 3", {"Theorem 2": "Theorem 2. Every", "Lemma 3": "Lemma 3 (Folk"}),
        ("see Thm. 2", {"Thm. 2": "Theorem 2. Every"}),
        ("in Algorithm 1", {"Algorithm 1": "Algorithm 1: What"}),
        ("Eq. (5)", {"Eq. (5)": "z = 0"}),
        ("Equation 5 and Eqn.(1)", {"Equation 5": "z = 0", "Eqn.(1)": "a = b"}),
        ("by (5) we see", {"(5)": "z = 0"}),
    ],
)
def test_what_has_a_number_is_mentioned(text: str, expected: dict[str, str]) -> None:
    seen = found(text)
    assert seen.keys() == expected.keys()
    assert all(seen[words][0].startswith(start) for words, start in expected.items())


def test_a_range_points_to_all_of_it() -> None:
    assert [text[:7] for text in found("in Tables 1–3.")["Tables 1–3"]] == ["Table 1", "Table 2", "Table 3"]


@pytest.mark.parametrize(
    "text",
    [
        "Section 23 of WSJ",
        "Theorem 2 of [2]",
        "Section 3.2 of Dwork and Roth (2014)",
        "[2, Theorem 2]",
        "Figure 1 of their paper",
        "Figure 9",
        "first (1) we clip, then (2) we add",
        "by (1) clipping and (2) adding",
        "the figure 10",
        "configure 1",
        "a table of 3",
        "f(5)",
    ],
)
def test_what_is_elsewhere_or_nowhere_is_not(text: str) -> None:
    assert found(text).keys() == cited(text).keys()


def test_a_number_that_counts_is_no_mention() -> None:
    assert list(found("Table 1 and 3 layers more")) == ["Table 1"]
    assert list(found("In Figure 1, 2 layers are shown")) == ["Figure 1"]


def test_a_line_of_a_display_is_where_its_equation_is() -> None:
    pointers = paper("see Eq. (2)")
    (one,) = pointers.of(0)
    target = one.targets[0]
    assert pointers.flow[target.block].text[target.offset :].startswith("d = e")


def test_a_theorem_said_again_comes_after_the_first() -> None:
    again = (*PAPER, Block("paragraph", "Theorem 2. Everything is fine, again."))
    pointers = paper("see Theorem 2", more=again)
    assert [pointers.flow[target.block].text[-6:] for target in pointers.of(0)[0].targets] == [" fine.", "again."]


def test_footnote_marks_lead_to_the_footnote_of_their_page() -> None:
    text = "on each GPU⁵. The area in cm² and x² are squares, and∗ stars."
    flow = (
        Block("paragraph", text, 0, (Run(0, 1, 0, len(text)),)),
        Block("footnote", "⁵We used values.", 0, (Run(0, 1, 200, 10),)),
        Block("footnote", "² Another.", 0, (Run(0, 1, 220, 10),)),
        Block("footnote", "∗Equal contribution.", 0, (Run(0, 1, 240, 10),)),
        Block("footnote", "⁵Of another page.", 0, (Run(0, 9, 0, 10),)),
    )
    pointers = Pointers(flow).of(0)
    assert [(text[one.start : one.end], one.targets[0].block) for one in pointers] == [("⁵", 1), ("∗", 3)]


def test_an_outline_knows_numbers_that_the_headings_do_not_show() -> None:
    flow = (
        Block("paragraph", "as in Section 2.1", 0, (Run(0, 1, 0, 17),)),
        Block("heading", "Background", 1, (Run(0, 2, 0, 10),)),
    )
    pointers = Pointers(flow, (), (OutlineEntry("2.1 Background", 1, 2),))
    assert [one.targets[0].block for one in pointers.of(0)] == [1]


def test_a_line_of_the_contents_is_no_section() -> None:
    flow = (
        Block("heading", "2. The method 17", 1),
        Block("heading", "2.1 Details . . . . . . 18", 2),
        Block("paragraph", "See Section 2 and Section 2.1."),
        Block("heading", "2 The Method", 1),
        Block("heading", "2.1 Details", 2),
    )
    assert [one.targets[0].block for one in Pointers(flow).of(2)] == [3, 4]


# The links of the file


def linked(text: str, link: Link, entries: tuple[str, ...] = NAMED) -> Pointers:
    """A paper whose first page has one link; its entries stand on page 2, one after the other."""
    blocks = [Block("paragraph", text, 0, (Run(0, 1, 0, len(text)),))]
    at = 0
    for one in entries:
        blocks.append(Block("reference", one, 0, (Run(0, 2, at, len(one)),)))
        at += len(one) + 1
    page = Page(1, "1", 600, 800, text, b"", encode_links((link,)))
    return Pointers(tuple(blocks), (page,), (), Places(tuple(blocks)))


def test_the_files_link_settles_a_doubt_and_never_overrules_clear_words() -> None:
    second = len(NAMED[0]) + 1 + len(NAMED[1]) + 1
    doubtful = linked("(Chen et al., 2020)", Link(1, 18, "", 2, second))
    assert [target.entry for target in doubtful.of(0)[0].targets] == [2]
    clear = linked("(Abadi et al., 2016)", Link(1, 19, "", 2, second))
    assert [target.entry for target in clear.of(0)[0].targets] == [0]


def test_what_only_the_file_links_points_too() -> None:
    text = "see our code and above"
    page = linked(text, Link(8, 12, "https://example.org/code"))
    assert [(text[one.start : one.end], one.targets[0].url) for one in page.of(0)] == [
        ("code", "https://example.org/code")
    ]
    inside = linked(text, Link(17, 22, "", 2, 0))
    assert inside.of(0)[0].targets[0].entry == 0
    assert linked(text, Link(8, 12, "mailto:a@example.org")).of(0) == ()


def test_addresses_in_the_words_point() -> None:
    text = "at https://example.org/a(b), doi:10.1000/xyz and arXiv:1706.03762."
    assert found(text) == {
        "https://example.org/a(b)": ["https://example.org/a(b)"],
        "10.1000/xyz": ["https://doi.org/10.1000/xyz"],
        "1706.03762": ["https://arxiv.org/abs/1706.03762"],
    }


# Going from one to the next


def test_one_steps_from_pointer_to_pointer_across_blocks() -> None:
    pointers = paper(
        "none here", more=(Block("paragraph", "[1] and [2]"), Block("paragraph", ""), Block("item", "[3]"))
    )
    first = pointers.step((0, 3), 1)
    assert first is not None and (first.block, first.start) == (1, 1)
    assert pointers.at((1, 1)) == first
    assert pointers.at((1, 3)) is None
    second = pointers.step((1, 1), 1)
    assert second is not None and second.start == 9
    third = pointers.step((1, 9), 1)
    assert third is not None and third.block == 3
    assert pointers.step((3, 1), -1) == second
    assert pointers.step((1, 1), -1) is None


def test_who_cites_an_entry_is_known() -> None:
    pointers = paper("[1] and [1–3]")
    assert {number: len(ones) for number, ones in pointers.citing.items()} == {0: 2, 1: 1, 2: 1}


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2, 3] " * 4000,
        "[1, " * 10000,
        "[" * 40000,
        "et al. (2016 " * 3000,
        "and " * 9000 + "2016",
        "Abc Def, " * 4000 + "and Other (2016)",
        "Figure 1" + ", 1" * 12000,
        "(Abadi et al., 2016a,b,c,d" * 1500,
        " " * 30000 + "2016",
        "word^{1,2,3,4" * 3000,
    ],
)
def test_hostile_text_takes_its_time_only_once(text: str) -> None:
    started = time.perf_counter()
    for entries in (NUMBERED, NAMED):
        for kind in ("paragraph", "caption", "heading", "reference"):
            for pointer in paper(text, entries, kind=kind).of(0):
                assert 0 <= pointer.start < pointer.end <= len(text)
    assert time.perf_counter() - started < 20


# The real papers


@pytest.mark.parametrize(
    ("name", "entries", "citations", "mentions"),
    [
        ("1706.03762", 40, 76, 17),
        ("resnet", 50, 175, 95),
        ("muzero", 49, 86, 28),
        ("vit", 58, 100, 55),
        ("2112.04426", 58, 88, 100),
    ],
)
def test_the_references_of_real_papers_are_found(
    flow_of_paper: Callable[[str], Flow], name: str, entries: int, citations: int, mentions: int
) -> None:
    flow = flow_of_paper(name)
    pointers = Pointers(flow)
    every = list(pointers.every())
    kinds = [pointer.targets[0].kind for pointer in every]
    assert len(pointers.entries) == entries
    assert kinds.count("entry") >= citations
    assert sum(kind in ("section", "figure", "table", "equation", "algorithm") for kind in kinds) >= mentions
    for pointer in every:
        words = flow[pointer.block].text[pointer.start : pointer.end]
        for target in pointer.targets:
            if target.kind == "entry":
                # By number the label says which; by name the first author and the year stand in the entry.
                entry = pointers.entries[target.entry]
                year = re.search(r"(?:19|20)\d\d", words)
                assert entry.label == words or (year and year[0] in entry.text) or "–" in words
