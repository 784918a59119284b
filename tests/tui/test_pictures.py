"""What becomes of pixels on the way to the terminal, and how it is known what the terminal can show."""

import base64
import re
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from cs229tui.documents.pdf.wire import Draw, Drawn
from cs229tui.library.documents import Page
from cs229tui.tui.pictures import blocks, kitty, sixel
from cs229tui.tui.pictures.abilities import Answers, Evidence, Tmux, abilities, questions, read_answers
from cs229tui.tui.pictures.geometry import (
    WHOLE,
    Cells,
    area_on,
    character_at,
    make_plate,
    pixels_of,
    point_at,
    scale_to_room,
    scale_to_width,
    sheets,
)
from cs229tui.tui.pictures.listening import Ear, _Parser
from cs229tui.tui.pictures.painting import Ink, Paper, compose, marker
from cs229tui.tui.pictures.showing import Leaf, Made, Placed, Sixels, Stamp, Woven, show_for

UPRIGHT = (1 / 612, 0.0, 0.0, -1 / 792, 0.0, 1.0)
# Turned a quarter clockwise: the page is shown 792 wide and 612 high.
TURNED = (0.0, 1 / 612, 1 / 792, 0.0, 0.0, 0.0)


def picture(width: int, height: int) -> Image.Image:
    """An image in which no two neighbours are alike."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 37 % 256, y * 53 % 256, (x ^ y) * 11 % 256) for y in range(height) for x in range(width)])
    return image


# Pages in cells


@given(
    scale=some.floats(0.3, 8),
    column=some.floats(0, 40),
    row=some.floats(0, 30),
    matrix=some.sampled_from([UPRIGHT, TURNED]),
    cells=some.sampled_from([Cells(), Cells(9, 19, 9, 19), Cells(8, 17, 2, 3), Cells(20, 40, 10, 20)]),
    area=some.sampled_from([WHOLE, (0.1, 0.2, 0.7, 0.9)]),
)
def test_a_cell_is_a_point_and_the_point_that_cell(scale, column, row, matrix, cells, area) -> None:
    size = (612, 792) if matrix is UPRIGHT else (792, 612)
    plate = make_plate(3, size, cells, scale, area)
    x, y = point_at(plate, matrix, column, row)
    left, top, right, bottom = pixels_of(plate, matrix, (x, y, x, y))
    assert (left / plate.across, top / plate.down) == pytest.approx((column, row), abs=1e-6)
    assert (left, top) == pytest.approx((right, bottom))


@given(scale=some.floats(0.05, 12), most=some.integers(1, 300))
def test_sheets_cover_a_plate_once(scale, most) -> None:
    plate = make_plate(1, (612, 792), Cells(), scale)
    cut = sheets(plate, most)
    for sheet in cut:
        assert 0 < sheet.columns <= most and sheet.rows > 0
        assert sheet.column + sheet.columns <= plate.columns and sheet.row + sheet.rows <= plate.rows
    corners = {(sheet.column, sheet.row) for sheet in cut}
    assert len(corners) == len(cut)
    assert sum(sheet.columns * sheet.rows for sheet in cut) == plate.columns * plate.rows


def test_a_page_fits_its_room_and_an_absurd_one_is_bounded() -> None:
    cells = Cells(10, 20, 10, 20)
    plate = make_plate(1, (612, 792), cells, scale_to_width((612, 792), cells, (120, 60)))
    assert plate.columns == 120 and plate.width == 1200
    plate = make_plate(1, (612, 792), cells, scale_to_room((612, 792), cells, (120, 37)))
    assert plate.rows == 37 and plate.columns < 60
    huge = make_plate(1, (14400, 14400), cells, 12.0)
    assert max(huge.width, huge.height) <= 40_000
    sliver = make_plate(1, (14400, 1), cells, scale_to_room((14400, 1), cells, (80, 20)))
    assert sliver.rows == 1 and sliver.columns <= 80


def test_an_area_of_a_page_alone() -> None:
    area = area_on(UPRIGHT, (100, 400, 300, 600), margin=2)
    plate = make_plate(1, (612, 792), Cells(), scale_to_room((612, 792), Cells(), (100, 40), area), area)
    left, top, right, bottom = pixels_of(plate, UPRIGHT, (100, 400, 300, 600))
    assert 0 < left < top + 20 and right < plate.columns * 10 and bottom <= plate.rows * 20
    assert (right - left) / 200 == pytest.approx(800 / 204, rel=0.02)


def test_the_nearest_character_is_on_the_line_pointed_at() -> None:
    boxes = Page(1, "1", 612, 792, "ab cd", _boxes((10, 700), (16, 700), (22, 700), (10, 686), (16, 686)))
    assert [character_at(boxes, point) for point in ((11, 703), (18, 703), (60, 703), (19, 690), (10, 600))] == [
        0, 1, 1, 4, 3,
    ]  # fmt: skip
    assert character_at(boxes, (400, 100), reach=30) is None
    assert character_at(Page(1, "1", 612, 792, "ab"), (0, 0)) is None


def _boxes(*corners: tuple[float, float]) -> bytes:
    from array import array

    return array("f", [side for x, y in corners for side in (x, y, x + 5, y + 8)]).tobytes()


# Painting


def test_a_marker_leaves_black_black_and_colours_white() -> None:
    pixels = bytes([255] * 30 + [0] * 30)
    image = compose(Drawn(pixels, 30, (0, 0, 0, 0, 0, 0)), (10, 2), (Ink(2, -5, 4, 9, marker((232, 193, 65))),), None)
    assert image.getpixel((2, 1)) == (0, 0, 0) and image.getpixel((5, 0)) == (255, 255, 255)
    red, green, blue = image.getpixel((3, 0))
    assert red > green > blue > 100
    dark = compose(Drawn(pixels, 30, (0, 0, 0, 0, 0, 0)), (10, 2), (), Paper((20, 23, 28), (217, 220, 227)))
    assert dark.getpixel((0, 0)) == (20, 23, 28) and dark.getpixel((0, 1)) == (217, 220, 227)
    cursor = compose(
        Drawn(pixels, 30, (0, 0, 0, 0, 0, 0)), (10, 2), (Ink(0, 0, 1, 2, (255, 255, 255), "cursor"),), None
    )
    assert cursor.getpixel((0, 0)) == (0, 0, 0) and cursor.getpixel((0, 1)) == (255, 255, 255)


def test_rows_of_a_drawing_may_be_padded() -> None:
    image = compose(Drawn(b"\x01\x02\x03\xff" * 2, 4, (0, 0, 0, 0, 0, 0)), (1, 2), (), None)
    assert image.getpixel((0, 1)) == (1, 2, 3)


# kitty


def shown_by_kitty(sent: str, lines: list[str], foregrounds: list[tuple[int, int, int]]) -> Image.Image:
    """What a terminal that follows the protocol makes of what was sent and of cells, by line and by its colour."""
    images: dict[int, tuple[Image.Image, int, int]] = {}
    keys: dict[str, str] = {}
    data = ""
    for head, payload in re.findall(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\", sent):
        given = dict(part.split("=") for part in head.split(","))
        keys = given if "a" in given else keys
        data = payload if "a" in given else data + payload
        assert len(payload) <= 4096 and given["q"] == "2"
        if keys["a"] == "T" and given.get("m") == "0":
            assert keys["U"] == "1" and keys["f"] == "100"
            image = Image.open(BytesIO(base64.standard_b64decode(data))).convert("RGB")
            images[int(keys["i"])] = (image, int(keys["c"]), int(keys["r"]))
        elif keys["a"] == "d":
            assert keys["d"] == "I"
            del images[int(keys["i"])]
    marks = kitty.numbers()
    out = Image.new("RGB", (10 * max(line.count(kitty.CELL) for line in lines), 20 * len(lines)))
    for y, (line, (red, green, blue)) in enumerate(zip(lines, foregrounds, strict=True)):
        image, columns, rows = images[red << 16 | green << 8 | blue]
        assert image.size == (columns * 10, rows * 20)
        for x, (row, column) in enumerate(re.findall(f"{kitty.CELL}(.)(.)", line)):
            at = (marks.index(column) * 10, marks.index(row) * 20)
            out.paste(image.crop((*at, at[0] + 10, at[1] + 20)), (10 * x, 20 * y))
    return out


def test_images_in_cells_show_what_was_drawn_wherever_the_cells_are() -> None:
    plate = make_plate(1, (40, 60), Cells(), 10.0)
    (leaf, *rest) = [Leaf(sheet) for sheet in sheets(plate, 290)]
    sent: list[str] = []
    show = show_for(abilities(Evidence({}, Answers(True, "kitty(0.32.2)", True))), sent.append)
    assert isinstance(show, Woven) and not show.stamped and rest
    image = picture(leaf.sheet.columns * 10, leaf.sheet.rows * 20)
    made = Made(png=kitty.png(image))
    assert show.line(leaf, made, 0, 0, 3) is None
    show.arrived(leaf, made)
    first = len("".join(sent))
    show.arrived(leaf, made)
    # The second visit sends no bytes.
    assert len("".join(sent)) == first
    # Scrolled by three rows and five columns, nothing is sent but cells.
    segments = [show.line(leaf, made, row, 5, 30)[0] for row in range(3, 8)]
    colours = [tuple(segment.style.color.triplet) for segment in segments]
    seen = shown_by_kitty("".join(sent), [segment.text for segment in segments], colours)
    assert seen.tobytes() == image.crop((50, 60, 300, 160)).tobytes()
    show.close()
    assert sent[-1] == kitty.delete(colours[0][0] << 16 | colours[0][1] << 8 | colours[0][2])


def test_there_are_as_many_numbers_as_the_protocol_has() -> None:
    assert len(kitty.numbers()) == len(set(kitty.numbers())) == 297
    assert kitty.numbers()[:3] == "\u0305\u030d\u030e" and kitty.numbers()[-1] == "\U0001d244"
    assert kitty.MOST_COLUMNS <= 297


def test_wide_plates_are_several_images() -> None:
    plate = make_plate(1, (612, 792), Cells(), 12.0)
    assert plate.columns > 700
    cut = sheets(plate, kitty.MOST_COLUMNS)
    assert max(sheet.columns for sheet in cut) <= 297 and max(sheet.rows for sheet in cut) <= 297


def test_print_is_sent_in_a_palette_and_a_photograph_as_it_is() -> None:
    shades = Image.new("RGB", (256, 64))
    shades.putdata([(x, x, min(x + y // 32, 255)) for y in range(64) for x in range(256)])
    sent = Image.open(BytesIO(kitty.png(shades)))
    assert sent.mode == "P"
    assert max(abs(a - b) for a, b in zip(sent.convert("RGB").tobytes(), shades.tobytes(), strict=True)) <= 16
    photograph = picture(120, 90)
    assert Image.open(BytesIO(kitty.png(photograph))).tobytes() == photograph.tobytes()


def test_ids_are_never_the_same() -> None:
    ids = [kitty.new_id() for _ in range(500)]
    assert len(set(ids)) == 500 and all(0 < id < 1 << 24 for id in ids)


def test_the_terminal_forgets_what_is_too_much() -> None:
    sent: list[str] = []
    show = Woven(abilities(Evidence()), sent.append)
    plate = make_plate(1, (612, 792), Cells(), 2.0)
    made = Made(png=b"x")
    leaves = [Leaf(sheet, (Ink(0, 0, 1, number, (0, 0, 0)),)) for number in range(60) for sheet in sheets(plate, 290)]
    for leaf in leaves:
        show.arrived(leaf, made)
    gone = [one for one in sent if "a=d,d=I" in one]
    assert gone and len(gone) < len(leaves) and show.line(leaves[-1], made, 0, 0, 1)


def test_through_tmux_every_command_is_wrapped_alone() -> None:
    sent: list[str] = []
    tmux = Tmux("kitty(0.35.1)", "RGB,title", True)
    show = show_for(abilities(Evidence({"TMUX": "x"}, Answers(), tmux)), sent.append)
    (leaf, *_) = [Leaf(sheet) for sheet in sheets(make_plate(1, (612, 792), Cells(), 2.0), 290)]
    show.arrived(leaf, Made(png=bytes(range(256)) * 40))
    wrapped = re.findall(r"\x1bPtmux;(.*?)(?<!\x1b)\x1b\\", sent[0], re.DOTALL)
    assert "".join(f"\x1bPtmux;{one}\x1b\\" for one in wrapped) == sent[0]
    assert len(wrapped) == 4 and all(one.startswith("\x1b\x1b_G") and one.endswith("\x1b\x1b\\") for one in wrapped)


def test_placed_rows_move_and_go() -> None:
    show = Placed(abilities(Evidence()), lambda _: None)
    (leaf, *_) = [Leaf(sheet) for sheet in sheets(make_plate(1, (612, 792), Cells(), 2.0), 290)]
    made = Made(png=b"x")
    show.arrived(leaf, made)
    two = [Stamp(leaf, made, row, 0, 40, 3, 5 + row) for row in (0, 1)]
    assert show.stamp(two, gone=True).count("a=p") == 2
    assert show.stamp(two, gone=True) == ""
    moved = show.stamp([Stamp(leaf, made, 1, 0, 40, 3, 5)], gone=True)
    assert moved.count("a=p") == 1 and moved.count("a=d,d=i") == 1 and "\x1b[6;4H" in moved
    assert show.stamp([], gone=True).count("a=d,d=i") == 1


# Sixel


def shown_by_sixel(sequence: str) -> Image.Image:
    """What a terminal draws of one sixel sequence, on black."""
    body = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', sequence, re.DOTALL)
    assert body
    width, height = int(body[1]), int(body[2])
    image, palette = Image.new("RGB", (width, height)), {}
    x = top = colour = 0
    for token in re.findall(r"#\d+(?:;2;\d+;\d+;\d+)?|!\d+.|[$-]|[?-~]", body[3]):
        if token.startswith("#"):
            number, *rest = (int(part) for part in token[1:].split(";"))
            colour = number
            if rest:
                palette[number] = tuple(round(part * 255 / 100) for part in rest[1:])
        elif token == "$":
            x = 0
        elif token == "-":
            x, top = 0, top + 6
        else:
            run = int(token[1:-1]) if token.startswith("!") else 1
            for column in range(x, x + run):
                for bit in range(6):
                    if ord(token[-1]) - 63 >> bit & 1:
                        image.putpixel((column, top + bit), palette[colour])
            x += run
    return image


def test_sixels_are_the_picture_row_by_row() -> None:
    image = Image.new("RGB", (30, 45), (255, 255, 255))
    for x, y, colour in ((0, 0, (0, 0, 0)), (29, 44, (0, 0, 0)), (7, 19, (255, 0, 0)), (8, 20, (0, 255, 0))):
        image.putpixel((x, y), colour)
    image.paste((0, 0, 255), (3, 30, 20, 33))
    rows = sixel.encode_rows(image, 20)
    assert len(rows) == 3
    seen = Image.new("RGB", image.size)
    for number, row in enumerate(rows):
        seen.paste(shown_by_sixel(row), (0, 20 * number))
    assert seen.tobytes() == image.tobytes()


def test_no_more_colours_than_the_terminal_has() -> None:
    rows = sixel.encode_rows(picture(60, 40), 20, colours=16)
    assert all(len(set(re.findall(r"#(\d+);2;", row))) <= 16 for row in rows)
    # White paper costs next to nothing.
    assert len("".join(sixel.encode_rows(Image.new("RGB", (1200, 240), (255, 255, 255)), 20))) < 1000


def test_sixel_sheets_are_no_wider_than_the_terminal_takes() -> None:
    show = Sixels(
        abilities(Evidence({}, Answers(True, "XTerm(379)", sixel=True, largest=(1000, 1000)))), lambda _: None
    )
    cells = show.cells((10.0, 20.0))
    assert show.most_columns(cells) == 100


# Blocks


@pytest.mark.parametrize("down", [2, 3])
def test_every_pattern_of_dots_has_its_character(down: int) -> None:
    known = [blocks.character(dots, down) for dots in range(1 << 2 * down)]
    assert len(set(known)) == len(known)
    assert known[0] == " " and known[-1] == "█"
    assert known[0b01] in "▘\U0001fb00"


@pytest.mark.parametrize("down", [2, 3])
def test_two_colours_are_shown_as_they_are(down: int) -> None:
    image = Image.new("RGB", (8, 4 * down), (255, 255, 255))
    for x, y in ((0, 0), (3, 1), (4, down), (5, down), (6, 2 * down - 1)):
        image.putpixel((x, y), (10, 20, 30))
    for y, row in enumerate(blocks.encode_cells(image, down)):
        for x, block in enumerate(row):
            dots = [image.getpixel((2 * x + at % 2, down * y + at // 2)) for at in range(2 * down)]
            pattern = sum(1 << at for at, dot in enumerate(dots) if dot == (10, 20, 30))
            assert block.character == blocks.character(pattern, down)
            assert block.back == (255, 255, 255)


# What the terminal can

KITTY = Answers(True, "kitty(0.32.2)", graphics=True, cell=(9, 18))


@pytest.mark.parametrize(
    ("evidence", "way"),
    [
        (Evidence({"TERM": "xterm-kitty"}, KITTY), "kitty"),
        (Evidence({}, Answers(True, "ghostty 1.1.0", graphics=True)), "kitty"),
        (Evidence({}, Answers(True, "kitty(0.26.5)", graphics=True)), "placed"),
        (Evidence({}, Answers(True, "WezTerm 20240203-110809", graphics=True, sixel=True)), "sixel"),
        (Evidence({"KONSOLE_VERSION": "230800"}, Answers(True, "Konsole 23.08", graphics=True, sixel=True)), "sixel"),
        (Evidence({}, Answers(True, "foot(1.16.2)", sixel=True)), "sixel"),
        (Evidence({"VTE_VERSION": "7400"}, Answers(True)), "blocks"),
        (Evidence({"TERM": "xterm-256color"}), "blocks"),
        (Evidence({"GHOSTTY_RESOURCES_DIR": "/x"}), "kitty"),
        (Evidence({"KITTY_WINDOW_ID": "1"}), "placed"),
        (Evidence({"LC_TERMINAL": "iTerm2"}), "sixel"),
        (Evidence({"TERM": "xterm-kitty", "NO_COLOR": "1"}, KITTY), "blocks"),
        (Evidence({"STY": "1.x"}, Answers(True)), "blocks"),
        (Evidence({"TMUX": "x"}, Answers(True), Tmux("kitty(0.32.2)", "RGB,title", True)), "kitty"),
        (Evidence({"TMUX": "x"}, Answers(True), Tmux("kitty(0.32.2)", "RGB", False)), "blocks"),
        (Evidence({"TMUX": "x"}, Answers(True), Tmux("kitty(0.32.2)", "title", True)), "blocks"),
        (Evidence({"TMUX": "x"}, Answers(True, sixel=True), Tmux("foot(1.16)", "sixel", False)), "sixel"),
        (Evidence({"TMUX": "x"}, Answers(True), Tmux("", "", False)), "blocks"),
        (Evidence(screen=False), "blocks"),
    ],
)
def test_the_best_way_for_a_terminal(evidence: Evidence, way: str) -> None:
    found = abilities(evidence)
    assert found.way == way
    assert found.why


def test_tmux_is_told_what_to_set() -> None:
    tmux = Tmux("ghostty 1.1", "RGB", False)
    assert "allow-passthrough on" in abilities(Evidence({"TMUX": "x"}, Answers(True), tmux)).remedy


def test_the_setting_says_which() -> None:
    evidence = Evidence({}, Answers(True, "foot(1.16.2)", sixel=True))
    assert [abilities(evidence, one).way for one in ("auto", "kitty", "blocks", "off")] == [
        "sixel", "kitty", "blocks", "off",
    ]  # fmt: skip
    old = Evidence({}, Answers(True, "kitty(0.26.5)", graphics=True))
    assert abilities(old, "kitty").way == "placed"
    assert abilities(Evidence(screen=False), "kitty").way == "blocks"


def test_answers_are_read() -> None:
    text = "\x1bP>|XTerm(379)\x1b\\\x1b[6;17;8t\x1b[?1;0;16S\x1b[?2;0;1000;1000S\x1b[?63;1;2;4;6;9;15;22c"
    assert read_answers(text) == Answers(True, "XTerm(379)", False, True, 16, (1000, 1000), (8, 17))
    assert read_answers("\x1b_Gi=31;OK\x1b\\\x1b[?62;c").graphics
    assert not read_answers("\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?64c").graphics
    # The first number of the attributes is no attribute.
    assert not read_answers("\x1b[?4c").sixel
    assert not read_answers("\x1b[?1;3;0S").colours


def test_nobody_is_asked_who_would_print_the_question() -> None:
    assert (
        questions({"TERM": "linux"})
        == questions({})
        == questions({"TERM": "x", "TERM_PROGRAM": "Apple_Terminal"})
        == ""
    )
    assert "_G" not in questions({"TERM": "tmux-256color", "TMUX": "x"})
    assert questions({"TERM": "xterm-kitty"}).endswith("\x1b[c")


@given(some.lists(some.integers(1, 400), max_size=8))
def test_answers_are_heard_and_keys_let_through_however_they_are_cut(cuts: list[int]) -> None:
    answers = ["\x1bP>|kitty(0.32.2)\x1b\\", "\x1b_Gi=31;OK\x1b\\", "\x1b[6;18;9t", "\x1b[?1;0;256S", "\x1b[?62;4c"]
    sent = "j" + answers[0] + answers[1] + "\x1b[A" + answers[2] + "kk\x1b[6~" + answers[3] + answers[4] + "q"
    heard: list[str] = []
    ear = Ear()
    ear.open(heard.append)
    edges = sorted({0, len(sent), *(cut % len(sent) for cut in cuts)})
    # A cut right after an escape is a key pressed alone: nobody can tell, and terminals write an answer at once.
    edges = [edge for edge in edges if edge == 0 or sent[edge - 1] != "\x1b"]
    left = "".join(ear.take(sent[low:high]) for low, high in pairwise(edges))
    assert heard == answers
    assert left == "j\x1b[Akk\x1b[6~q"
    ear.close()
    assert ear.take(sent) == left, "what comes late is not for the keys either"
    assert ear.take("\x1b[?6") == "\x1b[?6", "and nothing is held back that nobody waits for"


@pytest.mark.parametrize("listening", [True, False])
def test_an_answer_cut_behind_its_escape_presses_no_keys(listening: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ear, heard = Ear(), []
    if listening:
        ear.open(heard.append)
    monkeypatch.setattr("cs229tui.tui.pictures.listening.EAR", ear)
    parser = _Parser()
    told = [event for piece in ("p\x1b", "[?62;4c", "j", "\x1b[?1;0;256Sk\x1b[6;18;9t") for event in parser.feed(piece)]
    assert [event.key for event in told] == ["p", "j", "k"]
    assert heard == (["\x1b[?62;4c", "\x1b[?1;0;256S", "\x1b[6;18;9t"] if listening else [])


def test_a_sheet_asks_for_its_own_pixels() -> None:
    plate = make_plate(2, (612, 792), Cells(), 2.0)
    last = sheets(plate, 50)[-1]
    assert last.shot == Draw(2, 1224, 1584, 1000, 1440, 1230, 1600)
