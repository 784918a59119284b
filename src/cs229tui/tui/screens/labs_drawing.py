"""How the tab Labs draws: a lab in its row and in full, a run or a sweep in a row of the history."""

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from textual.content import Content

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.course.model import Course
from cs229tui.labkit.spec import Spec
from cs229tui.labs.estimates import Estimate, Past, estimate
from cs229tui.labs.find import Lab
from cs229tui.labs.form import word
from cs229tui.labs.life import look
from cs229tui.labs.needs import Need
from cs229tui.labs.words import duration, ordinal, short, tally
from cs229tui.library.catalog import Catalog
from cs229tui.library.run_history import SWEEP, Entry, SweepFacts
from cs229tui.library.runs import ALIVE, RunRecord
from cs229tui.tui.marks import ago, muted, since
from cs229tui.tui.widgets.columns import Column, Row
from cs229tui.tui.widgets.run_parts import state_word, verdict_sign

LAB_COLUMNS = (Column(), Column(), Column(flex=True, least=10), Column(right=True, drop=1))
RUN_COLUMNS = (
    Column(""),
    Column("run", most=14),
    Column("lab", most=18),
    Column("preset", most=12, drop=4),
    Column("state", most=16),
    Column("claims", most=8),
    Column("took", right=True, drop=3),
    Column("started", right=True, drop=1),
    Column("changed", flex=True, drop=2, least=12),
)
_GONE = Row("gone", (Content(), muted("…"), *[Content()] * 7))


@dataclass
class Bench:
    """What is known of the labs on this machine; `needs` is None until it has been looked for."""

    labs: Sequence[Lab] = ()
    needs: Mapping[tuple[str, str], Need | None] | None = None
    past: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    last: Mapping[str, RunRecord] = field(default_factory=dict)

    def need(self, lab: Lab, preset: str) -> Need | None:
        """What a preset lacks here, as far as that is known."""
        return self.needs.get((lab.name, preset)) if self.needs else None

    def estimate(self, lab: Lab, spec: Spec, preset: str) -> Estimate:
        """How long a preset will take here."""
        return estimate(spec, preset, self.past.get(lab.name, ()))


# The labs


def lab_rows(bench: Bench, course: Course, height: int) -> list[Row]:
    """The labs by lecture: under headings where that fits in `height` lines, else with the lecture beside them."""
    groups = [(number, list(group)) for number, group in groupby(bench.labs, key=lambda lab: _lecture(bench, lab))]
    roomy = len(bench.labs) + 2 * len(groups) - 1 <= height
    rows: list[Row] = []
    for number, group in groups:
        lecture = course.lecture(number)
        if roomy:
            title = f"Lecture {number} · {lecture.title}" if lecture else "Not of a lecture"
            rows += [*([Row("", (Content(),))] if rows else []), Row("", (muted(title),))]
        for place, lab in enumerate(group):
            beside = "" if roomy or place else f"L{number}" if lecture else "–"
            rows.append(Row(lab.name, (muted(beside), *_lab_cells(bench, lab))))
    return rows


def _lecture(bench: Bench, lab: Lab) -> int:
    """The lecture a lab stands under: a broken copy under that of its original."""
    return lab.lecture or next((one.lecture for one in bench.labs if one.name == lab.copy_of), 0)


def _lab_cells(bench: Bench, lab: Lab) -> tuple[Content, ...]:
    own = " yours" if lab.own else ""
    if lab.spec is None or lab.error:
        words = Content.assemble(lab.title, muted(own))
        return Content.styled(" ! ", "bold $error"), words, Content.styled("broken", "$error")
    key = Content.styled(f"[{lab.key}]" if lab.key else "   ", "bold $primary")
    return key, Content.assemble(lab.title, muted(own)), standing(lab, bench.last.get(lab.name), bench)


def standing(lab: Lab, last: RunRecord | None, bench: Bench | None = None) -> Content:
    """How a lab stands: its last run's verdicts or state; before the first run, how long that will take."""
    if last is not None:
        words = tally(last.verdicts)
        if last.state == "done" and words:
            return Content.styled(words, "$success" if words.startswith("✓") else "$error")
        return state_word(last.state)
    if lab.spec is None:
        return Content()
    preset = first_preset(lab.spec)
    found = bench.estimate(lab, lab.spec, preset) if bench else estimate(lab.spec, preset, ())
    return muted(found.words.removesuffix(", says the lab").removesuffix(" here"))


