"""Quotes find their places again, and nothing else does."""

import logging
import random
import re
import sys
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs229tui.clean import clean_characters
from cs229tui.documents import anchors
from cs229tui.documents.anchors import MINIMUM, best_guess, exact_matches, find_quote
from cs229tui.documents.approximate import occurrences
from cs229tui.documents.flow import Span
from cs229tui.documents.folding import fold, readable
from cs229tui.documents.selections import make_anchor, quads, verified
from cs229tui.errors import AnchorError
from cs229tui.library.documents import Page

# Some sixty English words: what the program's own documentation is written in.
WORDS = sorted(set(re.findall(r"[a-z]{4,}", f"{anchors.__doc__} {best_guess.__doc__} {make_anchor.__doc__}")))
PRIVACY = (
    "At each step of the SGD, we compute the gradi\u2010 \nent for a random subset of examples, clip the ℓ2 norm of "
    "each gradient, compute the average, add noise in order to protect privacy, and take a step in the opposite "
    "direction of this average noisy gradient. At the end, in addition to outputting the model, we will also need to "
    "compute the privacy loss of the mechanism based on the information maintained by the privacy accountant."
)


def page(number: int, text: str, boxes: bytes = b"") -> Page:
    return Page(number, str(number), 612, 792, text, boxes)


def paper(seed: int, count: int = 6, words: int = 300) -> list[Page]:
    chooser = random.Random(seed)
    return [page(number, " ".join(chooser.choice(WORDS) for _ in range(words))) for number in range(1, count + 1)]


@given(st.text(max_size=80))
def test_folding_maps_back_to_where_each_character_stood(text: str) -> None:
    folded = fold(text)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    for index, place in enumerate(folded.places):
        assert folded.text[index] in fold(text[place]).text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60))
def test_a_readable_quote_folds_as_the_page_does(text: str) -> None:
    assert fold(readable(text)).text == fold(text).text


@given(st.text("abc", max_size=30), st.text("abc", min_size=1, max_size=6))
def test_approximate_search_finds_the_fewest_errors(text: str, pattern: str) -> None:
    def distance(one: str, other: str) -> int:
        row = list(range(len(other) + 1))
        for i, a in enumerate(one, 1):
            row, last = [i] + [0] * len(other), row
            for j, b in enumerate(other, 1):
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
        return row[-1]

    best = min(
        (distance(text[i:j], pattern) for i in range(len(text) + 1) for j in range(i, len(text) + 1)),
        default=len(pattern),
    )
    found = occurrences(text, pattern, len(pattern) - 1)
    if best < len(pattern):
        assert found[0].errors == best
        for one in found:
            assert distance(text[one.start : one.end], pattern) == one.errors
    else:
        assert not found


@pytest.mark.parametrize(
    "quote",
    [
        "compute the gradient for a random",
        "compute the gradi-\nent for a random",
        "compute the gradi\u00adent  for a\r\nrandom",
        "compute the gradi\ufffeent for a random",
        "Compute The Gradient for a random",
        "clip the ℓ₂ norm",
    ],
)
def test_line_breaks_hyphens_and_case_do_not_matter(quote: str) -> None:
    match = find_quote([page(1, PRIVACY)], quote, page=1, unique=True)
    assert match.certain
    assert fold(PRIVACY[match.span.start : match.span.end]).text.lower() == fold(quote).text.lower()


def test_glyphs_told_by_name_and_signs_put_elsewhere_do_not_matter() -> None:
    assert fold("R/e.sc /t.sc\n/r.sc/o.sc [O/f.sc /f.sc ]").text == fold("Retro [Off]").text
    assert fold("Moravˇc´ık").text == fold("Moravčík").text
    assert fold("of 1√dk, conv5 x").text == fold("of √1 dk, conv5_x").text
    assert fold("R/e.sc!").span(0, 3) == (0, 7)


