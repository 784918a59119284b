"""Reading a lab.toml: each field is taken once, with its type checked, and what is not known is an error."""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cs229tui.clean import clean, clean_line
from cs229tui.errors import LabError
from cs229tui.labkit.spec import (
    COMMON,
    Band,
    Claim,
    Panel,
    Parameter,
    ParameterError,
    Preset,
    Question,
    Spec,
    Try,
    Value,
)

RESULTS = "RESULTS.md"  # beside the lab.toml: what its presets measured, which is none of the lab's code

_LIMIT = 1_000_000  # bytes
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_RESERVED = {"preset", "run_folder", "continue", "help"}


class SpecError(LabError, ValueError):
    """A lab.toml is not what it should be; says which file, table and field."""


def load_spec(path: Path) -> Spec:
    """The lab in `path`, a lab's folder or its lab.toml; raises `SpecError`."""
    path = path / "lab.toml" if path.is_dir() else path
    try:
        if not path.is_file() and path.exists():  # a pipe is never read to its end
            raise SpecError(f"{path} is no file.", "A lab is a folder with a lab.toml.")
        if path.stat().st_size > _LIMIT:
            raise SpecError(f"{path} is too large for a lab.toml.", "Give a lab folder like labs/transformer.")
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}.", "A lab is a folder with a lab.toml.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SpecError(f"{path} is not valid TOML: {error}.", "Mend that line and try again.") from error
    return parse_spec(tables, path.absolute().parent.name, str(path))


def parse_spec(tables: dict[str, Any], name: str, source: str = "lab.toml") -> Spec:
    """The lab in already parsed TOML `tables`; `source` names the file in errors (`SpecError`)."""
    top = _Table(tables, source, "")
    key = top.text("key")
    if len(key) != 1 or not key.isalnum():
        raise top.error("key", "must be one letter or digit")
    parameters = {parameter.name: parameter for parameter in COMMON}
    for label, table in top.tables("parameters"):
        if not _NAME.fullmatch(label) or label in _RESERVED or label in parameters:
            raise table.error("", "is not a usable parameter name (small letters, digits, '_'; not one of every lab's)")
        parameters[label] = _parameter(table, label, top.variants())
    presets = {label: _preset(table, label, parameters) for label, table in top.tables("presets")}
    if not presets:
        raise top.error("presets", "is missing; a lab has at least one, quick")
    panels = tuple(_panel(table) for table in top.rows("panels"))
    claims: dict[str, Claim] = {}
    for table in top.rows("claims"):
        claim = _claim(table, presets)
        if claim.id in claims:
            raise table.error("id", f"{claim.id!r} is used twice")
        claims[claim.id] = claim
    questions: dict[str, Question] = {}
    for table in top.rows("questions"):
        question = _question(table, claims)
        if question.id in questions:
            raise table.error("id", f"{question.id!r} is used twice")
        questions[question.id] = question
    spec = Spec(
        name=clean_line(name, 80),
        title=top.text("title"),
        lecture=int(top.number("lecture", least=0, whole=True)),
        key=key,
        summary=top.text("summary"),
        readings=top.texts("readings"),
        parameters=parameters,
        presets=presets,
        panels=panels,
        claims=tuple(claims.values()),
        questions=tuple(questions.values()),
        tries=tuple(_try(table, parameters, presets) for table in top.rows("tries")),
        uses=top.texts("uses"),
    )
    for used in spec.uses:
        if not _ID.fullmatch(used) and not _NAME.fullmatch(used):
            raise top.error("uses", f"{used!r} is not the name of a lab")
    top.done({"parameters", "presets", "panels", "claims", "questions", "tries"})
    return spec


