"""The panels beside a run's curves: pictures, heat maps, histograms, texts, the machine, and the wall they hang on."""

import math
import os
import random
import shutil
import struct
import zlib
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from cs229tui.documents.pdf.wire import Draw
from cs229tui.errors import DocumentError
from cs229tui.labkit.events import Heatmap, Histogram, Image, Text
from cs229tui.tui.pictures.run_pictures import RunPictures, decoded, lines_of
from cs229tui.tui.widgets.colour_scale import colour_of, diverging, place, sequential, shade_of
from cs229tui.tui.widgets.heatmap_panel import HeatmapPanel, averaged, plan
from cs229tui.tui.widgets.histogram_panel import HistogramPanel, spread
from cs229tui.tui.widgets.panel_wall import PanelWall
from cs229tui.tui.widgets.picture_panel import PicturePanel
from cs229tui.tui.widgets.run_panel import RunPanel
from cs229tui.tui.widgets.text_panel import TextPanel
from lab_screens import over, until, watching, words

MADE = Path(__file__).parent.parent / "labs_made"


def png(width: int, height: int, red: int = 200) -> bytes:
    rows = b"".join(b"\0" + bytes((red, 10, 10)) * width for _ in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(folder: Path, data: bytes, width: int = 4, height: int = 4) -> Image:
    (folder / "a.png").write_bytes(data)
    return Image(0.0, 1, "a", "a.png", width, height)


SHOT = Draw(1, 8, 8, 0, 0, 10, 8)


class Alone(App[None]):
    """One panel and nothing else."""

    def __init__(self, panel: Widget) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield self.panel

    @property
    def words(self) -> str:
        return "\n".join("".join(part.text for part in line) for line in self.screen._compositor.render_strips())


# Pictures of a run's folder: nothing in it is believed


def test_a_picture_is_drawn_at_any_size_and_its_edge_fills_the_last_cells(tmp_path):
    pixels = decoded(tmp_path, picture(tmp_path, png(4, 4)), SHOT)
    assert len(pixels) == 3 * 10 * 8
    assert set(zip(*[iter(pixels)] * 3, strict=True)) == {(200, 10, 10)}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a PNG"),
        (b"GIF89a" + bytes(40), "not a PNG"),
        (png(4, 4)[:-30], "damaged"),
        (png(4, 4)[:40] + b"\xff" * 60, "damaged"),
        (png(5, 4), "not the picture"),
        (png(4, 4)[:16] + struct.pack(">II", 100_000, 100_000) + png(4, 4)[24:], "too large"),
    ],
)
def test_what_is_no_picture_says_so(tmp_path, data, said):
    with pytest.raises(DocumentError, match=said):
        decoded(tmp_path, picture(tmp_path, data), SHOT)


def test_a_pipe_a_link_out_and_a_file_that_is_gone_hold_nobody_up(tmp_path):
    inside = tmp_path / "run"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(png(4, 4))
    (inside / "out.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(inside / "pipe.png")
    (inside / "folder.png").mkdir()
    plain = "plain file"
    for name, said in (("out.png", "leads out"), ("pipe.png", plain), ("folder.png", plain), ("gone.png", "not there")):
        with pytest.raises(DocumentError, match=said):
            decoded(inside, Image(0.0, 1, "a", name, 4, 4), SHOT)


def test_any_damage_is_told_as_such(tmp_path):
    chance, good = random.Random(7), png(16, 16)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 9)):
            data[chance.randrange(16, len(data))] = chance.randrange(256)
        try:
            decoded(tmp_path, picture(tmp_path, bytes(data), 16, 16), Draw(1, 16, 16, 0, 0, 16, 16))
        except DocumentError as error:
            assert "a.png" in str(error)


def test_a_strip_is_broken_into_lines_only_where_that_shows_more():
    assert lines_of(224, 28, (400.0, 60.0)) == 1
    assert lines_of(224, 28, (360.0, 240.0)) == 2
    assert lines_of(224, 28, (60.0, 480.0)) == 8
    assert lines_of(200, 150, (100.0, 400.0)) == 1
    assert lines_of(10**300, 1, (100.0, 400.0)) == 1


def test_a_picture_that_is_told_to_have_no_height_says_so(tmp_path):
    source = RunPictures(tmp_path)
    source.page_of(picture(tmp_path, png(4, 4), 4, 0))
    with pytest.raises(DocumentError, match="not the picture"):
        source.draw(SHOT)


