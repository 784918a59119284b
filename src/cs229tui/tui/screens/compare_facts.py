"""The tables of the compare screen: a row for each setting, and its results and verdicts beside those of the others."""

from collections.abc import Collection, Sequence

from textual.content import Content
from textual.style import Style

from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, Spec
from cs229tui.labs.compare import CODE, LAB, PRESET, Comparison, Group, Verdicts, setting
from cs229tui.labs.exports import worth_showing
from cs229tui.labs.spreads import Spread
from cs229tui.labs.words import SIGNS, duration
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.chart_drawing import LETTERS
from cs229tui.tui.widgets.rows import Column, Row
from cs229tui.tui.widgets.run_parts import state_word

_FIRST = 30  # the least width of the first column of the facts, and what each of the others takes
_EACH = range(17, 26)


def letter_of(at: int, tones: Sequence[Style]) -> Content:
    """The letter and colour of a setting, those of its curve."""
    return Content.styled(LETTERS[at % len(LETTERS)], tones[at % len(tones)])


def group_columns(metrics: Sequence[str]) -> tuple[Column, ...]:
    """The columns of the settings."""
    results = (Column(name, most=22, right=True, drop=3 + at if at else 0) for at, name in enumerate(metrics))
    return (
        Column(),
        Column("setting", flex=True, least=12),
        Column("n", right=True),
        *results,
        Column("claims", most=9),
        Column("took", right=True, drop=1),
        Column("on", most=14, drop=9),
        Column("state", most=22, drop=2),
    )


def group_row(
    group: Group, at: int, metrics: Sequence[str], claims: Sequence[str], tones: Sequence[Style], out: bool
) -> Row:
    """One setting, in the `tones` of the curves; `out`: it is not drawn."""
    took = group.seconds()
    results = [Content(str(group.spread(name)) or "–") for name in metrics]
    cells = (
        muted("○") if out else letter_of(at, tones),
        Content(group.label),
        muted(str(len(group.runs))),
        *results,
        tally_of([group.verdict(id) for id in claims]),
        muted(duration(took.mean) if took.n else ""),
        muted(group.devices()),
        state_of(group),
    )
    if out:
        cells = tuple(muted(cell.plain) for cell in cells)
    return Row(group.key, cells)


def tally_of(verdicts: Sequence[Verdicts]) -> Content:
    """`✓ 3/4`: the claims that every run confirmed, of those tested."""
    tested = [entry for entry in verdicts if entry.tested]
    if not tested:
        return muted(SIGNS["not tested"])
    confirmed = sum(entry.verdict == CONFIRMED for entry in tested)
    style = "$success" if confirmed == len(tested) else "$error" if not confirmed else "$warning"
    return Content.styled(f"{SIGNS[CONFIRMED if confirmed else NOT_CONFIRMED]} {confirmed}/{len(tested)}", style)


def state_of(group: Group) -> Content:
    """How the runs are: one word where all are so."""
    words = group.states()
    return muted(words) if "," in words else state_word(words)


def fact_columns(comparison: Comparison, width: int, start: int) -> tuple[tuple[Column, ...], range]:
    """The columns that fit into `width`, and which settings they are for, `start` among them."""
    count = len(comparison.groups)
    room = max((width - _FIRST) // _EACH.start, 1)
    each = min((width - _FIRST) // max(min(room, count), 1), _EACH.stop)
    first = min(max(start - room // 2, 0), max(count - room, 0))
    shown = range(first, min(first + room, count))
    titles = (Column(LETTERS[at % len(LETTERS)], most=max(each - 2, 8)) for at in shown)
    return (Column("", flex=True, least=12), *titles), shown


def fact_rows(comparison: Comparison, spec: Spec | None, shown: range) -> list[Row]:
    """What differs, what came out, and the verdicts, of these settings side by side."""
    groups = [comparison.groups[at] for at in shown]
    rows: list[Row] = []
    worth = worth_showing(comparison)
    parameters = [name for name in comparison.differing if name not in (LAB, PRESET, CODE)]
    if len(parameters) > 1:  # a single one is what the settings are called by
        rows.append(Row("", (muted("parameters that differ"),)))
        rows += [
            Row(f"parameter {name}", (Content(name), *(Content(setting(group.values[name])) for group in groups)))
            for name in parameters
        ]
    rows.append(Row("", (muted("results, mean ± standard deviation"),)))
    rows += [
        Row(f"result {name}", (Content(name), *(_spread(group.spread(name)) for group in groups)))
        for name in sorted(comparison.finals, key=lambda name: name not in worth)
    ]
    if comparison.claims:
        texts = {claim.id: claim.text for claim in spec.claims} if spec else {}
        rows.append(Row("", (muted("verdicts, and what was measured"),)))
        for id in comparison.claims:
            rows.append(
                Row(f"claim {id}", (Content(texts.get(id, id)), *(_verdict(group.verdict(id)) for group in groups)))
            )
    rows.append(Row("", (muted("where and how long"),)))
    rows.append(Row("device", (Content("device"), *(muted(group.devices()) for group in groups))))
    rows.append(Row("took", (Content("took"), *(_took(group.seconds()) for group in groups))))
    return rows


def said_of(comparison: Comparison, out: Collection[str]) -> str:
    """What is compared, in a line: `Transformer, 9 runs, 3 settings · lr differs`."""
    names = ", ".join(comparison.labs)
    parts = [f"{names} · {comparison.seeds}"]
    if comparison.differing:
        some = ", ".join(comparison.differing[:6]) + (" …" if len(comparison.differing) > 6 else "")
        parts.append(f"{some} differ{'s' if len(comparison.differing) == 1 else ''}")
    elif len(comparison.runs) > 1:
        parts.append("nothing differs but the seed")
    if out:
        parts.append(f"{len(out)} not drawn")
    return " · ".join(parts)


def _spread(result: Spread) -> Content:
    return Content(str(result)) if result.n or result.missing else muted("–")


def _verdict(verdicts: Verdicts) -> Content:
    if not verdicts.tested:
        return muted(str(verdicts))
    style = {CONFIRMED: "$success", NOT_CONFIRMED: "$error", None: "$warning"}[verdicts.verdict]
    return Content.styled(str(verdicts), style)


def _took(result: Spread) -> Content:
    return muted(duration(result.mean) if result.n else "")
