"""Runs as files for other programs and for a report: CSV, JSON, Markdown, and plots as SVG, PDF and PNG."""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cs229tui.errors import LabError, UsageError
from cs229tui.labkit.spec import NOT_TESTED, Panel, Spec
from cs229tui.labs.compare import Comparison, Group, setting
from cs229tui.labs.spreads import Spread

KINDS = ("csv", "json", "md", "pdf", "png", "svg")
# What is better where the lab does not say: by the name of the metric.
_LOWER = ("loss", "error", "bits", "nats", "nll", "perplexity", "regret", "distance", "held_out", "fid", "mse", "gap")
_HIGHER = ("accuracy", "acc", "score", "reward", "return", "correct", "auc", "f1", "rate", "per_second")


def write(
    comparison: Comparison, spec: Spec | None, path: Path, metrics: Sequence[str] = (), overwrite: bool = False
) -> list[Path]:
    """Write runs in the form that the file's ending names, and return what was written.

    A CSV comes with a second one, `NAME-finals.csv`. Raises `UsageError` for an ending or metric that is not known and
    for a file that is there (unless `overwrite`), `LabError` where it cannot be written or nothing can be drawn.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UsageError(
            f"{path.name} ends in no form that runs can be written in.", f"There are .{', .'.join(KINDS)}."
        )
    unknown = [name for name in metrics if name not in comparison.finals]
    if unknown:
        known = ", ".join(comparison.finals) or "none"
        raise UsageError(f"None of these runs has a metric {unknown[0]!r}.", f"They have: {known}.")
    paths = [path, path.with_name(f"{path.stem}-finals.csv")] if kind == "csv" else [path]
    there = [one for one in paths if one.exists()]
    if there and not overwrite:
        raise UsageError(f"{there[0]} is there already.", "Give another name, or --overwrite.")
    makers: dict[str, Callable[[], list[bytes]]] = {
        "csv": lambda: [tidy(comparison, metrics).encode(), finals_table(comparison).encode()],
        "json": lambda: [json.dumps(facts(comparison, metrics), ensure_ascii=False, indent=1).encode() + b"\n"],
        "md": lambda: [markdown(comparison, spec, metrics).encode()],
    }
    texts = makers[kind]() if kind in makers else [_drawn(comparison, spec, metrics, kind)]
    try:
        for one, text in zip(paths, texts, strict=True):
            one.parent.mkdir(parents=True, exist_ok=True)
            _put(one, text)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror}.", "Give another place.") from error
    return paths


def tidy(comparison: Comparison, metrics: Sequence[str] = ()) -> str:
    """One row a number: run, lab, preset, seed, the parameters that differ, metric, step, seconds, value."""
    names = [name for name in comparison.differing if name not in ("lab", "preset")]
    fixed = ("run", "lab", "preset", "seed", "metric", "step", "seconds", "value")
    titles = [f"parameter_{name}" if name in fixed else name for name in names]
    rows = [[*fixed[:4], *titles, *fixed[4:]]]
    for group in comparison.groups:
        for run in group.runs:
            record = run.record
            head = [
                record.id,
                record.lab,
                record.preset,
                _cell(run.seed),
                *(_cell(group.values[name]) for name in names),
            ]
            for metric, series in run.view.series.items():
                if metrics and metric not in metrics:
                    continue
                for step, seconds, value in zip(series.steps, series.seconds, series.values, strict=True):
                    rows.append([*head, metric, f"{step:.12g}", f"{seconds:.4f}", _cell(value)])
    return _csv(rows)


def finals_table(comparison: Comparison) -> str:
    """One row a run: all its parameters, how it ended, and its last numbers."""
    parameters = dict.fromkeys(name for run in comparison.runs for name in run.record.parameters)
    fixed = ("run", "lab", "preset", "state", "ran_on", "seconds")
    titles = [f"parameter_{name}" if name in fixed else name for name in parameters]
    rows = [[*fixed, *titles, *(f"final_{name}" for name in comparison.finals)]]
    for run in comparison.runs:
        record, finals = run.record, run.finals
        head = [record.id, record.lab, record.preset, record.state, run.device, f"{run.seconds:.3f}"]
        row = [_cell(record.parameters.get(name)) for name in parameters]
        rows.append([*head, *row, *(_cell(finals.get(name)) for name in comparison.finals)])
    return _csv(rows)


def facts(comparison: Comparison, metrics: Sequence[str] = (), curves: bool = True) -> dict[str, Any]:
    """The comparison as JSON says it; NaN is null."""
    return {
        "differing": list(comparison.differing),
        "metrics": list(comparison.metrics),
        "settings": [_group_facts(comparison, group, metrics) for group in comparison.groups],
        "runs": [
            {
                "id": run.record.id,
                "lab": run.record.lab,
                "preset": run.record.preset,
                "state": run.record.state,
                "device": run.device,
                "seconds": run.seconds,
                "parameters": run.record.parameters,
                "finals": {name: _number(value) for name, value in run.finals.items()},
                "verdicts": {
                    id: {"verdict": entry.verdict, "measured": entry.measured, "wanted": entry.wanted}
                    for id, entry in run.view.verdicts.items()
                },
            }
            | (
                {
                    "curves": {
                        name: {
                            "steps": list(series.steps),
                            "seconds": list(series.seconds),
                            "values": [_number(value) for value in series.values],
                        }
                        for name, series in run.view.series.items()
                        if not metrics or name in metrics
                    }
                }
                if curves
                else {}
            )
            for run in comparison.runs
        ],
    }


def markdown(comparison: Comparison, spec: Spec | None, metrics: Sequence[str] = ()) -> str:
    """Two tables for a report: results with their spread, and the verdicts on the claims."""
    names = list(comparison.differing)
    shown = list(metrics) or worth_showing(comparison)
    head = [*names, *([] if names else ["runs"]), "n", *shown, "seconds"]
    rows = [head]
    best = {name: best_of(comparison, name, better(spec, name)) for name in shown}
    for group in comparison.groups:
        told = [setting(group.values[name]) for name in names] or [group.label]
        cells = []
        for name in shown:
            text = str(group.spread(name)) or "–"
            cells.append(f"**{text}**" if best[name] is group else text)
        rows.append([*told, str(len(group.runs)), *cells, str(group.seconds()) or "–"])
    parts = [_table(rows)]
    if comparison.claims:
        texts = {claim.id: claim.text for claim in spec.claims} if spec else {}
        rows = [["claim", *(group.label for group in comparison.groups)]]
        for id in comparison.claims:
            rows.append([texts.get(id, id), *(str(group.verdict(id)) for group in comparison.groups)])
        parts.append(_table(rows))
    parts.append(_caption(comparison, any(best.values())))
    return "\n".join(parts)


def worth_showing(comparison: Comparison) -> list[str]:
    """The results that a table is about: what differs between settings or seeds."""
    shown = [name for name in comparison.finals if len({run.finals.get(name) for run in comparison.runs}) > 1]
    return shown or list(comparison.finals)


def better(spec: Spec | None, metric: str) -> str:
    """Whether the "lower" or the "higher" value of a metric is the better one; empty where nobody says."""
    for claim in spec.claims if spec else ():
        if claim.metric == metric:
            sides = {(band.low is not None, band.high is not None) for band in claim.presets.values()}
            if sides == {(False, True)}:
                return "lower"
            if sides == {(True, False)}:
                return "higher"
    words = metric.lower().replace("-", "_")
    if any(word in words for word in _LOWER):
        return "lower"
    return "higher" if any(word in words.split("_") or word == words for word in _HIGHER) else ""


def best_of(comparison: Comparison, metric: str, side: str) -> Group | None:
    """The setting whose result is better than every other by more than both their spreads; None where none is."""
    found = [(group, group.spread(metric)) for group in comparison.groups]
    known = [(group, result) for group, result in found if result.deviation is not None and not result.missing]
    if not side or len(known) < 2 or len(known) < sum(result.n > 0 for _, result in found):
        return None
    known.sort(key=lambda entry: entry[1].mean, reverse=side == "higher")
    (group, first), (_, second) = known[:2]
    apart = (first.deviation or 0.0) + (second.deviation or 0.0)
    clear = all(
        abs(other.mean - first.mean) > (first.deviation or 0.0) + (other.deviation or 0.0) for _, other in known[1:]
    )
    return group if clear and abs(second.mean - first.mean) > apart else None


def panels_of(spec: Spec | None, comparison: Comparison) -> list[Panel]:
    """The panels of the lab that the runs are of."""
    return [
        panel for panel in (spec.panels if spec else ()) if any(name in comparison.metrics for name in panel.metrics)
    ]


def _drawn(comparison: Comparison, spec: Spec | None, metrics: Sequence[str], kind: str) -> bytes:
    from cs229tui.labs.plots.drawing import plot

    made = plot(comparison, panels_of(spec, comparison), metrics)
    if made is None:
        raise LabError("There is nothing to draw: these runs have no curves.", "Write a table: .csv, .json or .md.")
    return {"svg": made.svg, "pdf": made.pdf, "png": made.png}[kind]()


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)


def _caption(comparison: Comparison, bold: bool) -> str:
    presets = ", ".join(dict.fromkeys(run.record.preset for run in comparison.runs))
    devices = ", ".join(dict.fromkeys(run.device for run in comparison.runs if run.device))
    words = f"{', '.join(comparison.labs)}, {presets}{f', on {devices}' if devices else ''}."
    if any(len(group.runs) > 1 for group in comparison.groups):
        words += " Mean ± standard deviation over n runs that differ by their seed."
    if bold:
        words += " Bold: better than every other by more than both deviations."
    if any(run.alive for run in comparison.runs):
        words += " Some runs are still going on."
    return words + "\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = [[cell.replace("\\", "\\\\").replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, ""])


def _group_facts(comparison: Comparison, group: Group, metrics: Sequence[str]) -> dict[str, Any]:
    return {
        "label": group.label,
        "runs": [run.record.id for run in group.runs],
        "values": dict(group.values),
        "finals": {name: _spread(group.spread(name)) for name in comparison.finals if not metrics or name in metrics},
        "verdicts": {
            id: {"confirmed": found.confirmed, "tested": found.tested, "measured": _spread(found.measured)}
            for id in comparison.claims
            if (found := group.verdict(id)).verdict != NOT_TESTED
        },
        "seconds": _spread(group.seconds()),
    }


def _spread(result: Spread) -> dict[str, Any]:
    return {
        "mean": _number(result.mean),
        "deviation": result.deviation,
        "n": result.n,
        "missing": result.missing,
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value!r}".replace("nan", "NaN") if isinstance(value, float) else str(value)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
