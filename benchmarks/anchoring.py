"""Quotes as another program takes them from a paper, found again in our text; `CS229TUI_PAPERS` names the papers.

Four papers made up for it where there are none. The seeds are fixed, so that figures can be compared.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from cs229tui.documents.anchors import best_guess, exact_matches
from cs229tui.documents.folding import fold
from cs229tui.documents.pdf.engine import PdfEngine
from cs229tui.library.documents import Page

Row = tuple[str, float, float, str, float]
QUOTES, SHORTEST, LONGEST = 200, 25, 400
_LETTERS = "abcdefghijklmnopqrstuvwxyz "
# So many letters at each end of what was found must be the quote's own for it to be placed exactly.
_ENDS = 6


def main() -> list[Row]:
    """Rows of what, ours, peer, unit, wanted ratio."""
    with tempfile.TemporaryDirectory() as folder:
        papers = {path.stem: (_ours(path), _pypdfs(path)) for path in _papers(Path(folder))}
    chance = random.Random(229)
    total = same = exact = right = 0
    times = []
    for pages, others in papers.values():
        for number, quote in _quotes(others, chance):
            # Processor time: what others do on this machine at the moment is not asked for.
            began = time.process_time()
            match = best_guess(pages, quote)
            times.append((time.process_time() - began) * 1e3)
            total += 1
            if match is None:
                continue
            same += match.exact
            right += match.certain and any(span.page == number for span in match.spans)
            here = fold("".join(pages[span.page - 1].text[span.start : span.end] for span in match.spans)).text
            words = fold(quote).text
            exact += match.certain and here[:_ENDS] == words[:_ENDS] and here[-_ENDS:] == words[-_ENDS:]
    near, changed = _changed(papers.values(), chance)
    silent, foreign = _foreign(list(papers.values()), chance)
    print(f"{total} quotes of {len(papers)} papers, {changed} changed, {foreign} foreign", file=sys.stderr)
    return [
        ("anchoring: quotes taken with pypdf placed exactly, both ends right", 100 * exact / total, 100, "%", -0.96),
        ("anchoring: … of them letter for letter when folded", 100 * same / total, 100, "%", -0.96),
        ("anchoring: … on the right page", 100 * right / total, 100, "%", -0.99),
        ("anchoring: mean time of a quote, against a millisecond", statistics.mean(times), 1.0, "ms", 1.0),
        ("anchoring: 5 % of characters changed, within 3 of the truth", 100 * near / changed, 100, "%", -0.95),
        (
            "anchoring: another paper's quotes anchored without a word, of a hundred",
            100 * silent / foreign,
            100,
            "%",
            0,
        ),
    ]


def _papers(folder: Path) -> list[Path]:
    given = os.environ.get("CS229TUI_PAPERS")
    if given:
        return sorted(Path(given).glob("*.pdf"))
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from pdfs import filler, paragraph, pdf

    made = []
    for name in ("alpha", "beta", "gamma", "delta"):
        text = [filler(420, f"{name} {number}") for number in range(8)]
        path = folder / f"{name}.pdf"
        path.write_bytes(pdf([paragraph(page, 72, 720, 460) for page in text]))
        made.append(path)
    return made


def _ours(path: Path) -> list[Page]:
    with PdfEngine(path) as engine:
        read = engine.extract().pages
    pages = [Page(page.number, page.label, page.width, page.height, page.text) for page in read]
    for page in pages:
        # As in an open document, where every page is folded once.
        fold(page.text)
    return pages


def _pypdfs(path: Path) -> list[str]:
    import logging

    from pypdf import PdfReader

    logging.disable(logging.CRITICAL)
    return [page.extract_text() for page in PdfReader(path).pages]


def _quotes(pages: Sequence[str], chance: random.Random) -> list[tuple[int, str]]:
    """Stretches of pages, by chance, with the pages' numbers; none of white space alone."""
    found: list[tuple[int, str]] = []
    while len(found) < QUOTES:
        index = chance.choices(range(len(pages)), [len(page) for page in pages])[0]
        length = chance.randint(SHORTEST, LONGEST)
        if len(pages[index]) <= length:
            continue
        at = chance.randrange(len(pages[index]) - length)
        quote = pages[index][at : at + length]
        if len(fold(quote).text) >= 15:
            found.append((index + 1, quote))
    return found


def _changed(papers: Iterable[tuple[list[Page], list[str]]], chance: random.Random) -> tuple[int, int]:
    near = total = 0
    for pages, _ in papers:
        for _, quote in _quotes([page.text for page in pages], chance)[: QUOTES // 4]:
            if len(exact_matches(pages, quote)) != 1:
                continue
            truth = exact_matches(pages, quote)[0].span
            characters = list(quote)
            for at in chance.sample(range(len(quote)), max(1, len(quote) // 20)):
                letter = chance.choice(_LETTERS)
                characters[at] = chance.choice(("", letter, characters[at] + letter))
            match = best_guess(pages, "".join(characters))
            total += 1
            if match and match.certain and match.span.page == truth.page:
                near += abs(match.span.start - truth.start) <= 3 and abs(match.span.end - truth.end) <= 3
    return near, max(1, total)


def _foreign(papers: list[tuple[list[Page], list[str]]], chance: random.Random) -> tuple[int, int]:
    """How many quotes of one paper are taken for found in another that does not have them, of how many."""
    silent = total = 0
    for index, (_, others) in enumerate(papers):
        pages = papers[(index + 1) % len(papers)][0]
        for _, quote in _quotes(others, chance)[: QUOTES // 4]:
            if exact_matches(pages, quote):
                continue
            total += 1
            match = best_guess(pages, quote)
            if match is not None and match.certain:
                silent += 1
                print(f"anchored: {quote!r}", file=sys.stderr)
    return silent, max(1, total)
