"""Runs as files: tables that other programs read, and plots that can be printed."""

import csv
import io
import json
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.spec import Panel
from cs229tui.labs.compare import Comparison, compare, held
from cs229tui.labs.exports import best_of, better, facts, finals_table, markdown, tidy, write
from cs229tui.labs.plots.axes import axis
from cs229tui.labs.plots.drawing import plot
from cs229tui.labs.plots.panels import SweepPanel
from made_runs import falling, made_run


def compared(tmp_path: Path, spread: float = 0.001, other: float = 0.3) -> Comparison:
    runs = [
        made_run(
            tmp_path,
            f"run-{lr}-{seed}",
            {"loss": falling(lr * (1 + seed * spread)), "width": [(0, 4.0)]},
            {"lr": lr, "seed": seed},
            claims={"falls": ("confirmed", lr)},
        )
        for lr in (0.1, other)
        for seed in (1, 2)
    ]
    return compare([held(run) for run in runs])


def test_tidy_rows_are_one_number_each(tmp_path: Path):
    rows = list(csv.DictReader(io.StringIO(tidy(compared(tmp_path)))))
    assert len(rows) == 4 * 11
    assert rows[3] == {
        "run": "run-0.1-1",
        "lab": "parabola",
        "preset": "quick",
        "seed": "1",
        "lr": "0.1",
        "metric": "loss",
        "step": "3",
        "seconds": "0.3000",
        "value": str(0.1 * 1.001 / 4),
    }


def test_the_table_of_finals_has_every_parameter_and_no_title_twice(tmp_path: Path):
    run = made_run(tmp_path, "a", {"lr": [(0, 1.0)], "loss": [(0, None)]}, {"device": "auto"})
    title, row = csv.reader(io.StringIO(finals_table(compare([held(run)]))))
    assert len(title) == len(set(title))
    assert dict(zip(title, row, strict=True)) | {"final_lr": "1.0", "final_loss": "NaN", "lr": "0.1"} == dict(
        zip(title, row, strict=True)
    )


def test_json_has_no_nan(tmp_path: Path):
    run = made_run(tmp_path, "a", {"loss": [(0, 1.0), (1, None)]})
    told = json.loads(json.dumps(facts(compare([held(run)])), allow_nan=False))
    assert told["runs"][0]["curves"]["loss"]["values"] == [1.0, None]
    assert told["settings"][0]["finals"]["loss"] == {"mean": None, "deviation": None, "n": 0, "missing": 1}


def test_the_best_is_bold_only_where_the_gap_is_larger_than_the_spread(tmp_path: Path):
    clear, close = compared(tmp_path / "a"), compared(tmp_path / "b", 0.5, 0.11)
    assert markdown(clear, None).count("**") == 2
    assert "**" not in markdown(close, None)
    assert best_of(clear, "loss", "higher") is clear.groups[1]
    assert best_of(clear, "loss", "") is None
    one = compare([run for run in clear.runs if run.seed == 1])
    assert best_of(one, "loss", "lower") is None, "a single run has no spread to be better than"
    assert [better(None, name) for name in ("loss", "test_accuracy", "lr")] == ["lower", "higher", ""]


def test_a_markdown_table_is_not_broken_by_a_name(tmp_path: Path):
    runs = [made_run(tmp_path, name, {"a|b": [(0, 1.0)]}, {"text": name}) for name in ("x|y", "z")]
    table = markdown(compare([held(run) for run in runs]), None).split("\n")
    assert len({line.replace("\\|", "").count("|") for line in table[:4]}) == 1


@pytest.mark.parametrize("kind", ["csv", "json", "md", "svg", "pdf", "png"])
def test_every_kind_is_written_and_nothing_replaced_unasked(tmp_path: Path, kind: str):
    made = compared(tmp_path / "runs")
    path = tmp_path / "new" / f"out.{kind}"
    written = write(made, None, path)
    assert path in written and all(one.stat().st_size for one in written)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="already"):
        write(made, None, path)
    assert path.read_bytes() == before
    write(made, None, path, overwrite=True)
    assert not list(path.parent.glob(".*"))


def test_what_cannot_be_written_is_told(tmp_path: Path):
    made = compared(tmp_path / "runs")
    with pytest.raises(UsageError, match="form"):
        write(made, None, tmp_path / "out.docx")
    with pytest.raises(UsageError, match="None of these"):
        write(made, None, tmp_path / "out.csv", ["nothing"])
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="cannot be written"):
        write(made, None, tmp_path / "file" / "out.csv")
    empty = compare([held(made_run(tmp_path / "runs", "empty", {}))])
    with pytest.raises(LabError, match="nothing to draw"):
        write(empty, None, tmp_path / "out.svg")


def test_a_plot_is_the_same_as_svg_and_png(tmp_path: Path):
    made = plot(compared(tmp_path), [Panel("loss <nats>", ("loss",), log=True)])
    assert made is not None
    assert [type(panel).__name__ for panel in made.panels] == ["CurvePanel", "CurvePanel", "SweepPanel"]
    assert isinstance(made.panels[-1], SweepPanel) and made.panels[-1].parameter == "lr"
    root = ElementTree.fromstring(made.svg())
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "loss <nats>" in texts and "lr=0.1 (n=2)" in texts and "step" in texts
    assert any("mean ± standard deviation over seeds" in (text or "") for text in texts)
    width, height = made.size
    picture = Image.open(io.BytesIO(made.png()))
    assert picture.size == (round(width * 300 / 72), round(height * 300 / 72))
    colours = {colour for _, colour in picture.getcolors(1 << 24) or []}
    assert (0, 0x72, 0xB2) in colours and (0xD5, 0x5E, 0) in colours
    assert made.pdf() == made.pdf()


def test_hostile_names_and_numbers_make_a_plot_all_the_same(tmp_path: Path):
    curves = {
        "a</text><script>\x1b[2J": [(0, 1e308), (1, -1e308), (2, None), (3, 1e-300)],
        "flat": [(5, 2.0)],
        "nan": [(0, None)],
        "negative": [(0, -1.0), (1, -2.0)],
    }
    made = plot(compare([held(made_run(tmp_path, "a", curves))]), [Panel("neg", ("negative",), log=True)])
    assert made is not None
    svg = made.svg()
    ElementTree.fromstring(svg)
    assert b"<script" not in svg and b"\x1b" not in svg
    assert b"no positive numbers" in svg
    assert made.pdf().startswith(b"%PDF")


def test_fifty_settings_have_a_legend_that_ends(tmp_path: Path):
    runs = [made_run(tmp_path, f"r{at}", {"loss": falling(1 + at)}, {"lr": at / 100}) for at in range(50)]
    made = plot(compare([held(run) for run in runs]), [])
    assert made is not None
    assert made.legend[-1].label == "and 26 more"
    assert len({curve.colour for curve in made.panels[0].curves}) == 50  # type: ignore[union-attr]


def test_axes_hold_what_they_must():
    made = axis([1e-4, 1.0], True, 5)
    assert made is not None
    assert [label for _, label in made.ticks] == ["1e−4", "0.001", "0.01", "0.1", "1"]
    assert made.place(1e-4) == pytest.approx(0.037, abs=0.01)
    flat = axis([2.0, 2.0], False, 5)
    assert flat is not None and flat.low < 2.0 < flat.high
    assert axis([math.nan, -1.0], True, 5) is None