def test_pictures_keep_their_numbers_when_older_ones_go(tmp_path):
    source = RunPictures(tmp_path)
    images = [Image(0.0, step, "a", f"{step}.png", 4, 2) for step in range(3)]
    assert [source.page_of(one) for one in images] == [1, 2, 3]
    assert source.page_of(images[2]) == 3
    assert source.size_of(3) == (4.0, 2.0)


# Colours


def test_the_scales_rise_evenly_in_light():
    for dark in (True, False):
        lights = [2 * red + 5 * green + blue for red, green, blue in sequential(dark)]
        assert lights == sorted(lights, reverse=not dark)
    middle = diverging(True)[31]
    assert max(middle) - min(middle) < 20
    assert colour_of(sequential(True), 1.0) == sequential(True)[-1]
    assert [shade_of(part) for part in (0.0, 0.3, 0.99)] == [" ", "░", "█"]


# Heat maps


def test_a_matrix_is_laid_out_whole_or_averaged_honestly():
    small = Heatmap(0.0, 1, "a", [[1.0, 2.0], [3.0, 4.0]], ("x", "y"), ("u", "v"))
    laid = plan(small, 40, 8, True)
    assert laid is not None and (laid.across, laid.down, laid.columns, laid.rows) == (1, 1, 2, 2)
    large = Heatmap(0.0, 1, "a", [[float(x) for x in range(100)]] * 100)
    laid = plan(large, 30, 10, True)
    assert laid is not None and laid.across == 4 and laid.down == 5
    assert averaged([[1.0, 3.0, None], [5.0, 7.0, None]], 2, 2) == [[4.0, None]]
    assert plan(Heatmap(0.0, 1, "a", []), 30, 10, True) is None
    assert averaged([[1e308, 1e308]], 2, 1) == [[1e308]]
    assert [place(value, -1e308, 1e308) for value in (-1e308, 0.0, 1e308)] == [0.0, 0.5, 1.0]


async def test_a_heat_map_says_the_value_under_the_crosshair_and_shows_nan():
    matrix = Heatmap(0.0, 5, "attention", [[0.0, 1.0], [None, 0.25]], ("the", "cat"), ("sat", "on"))
    panel = HeatmapPanel("attention")
    async with Alone(panel).run_test(size=(50, 14)) as pilot:
        panel.show([matrix])
        panel.focus()
        await pilot.press("right", "right", "down")
        assert panel.crosshair == (1, 1)
        assert panel.facts().plain == "cat × on = 0.25"
        await pilot.press("left")
        assert panel.facts().plain == "cat × sat = NaN"
        shown = pilot.app.words  # type: ignore[attr-defined]
        assert "the" in shown and "sat" in shown and "· NaN" in shown


