"""Tables: which words are cells, which columns they stand in, and where on the page a table or figure is."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.documents.flow import Block, BlockKind, Flow, decode
from cs229tui.documents.pdf.engine import Extraction, PdfEngine
from pdfs import BOLD, Item, Panel, Put, Rule, filler, paragraph

Papers = Callable[[str], Flow]


@pytest.fixture
def flow_of(read_pdf: Callable[..., Extraction]) -> Callable[..., Flow]:
    return lambda *pages, **options: decode(read_pdf(*pages, **options).flow)


def page(
    *table: Item, caption: str = "Table 1: What was measured, with all that belongs to it, in one place."
) -> list[Item]:
    above, below = paragraph(filler(60), 72, 740, 400), paragraph(filler(60, "beta"), 72, 360, 400)
    return [*above, *paragraph(caption, 72, 625, 400), *table, *below]


def cells(rows: list[list[str]], lefts: list[float], top: float = 590, pitch: float = 14) -> list[Item]:
    return [
        Put(left, top - pitch * row, cell)
        for row, line in enumerate(rows)
        for left, cell in zip(lefts, line, strict=False)
        if cell
    ]


def only(flow: Flow, kind: BlockKind) -> Block:
    (block,) = [block for block in flow if block.kind == kind]
    return block


def table(flow: Flow) -> list[str]:
    return only(flow, "table").text.split("\n")


def test_numbers_stand_by_their_points(flow_of) -> None:  # type: ignore[no-untyped-def]
    rows = [["Model", "Score", "Steps"], ["one", "9.5", "1,200"], ["two", "10.25", "90"], ["three", "-", "100"]]
    flow = flow_of(page(Rule(90, 603, 300), Rule(90, 585, 300), *cells(rows, [100, 200, 300]), Rule(90, 540, 300)))
    assert table(flow) == [
        "Model  Score  Steps",
        "───────────────────",
        "one     9.5   1,200",
        "two    10.25     90",
        "three   -       100",
    ]


def test_a_head_stands_over_the_columns_it_spans(flow_of) -> None:  # type: ignore[no-untyped-def]
    heads = [Put(222, 604, "BLEU score"), Rule(198, 600, 95), Put(372, 604, "Cost paid"), Rule(348, 600, 95)]
    rows = [["Model", "first", "second", "first", "second"], ["ours", "1.5", "2.5", "3.5", "4.5"]]
    rows += [["theirs", "1.0", "2.0", "3.0", "4.0"]]
    flow = flow_of(
        page(
            Rule(90, 616, 400), *heads, *cells(rows, [100, 200, 260, 350, 410]), Rule(90, 585, 400), Rule(90, 555, 400)
        )
    )
    first, second, *_ = table(flow)
    assert second == "Model   first  second  first  second"
    assert first.index("BLEU") in range(8, 14) and first.index("Cost") in range(23, 30)


def test_a_cell_of_several_rows_stands_in_the_first_it_has_room_in(flow_of) -> None:  # type: ignore[no-untyped-def]
    rows = [["Kind", "Name", "Size"], ["", "alpha", "1"], ["", "beta", "2"], ["tiny", "gamma", "3"]]
    flow = flow_of(
        page(
            Rule(90, 603, 300),
            Rule(90, 585, 300),
            *cells(rows, [100, 200, 300]),
            Put(100, 569, "large"),
            Rule(90, 540, 300),
        )
    )
    assert table(flow)[2:] == ["large  alpha  1", "       beta   2", "tiny   gamma  3"]


def test_turned_heads_are_read(flow_of) -> None:  # type: ignore[no-untyped-def]
    names = [f"Measure{number}" for number in range(14)]
    lefts = [160.0 + 22 * number for number in range(14)]
    heads = [Put(left + 8, 560, name, 8, angle=90) for left, name in zip(lefts, names, strict=True)]
    rows = [[f"{10 + row + column}.5" for column in range(14)] for row in range(2)]
    values = [
        Put(left, 545 - 12 * row, cell, 8)
        for row, line in enumerate(rows)
        for left, cell in zip(lefts, line, strict=True)
    ]
    labels = [Put(100, 545, "ours", 8), Put(100, 533, "theirs", 8)]
    shown = table(flow_of(page(Rule(95, 612, 390), *heads, Rule(95, 556, 390), *labels, *values, Rule(95, 528, 390))))
    assert shown[0] == "[rows and columns swapped]"
    assert shown[1].split() == ["ours", "theirs"]
    assert shown[2].split() == ["Measure0", "10.5", "11.5"]
    assert shown[-1].split() == ["Measure13", "23.5", "24.5"]


def test_a_wide_table_of_prose_is_read_column_by_column(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = "all the words of this one cell that are written down in a single line of it here"
    rows = [
        ["The first of the heads", "The second of the heads"],
        *[[f"{words} {row}", f"{words} {row}"] for row in range(3)],
    ]
    items = [Put(item.x, item.y, item.text, 6) for item in cells(rows, [60, 310]) if isinstance(item, Put)]
    shown = table(flow_of(page(Rule(55, 603, 500), Rule(55, 585, 500), *items, Rule(55, 540, 500))))
    assert shown[0] == "[columns one after the other]"
    assert shown[1] == "The first of the heads" and shown[6] == "The second of the heads"
    assert max(map(len, shown)) < 100


def test_every_cell_knows_its_place(flow_of, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rows = [["Model", "Score"], ["one", "9.5"], ["two", "10.25"]]
    flow = flow_of(page(Rule(90, 603, 300), Rule(90, 585, 300), *cells(rows, [100, 200]), Rule(90, 545, 300)))
    with PdfEngine(tmp_path / "paper.pdf") as engine:
        (read,) = engine.extract().pages
    block = only(flow, "table")
    shown = "".join(block.text[run.offset : run.offset + run.length] for run in block.runs)
    stands = "".join(read.text[run.start : run.start + run.length] for run in block.runs)
    assert shown.split() == stands.split() and "10.25" in stands


def test_a_table_and_a_figure_tell_where_they_are(flow_of) -> None:  # type: ignore[no-untyped-def]
    rows = [["Model", "Score"], ["one", "9.5"], ["two", "10.25"]]
    items = page(Rule(90, 603, 300), Rule(90, 585, 300), *cells(rows, [100, 200]), Rule(90, 545, 300))
    area = only(flow_of(items), "table").area
    assert area is not None and area.page == 1
    assert 85 < area.left <= 90 and 390 <= area.right < 395 and 540 < area.bottom <= 545 and 603 <= area.top < 608
    figure = [Panel(100, 460, 300, 120), *paragraph("Figure 1: A drawing of what was found.", 72, 440, 400)]
    area = only(flow_of([*paragraph(filler(60), 72, 740, 400), *figure]), "figure").area
    assert area is not None and 95 < area.left <= 100 and 455 < area.bottom <= 460 and 580 <= area.top < 585


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_the_place_of_a_figure_is_that_of_the_file(flow_of, rotate: int) -> None:  # type: ignore[no-untyped-def]
    # Turned by the page, the drawing stays where the file has it.
    items: list[Item] = [Put(72 + 12 * row, 72, filler(12, str(row)), angle=90) for row in range(9)]
    items += [Panel(300, 200, 150, 250), Put(470, 200, "Figure 1: A drawing of what was found.", angle=90)]
    areas = [block.area for block in flow_of(items, rotate=rotate) if block.kind == "figure"]
    if rotate == 90:  # the way it is meant to be read
        assert len(areas) == 1
    for area in areas:
        assert area is not None and 295 < area.left <= 300 and 450 <= area.right < 480 and 195 < area.bottom <= 200


def test_a_scan_shows_its_whole_page(flow_of) -> None:  # type: ignore[no-untyped-def]
    flow = flow_of([*paragraph(filler(60), 72, 740, 400)], [Panel(72, 72, 400, 600)])
    area = only(flow, "figure").area
    assert area is not None and (area.page, area.left, area.bottom, area.right, area.top) == (2, 0, 0, 612, 792)


def test_an_algorithm_is_found_on_either_side_of_its_caption(flow_of) -> None:  # type: ignore[no-untyped-def]
    steps = ["Input: a loss", "for each step do", "take a sample", "return the weights"]
    lines = [Put(90 + (12 if row == 2 else 0), 600 - 12 * row, step) for row, step in enumerate(steps)]
    above = page(*lines, caption="Algorithm 1: A way to do it")
    below = [*page(*lines, caption=""), Put(72, 545, "Algorithm 1: A way to do it", 10, BOLD)]
    for items in (above, below):
        assert (
            only(flow_of(items), "code").text == "Input: a loss\nfor each step do\n  take a sample\nreturn the weights"
        )


def test_no_table_stalls(flow_of) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(229)
    rules: list[Item] = [Rule(60, 60 + 11 * row, 480) for row in range(50)]
    words: list[Item] = [
        Put(chance.uniform(60, 520), chance.uniform(60, 600), chance.choice(("a", "12.3", "x-y")), 7)
        for _ in range(3000)
    ]
    began = time.monotonic()
    assert flow_of([*rules, *words])
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("1706.03762", ["(A)                      4  128  128"]),
        ("1706.03762", ["                                 EN-DE  EN-FR  EN-DE       EN-FR"]),
        ("resnet", ["conv3_x      28×28       ⎡3×3, 128⎤×2  ⎡3×3, 128⎤×4  ⎢3×3, 128⎥×4"]),
        ("resnet", ["RPN+RCNN    ensemble    dense               ensemble         8.9"]),
        ("vit", ["CIFAR-100    85.5            81.9            84.1"]),
        ("vit", ["CIFAR-100           94.55 ± 0.04  93.90 ± 0.05  93.25 ± 0.05"]),
        ("muzero", ["Ape-X [18]         434.1%  1695.6%   22.8B       5 days         8.64M"]),
        ("2112.04426", ["Books      3,423,740           20          No            25%"]),
    ],
)
def test_tables_of_papers(flow_of_paper: Papers, name: str, lines: list[str]) -> None:
    shown = [block.text for block in flow_of_paper(name) if block.kind == "table"]
    assert any("\n".join(lines) in text for text in shown), [text for text in shown if lines[0][:8].strip() in text]


@pytest.mark.parametrize(
    ("name", "figures", "tables"), [("muzero", 7, 3), ("vit", 14, 9), ("resnet", 7, 15), ("2112.04426", 12, 21)]
)
def test_each_figure_and_table_is_one_block_beside_its_caption(
    flow_of_paper: Papers, name: str, figures: int, tables: int
) -> None:
    flow = [block for block in flow_of_paper(name) if block.kind != "page"]
    captioned = {"figure": 0, "table": 0}
    for before, block, after in zip(flow, flow[1:], [*flow[2:], flow[0]], strict=False):
        if block.kind == "caption" and block.text.startswith(("Figure", "Table")):
            kind = block.text.split()[0].casefold()
            captioned[kind] += kind in (before.kind, after.kind)
    assert captioned["figure"] == figures and captioned["table"] >= tables - 1
    assert all(block.area for block in flow if block.kind in ("figure", "table", "equation"))
