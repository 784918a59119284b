"""A lab's form, filled in: several values in a field are a sweep, and the command line does the same."""

import shlex

import pytest

from cs229tui.labkit.lab_file import parse_spec
from cs229tui.labkit.spec import Parameter, ParameterError, Spec
from cs229tui.labs.estimates import Past
from cs229tui.labs.form import Filled, command, expected, fill, several

NUMBER = Parameter("lr", "float", 0.1, 0.0, 1.0)
WHOLE = Parameter("seed", "int", 1, 0, 100)


@pytest.fixture
def spec() -> Spec:
    tables = {
        "title": "Parabola",
        "lecture": 3,
        "key": "p",
        "summary": "Descends.",
        "parameters": {
            "lr": {"type": "float", "default": 0.1, "min": 0, "max": 1, "help": "step size"},
            "steps": {"type": "int", "default": 100, "min": 1, "help": "steps"},
            "text": {"type": "str", "default": "", "help": "a file"},
            "mask": {"type": "bool", "default": True, "help": "mask"},
            "form": {"type": "choice", "choices": ["a", "b"], "default": "a", "help": "form"},
        },
        "presets": {"quick": {"minutes": 1, "device": "any", "help": "a taste"}},
    }
    return parse_spec(tables, "parabola")


@pytest.mark.parametrize(
    ("parameter", "text", "values"),
    [
        (NUMBER, "1e-3, 3e-3,1e-2", (0.001, 0.003, 0.01)),
        (NUMBER, "0.01, 1e-2", (0.01,)),
        (NUMBER, "0.5,", (0.5,)),
        (WHOLE, "1..3", (1, 2, 3)),
        (WHOLE, " 7 .. 7 ", None),
        (WHOLE, "4, 2", (4, 2)),
        (Parameter("text", "str", ""), "a, b", ("a, b",)),
        (Parameter("mask", "bool", True), "true, off", (True, False)),
        (Parameter("form", "choice", "a", choices=("a", "b")), "a, b", ("a", "b")),
    ],
)
def test_several_values_in_a_field(parameter: Parameter, text: str, values: tuple[object, ...] | None):
    if values is None:
        with pytest.raises(ParameterError):
            several(parameter, text)
    else:
        assert several(parameter, text) == values


@pytest.mark.parametrize(
    ("parameter", "text"), [(NUMBER, "0.1, 7"), (NUMBER, ",0.1"), (NUMBER, ""), (WHOLE, "1..101"), (WHOLE, "0..99999")]
)
def test_one_wrong_value_makes_the_field_wrong(parameter: Parameter, text: str):
    with pytest.raises(ParameterError):
        several(parameter, text)


def test_what_differs_what_is_swept_and_what_is_wrong(spec: Spec):
    filled = fill(spec, "quick", {"lr": "1e-3, 3e-3", "steps": "100", "mask": "false", "seed": "1..3"})
    assert filled.changed == {"mask": False}
    assert filled.swept == {"lr": (0.001, 0.003), "seed": (1, 2, 3)}
    assert (filled.runs, filled.counted) == (6, "2 lr × 3 seed = 6 runs")
    assert fill(spec, "quick", {"lr": "7"}).wrong == {"lr": "It must be 0 to 1."}
    assert fill(spec, "quick", {}).counted == ""
    many = fill(spec, "quick", {"steps": "1..5000", "seed": "1..3"})
    assert "more than 10,000 runs" in many.wrong["steps"]


def test_the_command_line_is_complete_and_quoted(spec: Spec):
    filled = fill(spec, "quick", {"text": "it's [mine] ünï.txt", "lr": "0.2,0.3"}, "torchrun", {"nproc": "2", "x": " "})
    line = command("my lab", filled)
    assert shlex.split(line) == [
        *("cs229tui", "lab", "run", "my lab", "--preset", "quick"),
        *("--param", "text=it's [mine] ünï.txt", "--sweep", "lr=0.2,0.3"),
        *("--launcher", "torchrun", "--option", "nproc=2"),
    ]
    assert command("parabola", Filled("quick")) == "cs229tui lab run parabola --preset quick"
    assert fill(spec, "quick", {}, "local", {"nproc": "2"}).options == {}


def test_how_long_a_sweep_takes(spec: Spec):
    past = [Past("quick", spec.values("quick"), 10.0, 0.5)]
    assert expected(spec, fill(spec, "quick", {}), past).words == "~10 s here"
    assert expected(spec, fill(spec, "quick", {"seed": "1..5"}), past).seconds == 50
    assert expected(spec, fill(spec, "quick", {"steps": "100,200"}), past).seconds == 30
    unknown = expected(spec, fill(spec, "quick", {"lr": "0.1,0.2"}), past)
    assert (unknown.seconds, unknown.source) == (70, "said")
    assert expected(spec, fill(spec, "quick", {"steps": "1..1000", "seed": "1,2"}), past).source == "said"
