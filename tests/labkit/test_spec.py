"""What a lab.toml may say, and what is said about one that is wrong."""

import math
import os
from pathlib import Path

import pytest

from cs229tui.labkit.lab_file import SpecError, load_spec
from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Band, ParameterError, Spec, wanted

LAB = """
title = "Counting"
lecture = 1
key = "c"
summary = "Counts."
readings = ["a-paper"]

[parameters.steps]
type = "int"
default = 10
min = 1
max = 100
help = "how far"

[parameters.lr]
type = "float"
default = 0.5
min = 0.0
help = "how fast"

[parameters.mask]
type = "bool"
default = true
help = "hide"

[parameters.kind]
type = "choice"
default = "a"
choices = ["a", "b"]
help = "which"

[presets.quick]
minutes = 1
device = "any"
help = "quick one"

[presets.large]
minutes = 10
device = "cuda"
help = "large one"
parameters = { steps = 100, device = "cuda" }

[[panels]]
title = "loss"
metrics = ["loss"]
log = true

[[panels]]
title = "error"
metrics = ["error"]
x = "evaluations"

[[claims]]
id = "falls"
text = "It falls."
reading = "a-paper"
figure = "1"
metric = "drop"
unit = "nats"
presets = { quick = { low = 1, high = 2 } }
"""


def lab(tmp_path: Path, text: str = LAB) -> Spec:
    folder = tmp_path / "counting"
    folder.mkdir(exist_ok=True)
    (folder / "lab.toml").write_text(text, "utf-8")
    return load_spec(folder)


def test_a_lab_is_read_with_the_parameters_of_every_lab(tmp_path: Path) -> None:
    spec = lab(tmp_path)
    assert (spec.name, spec.title, spec.lecture, spec.key, spec.readings) == (
        "counting",
        "Counting",
        1,
        "c",
        ("a-paper",),
    )
    assert list(spec.parameters) == ["device", "seed", "threads", "deterministic", "steps", "lr", "mask", "kind"]
    assert spec.panels[0].log and spec.panels[0].metrics == ("loss",)
    assert [panel.x for panel in spec.panels] == ["", "evaluations"]
    assert spec.presets["large"].device == "cuda"


