"""How the text is set: indents, gaps, spacing and straight edges, each cell still its character; the keys for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.config import Settings, SettingsError, change_setting
from cs229tui.documents.flow import Block, Run
from cs229tui.tui.reading.places import Places
from cs229tui.tui.reading.typesetting import changed, typesetting
from cs229tui.tui.reading.wrap import KEPT_LINES, Measure, cell_width, wrap
from open_reader import Opened

WORDS = "We clip the norm of each gradient, then noise is added to the sum and the budget is spent a little. "
FLOW = (
    Block("heading", "1 Head", 1),
    Block("paragraph", WORDS * 2),
    Block("paragraph", WORDS),
    Block("equation", "a = b\nc = d"),
    Block("paragraph", WORDS),
    Block("item", "• one"),
    Block("item", "• two"),
)
KINDS = st.sampled_from(["paragraph", "item", "heading", "quote", "code", "equation", "reference", "footnote"])
FLOWS = st.lists(st.tuples(KINDS, st.text(st.sampled_from("ab c.漢é\u0301\n•"), max_size=60)), max_size=5).map(
    lambda blocks: tuple(Block(*block) for block in blocks)
)
MEASURES = st.builds(
    Measure, st.integers(8, 40), st.booleans(), st.integers(0, 1), st.integers(0, 8), st.integers(1, 2)
)


@given(FLOWS, MEASURES)
def test_every_character_has_its_cell_however_it_is_set(flow, measure):
    layout = wrap(flow, measure)
    written = [line for line in layout.lines if not line.blank]
    for number, block in enumerate(flow):
        lines = [line for line in written if line.block == number]
        assert "".join(block.text[line.start : line.end] for line in lines) == block.text
        for offset, character in enumerate(block.text):
            row = layout.row((number, offset))
            line = layout.lines[row]
            assert line.block == number and line.start <= offset < line.end
            back = layout.position(row, layout.column((number, offset)))
            if cell_width(character) and character != "\n":
                assert back == (number, offset)
    for row, line in enumerate(layout.lines):
        if line.blank:
            block, offset = layout.position(row, 3)
            assert offset < len(flow[block].text)
        elif flow[line.block].kind not in KEPT_LINES:
            body = flow[line.block].text[line.start : line.end].rstrip(" ")
            columns = layout.columns(line)
            width = len(body) if columns is None else columns[len(body)]
            assert line.indent + width <= measure.width or width <= 2


def test_the_first_line_of_a_paragraph_is_indented_where_it_is_not_the_first():
    lines = wrap(FLOW, Measure(40, indent=4)).lines
    first = {line.block: line.indent for line in reversed(lines) if line.block >= 0}
    assert [first[block] for block in (1, 2, 4)] == [0, 4, 0]
    assert all(line.indent == 0 for line in lines if line.block == 2 and line.start)
    assert max(line.indent for line in wrap(FLOW, Measure(8, indent=8)).lines if line.block == 2) == 1


def blanks(measure):
    """How many empty lines stand before each block."""
    lines, found, empty = wrap(FLOW, measure).lines, {}, 0
    for line in lines:
        if not line.blank and line.block not in found:
            found[line.block] = empty
        empty = empty + 1 if line.blank else 0
    return [found[block] for block in range(len(FLOW))]


def test_gaps_between_paragraphs_and_spaced_lines():
    assert blanks(Measure(40)) == [0, 1, 1, 1, 1, 1, 0]
    assert blanks(Measure(40, gap=0)) == [0, 1, 0, 1, 1, 1, 0]
    assert blanks(Measure(40, spacing=2)) == [0, 2, 2, 2, 2, 2, 1]
    spaced = [line for line in wrap(FLOW, Measure(40, spacing=2)).lines if line.block == 1]
    assert [line.blank for line in spaced] == [False, True] * (len(spaced) // 2) + [False]
    equation = [line.blank for line in wrap(FLOW, Measure(40, spacing=2)).lines if line.block == 3]
    assert equation == [False, False]


def test_a_page_begins_on_a_written_line():
    block = Block("paragraph", "one two three four", 0, (Run(0, 1, 0, 8), Run(8, 2, 5, 10)))
    flow = (Block("page", "1", 1), block)
    lines = wrap(flow, Measure(8, spacing=2), Places(flow).breaks).lines
    assert [(line.start, line.blank, line.page) for line in lines if line.page] == [(0, False, 1), (8, False, 2)]


def test_straight_edges_are_even_and_spread_over_all_gaps():
    layout = wrap((Block("paragraph", WORDS * 6),), Measure(60, justify=True))
    *body, last = layout.lines
    straight = 0
    for line in body:
        text = WORDS * 6
        words = text[line.start : line.end].rstrip()
        columns = layout.columns(line)
        width = len(words) if columns is None else columns[len(words)]
        straight += width == 60
        gaps = [columns[at + 1] - columns[at] for at, sign in enumerate(words) if sign == " "] if columns else [1]
        assert max(gaps) - min(gaps) <= 1
        assert max(gaps) <= 3
    assert straight == len(body)
    assert layout.columns(last) is None


@pytest.mark.parametrize(
    ("letter", "count", "wanted"),
    [
        ("w", 0, ("text_width", 88)), ("W", 0, ("text_width", 80)), ("w", 60, ("text_width", 60)),
        ("w", 999, ("text_width", 160)), ("W", 3, ("text_width", 30)), ("i", 0, ("paragraph_indent", 2)),
        ("i", 4, ("paragraph_indent", 4)), ("I", 0, ("paragraph_gap", False)), ("s", 0, ("line_spacing", 2)),
        ("s", 1, ("line_spacing", 1)), ("S", 9, ("line_spacing", 2)), ("j", 0, ("justify", True)),
    ],
)  # fmt: skip
def test_what_a_letter_sets(letter, count, wanted, tmp_path):
    name, value, said = changed(Settings(), letter, count)
    assert (name, value) == wanted
    assert said
    assert getattr(change_setting(tmp_path / "config.toml", name, value), name) == value


def test_steps_of_the_width_begin_at_what_is_seen():
    assert changed(Settings(text_width=120), "W", 0, room=70)[:2] == ("text_width", 66)
    assert "as wide as the window" in changed(Settings(text_width=70), "w", 0, room=70)[2]
    assert changed(Settings(paragraph_indent=4), "i")[:2] == ("paragraph_indent", 0)
    assert changed(Settings(paragraph_indent=3), "i")[:2] == ("paragraph_indent", 4)


@pytest.mark.parametrize(
    ("name", "value"), [("paragraph_indent", 9), ("line_spacing", 3), ("line_spacing", "wide"), ("paragraph_gap", 2)]
)
def test_settings_are_checked(name, value, tmp_path):
    with pytest.raises(SettingsError):
        change_setting(tmp_path / "config.toml", name, value)


async def test_the_keys_set_the_text_at_once_and_keep_it(workspace):
    async with Opened(workspace) as reader:
        text = reader.text
        await reader.press("3", "G", "5", "j")
        cursor, page = text.cursor, text.page
        await reader.press("z")
        assert "w W width" in text.asking
        await reader.press("j")
        assert text.setting.justify and text.said == "justified"
        await reader.press("6", "0", "z", "w", "z", "i", "z", "I", "z", "s")
        assert text.layout_now.measure == Measure(60, True, 0, 2, 2)
        assert (text.cursor, text.page) == (cursor, page)
        assert text.layout_now.row(cursor) - text.scroll_offset.y < text.size.height
        before = text.layout_now.row(text.cursor)
        await reader.press("j")
        assert text.layout_now.row(text.cursor) == before + 2
        assert text.said == ""
    kept = typesetting(reader.app.settings)
    assert kept.line_spacing == 2
    assert "line_spacing = 2" in workspace.folders.settings.read_text()


async def test_a_letter_that_sets_nothing_is_itself(workspace):
    async with Opened(workspace) as reader:
        await reader.press("z", "down")
        assert reader.text.asking == ""
        assert reader.text.setting == typesetting(Settings())


async def test_every_line_of_a_wide_setting_can_be_stood_on(workspace):
    workspace.folders.settings.write_text("line_spacing = 2\nparagraph_gap = false\nparagraph_indent = 4\n")
    async with Opened(type(workspace)()) as reader:
        text = reader.text
        seen = [text.cursor]
        for _ in range(60):
            text.action_rows(1)
            seen.append(text.cursor)
        assert len(set(seen)) == 61
        for position in reversed(seen[:-1]):
            text.action_rows(-1)
            assert text.cursor == position
        rows = [text.render_line(row).text.strip() for row in range(12)]
        assert any(not row for row in rows)
