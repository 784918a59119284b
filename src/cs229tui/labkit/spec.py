"""What a lab declares: parameters, presets, panels, claims and questions, for the menu and the lab itself.

`lab_file` reads it from lab.toml.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cs229tui.clean import clean_line
from cs229tui.errors import UsageError

Value = int | float | str | bool
ParameterType = Literal["int", "float", "str", "bool", "choice"]
Verdict = Literal["confirmed", "not confirmed", "not tested"]

CONFIRMED: Verdict = "confirmed"
NOT_CONFIRMED: Verdict = "not confirmed"
NOT_TESTED: Verdict = "not tested"

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}


class ParameterError(UsageError, ValueError):
    """A parameter or preset was asked for that the lab does not have, or with a value outside its range."""


@dataclass(frozen=True)
class Parameter:
    """One knob of a lab; `min` and `max` are inclusive, `choices` holds for the type "choice" only."""

    name: str
    type: ParameterType
    default: Value
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    also: str = ""  # of a choice, what may be given besides: a regular expression
    variants: tuple[str, ...] = ()  # which values of the lab's parameter `variant` make use of it; empty: all

    @property
    def range(self) -> str:
        """The allowed values in words, empty where anything of the type goes."""
        if self.type == "choice":
            return "one of " + ", ".join(self.choices)
        if self.type == "bool":
            return "on or off"
        return wanted(Band(self.min, self.max)) if self.type in ("int", "float") else ""

    def check(self, value: Value) -> Value:
        """`value` as the parameter's own type; raises `ParameterError` where it is of another type or out of range."""
        if isinstance(value, str) and self.type not in ("str", "choice"):
            return self.parse(value)
        if self.type == "choice":
            if value not in self.choices and not re.fullmatch(self.also or "(?!)", str(value)):
                raise self._error(value, self.range)
            return value
        if not isinstance(value, _TYPES[self.type]) or (isinstance(value, bool) and self.type != "bool"):
            raise self._error(value, f"a value of type {self.type}")
        if self.type in ("int", "float"):
            number = float(value)
            if not math.isfinite(number):
                raise self._error(value, "a finite number")
            if (self.min is not None and number < self.min) or (self.max is not None and number > self.max):
                raise self._error(value, self.range)
            return number if self.type == "float" else value
        return value

    def parse(self, text: str) -> Value:
        """The value that `text`, as typed on a command line, stands for; raises `ParameterError`."""
        if self.type in ("str", "choice"):
            return self.check(text)
        plain = text.strip().lower()
        if self.type == "bool":
            if plain not in _TRUE | _FALSE:
                raise self._error(text, self.range)
            return plain in _TRUE
        try:
            return self.check(int(plain.replace("_", "")) if self.type == "int" else float(plain))
        except (ValueError, OverflowError) as error:
            if isinstance(error, ParameterError):
                raise
            raise self._error(text, "a whole number" if self.type == "int" else "a number") from error

    def _error(self, value: Value, want: str) -> ParameterError:
        shown = clean_line(str(value), 80)
        return ParameterError(f"Parameter {self.name} cannot be {shown!r}.", f"It must be {want}.")


@dataclass(frozen=True)
class Preset:
    """A named set of values: the `minutes`, `memory` (GB) and `device` it needs, and what differs from the defaults."""

    name: str
    minutes: float
    device: Literal["any", "cuda"]
    help: str
    parameters: Mapping[str, Value]
    memory: float = 0.0