def test_ligatures_accents_and_typographic_quotes_do_not_matter() -> None:
    text = "The e\ufb00ective model’s na\u00efve \ufb01rst e\ufb03cient “loss” – as before"
    for quote in ("effective model's naive first", 'efficient "loss" - as', "nai\u0308ve ﬁrst"):
        assert find_quote([page(1, text)], quote).exact


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 1500), st.integers(25, 300))
def test_every_passage_is_found_where_it_was_taken(seed: int, number: int, start: int, length: int) -> None:
    pages = paper(seed)
    text = pages[number - 1].text
    anchor = make_anchor("sha", "test/1", pages, [Span(number, start, min(len(text), start + length))])
    match = best_guess(pages, anchor.quote, number, anchor.prefix, anchor.suffix, start)
    assert match is not None and match.exact and match.spans == anchor.spans
    assert verified(pages, number, anchor.spans[0].start, anchor.spans[0].end, anchor.quote) == anchor.spans


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 1200), st.integers(60, 300), st.randoms())
def test_a_mutated_quote_finds_its_page_and_place(
    seed: int, number: int, start: int, length: int, chooser: random.Random
) -> None:
    pages = paper(seed)
    text = pages[number - 1].text
    anchor = make_anchor("sha", "test/1", pages, [Span(number, start, start + length)])
    letters = list(anchor.quote)
    for _ in range(len(letters) // 20):
        at = chooser.randrange(len(letters))
        letters[at] = chooser.choice(["", "x", letters[at] + "q"])
    match = best_guess(pages, "".join(letters), number, anchor.prefix, anchor.suffix)
    assert match is not None and match.certain
    assert match.span.page == number
    assert abs(match.span.start - anchor.spans[0].start) < 12 and abs(match.span.end - anchor.spans[0].end) < 12
    assert text


def test_a_mutated_quote_is_found_far_from_where_it_should_be_without_delay() -> None:
    pages = paper(8, 300)
    text = pages[271].text
    anchor = make_anchor("sha", "test/1", pages, [Span(272, 400, 560)])
    quote = anchor.quote.replace("e", "3", 4).replace("o", "", 3)
    best_guess(pages, "warm the cache of folded pages", 1)
    started = time.perf_counter()
    match = best_guess(pages, quote, 3, anchor.prefix, anchor.suffix)
    assert match is not None and match.certain and match.span.page == 272
    assert fold(text[match.span.start : match.span.end]).text == fold(anchor.quote).text
    assert time.perf_counter() - started < 1.5


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(25, 300))
def test_a_quote_from_another_text_is_never_placed(start: int, length: int) -> None:
    chooser = random.Random(start)
    foreign = " ".join("".join(chooser.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(6)) for _ in range(200))
    quote = foreign[start : start + length]
    guess = best_guess(paper(3), quote, 2, foreign[max(0, start - 32) : start], foreign[start + length :][:32])
    assert guess is None or not guess.certain
    with pytest.raises(AnchorError, match="does not say"):
        find_quote(paper(3), quote, 2)


def test_a_short_quote_whose_surroundings_are_gone_is_only_a_guess() -> None:
    pages = paper(5)
    guess = best_guess(
        pages, pages[0].text.split()[40], 1, "the quick brown fox jumped over ", " and then it slept until noon 12"
    )
    assert guess is not None and guess.exact and guess.score < MINIMUM


def test_surroundings_choose_among_equal_words() -> None:
    text = "we clip the norm of the update. " + "filler words stand here. " * 30 + "then clip the norm of the sum."
    match = find_quote(
        [page(1, text)], "clip the norm", 1, prefix="filler words stand here. then ", suffix=" of the sum."
    )
    assert match.span.start > 700


def test_an_ambiguous_quote_is_refused_where_asked_and_the_nearest_taken_otherwise() -> None:
    text = "the model is large. the model is small."
    with pytest.raises(AnchorError, match="2 times on page 1"):
        find_quote([page(1, text)], "the model", page=1, unique=True)
    assert find_quote([page(1, text)], "the model", page=1, start=20).span == Span(1, 20, 29)
    assert len(exact_matches([page(1, text), page(2, text)], "THE MODEL")) == 4


def test_the_expected_page_wins_over_an_earlier_one() -> None:
    pages = [
        page(number, f"page {number}. the same sentence stands on every page of this paper.") for number in range(1, 9)
    ]
    assert find_quote(pages, "the same sentence stands on every page", page=6).span.page == 6


def test_a_quote_runs_over_a_page_break_past_foot_and_head() -> None:
    first = page(1, "Intro. " * 40 + "The privacy accountant keeps track of the mo\u2010 \n1 A footnote of ours.\n12")
    second = page(2, "Deep Learning with Privacy\nments of the loss variable, and bounds them. " + "More. " * 40)
    third = page(3, "Another page. " * 20)
    quote = "accountant keeps track of the moments of the loss variable"
    match = find_quote([first, second, third], quote, page=1)
    assert [span.page for span in match.spans] == [1, 2]
    pieces = [
        fold(one.text[span.start : span.end]).text for one, span in zip((first, second), match.spans, strict=True)
    ]
    assert "".join(pieces) == fold(quote).text
    start, end = match.span.start, match.span.end
    assert verified([first, second, third], 1, start, end, quote) == match.spans
    assert verified([first, second, third], 1, start, end, quote + " nowhere") == ()
    anchor = make_anchor("sha", "test/1", [first, second], match.spans)
    assert anchor.quote == quote


