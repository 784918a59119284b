"""Lines of a flow: nothing lost, nothing twice, every cell its character."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from cs229tui.documents.flow import Block, Run, Span
from cs229tui.tui.reading import wrap as module
from cs229tui.tui.reading.places import Places
from cs229tui.tui.reading.wrap import KEPT_LINES, Measure, cell_width, shown, wrap

TEXTS = st.text(st.sampled_from("ab c. -/漢é\u0301\n•1—[]\ufe0f\x1b\x9b"), max_size=60)
KINDS = st.sampled_from(["paragraph", "item", "heading", "quote", "code", "table", "reference", "footnote", "caption"])
FLOWS = st.lists(st.tuples(KINDS, TEXTS), max_size=5).map(lambda blocks: tuple(Block(*block) for block in blocks))
MEASURES = st.builds(Measure, st.integers(2, 40), st.booleans(), st.integers(0, 2))


@given(FLOWS, MEASURES)
def test_every_character_is_on_one_line_in_order(flow, measure):
    layout = wrap(flow, measure)
    assert [line.block for line in layout.lines if line.block >= 0] == sorted(
        line.block for line in layout.lines if line.block >= 0
    )
    for number, block in enumerate(flow):
        at = 0
        for line in layout.lines:
            if line.block == number:
                assert line.start == at < line.end
                at = line.end
        assert at == len(block.text)


@given(FLOWS, MEASURES)
def test_prose_fits_the_column(flow, measure):
    layout = wrap(flow, measure)
    for line in layout.lines:
        if line.block >= 0 and flow[line.block].kind not in KEPT_LINES:
            body = flow[line.block].text[line.start : line.end].rstrip(" ")
            columns = layout.columns(line)
            width = len(body) if columns is None else columns[len(body)]
            assert line.indent + width <= measure.width or width <= 2


@given(FLOWS, MEASURES)
def test_from_character_to_cell_and_back(flow, measure):
    layout = wrap(flow, measure)
    for number, block in enumerate(flow):
        for offset, character in enumerate(block.text):
            row = layout.row((number, offset))
            line = layout.lines[row]
            assert line.block == number
            assert line.start <= offset < line.end
            back = layout.position(row, layout.column((number, offset)))
            if cell_width(character) and character != "\n":
                assert back == (number, offset)


@given(FLOWS, MEASURES, st.integers(-5, 200), st.integers(-5, 200))
def test_any_cell_gives_a_character(flow, measure, row, column):
    block, offset = wrap(flow, measure).position(row, column)
    if any(one.text for one in flow):
        assert 0 <= offset < len(flow[block].text)


@given(TEXTS)
def test_what_is_shown_has_the_width_that_was_measured(text):
    assert cell_len(shown(text)) == sum(map(cell_width, text))
    assert not set(shown(text)) & {"\x1b", "\x9b", "\n"}


def test_the_fast_path_knows_only_single_cells():
    wrong = [
        code
        for code in range(0x20, 0x20000)
        if not 0xD800 <= code < 0xE000 and module._ONE_CELL.match(chr(code)) and get_character_cell_size(chr(code)) != 1
    ]
    assert wrong == []


def test_words_break_at_spaces_and_long_ones_at_their_joints():
    def lines(text, width, kind="paragraph"):
        layout = wrap((Block(kind, text),), Measure(width))
        return [text[line.start : line.end] for line in layout.lines]

    assert lines("the loss falls", 9) == ["the loss ", "falls"]
    assert lines("the  loss falls", 5) == ["the  ", "loss ", "falls"]
    assert lines("https://example.org/a-long/path", 26) == ["https://example.org/a-", "long/path"]
    assert lines("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert lines("漢字漢字", 5) == ["漢字", "漢字"]
    assert lines("a = 1\nb = 2\n", 3, "code") == ["a = 1\n", "b = 2\n"]


def test_items_hang_under_their_text():
    layout = wrap((Block("item", "• one two three four"), Block("item", "• five")), Measure(14))
    assert [line.indent for line in layout.lines] == [2, 4, 2]


def test_blocks_stand_apart_but_the_items_of_a_list_do_not():
    flow = (Block("paragraph", "a"), Block("item", "• b"), Block("item", "• c"), Block("paragraph", "d"))
    assert [line.block for line in wrap(flow, Measure(20)).lines] == [0, -1, 1, 2, -1, 3]


def test_justified_lines_end_at_the_edge_and_last_lines_do_not():
    text = "one two three four five six seven eight nine ten eleven twelve"
    layout = wrap((Block("paragraph", text),), Measure(24, justify=True))
    for line in layout.lines[:-1]:
        body = text[line.start : line.end].rstrip()
        columns = layout.columns(line)
        assert (len(body) if columns is None else columns[len(body)]) == 24
    assert layout.columns(layout.lines[-1]) is None


PAGES = (
    Block("page", "i", 1),
    Block("paragraph", "Gradients are clipped and", 0, (Run(0, 1, 10, 9), Run(10, 1, 21, 15))),
    Block("page", "ii", 2),
    Block("paragraph", "noise is added to the sum.", 0, (Run(0, 2, 0, 26),)),
    Block("page", "iii", 3),
)


def test_places_know_the_pages():
    places = Places(PAGES)
    assert places.position(1, 12) == (1, 2)
    assert places.position(1, 20) == (1, 10)
    assert places.place((1, 10)) == (1, 21)
    assert places.position(2) == (3, 0)
    assert places.position(1, 0) == (1, 0)
    assert places.position(99, 5) == (4, 0)
    assert [places.page((number, 0)) for number in range(5)] == [1, 1, 2, 2, 3]
    assert places.empty == {3: 4}


def test_spans_and_ranges_are_each_others_inverse():
    places = Places(PAGES)
    assert places.spans((1, 5), (3, 5)) == (Span(1, 15, 36), Span(2, 0, 5))
    assert places.ranges(Span(1, 15, 36)) == [(1, 5, 25)]
    assert places.ranges(Span(2, 0, 5)) == [(3, 0, 5)]
    assert places.ranges(Span(3, 0, 5)) == []


def test_pages_begin_on_the_line_that_has_their_first_character():
    crossing = Block("paragraph", "one two three four", 0, (Run(0, 1, 0, 8), Run(8, 2, 5, 10)))
    flow = (Block("page", "1", 1), crossing)
    layout = wrap(flow, Measure(8), Places(flow).breaks)
    assert [(line.start, line.page) for line in layout.lines] == [(0, 1), (8, 2), (14, 0)]


def test_a_page_without_text_has_a_line_of_its_own():
    layout = wrap(PAGES, Measure(40), Places(PAGES).breaks)
    assert [line.block for line in layout.lines if line.block >= 0] == [1, 3, 4]


def test_kept_lines_are_as_long_as_they_are():
    text = "x" * 200 + "\n" + "y"
    layout = wrap((Block("table", text),), Measure(20))
    assert [(line.start, line.end, line.indent) for line in layout.lines] == [(0, 201, 0), (201, 202, 0)]
