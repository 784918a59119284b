"""Plots of runs for a report: curves with bands, and results over what was swept; a column of text wide, on white."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs229tui.labkit.spec import Panel
from cs229tui.labs.compare import Comparison, by_parameter, swept
from cs229tui.labs.plots.colours import COLOURS, shade, told_apart
from cs229tui.labs.plots.panels import (
    INK,
    SIZE,
    SMALL,
    SOFT,
    Curve,
    CurvePanel,
    SweepPanel,
    draw_panel,
)
from cs229tui.labs.plots.pens import PdfPen, Pen, SvgPen, png_of, text_width

_WIDE = 468.0  # 6.5 inches: the text of a page with inch margins
_NARROW = 397.0  # 5.5 inches: LaTeX's article
_TALL, _LOW = 216.0, 168.0
_MOST_PANELS = 8
_MOST_LABELS = 24


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
            draw_panel(pen, panel, left, top, left + width / columns, top + bottom / rows)
        for number, row in enumerate(self._legend_rows(width)):
            x, y = 30.0, bottom + 10 + number * 12
            for curve in row:
                pen.line([(x, y - 2.7), (x + 16, y - 2.7)], curve.colour, 1.6, 1.0, curve.dashes)
                pen.text((x + 20, y), curve.label, SIZE, INK)
                x += text_width(curve.label, SIZE) + 34
        pen.text((30, height - 6), self.note, SMALL, SOFT)

    def _legend_rows(self, width: float) -> Iterator[list[Curve]]:
        row: list[Curve] = []
        used = 30.0
        for curve in self.legend:
            needed = text_width(curve.label, SIZE) + 34
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


def plot(comparison: Comparison, panels: Sequence[Panel], metrics: Sequence[str] = ()) -> Plot | None:
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
        made, legend = _single(comparison, panels, chosen)
    else:
        made, legend = _several(comparison, named, chosen)
    parameter = swept(comparison)
    if parameter and len(made) < _MOST_PANELS:
        made += [panel for name in chosen[:1] if (panel := _sweep(comparison, parameter, name, named)) is not None]
    labs = ", ".join(comparison.labs)
    return Plot(f"{labs}: {', '.join(chosen)}", tuple(made), tuple(legend), _note(comparison, made))


def _single(
    comparison: Comparison, panels: Sequence[Panel], chosen: Sequence[str]
) -> tuple[list[CurvePanel | SweepPanel], list[Curve]]:
    group = comparison.groups[0]
    rest = [name for name in chosen if not any(name in panel.metrics for panel in panels)]
    made: list[CurvePanel | SweepPanel] = []
    legend: dict[str, Curve] = {}
    for panel in [*panels, *(Panel(name, (name,)) for name in rest)]:
        found = [(name, line) for name in panel.metrics if name in chosen and (line := group.line(name)) is not None]
        curves = tuple(Curve(name, line, *told_apart(at)) for at, (name, line) in enumerate(found))
        if len(curves) > 1:
            legend |= {curve.label: curve for curve in curves}
        if curves:
            made.append(CurvePanel(panel.title, curves, panel.log, panel.x))
    return made[:_MOST_PANELS], list(legend.values())


def _several(
    comparison: Comparison, named: dict[str, Panel], chosen: Sequence[str]
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
        made.append(CurvePanel(title, curves, panel is not None and panel.log, panel.x if panel is not None else ""))
    order = [legend[group.key] for group in comparison.groups if group.key in legend]
    more = len(order) - _MOST_LABELS
    return made, [*order[:_MOST_LABELS], *([Curve(f"and {more} more", order[0].line, "#ffffff")] if more > 0 else [])]


def _styles(comparison: Comparison) -> dict[str, tuple[str, tuple[float, ...]]]:
    groups = comparison.groups
    parameter = swept(comparison)
    values = [group.values.get(parameter) for group in groups]
    if len(groups) > len(COLOURS) and all(isinstance(value, int | float) for value in values):
        order = sorted({value for value in values if isinstance(value, int | float)})
        places = {value: at / max(len(order) - 1, 1) for at, value in enumerate(order)}
        return {
            group.key: ("#" + bytes(shade(places[value])).hex(), ())
            for group, value in zip(groups, values, strict=True)
            if isinstance(value, int | float)
        }
    return {group.key: told_apart(at) for at, group in enumerate(groups)}


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