def _parameter(table: "_Table", name: str, known: Sequence[Any]) -> Parameter:
    kind = table.text("type")
    if kind not in ("int", "float", "str", "bool", "choice"):
        raise table.error("type", "must be int, float, str, bool or choice")
    choices = table.texts("choices", least=1) if kind == "choice" else ()
    low, high = table.bound("min"), table.bound("max")
    if kind not in ("int", "float") and (low is not None or high is not None):
        raise table.error("min", f"and max mean nothing for the type {kind}")
    if low is not None and high is not None and low > high:
        raise table.error("min", "is larger than max")
    variants = table.texts("variants")
    for variant in variants:
        if variant not in known:
            raise table.error("variants", f"{variant!r} is not a choice of the parameter variant")
    parameter = Parameter(name, kind, 0, low, high, choices, table.text("help"), variants=variants)  # type: ignore[arg-type]
    default = table.checked("default", parameter)
    table.done()
    return replace(parameter, default=default)


def _preset(table: "_Table", name: str, parameters: Mapping[str, Parameter]) -> Preset:
    if not _ID.fullmatch(name):
        raise table.error("", "is not a usable preset name")
    device = table.text("device")
    if device not in ("any", "cuda"):
        raise table.error("device", 'must be "any" or "cuda"')
    values = _values(table, parameters)
    memory = table.number("memory", least=0) if "memory" in table.fields else 0.0
    preset = Preset(name, table.number("minutes", least=0), device, table.text("help"), values, memory)  # type: ignore[arg-type]
    table.done()
    return preset


def _values(table: "_Table", parameters: Mapping[str, Parameter]) -> dict[str, Value]:
    values = {}
    for label, inner in table.pairs("parameters"):
        if label not in parameters:
            raise table.error(f"parameters.{label}", "is not a parameter of this lab")
        values[label] = _Table({label: inner}, table.source, f"{table.label}.parameters").checked(
            label, parameters[label]
        )
    return values


def _panel(table: "_Table") -> Panel:
    panel = Panel(table.text("title"), table.texts("metrics", least=1), table.flag("log"), table.text("x", ""))
    table.done()
    return panel


def _question(table: "_Table", claims: Mapping[str, Claim]) -> Question:
    id = table.text("id")
    if not _ID.fullmatch(id):
        raise table.error("id", f"{id!r} may hold small letters, digits, '-' and '_' only")
    question = Question(
        id,
        table.text("text"),
        table.text("unit", ""),
        table.texts("choices"),
        table.text("claim", ""),
        table.text("metric", ""),
        table.text("answer", ""),
    )
    if question.claim and question.claim not in claims:
        raise table.error("claim", f"{question.claim!r} is not a claim of this lab")
    table.done()
    return question


def _try(table: "_Table", parameters: Mapping[str, Parameter], presets: Mapping[str, Preset]) -> Try:
    preset = table.text("preset", next(iter(presets)))
    if preset not in presets:
        raise table.error("preset", f"{preset!r} is not a preset of this lab")
    found = Try(table.text("text"), preset, _values(table, parameters))
    table.done()
    return found


def _claim(table: "_Table", presets: Mapping[str, Preset]) -> Claim:
    id = table.text("id")
    if not _ID.fullmatch(id):
        raise table.error("id", f"{id!r} may hold small letters, digits, '-' and '_' only")
    table.label = f"claims {id}"
    bands = {}
    for name, value in table.pairs("presets"):
        if name not in presets:
            raise table.error(f"presets.{name}", "is not a preset of this lab")
        if not isinstance(value, dict):
            raise table.error(f"presets.{name}", "must be a table with low, high or both")
        inner = _Table(value, table.source, f"{table.label}.presets.{name}")
        bands[name] = Band(inner.bound("low"), inner.bound("high"))
        if bands[name] == Band():
            raise inner.error("low", "and high are both missing; one of them must be there")
        if None not in (bands[name].low, bands[name].high) and bands[name].low > bands[name].high:  # type: ignore[operator]
            raise inner.error("low", "is larger than high")
        inner.done()
    claim = Claim(
        id,
        table.text("text"),
        table.text("reading"),
        table.text("figure", ""),
        table.text("metric"),
        table.text("unit", ""),
        bands,
        int(table.number("page", least=1, whole=True)) if "page" in table.fields else 0,
        table.text("paper", ""),
        table.text("confirmed", ""),
        table.text("not_confirmed", ""),
    )
    table.done()
    return claim


