"""A lab's form as it is filled in: what differs, what is swept, what is wrong, and the command that does the same."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod

from cs229tui.labkit.spec import Parameter, ParameterError, Spec, Value
from cs229tui.labs.estimates import Estimate, Past, estimate

MOST_RUNS = 10_000
_RANGE = re.compile(r"\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*")
# So many runs of a sweep are estimated one by one; the rest are taken to be like them.
_LOOKED_AT = 64


@dataclass(frozen=True)
class Filled:
    """What stands in a form. `swept` has the parameters with several values; `wrong` what each wrong one must be."""

    preset: str
    changed: Mapping[str, Value] = field(default_factory=dict)
    swept: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    launcher: str = "local"
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How many runs it stands for."""
        return prod(len(values) for values in self.swept.values())

    @property
    def counted(self) -> str:
        """`3 lr × 5 seed = 15 runs`; empty for a single run."""
        if not self.swept:
            return ""
        parts = [f"{len(values)} {name}" for name, values in self.swept.items()]
        return f"{' × '.join(parts)} = {self.runs} runs" if len(parts) > 1 else f"{self.runs} runs"


def fill(
    spec: Spec,
    preset: str,
    typed: Mapping[str, str],
    launcher: str = "local",
    options: Mapping[str, str] | None = None,
) -> Filled:
    """What the texts in the fields stand for; a field that is not there has the preset's value."""
    usual = spec.values(preset)
    changed: dict[str, Value] = {}
    swept: dict[str, tuple[Value, ...]] = {}
    wrong: dict[str, str] = {}
    for name, text in typed.items():
        try:
            values = several(spec.parameters[name], text)
        except ParameterError as error:
            wrong[name] = error.remedy
            continue
        if len(values) > 1:
            swept[name] = values
        elif values[0] != usual[name]:
            changed[name] = values[0]
    if not wrong and prod(map(len, swept.values())) > MOST_RUNS:
        wrong[max(swept, key=lambda name: len(swept[name]))] = (
            f"That is more than {MOST_RUNS:,} runs; try fewer values."
        )
    asked = {name: value.strip() for name, value in (options or {}).items() if value.strip()}
    return Filled(preset, changed, swept, wrong, launcher, {} if launcher == "local" else asked)


def several(parameter: Parameter, text: str) -> tuple[Value, ...]:
    """The values in a field: `1e-3, 3e-3`, `1..5`, or just one; raises `ParameterError`."""
    if parameter.type == "str":
        return (parameter.parse(text),)  # a comma is part of a text
    span = _RANGE.fullmatch(text)
    if parameter.type == "int" and span:
        first, last = int(span[1]), int(span[2])
        if last - first >= MOST_RUNS:
            raise ParameterError("That is too many.", f"At most {MOST_RUNS:,} values.")
        # The ends are in range where both are; what lies between is, too.
        _ = parameter.check(first), parameter.check(last)
        if first < last:
            return tuple(range(first, last + 1))
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # she has not typed the next one yet
    return tuple(dict.fromkeys(parameter.parse(part) for part in parts))


def expected(spec: Spec, filled: Filled, past: Sequence[Past]) -> Estimate:
    """How long all of its runs take, one after the other, and the memory of the hungriest."""
    axes = filled.swept
    looked_at = [
        estimate(spec, filled.preset, past, {**filled.changed, **dict(zip(axes, chosen, strict=True))})
        for chosen in islice(product(*axes.values()), _LOOKED_AT)
    ]
    said = [one for one in looked_at if one.source == "said"]
    first = said[0] if said else looked_at[0]
    seconds = sum(one.seconds for one in looked_at) / len(looked_at) * filled.runs
    return Estimate(seconds, first.source, first.runs, max(one.memory for one in looked_at))


def command(lab: str, filled: Filled) -> str:
    """The command line that does the same, quoted for a shell."""
    words = ["cs229tui", "lab", "run", lab, "--preset", filled.preset]
    for name, value in filled.changed.items():
        words += ["--param", f"{name}={word(value)}"]
    for name, values in filled.swept.items():
        words += ["--sweep", f"{name}={','.join(map(word, values))}"]
    if filled.launcher != "local":
        words += ["--launcher", filled.launcher]
        for name, text in filled.options.items():
            words += ["--option", f"{name}={text}"]
    return shlex.join(words)


def word(value: Value) -> str:
    """A value as one types it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).replace("e-0", "e-") if isinstance(value, float) else str(value)