def test_values_are_defaults_then_the_preset_then_what_was_changed(tmp_path: Path) -> None:
    spec = lab(tmp_path)
    assert spec.values("quick")["steps"] == 10
    assert spec.values("large")["steps"] == 100
    changed = spec.values("large", {"steps": "1_0", "lr": "1e-3", "mask": "off", "kind": "b"})
    assert (changed["steps"], changed["lr"], changed["mask"], changed["kind"]) == (10, 1e-3, False, "b")
    whole = spec.values("quick", {"lr": 1})["lr"]
    assert isinstance(whole, float) and whole == 1.0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("steps", "0", "1 to 100"),
        ("steps", "1.5", "whole number"),
        ("steps", True, "type int"),
        ("steps", "9" * 5000, "whole number"),
        ("lr", "nan", "finite"),
        ("lr", "inf", "finite"),
        ("lr", -1.0, "at least 0"),
        ("mask", "perhaps", "on or off"),
        ("kind", "c", "one of a, b"),
        ("missing", "1", "no parameter"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_range(
    tmp_path: Path, name: str, value: str | bool | float, said: str
) -> None:
    with pytest.raises(ParameterError, match=said) as caught:
        lab(tmp_path).values("quick", {name: value})
    assert caught.value.exit_code == 2


def test_a_preset_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="It has quick, large"):
        lab(tmp_path).values("huge")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Counting"', "", "title is missing"),
        ("lecture = 1", 'lecture = "one"', "lecture must be a whole number"),
        ('key = "c"', 'key = "cc"', "key must be one letter"),
        ("summary =", "sumary =", "summary is missing"),
        ('readings = ["a-paper"]', 'readings = "a-paper"', "readings must be a list"),
        ("default = 10", "default = 1000", r"\[parameters.steps\] default cannot be 1000"),
        ("default = 10", 'default = "10"', r"\[parameters.steps\] default must be of type int"),
        ("default = 10", "", r"\[parameters.steps\] default is missing"),
        ("min = 1\n", "min = 200\n", r"\[parameters.steps\] min is larger than max"),
        ("[parameters.steps]", "[parameters.seed]", r"\[parameters.seed\] is not a usable parameter name"),
        ("[parameters.steps]", "[parameters.run_folder]", "is not a usable parameter name"),
        ('type = "bool"', 'type = "boolean"', r"\[parameters.mask\] type must be int, float"),
        ('choices = ["a", "b"]', "", r"\[parameters.kind\] choices"),
        ("minutes = 1\n", "minutes = -1\n", r"\[presets.quick\] minutes must be at least 0"),
        ('device = "any"', 'device = "tpu"', r"\[presets.quick\] device must be"),
        ("steps = 100", "stepz = 100", r"\[presets.large\] parameters.stepz is not a parameter"),
        ("steps = 100", "steps = 101", r"\[presets.large.parameters\] steps cannot be 101"),
        ("log = true", "logarithmic = true", "logarithmic is not a known field"),
        ('metrics = ["loss"]', "metrics = []", "metrics must be a list"),
        ("quick = { low", "huge = { low", r"\[claims falls\] presets.huge is not a preset"),
        ("low = 1, high = 2", "", "low and high are both missing"),
        ("low = 1, high = 2", "low = 3, high = 2", "low is larger than high"),
        ("low = 1, high = 2", "low = 'x'", "low must be a number"),
        ('unit = "nats"', 'unit = "nats"\nwhy = 1', r"\[claims falls\] why is not a known field"),
        ("[parameters.steps]", "[parameters.steps", "not valid TOML"),
        ('help = "hide"', 'help = "hide"\nvariants = ["a"]', r"\[parameters.mask\] variants 'a' is not a choice"),
        ('help = "hide"', 'help = "hide"\nvariants = "a"', r"\[parameters.mask\] variants must be a list"),
    ],
)
def test_a_wrong_lab_file_is_named_with_its_table_and_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in LAB
    with pytest.raises(SpecError, match=said) as caught:
        lab(tmp_path, LAB.replace(old, new, 1))
    assert "lab.toml" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_parameter_says_which_variants_use_it(tmp_path: Path) -> None:
    text = LAB.replace("[parameters.kind]", "[parameters.variant]").replace('"hide"', '"hide"\nvariants = ["b"]')
    assert lab(tmp_path, text).parameters["mask"].variants == ("b",)
    assert lab(tmp_path, text).parameters["steps"].variants == ()


def test_a_claim_written_twice(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'falls' is used twice"):
        lab(tmp_path, LAB + LAB[LAB.index("[[claims]]") :])


def test_a_folder_without_a_lab(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        load_spec(tmp_path)


def test_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lab.toml")
    with pytest.raises(SpecError, match="is no file"):
        load_spec(tmp_path)


def test_escape_sequences_of_a_lab_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    spec = lab(tmp_path, LAB.replace('"Counting"', '"Coun\\u001b[31mting\\u202e"'))
    assert spec.title == "Counting"


def test_verdicts_come_from_the_band_of_the_preset(tmp_path: Path) -> None:
    claim = lab(tmp_path).claims[0]
    measured = [0.99, 1.0, 1.5, 2.0, 2.01, math.nan, math.inf, None]
    assert [claim.verdict("quick", value) for value in measured] == [
        NOT_CONFIRMED,
        CONFIRMED,
        CONFIRMED,
        CONFIRMED,
        NOT_CONFIRMED,
        NOT_CONFIRMED,
        NOT_CONFIRMED,
        NOT_TESTED,
    ]
    assert claim.verdict("large", 1.5) == NOT_TESTED


def test_bands_in_words() -> None:
    words = [wanted(band, "nats") for band in (Band(1, 2), Band(low=1), Band(high=0.05), Band(3, 3), None)]
    assert words == ["1 to 2 nats", "at least 1 nats", "at most 0.05 nats", "3 nats", ""]