class _Table:
    """One TOML table being read: each field is taken once, with its type checked, and what nobody took is an error."""

    def __init__(self, fields: dict[str, Any], source: str, label: str) -> None:
        self.fields = fields
        self.source = source
        self.label = label
        self._taken: set[str] = set()

    def error(self, field: str, problem: str) -> SpecError:
        place = f"[{clean_line(self.label, 80)}] " if self.label else ""
        return SpecError(
            f"{clean_line(self.source)}: {place}{clean_line(field, 80)} {problem}.".replace("] ]", "]]").replace(
                "  ", " "
            ),
            "Mend that entry and try again.",
        )

    def variants(self) -> list[Any]:
        """What the lab's parameter `variant` may be; empty where it has none."""
        table: Any = self.fields
        for field in ("parameters", "variant", "choices"):
            table = table.get(field) if isinstance(table, dict) else None
        return table if isinstance(table, list) else []

    def take(self, field: str, default: Any = None) -> Any:
        self._taken.add(field)
        value = self.fields.get(field, default)
        if value is None:
            raise self.error(field, "is missing")
        return value

    def text(self, field: str, default: str | None = None) -> str:
        value = self.take(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(field, "must be a text that is not empty")
        return clean(value, 4000).strip()

    def texts(self, field: str, least: int = 0) -> tuple[str, ...]:
        value = self.take(field, None if least else [])
        if not isinstance(value, list) or len(value) < least or not all(isinstance(item, str) for item in value):
            raise self.error(field, "must be a list of texts")
        return tuple(clean_line(item, 400) for item in value)

    def number(self, field: str, least: float, whole: bool = False) -> float:
        value = self.take(field)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise self.error(field, f"must be a {'whole ' if whole else ''}number")
        if not (math.isfinite(value) and value >= least):
            raise self.error(field, f"must be at least {least:g}")
        return float(value)

    def bound(self, field: str) -> float | None:
        self._taken.add(field)
        value = self.fields.get(field)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value != value):
            raise self.error(field, "must be a number")
        return None if value is None else float(value)

    def flag(self, field: str) -> bool:
        value = self.take(field, False)
        if not isinstance(value, bool):
            raise self.error(field, "must be true or false")
        return value

    def checked(self, field: str, parameter: Parameter) -> Value:
        value = self.take(field)
        if not isinstance(value, (bool, int, float, str)):
            raise self.error(field, f"must be of type {parameter.type}")
        if isinstance(value, str) and parameter.type not in ("str", "choice"):
            raise self.error(field, f"must be of type {parameter.type}, not a text")
        try:
            return parameter.check(value)
        except ParameterError as error:
            raise self.error(field, f"cannot be {clean_line(repr(value), 80)}: {error.remedy.rstrip('.')}") from error

    def pairs(self, field: str) -> list[tuple[str, Any]]:
        value = self.take(field, {})
        if not isinstance(value, dict):
            raise self.error(field, "must be a table")
        return list(value.items())

    def tables(self, field: str) -> list[tuple[str, "_Table"]]:
        made = []
        for name, value in self.pairs(field):
            if not isinstance(value, dict):
                raise self.error(f"{field}.{name}", "must be a table")
            made.append((name, _Table(value, self.source, f"{field}.{name}")))
        return made

    def rows(self, field: str) -> list["_Table"]:
        value = self.take(field, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(field, f"must be a list of tables, each written [[{field}]]")
        return [_Table(item, self.source, f"{field} number {at}") for at, item in enumerate(value, 1)]

    def done(self, more: frozenset[str] | set[str] = frozenset()) -> None:
        unknown = sorted(set(self.fields) - self._taken - more)
        if unknown:
            raise self.error(unknown[0], "is not a known field")
