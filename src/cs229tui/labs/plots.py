"""Plots of runs for a report: curves with bands, and results over what was swept; a column of text wide, on white."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs229tui.labkit.spec import Panel
from cs229tui.labs.compare import Comparison, by_parameter, setting, swept
from cs229tui.labs.plot_axes import Axis, axis, axis_of
from cs229tui.labs.plot_pens import PdfPen, Pen, Point, SvgPen, png_of, text_width
from cs229tui.labs.series import Series, Span
from cs229tui.labs.spreads import Line, Spread

# Okabe and Ito's colours, which colour-blind people tell apart; for many settings in a row, blue to yellow.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_RAMP = ((0x30, 0x12, 0x6B), (0x2B, 0x6C, 0xA8), (0x1F, 0xA1, 0x87), (0x8F, 0xC9, 0x3A), (0xF2, 0xC1, 0x1A))
_DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.5), (1, 1.2), (6, 1.5, 1, 1.5))
_INK, _SOFT, _FAINT = "#222222", "#666666", "#e4e4e4"

_WIDE = 468.0  # 6.5 inches: the text of a page with inch margins
_NARROW = 397.0  # 5.5 inches: LaTeX's article
_TALL, _LOW = 216.0, 168.0
_SIZE, _SMALL = 8.0, 6.5
_MOST_PANELS = 8
_MOST_LABELS = 24
_MOST_POINTS = 1600


@dataclass(frozen=True)
class Curve:
    """One line of a panel and what the legend says of it."""

    label: str
    line: Line
    colour: str
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class CurvePanel:
    """Curves over the steps."""

    title: str
    curves: tuple[Curve, ...]
    log: bool = False


@dataclass(frozen=True)
class SweepPanel:
    """What a metric was at the end over the parameter that was swept; a row for each setting of the others."""

    title: str
    parameter: str
    rows: tuple[tuple[str, tuple[tuple[object, Spread], ...]], ...]


@dataclass(frozen=True)
class Plot:
    """All panels of a picture, the legend that they share, and a line below that says what is shown."""

    title: str
    panels: tuple[CurvePanel | SweepPanel, ...]
    legend: tuple[Curve, ...]
    note: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        columns, rows = self._shape
        width = _NARROW if columns == 1 else _WIDE
        return width, rows * (_TALL if columns == 1 else _LOW) + len(list(self._legend_rows(width))) * 12 + 16

    @property
    def _shape(self) -> tuple[int, int]:
        columns = 1 if len(self.panels) == 1 else 2
        return columns, -(-len(self.panels) // columns)

    def draw(self, pen: Pen) -> None:
        """Draw it on a sheet of its `size`."""
        width, height = self.size
        columns, rows = self._shape
        bottom = height - 16 - len(list(self._legend_rows(width))) * 12
        for at, panel in enumerate(self.panels):
            left, top = at % columns * width / columns, at // columns * bottom / rows
            _draw_panel(pen, panel, left, top, left + width / columns, top + bottom / rows)
        for number, row in enumerate(self._legend_rows(width)):
            x, y = 30.0, bottom + 10 + number * 12
            for curve in row:
                pen.line([(x, y - 2.7), (x + 16, y - 2.7)], curve.colour, 1.6, 1.0, curve.dashes)
                pen.text((x + 20, y), curve.label, _SIZE, _INK)
                x += text_width(curve.label, _SIZE) + 34
        pen.text((30, height - 6), self.note, _SMALL, _SOFT)

    def _legend_rows(self, width: float) -> Iterator[list[Curve]]:
        row: list[Curve] = []
        used = 30.0
        for curve in self.legend:
            needed = text_width(curve.label, _SIZE) + 34
            if row and used + needed > width:
                yield row
                row, used = [], 30.0
            row.append(curve)
            used += needed
        if row:
            yield row

    def svg(self) -> bytes:
        """The picture as SVG."""
        pen = SvgPen(*self.size, self.title)
        self.draw(pen)
        return pen.svg()

    def pdf(self) -> bytes:
        """The picture as a PDF of one page, for LaTeX."""
        pen = PdfPen(*self.size, self.title)
        self.draw(pen)
        return pen.pdf()

    def png(self) -> bytes:
        """The picture as PNG, 300 dots an inch; raises `DocumentError`."""
        return png_of(self.pdf(), *self.size)


def plot(
    comparison: Comparison, panels: Sequence[Panel], metrics: Sequence[str] = (), log: bool | None = None
) -> Plot | None:
    """The picture of some runs: the `metrics` asked for, else a panel for each that they have; None where none has any.

    `panels` are those of their lab, which name things and say which axes are logarithmic. A single setting has the
    lab's own panels; several have one for each metric, and what was swept.
    """
    named = {name: panel for panel in panels for name in panel.metrics}
    ordered = [name for panel in panels for name in panel.metrics if name in comparison.metrics]
    ordered += [name for name in comparison.metrics if name not in ordered]
    chosen = [name for name in (metrics or ordered) if name in comparison.metrics][:_MOST_PANELS]
    if not chosen:
        return None
    if len(comparison.groups) == 1 and not metrics:
        made, legend = _single(comparison, panels, chosen, log)
    else:
        made, legend = _several(comparison, named, chosen, log)
    parameter = swept(comparison)
    if parameter and len(made) < _MOST_PANELS:
        made += [panel for name in chosen[:1] if (panel := _sweep(comparison, parameter, name, named)) is not None]
    labs = ", ".join(comparison.labs)
    return Plot(f"{labs}: {', '.join(chosen)}", tuple(made), tuple(legend), _note(comparison, made))


def _single(
    comparison: Comparison, panels: Sequence[Panel], chosen: Sequence[str], log: bool | None
) -> tuple[list[CurvePanel | SweepPanel], list[Curve]]:
    group = comparison.groups[0]
    rest = [name for name in chosen if not any(name in panel.metrics for panel in panels)]
    made: list[CurvePanel | SweepPanel] = []
    legend: dict[str, Curve] = {}
    for panel in [*panels, *(Panel(name, (name,)) for name in rest)]:
        found = [(name, line) for name in panel.metrics if name in chosen and (line := group.line(name)) is not None]
        curves = tuple(
            Curve(name, line, _COLOURS[at % len(_COLOURS)], _DASHES[at // len(_COLOURS) % len(_DASHES)])
            for at, (name, line) in enumerate(found)
        )
        if len(curves) > 1:
            legend |= {curve.label: curve for curve in curves}
        if curves:
            made.append(CurvePanel(panel.title, curves, panel.log if log is None else log))
    return made[:_MOST_PANELS], list(legend.values())


def _several(
    comparison: Comparison, named: dict[str, Panel], chosen: Sequence[str], log: bool | None
) -> tuple[list[CurvePanel | SweepPanel], list[Curve]]:
    made: list[CurvePanel | SweepPanel] = []
    legend: dict[str, Curve] = {}
    styles = _styles(comparison)
    for name in chosen:
        curves = tuple(
            Curve(f"{group.label} ({line.count})" if line.most > 1 else group.label, line, *styles[group.key])
            for group in comparison.groups
            if (line := group.line(name)) is not None
        )
        for group, curve in zip([one for one in comparison.groups if one.line(name)], curves, strict=True):
            legend.setdefault(group.key, curve)
        panel = named.get(name)
        title = panel.title if panel is not None and len(panel.metrics) == 1 else name
        made.append(CurvePanel(title, curves, (panel is not None and panel.log) if log is None else log))
    order = [legend[group.key] for group in comparison.groups if group.key in legend]
    more = len(order) - _MOST_LABELS
    return made, [*order[:_MOST_LABELS], *([Curve(f"and {more} more", order[0].line, "#ffffff")] if more > 0 else [])]


def _styles(comparison: Comparison) -> dict[str, tuple[str, tuple[float, ...]]]:
    groups = comparison.groups
    parameter = swept(comparison)
    values = [group.values.get(parameter) for group in groups]
    if len(groups) > len(_COLOURS) and all(isinstance(value, int | float) for value in values):
        order = sorted({value for value in values if isinstance(value, int | float)})
        places = {value: at / max(len(order) - 1, 1) for at, value in enumerate(order)}
        return {
            group.key: (_ramp(places[value]), ())
            for group, value in zip(groups, values, strict=True)
            if isinstance(value, int | float)
        }
    return {
        group.key: (_COLOURS[at % len(_COLOURS)], _DASHES[at // len(_COLOURS) % len(_DASHES)])
        for at, group in enumerate(groups)
    }


def _ramp(place: float) -> str:
    at = min(int(place * (len(_RAMP) - 1)), len(_RAMP) - 2)
    part = place * (len(_RAMP) - 1) - at
    mixed = (round(a + (b - a) * part) for a, b in zip(_RAMP[at], _RAMP[at + 1], strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _sweep(comparison: Comparison, parameter: str, metric: str, named: dict[str, Panel]) -> SweepPanel | None:
    rows = by_parameter(comparison, parameter, metric)
    if not rows:
        return None
    panel = named.get(metric)
    title = panel.title if panel is not None and len(panel.metrics) == 1 else metric
    return SweepPanel(
        f"{title}, at the end", parameter, tuple((label, tuple(points)) for label, points in rows.items())
    )


def _note(comparison: Comparison, panels: Sequence[CurvePanel | SweepPanel]) -> str:
    lines = [curve.line for panel in panels if isinstance(panel, CurvePanel) for curve in panel.curves]
    parts = [" ".join((*comparison.labs, *dict.fromkeys(run.record.preset for run in comparison.runs)))]
    if any(line.most > 1 for line in lines):
        parts.append("mean ± standard deviation over seeds")
    if any(line.interpolated for line in lines):
        parts.append("interpolated between steps")
    if any(line.thinned for line in lines):
        parts.append("means at 2,000 of the steps")
    devices = dict.fromkeys(run.device for run in comparison.runs if run.device)
    if any(run.alive for run in comparison.runs):
        parts.append("some runs still going on")
    return " · ".join([*parts, ", ".join(devices)]).strip(" ·")


# Drawing


def _draw_panel(pen: Pen, panel: CurvePanel | SweepPanel, left: float, top: float, right: float, bottom: float) -> None:
    pen.text((left + 30, top + 12), panel.title, _SIZE, _INK)
    box = (left + 36, top + 19, right - 10, bottom - 28)
    if isinstance(panel, SweepPanel):
        _draw_sweep(pen, panel, box)
    else:
        _draw_curves(pen, panel, box)


def _draw_curves(pen: Pen, panel: CurvePanel, box: tuple[float, float, float, float]) -> None:
    lines = [curve.line for curve in panel.curves]
    series = [part for line in lines for part in (line.mean, line.low, line.high) if part is not None]
    across = axis((end for one in series for end in (one.steps[0], one.steps[-1])), False, 6, margin=0.0)
    up = axis(_heights(lines, panel.log), panel.log, 6)
    if across is None or up is None:
        _frame(pen, box, across, None, "step")
        pen.text(
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
            "no positive numbers for a log axis" if panel.log else "NaN",
            _SIZE,
            _SOFT,
            "middle",
        )
        return
    _frame(pen, box, across, up, "step")
    pen.clip(*box)
    for curve in reversed(panel.curves):
        line = curve.line
        if line.low is not None and line.high is not None:
            lows, highs = (
                _pieces(line.low, across, up, box, floor=True),
                _pieces(line.high, across, up, box, floor=True),
            )
            for low, high in zip(lows, highs, strict=True):
                pen.area([*high, *reversed(low)], curve.colour, 0.18)
    for curve in reversed(panel.curves):
        for piece in _pieces(curve.line.mean, across, up, box):
            if len(piece) == 1:
                pen.dot(piece[0], 1.2, curve.colour)
            else:
                pen.line(piece, curve.colour, 1.1, 1.0, curve.dashes)
    pen.unclip()


def _draw_sweep(pen: Pen, panel: SweepPanel, box: tuple[float, float, float, float]) -> None:
    values = sorted({value for _, points in panel.rows for value, _ in points}, key=_order)
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: float(value) if numeric else float(at) for at, value in enumerate(values)}  # type: ignore[arg-type]
    across = axis_of(list(places.values()), [setting(value) for value in values])
    ends = [end for _, points in panel.rows for _, result in points for end in _ends(result)]
    up = axis(ends, False, 6, margin=0.08)
    if up is None:
        return
    _frame(pen, box, across, up, panel.parameter)
    for at, (label, points) in enumerate(panel.rows):
        colour, dashes = _COLOURS[at % len(_COLOURS)], _DASHES[at // len(_COLOURS) % len(_DASHES)]
        middles = [_point(places[value], result.mean, across, up, box) for value, result in points]
        pen.line(middles, colour, 0.8, 1.0, dashes)
        for (value, result), middle in zip(points, middles, strict=True):
            if result.deviation is not None:
                low, high = (_point(places[value], end, across, up, box) for end in _ends(result))
                pen.line([low, high], colour, 0.8)
                for x, y in (low, high):
                    pen.line([(x - 2, y), (x + 2, y)], colour, 0.8)
            pen.dot(middle, 2.0, colour)
        if label and middles:
            x, y = middles[-1]
            pen.text((min(x, box[2]) - 4, y - 5), label, _SMALL, colour, "end")


def _frame(pen: Pen, box: tuple[float, float, float, float], across: Axis | None, up: Axis | None, below: str) -> None:
    left, top, right, bottom = box
    for value, label in up.ticks if up else ():
        y = bottom - up.place(value) * (bottom - top) if up else bottom
        if top - 0.5 <= y <= bottom + 0.5:
            pen.line([(left, y), (right, y)], _FAINT, 0.5)
            pen.text((left - 4, y + 2.5), label, _SMALL, _SOFT, "end")
    taken = -math.inf
    for value, label in across.ticks if across else ():
        x = left + across.place(value) * (right - left) if across else left
        half = text_width(label, _SMALL) / 2
        if left - 0.5 <= x <= right + 0.5 and x - half > taken:
            pen.line([(x, bottom), (x, bottom + 2.5)], _SOFT, 0.5)
            pen.text((x, bottom + 9.5), label, _SMALL, _SOFT, "middle")
            taken = x + half + 3
    pen.line([(left, top), (left, bottom), (right, bottom)], _SOFT, 0.6)
    pen.text(((left + right) / 2, bottom + 19), below, _SIZE, _INK, "middle")


def _heights(lines: Sequence[Line], log: bool) -> Iterator[float]:
    """The values that must be seen: all means, and bands as far as they go with them on a logarithmic axis."""
    for line in lines:
        low, high = line.mean.extent()
        yield high
        yield low if low > 0 or not log else min((value for value in line.mean.values if value > 0), default=high)
        if line.high is not None and line.low is not None:
            yield line.high.extent()[1]
            if not log:
                yield line.low.extent()[0]


def _pieces(
    series: Series, across: Axis, up: Axis, box: tuple[float, float, float, float], floor: bool = False
) -> list[list[Point]]:
    """The lines of a series, broken where it has no number; `floor` keeps what a logarithmic axis cannot show."""
    pieces: list[list[Point]] = [[]]
    for step, value in _points(series):
        if value != value or (up.log and value <= 0 and not floor):
            if pieces[-1]:
                pieces.append([])
            continue
        pieces[-1].append(_point(step, max(value, up.low) if floor and up.log else value, across, up, box))
    return [piece for piece in pieces if piece]


def _points(series: Series) -> Iterator[Point]:
    if len(series) <= _MOST_POINTS:
        yield from zip(series.steps, series.values, strict=True)
        return
    span = Span(series.steps[0], series.steps[-1])
    count = _MOST_POINTS // 2
    for column in series.columns(span, count):
        step = span.at(column.place / (count - 1))
        if column.gap:
            yield step, math.nan
        yield step, column.low
        if column.high > column.low:
            yield step, column.high


def _point(x: float, y: float, across: Axis, up: Axis, box: tuple[float, float, float, float]) -> Point:
    left, top, right, bottom = box
    height = min(max(up.place(y), -1.0), 2.0)
    return left + across.place(x) * (right - left), bottom - height * (bottom - top)


def _ends(result: Spread) -> tuple[float, float]:
    apart = result.deviation or 0.0
    return result.mean - apart, result.mean + apart


def _order(value: object) -> tuple[bool, float, str]:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return (not numeric, float(value) if numeric else 0.0, str(value))  # type: ignore[arg-type]
