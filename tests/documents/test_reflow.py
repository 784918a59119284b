"""Papers made into prose: what is joined, what is healed, what is moved, and that every character knows its place."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from cs229tui.documents.flow import Block, BlockKind, Flow, decode
from cs229tui.documents.pdf.engine import Extraction, PdfEngine
from cs229tui.documents.pdf.glyphs import is_bold
from cs229tui.documents.reflow.hyphens import heals
from pdfs import BOLD, ITALIC, MONO, Item, Panel, Put, Rule, filler, justified, paragraph, pdf, width

LEFT, WIDE = 72.0, 400.0


@pytest.fixture
def flow_of(read_pdf: Callable[..., Extraction]) -> Callable[..., Flow]:
    def made(*pages: list[Item], **options: object) -> Flow:
        extraction = read_pdf(*pages, **options)
        flow = decode(extraction.flow)
        assert_every_run_is_true(flow, extraction)
        return flow

    return made


def assert_every_run_is_true(flow: Flow, extraction: Extraction) -> None:
    """For every block and run, what is shown is what stands on the page, but for what the extractor documents."""
    texts = {page.number: page.text for page in extraction.pages}
    for block in flow:
        end = 0
        for run in block.runs:
            assert run.offset >= end, (block, run)
            end = run.offset + run.length
            assert run.length > 0 and end <= len(block.text), (block, run)
            shown = block.text[run.offset : end]
            stands = texts[run.page][run.start : run.start + run.length]
            assert len(stands) == run.length
            for one, other in zip(shown, stands, strict=True):
                assert _same(one, other), (one, other, shown, stands)


def _same(shown: str, stands: str) -> bool:
    if shown == stands or (shown == " " and stands.isspace()):
        return True
    plain = "".join(c for c in unicodedata.normalize("NFKD", shown) if not unicodedata.combining(c))
    return plain == unicodedata.normalize("NFKD", stands)


def kinds(flow: Flow, *names: BlockKind) -> list[str]:
    return [block.text for block in flow if block.kind in names]


def prose(flow: Flow) -> str:
    return "\n".join(kinds(flow, "paragraph"))


def body(text: str, top: float, **options: float) -> list[Item]:
    return list(paragraph(text, LEFT, top, WIDE, **options))


def test_lines_become_paragraphs(flow_of) -> None:  # type: ignore[no-untyped-def]
    one, two = filler(60), filler(50, "beta")
    flow = flow_of([*body(one, 700), *body(two, 560)])
    assert kinds(flow, "paragraph") == [one, two]
    assert flow[0] == Block("page", "1", 1)


def test_indents_part_paragraphs_too(flow_of) -> None:  # type: ignore[no-untyped-def]
    one, two = filler(60), filler(60, "beta")
    first = paragraph(one, LEFT, 700, WIDE)
    second = paragraph(two, LEFT, 700 - 12 * len(first), WIDE)
    lead = second[0]
    second[0] = Put(lead.x + 15, lead.y, lead.text, lead.size, lead.font, 0)
    assert kinds(flow_of([*first, *second]), "paragraph") == [one, two]


def test_hyphens_of_lines_go_and_hyphens_of_words_stay(flow_of) -> None:  # type: ignore[no-untyped-def]
    lines = [
        "The transformer uses self-attention and a feed-forward layer for each of the posi-",
        "tions of its input, which was the state-of-the-art for the translation of all English-",
        "French sentences. We then study the parameters of these models again, with a feed-",
        "forward network of one kind and with self-",
        "attention of another, and then a state-of-the-",
        "art that is new.",
    ]
    text = prose(flow_of([*justified(lines, LEFT, 700, WIDE), *body("The French " + filler(40), 560)]))
    assert "each of the positions of its input" in text
    assert "all English-French sentences" in text
    assert "with a feed-forward network" in text
    assert "with self-attention of another" in text
    assert "a state-of-the-art that is new" in text
    assert "\u2010" not in text


def test_kept_hyphens_are_plain_in_the_page_too(tmp_path: Path) -> None:
    lines = [
        "The layers use self-attention and more of it, and then they use the same self-",
        "attention for posi-",
        "tions.",
    ]
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf([justified(lines, LEFT, 700, WIDE)]))
    with PdfEngine(path) as engine:
        text = engine.extract().pages[0].text
    assert "same self-attention" in text
    assert "posi\u2010tions" in text


def test_two_columns_are_read_one_after_the_other(flow_of) -> None:  # type: ignore[no-untyped-def]
    left, right = filler(150, "left"), filler(150, "right")
    column = [paragraph(left, 60, 640, 230), paragraph(right, 320, 640, 230)]
    # Drawn line by line across both columns, as some programs do.
    mixed = [item for pair in zip(*column, strict=False) for item in pair]
    rest = [item for lines in column for item in lines if item not in mixed]
    title = Put(150, 720, "A Title Across Both of the Columns", 18, BOLD)
    flow = flow_of([title, *mixed, *rest])
    assert kinds(flow, "title") == ["A Title Across Both of the Columns"]
    assert kinds(flow, "paragraph") == [left, right]


def test_a_sentence_goes_on_in_the_next_column_and_on_the_next_page(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(420).replace(".", "").casefold().split()
    whole = " ".join(words).capitalize() + "."
    lines = paragraph(whole, 0, 0, 230)
    first, second, third = lines[:25], lines[25:50], lines[50:]

    def placed(part: list[Put], x: float) -> list[Item]:
        return [Put(x, 640 - 12 * row, line.text, line.size, line.font, line.words) for row, line in enumerate(part)]

    flow = flow_of([*placed(first, 60), *placed(second, 320)], [*placed(third, 60), *body(filler(40), 100)])
    joined = [text for text in kinds(flow, "paragraph") if text.startswith(whole[:40])]
    assert joined and joined[0].startswith(whole[:-1])
    marks = [index for index, block in enumerate(flow) if block.kind == "page"]
    assert [flow[index].level for index in marks] == [1, 2]
    # The mark of the second page stands behind the sentence it would have cut.
    assert marks[1] > next(index for index, block in enumerate(flow) if block.text.startswith(whole[:40]))


def test_running_heads_and_page_numbers_are_dropped(flow_of) -> None:  # type: ignore[no-untyped-def]
    def page(number: int) -> list[Item]:
        head = Put(200, 760, "Deep Learning with Differential Privacy", 8, ITALIC)
        stamp = Put(20, 300, "arXiv:1607.00133v2 [stat.ML]", 16, angle=90)
        return [head, *body(filler(90, str(number)), 700), Put(300, 40, str(number)), stamp]

    flow = flow_of(*[page(number) for number in range(1, 5)])
    everything = "\n".join(block.text for block in flow if block.kind != "page")
    assert "Differential Privacy" not in everything
    assert "arXiv" not in everything
    assert not re.search(r"^\d$", everything, re.M)
    assert len(kinds(flow, "paragraph")) == 4


def test_headings_have_levels(flow_of) -> None:  # type: ignore[no-untyped-def]
    items = [
        Put(LEFT, 700, "3 Our Approach", 12, BOLD),
        *body(filler(40), 680),
        Put(LEFT, 600, "3.1 Private SGD", 10, BOLD),
        *body(filler(40, "beta"), 580),
        Put(LEFT, 500, "References", 12, BOLD),
        *body("[1] A. Author. A book. 2001.", 480),
    ]
    flow = flow_of(items)
    assert [(block.text, block.level) for block in flow if block.kind == "heading"] == [
        ("3 Our Approach", 1),
        ("3.1 Private SGD", 2),
        ("References", 1),
    ]


def test_the_title_and_the_people_come_first(flow_of) -> None:  # type: ignore[no-untyped-def]
    items = [
        Put(150, 720, "Deep Learning with Differential Privacy", 16, BOLD),
        Put(120, 690, "Martin Abadi"),
        Put(360, 690, "Andy Chu"),
        Put(120, 678, "Google"),
        Put(360, 678, "OpenAI"),
        Put(260, 640, "Abstract", 12, BOLD),
        *body(filler(90), 620),
    ]
    flow = flow_of(items)
    assert flow[1] == Block("title", "Deep Learning with Differential Privacy", 1, flow[1].runs)
    assert kinds(flow, "paragraph")[:2] == ["Martin Abadi · Google", "Andy Chu · OpenAI"]
    assert kinds(flow, "heading") == ["Abstract"]


def test_items_are_one_block_each(flow_of) -> None:  # type: ignore[no-untyped-def]
    items = body(filler(40), 700)
    top = 640.0
    for start in ("\u2022 ", "\u2022 ", "1. "):
        lines = paragraph(filler(35, start), LEFT + 25, top, WIDE - 25)
        lines[0] = Put(LEFT + 15, top, start + lines[0].text, 10, lines[0].font, 0)
        items += lines
        top -= 12 * len(lines) + 4
    listed = [block for block in flow_of(items) if block.kind == "item"]
    assert [block.text[:2] for block in listed] == ["\u2022 ", "\u2022 ", "1."]
    assert all(len(block.text) > 150 for block in listed)


def test_a_figure_is_a_stub_and_its_labels_stay_out_of_the_prose(flow_of) -> None:  # type: ignore[no-untyped-def]
    before, after = filler(60), filler(60, "beta")
    labels = [Put(160, 520, "softmax", 7), Put(200, 480, "scale", 7), Put(120, 600, "MatMul", 7)]
    caption = "Figure 3: The loss falls as the noise does, for every batch that we have tried in this study of it."
    flow = flow_of(
        [
            *body(before, 740),
            Panel(100, 460, 300, 160),
            *labels,
            *body(caption, 440, size=9, leading=11),
            *body(after, 380),
        ]
    )
    assert kinds(flow, "figure") == ["Figure 3 on page 1"]
    assert kinds(flow, "caption") == [caption]
    assert kinds(flow, "paragraph") == [before, after]


def test_a_bold_beginning_is_a_heading_of_its_paragraph(flow_of) -> None:  # type: ignore[no-untyped-def]
    above, rest = filler(50), paragraph("more of it " + filler(40), LEFT, 598, WIDE)
    head = [Put(LEFT, 622, "Training details.", 10, BOLD), Put(LEFT + 90, 622, "We train the model with noise " * 2)]
    stated = [Put(LEFT, 540, "Theorem 2.", 10, BOLD), Put(LEFT + 60, 540, "The loss of the layer is a model.")]
    flow = flow_of([*body("Introduction " + above, 700), *head, *rest, *stated])
    assert kinds(flow, "heading") == ["Training details."]
    assert "Theorem 2. The loss of the layer" in prose(flow)


def test_a_paragraph_set_in_on_both_sides_is_a_quote(flow_of) -> None:  # type: ignore[no-untyped-def]
    said = filler(50, "beta")
    heading = Put(LEFT, 720, "1 Introduction", 14, BOLD)
    around = [*body(filler(60), 700), *body(filler(60, "gamma"), 500)]
    flow = flow_of([heading, *around, *paragraph(said, LEFT + 25, 610, WIDE - 50)])
    assert kinds(flow, "quote") == [said]
    assert len(kinds(flow, "paragraph")) == 2


def test_a_footnote_goes_on_at_the_foot_of_the_next_page(flow_of) -> None:  # type: ignore[no-untyped-def]
    one = [*body(filler(300), 700), Put(LEFT, 92, "3 The note says that the model", 8)]
    two = [*body(filler(300, "beta"), 700), Put(LEFT, 92, "is the layer of the query.", 8), Put(LEFT, 80, "4 More.", 8)]
    rules = Rule(LEFT, 104, 100)
    assert kinds(flow_of([*one, rules], [*two, rules]), "footnote") == [
        "3 The note says that the model is the layer of the query.",
        "4 More.",
    ]


def test_a_letter_some_lines_high_begins_its_word(flow_of) -> None:  # type: ignore[no-untyped-def]
    lines = [f"he model of line {number} is the weight of every query and of each value in it" for number in range(6)]
    put = [Put(LEFT + (17 if number < 2 else 0), 700 - 12 * number, line) for number, line in enumerate(lines)]
    flow = flow_of([Put(LEFT, 688, "T", 27), *put])
    assert prose(flow) == "T" + " ".join(lines)


def test_what_stands_beyond_the_page_is_not_read(flow_of) -> None:  # type: ignore[no-untyped-def]
    covered = [*paragraph(filler(20, "hidden"), 2100, 2000, WIDE)]
    text = filler(40)
    assert [block.text for block in flow_of([*body(text, 700), *covered])][1:] == [text]


def test_a_head_is_known_by_the_place_of_the_others(flow_of) -> None:  # type: ignore[no-untyped-def]
    def page(head: str, seed: str) -> list[Item]:
        return [Put(LEFT, 740, head), *body(filler(250, seed), 708, leading=24)]

    heads = ["The book of layers"] * 4 + ["Of values alone"]
    flow = flow_of(*(page(head, f"seed{number}") for number, head in enumerate(heads)))
    assert not [block.text for block in flow if "Of values" in block.text or "The book" in block.text]


def test_a_line_that_runs_out_of_its_column_stays_in_it(flow_of) -> None:  # type: ignore[no-untyped-def]
    left, right = paragraph(filler(150, "left"), 60, 640, 230), paragraph(filler(40, "right"), 320, 640, 230)
    words = f"overfull {left[12].text} model"
    left[12] = Put(60, left[12].y, words + " of", 10)
    right = [each for each in right if each.y > left[12].y + 12]
    assert prose(flow_of([*left, *right])).count(words) == 1
    assert prose(flow_of([*left, *right])).index(words) < prose(flow_of([*left, *right])).index(right[0].text)


def test_a_bullet_may_hang_off_its_line(flow_of) -> None:  # type: ignore[no-untyped-def]
    lines = ["The first item says what the model is.", "The second item is a layer of it."]
    put = [Put(LEFT + 20, 600 - 24 * number, line) for number, line in enumerate(lines)]
    bullets = [Put(LEFT, 598 - 24 * number, "\u2022", 13) for number in range(2)]
    flow = flow_of([*body(filler(60), 700), *(each for pair in zip(bullets, put, strict=True) for each in pair)])
    assert kinds(flow, "item") == [f"\u2022 {line}" for line in lines]


def test_a_caption_in_capitals_goes_on_in_small_ones(flow_of) -> None:  # type: ignore[no-untyped-def]
    caption = [Put(LEFT + 180, 600, "TABLE I", 8), Put(LEFT + 100, 591, "EACH MODEL IS REGULARIZED BY THE", 8)]
    smaller = Put(LEFT + 100, 582, "REPRESENTATIVE LAYER OF THE QUERY AND VALUE OF THE CASE", 6.4)
    cells = [Put(LEFT + 150 + 60 * at, 560 - 12 * row, f"{row}.{at}") for at in range(3) for row in range(3)]
    flow = flow_of([*body(filler(60), 700), *caption, smaller, *cells, *body(filler(60, "beta"), 480)])
    assert [text[-26:] for text in kinds(flow, "caption")] == ["QUERY AND VALUE OF THE CASE"[-26:]]


@pytest.mark.parametrize(
    ("name", "weight", "bold"),
    [("ABCDEF+NimbusRomNo9L-Regu", 700, False), ("NimbusRomNo9L-Medi", 400, True), ("Nameless", 700, True)],
)
def test_a_font_s_name_says_whether_it_is_bold(name: str, weight: int, bold: bool) -> None:
    assert is_bold(name, weight) is bold


def test_items_begin_right_below_a_heading(flow_of) -> None:  # type: ignore[no-untyped-def]
    heading = Put(LEFT, 720, "1 Questions", 14, BOLD)
    flow = flow_of([heading, Put(LEFT, 700, "1. The model is a layer."), Put(LEFT, 688, "2. The layer is a model.")])
    assert kinds(flow, "item") == ["1. The model is a layer.", "2. The layer is a model."]


def test_a_table_keeps_its_columns(flow_of) -> None:  # type: ignore[no-untyped-def]
    table: list[Item] = [Rule(100, 600, 300), Rule(100, 584, 300), Rule(100, 540, 300)]
    for row, cells in enumerate((("Model", "BLEU", "Cost"), ("ByteNet", "23.75", "-"), ("ConvS2S", "25.16", "9.6"))):
        table += [Put(110 + 100 * column, 588 - 18 * row, cell) for column, cell in enumerate(cells)]
    caption = body("Table 2: The scores of some models on the test set of the year.", 615)
    flow = flow_of([*body(filler(60), 740), *caption, *table, *body(filler(60, "beta"), 500)])
    (shown,) = kinds(flow, "table")
    assert shown.split("\n") == ["Model    BLEU   Cost", "─" * 20, "ByteNet  23.75  -", "ConvS2S  25.16  9.6"]
    assert len(kinds(flow, "paragraph")) == 2


def test_a_displayed_equation_stands_alone(flow_of) -> None:  # type: ignore[no-untyped-def]
    before = filler(50)
    equation = [Put(220, 620, "y = W x + b", 10, ITALIC), Put(455, 620, "(1)")]
    after = "where the weights are " + filler(40, "beta").casefold()
    flow = flow_of([*body(before, 700), *equation, *body(after, 595)])
    (shown,) = kinds(flow, "equation")
    assert re.fullmatch(r"y = W x \+ b +\(1\)", shown)
    assert kinds(flow, "paragraph") == [before, after]


def test_a_footnote_leaves_the_sentence_it_interrupts(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(400).replace(".", "").casefold().split()
    whole = " ".join(words).capitalize() + "."
    lines = paragraph(whole, LEFT, 700, WIDE)
    first = [line for line in lines if line.y > 500]
    second = [
        Put(LEFT, 700 - 12 * row, line.text, 10, line.font, line.words) for row, line in enumerate(lines[len(first) :])
    ]
    first = [Put(line.x, line.y - 400, line.text, 10, line.font, line.words) for line in first]
    note = [Rule(LEFT, 90, 140), Put(LEFT, 80, "1 This is a note on the sentence above it.", 8)]
    flow = flow_of([*body(filler(80, "top"), 720), *first, *note], second)
    assert kinds(flow, "footnote") == ["1 This is a note on the sentence above it."]
    assert any(text.startswith(whole[:-1]) for text in kinds(flow, "paragraph"))


def test_references_are_entries(flow_of) -> None:  # type: ignore[no-untyped-def]
    items: list[Item] = [*body(filler(60), 740), Put(LEFT, 650, "References", 12, BOLD)]
    top = 630.0
    for number in range(1, 6):
        lines = paragraph(
            f"[{number}] A. Author and B. Writer. {filler(25, str(number))} In NIPS, 201{number}.", LEFT, top, WIDE
        )
        items += lines
        top -= 12 * len(lines)
    entries = kinds(flow_of(items), "reference")
    assert [entry[:3] for entry in entries] == ["[1]", "[2]", "[3]", "[4]", "[5]"]
    assert all(entry.endswith(f"201{number}.") for number, entry in enumerate(entries, 1))


def test_code_keeps_its_lines(flow_of) -> None:  # type: ignore[no-untyped-def]
    code = [Put(90, 600, "def clip(gradient):", 9, MONO), Put(111.6, 588, "return gradient / norm", 9, MONO)]
    flow = flow_of([*body(filler(60), 740), *code, *body(filler(60, "beta"), 550)])
    assert kinds(flow, "code") == ["def clip(gradient):\n    return gradient / norm"]


def test_a_page_without_text_says_so(flow_of) -> None:  # type: ignore[no-untyped-def]
    flow = flow_of(body(filler(60), 740), [Panel(72, 72, 400, 600)])
    assert kinds(flow, "figure") == ["This page has no text (a scan?)"]
    assert [block.level for block in flow if block.kind == "page"] == [1, 2]


def test_scripts_are_raised_and_lowered(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = "The norm of a gradient x"
    at = LEFT + width(words)
    line = [Put(LEFT, 700, words), Put(at, 703.6, "2", 7), Put(at + 5, 700, "is bounded by the norm of d")]
    end = at + 5 + width("is bounded by the norm of d")
    line += [Put(end, 698.5, "model", 7), Put(end + 25, 700, "here.")]
    text = prose(flow_of([*line, *body(filler(60), 688)]))
    assert "x² is" in text or "x²is" in text
    assert "d_model here" in text


# What hyphens, margins and letters ask for; each was met in a real style of papers.


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("atten", "tion", "attention"),
        ("regular", "ization", "regularization"),
        ("sequence", "aligned", "sequence-aligned"),
        ("state-of", "the-art", "state-of-the-art"),
        ("end-to", "end", "end-to-end"),
        ("up", "to-date", "up-to-date"),
        ("semi", "supervised", "semi-supervised"),
        ("multi", "plicative", "multiplicative"),
        ("Le", "Cun", "LeCun"),
        ("English", "German", "English-German"),
        ("ViT", "L/16", "ViT-L/16"),
        ("Deeply", "supervised", "Deeply-supervised"),
        ("back", "propagation", "backpropagation"),
        ("ResNet", "like", "ResNet-like"),
        ("embed", "dings", "embeddings"),
        ("BAT", "CH", "BATCH"),
    ],
)
def test_a_line_s_hyphen_is_told_from_a_word_s(before: str, after: str, whole: str) -> None:
    joined = before + ("" if heals(before, after, {}, frozenset()) else "-") + after
    assert joined == whole


def test_what_the_document_writes_elsewhere_decides() -> None:
    assert heals("time", "step", {"timestep": 1}, frozenset())
    assert not heals("data", "set", {}, frozenset({"data-set"}))
    assert not heals("multi", "language", {"language": 3}, frozenset({"multi-head"}))


def test_an_address_is_whole_across_lines(flow_of) -> None:  # type: ignore[no-untyped-def]
    lines = ["All of it is at https://example.org/some-", "name/of?id=", "42 and more at http:", "//example.org/x now."]
    text = prose(flow_of([*justified(lines, LEFT, 700, WIDE), *body(filler(60), 600)]))
    assert "https://example.org/some-name/of?id=42 and more at http://example.org/x now." in text


def test_line_numbers_of_a_review_copy_are_left_out(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(150)
    lines = body(words, 700)
    numbers = [Put(LEFT - 14, line.y, str(number), 6) for number, line in enumerate(lines, 1) if isinstance(line, Put)]
    assert len(numbers) > 8
    assert kinds(flow_of([item for pair in zip(numbers, lines, strict=True) for item in pair]), "paragraph") == [words]


def test_page_numbers_are_dropped_wherever_they_stand(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(900).replace(".", "").casefold()
    lines = paragraph(words, LEFT, 0, WIDE)
    pages: list[list[Item]] = []
    for number in range(4):
        part = lines[number * 18 : number * 18 + 18]
        shown: list[Item] = [
            Put(LEFT, 700 - 12 * row, line.text, 10, line.font, line.words) for row, line in enumerate(part)
        ]
        pages.append([*shown, Put(270, 450, str(number + 3))])
    (read,) = kinds(flow_of(*pages), "paragraph")
    assert words.startswith(read[:-1]) and len(read) > 2000


def test_the_number_of_a_single_page_is_dropped_and_other_numbers_stay(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(150)
    (only,) = flow_of([*body(words, 700), Put(300, 122, "1")])[1:]
    assert only.text == words
    assert [block.text for block in flow_of([*body(words, 700), Put(300, 122, "42")])[1:]] == [words, "42"]


def test_a_note_in_the_margin_leaves_the_line_it_stands_beside(flow_of) -> None:  # type: ignore[no-untyped-def]
    words = filler(150)
    lines = body(words, 700)
    flow = flow_of([*lines[:3], Put(LEFT + WIDE + 9, 676, "A note here", 8), *lines[3:]])
    assert kinds(flow, "paragraph") == [words]
    assert kinds(flow, "footnote") == ["A note here"]


def test_bullets_that_are_drawn_make_items(flow_of) -> None:  # type: ignore[no-untyped-def]
    items: list[Item] = [*body(filler(40), 700)]
    for row, said in enumerate(("The first thing is this", "The second thing is that")):
        items += [Panel(LEFT + 10, 621 - 14 * row, 4, 4), Put(LEFT + 22, 620 - 14 * row, said)]
    flow = flow_of(items)
    assert kinds(flow, "item") == ["• The first thing is this", "• The second thing is that"]


def test_a_paragraph_goes_on_after_a_full_stop_at_the_page_s_end(flow_of) -> None:  # type: ignore[no-untyped-def]
    lines = ["Before this one there was none at all, and", "this line is as wide as its column is now."]
    first = [
        Put(line.x, line.y, line.text, 10, line.font, (WIDE - width(line.text)) / line.text.count(" "))
        for line in justified(lines, LEFT, 100, WIDE)
    ]
    rest = "Then it goes on " + filler(40).casefold()
    flow = flow_of([*body(filler(90), 700), *first], body(rest, 700))
    assert any(text.startswith("Before this one") and text.endswith(rest) for text in kinds(flow, "paragraph"))


def test_columns_of_a_slide_are_read_one_after_the_other(flow_of) -> None:  # type: ignore[no-untyped-def]
    left = ["The left side says this of", "the model and its training."]
    right = ["The right side says that of", "the data and its noise."]
    items: list[Item] = [Put(30, 260, "The title of the slide", 18, BOLD)]
    for row, (one, other) in enumerate(zip(left, right, strict=True)):
        items += [Put(30, 200 - 14 * row, one, 11), Put(215, 200 - 14 * row, other, 11)]
    flow = flow_of(items, size=(400, 300))
    assert kinds(flow, "paragraph") == [" ".join(left), " ".join(right)]


def test_references_without_a_heading_are_entries(flow_of) -> None:  # type: ignore[no-untyped-def]
    items: list[Item] = [*body(filler(60), 740)]
    for number in range(1, 7):
        items += body(
            f"[{number}] A. Author and B. Writer. A title of some length. In NIPS, 201{number}.", 660 - 20 * number
        )
    assert [entry[:3] for entry in kinds(flow_of(items), "reference")] == [f"[{number}]" for number in range(1, 7)]


@pytest.mark.parametrize("name", ["1706.03762", "2112.04426", "HW0", "muzero", "resnet", "vit"])
def test_every_character_of_a_paper_knows_its_place(paper: Callable[[str], Extraction], name: str) -> None:
    extraction = paper(name)
    flow = decode(extraction.flow)
    assert_every_run_is_true(flow, extraction)
    assert [block.level for block in flow if block.kind == "page"] == list(range(1, len(extraction.pages) + 1))
    shown = sum(run.length for block in flow for run in block.runs)
    assert shown > 0.6 * sum(len("".join(page.text.split())) for page in extraction.pages)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        # across lines, with a hyphen that stays and one that goes
        (
            "1706.03762",
            "28.4 BLEU on the WMT 2014 English-to-German translation task, improving over the existing best",
        ),
        ("1706.03762", "dot-product (multiplicative) attention. Dot-product attention is identical to our algorithm"),
        # across pages, and around the footnotes of the first
        (
            "1706.03762",
            "firmly established as state of the art approaches in sequence modeling and transduction problems",
        ),
        # across columns, around a figure
        (
            "resnet",
            "visual recognition tasks [8, 12, 7, 32, 27] have also greatly benefited from very deep models.",
        ),
        ("resnet", "We explicitly reformulate the layers as learning residual functions with reference to the layer"),
        ("resnet", "our current solvers on hand are unable to find solutions that are comparably good or better than"),
        ("vit", "attention is either applied in conjunction with convolutional networks, or used to replace certain"),
        (
            "2112.04426",
            "We enhance auto-regressive language models by conditioning on document chunks retrieved from a large",
        ),
        (
            "2112.04426",
            "Continuous cache and kNN-LM do not modify the underlying neural-network models, but interpolate",
        ),
        (
            "muzero",
            "MuZero matched the superhuman performance of the AlphaZero algorithm that was supplied with the game",
        ),
        ("HW0", "This first “warm up” problem will get you setup running deep learning experiments on a GPU."),
    ],
)
def test_sentences_of_papers_are_whole(flow_of_paper: Callable[[str], Flow], name: str, sentence: str) -> None:
    flow = flow_of_paper(name)
    assert any(sentence in block.text for block in flow if block.kind == "paragraph")


def test_what_a_paper_is_made_of(flow_of_paper: Callable[[str], Flow]) -> None:
    flow = flow_of_paper("1706.03762")
    assert kinds(flow, "title") == ["Attention Is All You Need"]
    assert "3.2.1 Scaled Dot-Product Attention" in kinds(flow, "heading")
    assert len(kinds(flow, "reference")) == 40
    assert [text.split(":")[0] for text in kinds(flow, "caption")] == [
        "Figure 1", "Figure 2", "Table 1", "Table 2", "Table 3", "Table 4", "Figure 3", "Figure 4", "Figure 5",
    ]  # fmt: skip
    assert "MatMul" not in prose(flow)
    assert not any("arXiv:1706.03762v" in block.text for block in flow)
    assert any(text.startswith("FFN(x) = max(0, xW₁ + b₁)W₂ + b₂") for text in kinds(flow, "equation"))