def first_preset(spec: Spec) -> str:
    """The preset that a lab's key runs."""
    return "quick" if "quick" in spec.presets else next(iter(spec.presets))


def about(bench: Bench, lab: Lab, course: Course, readings: Catalog, judged: RunRecord | None, width: int) -> Content:
    """A lab in full: what it shows, what each preset needs here, its claims with their last verdicts, its readings."""
    if lab.spec is None or lab.error:
        return _broken(lab, width)
    spec = lab.spec
    lecture = course.lecture(lab.lecture)
    lines = _hanging(Content(), spec.summary, width)
    if lecture is not None:
        lines += _hanging(Content(), f"Lecture {lecture.number} · {lecture.title}", width, "$text-muted")
    lines.append(Content())
    lacking: list[Need] = []
    column = max(9, *map(len, spec.presets))
    for preset in spec.presets.values():
        need = bench.need(lab, preset.name)
        found = bench.estimate(lab, spec, preset.name)
        sign = Content(" ") if need is None else Content.styled("✗", "$warning")
        name = Content.styled(f" {preset.name:<{column}} ", "bold" if need is None else "$text-muted")
        needs = [found.words, *(["GPU"] if preset.device == "cuda" else []), *amount(found.memory)]
        lines += _hanging(Content.assemble(sign, name), " · ".join(needs), width, "$text-muted")
        lines += _hanging(Content(" " * (column + 3)), preset.help, width)
        if need is not None and need not in lacking:
            lacking.append(need)
    for need in lacking:
        lines += _hanging(Content.styled("✗ ", "$warning"), str(need), width, "$warning")
    if spec.claims:
        of = "" if judged is None else f", and the verdicts of run {short(judged.id)}, {since(judged.started, now())}"
        lines += [Content(), muted(f"claims{of}")]
    verdicts = {entry.get("id"): entry.get("verdict") for entry in judged.verdicts} if judged else {}
    for claim in spec.claims:
        sign = verdict_sign(verdicts[claim.id]) if claim.id in verdicts else muted("·")
        lines += _hanging(Content.assemble(sign, " "), claim.text, width)
    names = [readings[id].short if id in readings else id for id in spec.readings]
    if names:
        lines += [Content(), *_hanging(muted("from "), " · ".join(names), width, "$text-muted")]
    if lab.own:
        lines += [Content(), *_hanging(muted("yours "), str(lab.path), width, "$text-muted")]
    return Content("\n").join(lines)


def _broken(lab: Lab, width: int) -> Content:
    lines = [Content.styled("This lab cannot run.", "$error"), Content(), *_hanging(Content(), lab.error, width)]
    remedy = "Mend it there; the menu follows as soon as the file is saved."
    return Content("\n").join([*lines, Content(), *_hanging(Content(), remedy, width, "$text-muted")])


def amount(memory: float) -> list[str]:
    """Memory in GB as a list of one word, or none where it is not known."""
    return [f"{memory:.1f} GB" if memory < 10 else f"{memory:.0f} GB"] if memory >= 0.05 else []


# The runs


def run_rows(
    entries: Iterable[Entry], bench: Bench, marked: Collection[str], opened: Collection[str], queue: Mapping[str, int]
) -> list[Row]:
    """The rows of the history; `queue` says which of the runs that wait comes first, second, …"""
    titles = {lab.name: lab for lab in bench.labs}
    swept: dict[str, Collection[str]] = {}
    rows = []
    for entry in entries:
        if entry is None:
            rows.append(_GONE)
        elif isinstance(entry, SweepFacts):
            swept[entry.sweep] = entry.differing
            rows.append(_sweep_row(entry, titles, marked, entry.sweep in opened))
        else:
            within = bool(entry.sweep) and entry.sweep in opened
            place, differing = queue.get(entry.id, 0), swept.get(entry.sweep) if within else None
            rows.append(_run_row(entry, titles, entry.id in marked, within, place, differing))
    return rows