@dataclass(frozen=True)
class Question:
    """What a student predicts before her first run: a number in `unit`, one of the `choices`, or a sentence.

    `claim` or `metric` is where the run's own answer is read, if anywhere; `answer` is what to think of it afterwards.
    """

    id: str
    text: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    claim: str = ""
    metric: str = ""
    answer: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the run answers it with a number."""
        return bool(self.claim or self.metric) and not self.choices


@dataclass(frozen=True)
class Try:
    """What to run next: a sentence, and the preset and parameters that do it."""

    text: str
    preset: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True)
class Panel:
    """One plot: the metrics drawn in it, and whether its y axis is logarithmic.

    `x` says what is counted where that is not the run's steps: such a plot has an axis of its own.
    """

    title: str
    metrics: tuple[str, ...]
    log: bool = False
    x: str = ""


@dataclass(frozen=True)
class Band:
    """The inclusive range that confirms a claim; None is open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Claim:
    """What a reading says and the lab measures; a preset without a band in `presets` does not test it.

    `page` is where the figure stands in the reading (0: unknown) and `paper` what it says there; `confirmed` and
    `not_confirmed` say what the verdict means.
    """

    id: str
    text: str
    reading: str
    figure: str
    metric: str
    unit: str
    presets: Mapping[str, Band]
    page: int = 0
    paper: str = ""
    confirmed: str = ""
    not_confirmed: str = ""

    def verdict(self, preset: str, measured: float | None) -> Verdict:
        """The verdict on `measured` under `preset`; a number that is NaN or infinite confirms nothing."""
        band = self.presets.get(preset)
        if band is None or measured is None:
            return NOT_TESTED
        if not math.isfinite(measured):
            return NOT_CONFIRMED
        low = -math.inf if band.low is None else band.low
        high = math.inf if band.high is None else band.high
        return CONFIRMED if low <= measured <= high else NOT_CONFIRMED


@dataclass(frozen=True)
class Spec:
    """A lab; `name` is its folder's name and `parameters` includes those of every lab."""

    name: str
    title: str
    lecture: int
    key: str
    summary: str
    readings: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    presets: Mapping[str, Preset]
    panels: tuple[Panel, ...]
    claims: tuple[Claim, ...]
    questions: tuple[Question, ...] = ()
    tries: tuple[Try, ...] = ()
    uses: tuple[str, ...] = ()  # other labs whose files it imports

    def preset(self, name: str) -> Preset:
        """The preset of that name; raises `ParameterError`."""
        if name not in self.presets:
            raise ParameterError(
                f"The {self.name} lab has no preset {clean_line(name, 40)!r}.",
                f"It has {', '.join(self.presets)}.",
            )
        return self.presets[name]

    def values(self, preset: str, changed: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """Every parameter's value: its default, the preset's, or that in `changed` (texts parsed); `ParameterError`."""
        values = {name: parameter.default for name, parameter in self.parameters.items()}
        values |= self.preset(preset).parameters
        for name, value in (changed or {}).items():
            if name not in self.parameters:
                raise ParameterError(
                    f"The {self.name} lab has no parameter {clean_line(name, 40)!r}.",
                    f"It has {', '.join(self.parameters)}.",
                )
            values[name] = self.parameters[name].check(value)
        return values


# Every lab has these without declaring them; a preset may set them like its own.
COMMON = (
    Parameter(
        "device",
        "choice",
        "auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="where to compute; cuda:1 is the second GPU",
        also=r"cuda:\d{1,2}",
    ),
    Parameter("seed", "int", 1, 0, 2**31 - 1, help="start of every random number; same seed, same run on one machine"),
    Parameter("threads", "int", 0, 0, 1024, help="CPU threads; 0 leaves the choice to torch"),
    Parameter(
        "deterministic", "bool", False, help="only operations that give the same bits each time; slower on a GPU"
    ),
)


def wanted(band: Band | None, unit: str = "") -> str:
    """A band in words, such as "4.1 to 4.2", "at most 0.05" or "at least 0", with the unit behind it."""
    if band is None or (band.low is None and band.high is None):
        return ""
    unit = f" {unit}" if unit else ""
    if band.low is None:
        return f"at most {_shown(band.high)}{unit}"
    if band.high is None:
        return f"at least {_shown(band.low)}{unit}"
    low, high = _shown(band.low), _shown(band.high)
    return f"{low}{unit}" if band.low == band.high else f"{low} to {high}{unit}"


def _shown(value: float | None) -> str:
    # 2147483647, not 2.14748e+09: a limit is read by a person who types it.
    whole = value is not None and abs(value) < 1e12 and value == int(value)
    return f"{value:.0f}" if whole else f"{value:g}".replace("e-0", "e-")