def test_two_common_words_on_two_pages_are_not_a_quote() -> None:
    pages = [page(1, "attention model " + "filler one. " * 300), page(2, "filler two. " * 300 + " large dataset")]
    guess = best_guess(pages, "attention model large dataset", 1)
    assert guess is None or not guess.certain


def test_an_anchor_has_context_and_a_box_for_each_line() -> None:
    text = "clip the norm\nof each gradient"
    boxes = array("f")
    for index in range(len(text)):
        line, column = (0, index) if index < 14 else (1, index - 14)
        boxes.extend((10.0 + 5 * column, 700.0 - 12 * line, 15.0 + 5 * column, 710.0 - 12 * line))
    made = page(4, text, boxes.tobytes())
    anchor = make_anchor("sha", "test/1", [made], [Span(4, 4, 21), Span(4, 9, 12)])
    assert (anchor.quote, anchor.prefix, anchor.suffix) == ("the norm of each", "clip ", " gradient")
    assert anchor.quads == ((35.0, 700.0, 75.0, 710.0), (10.0, 688.0, 45.0, 698.0))
    assert quads(page(4, text), Span(4, 4, 21)) == ()
    with pytest.raises(AnchorError, match="Nothing"):
        make_anchor("sha", "test/1", [made], [Span(4, 8, 9)])


def test_hostile_input_costs_little() -> None:
    pages = [page(1, "a" * 5000), page(2, "ab" * 2500)]
    started = time.perf_counter()
    best_guess(pages, "a" * 19_000, 1)
    best_guess(pages, "\u0301" * 5000, 1)
    best_guess(pages, "ba" * 4000 + "c", 2)
    assert time.perf_counter() - started < 5


def quotes_of(papers: Path, name: str, count: int) -> tuple[list[Page], list[tuple[int, str, str, str]]]:
    import pypdf
    import pypdfium2

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    document = pypdfium2.PdfDocument(papers / name)
    pages = []
    for number, loaded in enumerate(document, 1):
        pages.append(page(number, clean_characters(loaded.get_textpage().get_text_bounded())))
    document.close()
    reader, chooser, quotes = pypdf.PdfReader(papers / name), random.Random(name), []
    texts = [one.extract_text() for one in reader.pages[:8]]
    while len(quotes) < count:
        number = chooser.randrange(len(texts))
        text, length = texts[number], chooser.randint(25, 400)
        if len(text) > 500:
            at = chooser.randrange(len(text) - length)
            quotes.append((number + 1, text[at : at + length], text[max(0, at - 32) : at], text[at + length :][:32]))
    return pages, quotes


def test_quotes_of_another_extractor_find_their_place_on_real_papers(papers: Path) -> None:
    found: dict[str, tuple[Sequence[Page], list[tuple[int, str, str, str]]]] = {}
    # Not among these: 2112.04426, in which pypdf takes glyph names for text.
    for name in ("1706.03762.pdf", "resnet.pdf", "vit.pdf", "muzero.pdf"):
        found[name] = quotes_of(papers, name, 40)
    total = exact = right = foreign = 0
    seconds = 0.0
    names = list(found)
    for name, (pages, quotes) in found.items():
        other = found[names[names.index(name) - 1]][0]
        for number, quote, prefix, suffix in quotes:
            started = time.perf_counter()
            match = best_guess(pages, quote, number, prefix, suffix)
            spent = time.perf_counter() - started
            total += 1
            if match and match.certain:
                exact += match.exact
                right += match.span.page == number
                seconds += spent if match.exact else 0
            elsewhere = best_guess(other, quote, number)
            foreign += bool(elsewhere and elsewhere.certain)
    placed = f"{exact}/{total} exactly, {right}/{total} on the right page, {foreign} in another paper"
    sys.stdout.write(f"{placed}, {1000 * seconds / exact:.2f} ms each\n")
    assert exact >= 0.96 * total
    assert right >= 0.99 * total
    assert foreign == 0