async def test_without_colours_density_says_it(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    panel = HeatmapPanel("a")
    async with Alone(panel).run_test(size=(40, 12)) as pilot:
        panel.show([Heatmap(0.0, 1, "a", [[0.0, 0.5, 1.0]])])
        await pilot.pause()
        shown = pilot.app.words  # type: ignore[attr-defined]
        assert "█" in shown and "▒" in shown and "▀" not in shown


# Histograms


def test_counts_are_shared_among_columns_and_none_is_lost():
    histogram = Histogram(0.0, 1, "w", -1.0, 1.0, [10, 20, 30, 40])
    for columns in (1, 3, 7, 40):
        assert math.isclose(sum(spread(histogram, -2.0, 2.0, columns)), 100)
    assert spread(histogram, -1.0, 1.0, 4) == pytest.approx([10, 20, 30, 40])
    assert sum(spread(Histogram(0.0, 1, "w", 3.0, 3.0, [7]), 2.5, 3.5, 9)) == 7


async def test_histograms_over_steps_share_an_axis_and_go_back_in_time():
    moments = [Histogram(float(step), step, "w", -1.0 - step, 1.0, [1, 5, 1]) for step in range(4)]
    panel = HistogramPanel("w")
    async with Alone(panel).run_test(size=(50, 14)) as pilot:
        panel.show(moments)
        panel.focus()
        await pilot.pause()
        assert "-4" in pilot.app.words and "step 3, 4 of 4" in str(panel.border_subtitle)  # type: ignore[attr-defined]
        await pilot.press("left")
        assert panel.moment is moments[2]
        panel.show([*moments, Histogram(9.0, 9, "w", -1.0, 1.0, [1, 1, 1])])
        assert panel.moment is moments[2], "who looks back is left in peace"
        await pilot.press("end")
        assert panel.moment is not None and panel.moment.step == 9


# Texts


async def test_texts_stand_newest_first_and_follow_the_crosshair():
    texts = [Text(step / 10, step, "sample", f"said at {step} [bold]x[/nope]") for step in (1, 10, 20)]
    panel = TextPanel("sample")
    async with Alone(panel).run_test(size=(50, 12)) as pilot:
        panel.show(texts)
        await pilot.pause()
        shown = pilot.app.words  # type: ignore[attr-defined]
        assert shown.index("said at 20 [bold]x[/nope]") < shown.index("said at 10") < shown.index("said at 1 ")
        panel.look_at(15.0)
        await pilot.pause()
        assert panel.moment is texts[1] and "said at 20" not in pilot.app.words  # type: ignore[attr-defined]
        panel.look_at(0.15, by_time=True)
        assert panel.moment is texts[0]
        panel.look_at(None)
        assert panel.chosen is None


# All of it, from a lab that logs everything


@pytest.fixture
def everything(begin, bench_folders):
    """Starts the lab that logs everything."""
    bench_folders.labs.mkdir(parents=True, exist_ok=True)
    shutil.copytree(MADE / "everything", bench_folders.labs / "everything")
    return lambda **changed: begin(name="everything", **{"pace": "0", **changed})


async def test_all_that_is_logged_has_its_panel(everything):
    async with watching(everything(), (120, 40)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        wall = screen.query_one(PanelWall)
        kinds = [place.kind for place in wall.places]
        assert kinds == [*["curves"] * 3, "image", "image", "heatmap", "heatmap", "histogram", "text", "machine"]
        await until(pilot, lambda: any(panel.picture.is_open for panel in screen.query(PicturePanel)))
        await pilot.press("right_square_bracket")
        assert [place.kind for place in wall.shown] == ["machine"]
        await until(pilot, lambda: "GPU memory" in words(screen) and "8.0 GB" in words(screen))


async def test_the_crosshair_of_the_curves_is_a_moment_for_all(everything):
    async with watching(everything(), (120, 40)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        wall = screen.query_one(PanelWall)
        wall.point(25.0)
        await pilot.pause()
        steps = {panel.moment.step for panel in wall.panels if panel.moment is not None}
        assert steps == {20}
        await pilot.press("0")
        await pilot.pause()
        assert all(panel.chosen is None for panel in wall.panels)


async def test_a_panel_is_enlarged_by_key_and_mouse_and_gives_its_room_back(everything):
    async with watching(everything(), (80, 24)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        wall = screen.query_one(PanelWall)
        await pilot.press("tab", "v")
        await pilot.pause()
        assert wall.large == wall.places[1] and len(wall.shown) == 1
        await pilot.press("right_square_bracket")
        assert wall.large == wall.places[2]
        await pilot.press("escape")
        await pilot.pause()
        assert wall.large is None and screen.is_current and wall.places[2] in wall.shown
        panel = next(one for one in wall.query(Widget) if one.display and one.parent is wall)
        await pilot.click(panel, times=2)
        await until(pilot, lambda: wall.large is not None)


async def test_a_panel_keeps_its_place_when_others_come(bench_folders, begin):
    late = (
        "start()\nevent('metric', step=1, values={'b': 1.0})\n"
        "event('text', step=1, name='x', text='hello')\n"
        "while not (folder / 'go').exists():\n    time.sleep(0.01)\n"
        "event('metric', step=2, values={'a': 1.0, 'b': 2.0})\nend()\n"
    )
    record = begin(late)
    async with watching(record) as (pilot, screen):
        wall = screen.query_one(PanelWall)
        await until(pilot, lambda: len(wall.places) == 3)
        before = wall.places
        (Path(record.folder) / "go").touch()
        await until(pilot, lambda: len(wall.places) == 4 or over(screen))
        await until(pilot, lambda: "a" in [place.name for place in wall.places])
        assert [place for place in wall.places if place in before] == [
            place for place in before if place in wall.places
        ]
        assert wall.places[-1].name == "a"


async def test_corrupt_pictures_say_what_is_wrong_and_the_rest_goes_on(everything):
    async with watching(everything(mood="corrupt"), (120, 40)) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        await until(pilot, lambda: "not a PNG" in " ".join(words(screen).split()))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
async def test_every_size_shows_panels_and_every_page_of_them(everything, size):
    async with watching(everything(), size) as (pilot, screen):
        await until(pilot, lambda: over(screen))
        wall = screen.query_one(PanelWall)
        seen = []
        for _ in range(wall.pages):
            await pilot.pause()
            for place in wall.shown:
                widget = wall._known[place]
                assert widget.region.height >= 4 and widget.region.right <= size[0], (place, widget.region)
            seen += wall.shown
            await pilot.press("right_square_bracket")
        assert seen == list(wall.places)
        assert all(isinstance(panel, RunPanel) for panel in wall.panels)