def _run_row(
    record: RunRecord, labs: Mapping[str, Lab], marked: bool, within: bool, place: int, swept: Collection[str] | None
) -> Row:
    """A run; `within` a sweep that is unfolded, where that is known, by the parameters in which its runs differ."""
    seconds = record.seconds
    state = state_word(look(record).word if record.state in ALIVE and record.state != "queued" else record.state)
    if record.state == "queued":
        state = Content.styled(f"… queued, {ordinal(place)}" if place else "… queued", "$text-muted")
    lab = labs.get(record.lab)
    cells = (
        Content.styled("●", "$accent") if marked else Content(" "),
        Content.assemble("  " if within else "", muted(short(record.id)[:12])),
        _titled(lab, record.lab),
        Content(record.preset),
        state,
        _verdicts(record.confirmed, record.tested),
        muted("" if seconds is None else duration(seconds)),
        muted(ago(record.started, now())),
        muted(changed_values(record, lab, swept)),
    )
    return Row(record.id, cells)


def _titled(lab: Lab | None, name: str) -> Content:
    return Content.assemble(lab.title, muted(" yours" if lab.own else "")) if lab else Content(name)


def _sweep_row(facts: SweepFacts, labs: Mapping[str, Lab], marked: Collection[str], opened: bool) -> Row:
    lab = labs.get(facts.lab)
    over = sum(count for state, count in facts.states.items() if state not in ALIVE)
    done = facts.states.get("done", 0)
    told = f"{over}/{facts.runs} over" if facts.alive else f"{done}/{facts.runs} done"
    sign, style = ("▸", "$primary") if facts.alive else ("✓", "$success") if done == facts.runs else ("✗", "$error")
    cells = (
        Content.styled("●", "$accent") if facts.sweep in marked else Content(" "),
        Content.styled(f"{'▾' if opened else '▸'} {counted(facts.runs, 'run')}", "bold"),
        _titled(lab, facts.lab),
        Content(facts.preset),
        Content.styled(f"{sign} {told}", style),
        _verdicts(facts.confirmed, facts.tested),
        muted(duration(facts.seconds) if facts.seconds else ""),
        muted(ago(facts.started, now())),
        muted("  ".join(_differing(name, values) for name, values in facts.differing.items())),
    )
    return Row(f"{SWEEP}{facts.sweep}", cells)


def _differing(name: str, values: Sequence[Any]) -> str:
    if name == "seed" or len(values) > 6:
        return f"{clean_line(name, 40)} ×{len(values)}"
    numbers = all(isinstance(value, int | float) for value in values)
    return clean_line(f"{name} {', '.join(map(word, sorted(values) if numbers else values))}", 120)


def _verdicts(confirmed: int, tested: int) -> Content:
    if not tested:
        return Content()
    sign, style = ("✓", "$success") if confirmed == tested else ("✓", "") if confirmed else ("✗", "$error")
    return Content.styled(f"{sign} {confirmed}/{tested}", style)


def changed_values(record: RunRecord, lab: Lab | None, only: Collection[str] | None = None) -> str:
    """The parameters that differ from the preset's, or just those asked for: `lr=0.01  seed=2`."""
    if only is not None:
        return "  ".join(clean_line(f"{name}={word(record.parameters.get(name, ''))}", 120) for name in only)
    if lab is None or lab.spec is None or record.preset not in lab.spec.presets:
        return ""
    usual = lab.spec.values(record.preset)
    return "  ".join(
        clean_line(f"{name}={word(value)}", 120)
        for name, value in record.parameters.items()
        if name in usual and value != usual[name]
    )


def _hanging(head: Content, text: str, width: int, style: str = "") -> list[Content]:
    """`text` behind `head`, its other lines as far in as the first."""
    room = max(width - head.cell_length, 12)
    lines = textwrap.wrap(text, room) or [""]
    first = Content.assemble(head, (lines[0], style))
    return [first, *(Content.assemble(" " * head.cell_length, (line, style)) for line in lines[1:])]
