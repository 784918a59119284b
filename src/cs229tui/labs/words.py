"""How the facts of a run are said, on the screen and on the command line: figures, times, verdicts."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cs229tui.labkit.events import ClaimVerdict
from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Claim, Preset, Spec, wanted

SIGNS = {CONFIRMED: "✓", NOT_CONFIRMED: "✗", NOT_TESTED: "–"}


def short(id: str) -> str:
    """What a run is called where it is plain which are meant: the first of a UUID's digits, or all of another name."""
    return id[:4] if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id) else id


def figure(value: float | int | None) -> str:
    """A number in four digits: `2.914`, `0.0031`, `1 412`, `1.2e-7`; `NaN` for None."""
    if value is None or not math.isfinite(value):
        return "NaN"
    size = abs(value)
    if value == int(value) and size < 1e7:
        return f"{int(value):,}".replace(",", " ")
    if size >= 1e7 or size < 1e-4:
        return f"{value:.2e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    if size >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    digits = 3 - math.floor(math.log10(size))
    text = f"{value:.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration(seconds: float) -> str:
    """`0.4 s`, `18 s`, `2 min 05 s`, `3 h 12 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def about(seconds: float) -> str:
    """A duration that is only guessed: `55 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{seconds / 3600:.2g} h"


def minutes(preset: Preset) -> str:
    """How long a preset takes: `~1 min`, `~30 s`, `~4 h`."""
    if preset.minutes < 1:
        return f"~{max(round(preset.minutes * 60), 1)} s"
    return f"~{preset.minutes:g} min" if preset.minutes < 120 else f"~{preset.minutes / 60:.3g} h"


def ordinal(place: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, …"""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{place}{'th' if 10 <= place % 100 <= 20 else endings.get(place % 10, 'th')}"


def tally(verdicts: Sequence[dict[str, Any]]) -> str:
    """The verdicts of a run in short: `✓ 3/4`, of the claims it tested; empty where it tested none."""
    tested = [entry for entry in verdicts if entry.get("verdict") in (CONFIRMED, NOT_CONFIRMED)]
    confirmed = sum(entry["verdict"] == CONFIRMED for entry in tested)
    return f"{SIGNS[CONFIRMED if confirmed else NOT_CONFIRMED]} {confirmed}/{len(tested)}" if tested else ""


def score(verdicts: Iterable[ClaimVerdict]) -> str:
    """`3 of 4 confirmed`, of the claims tested."""
    tested = [entry.verdict for entry in verdicts if entry.verdict != NOT_TESTED]
    return f"{tested.count(CONFIRMED)} of {len(tested)} confirmed" if tested else "none tested"


def wanted_of(claim: Claim, preset: str) -> str:
    """The range that would confirm a claim under a preset, in words."""
    return wanted(claim.presets.get(preset), claim.unit)


def untested(spec: Spec, preset: str) -> tuple[str, list[tuple[str, Claim]]]:
    """What a preset does not test, in a line, and each such claim with the first preset that does (empty: none does).

    The line is empty where it tests all of them: `9 more claims, for other presets: quick 6, features 3`.
    """
    left = [
        (next((name for name in spec.presets if name in claim.presets), ""), claim)
        for claim in spec.claims
        if preset not in claim.presets
    ]
    if not left:
        return "", []
    left.sort(key=lambda pair: list(spec.presets).index(pair[0]) if pair[0] else len(spec.presets))
    counts = Counter(name for name, _ in left if name)
    where = f", for {'another preset' if len(left) == 1 else 'other presets'}: " if counts else ""
    names = ", ".join(name if len(left) == 1 else f"{name} {count}" for name, count in counts.items())
    return f"{len(left)} more {'claim' if len(left) == 1 else 'claims'}{where}{names}", left


def meaning(spec: Spec | None, verdicts: dict[str, ClaimVerdict], state: str) -> str:
    """What a finished run says about the readings, in a sentence or two."""
    tested = [entry for entry in verdicts.values() if entry.verdict != NOT_TESTED]
    confirmed = [entry for entry in tested if entry.verdict == CONFIRMED]
    missed = [entry.id for entry in tested if entry.verdict == NOT_CONFIRMED]
    texts = {claim.id: claim.text for claim in spec.claims} if spec else {}
    total = len(spec.claims) if spec else len(verdicts)
    if not tested:
        return "No claim was tested." if state == "done" else "It ended before a claim was tested."
    left = total - len(tested)
    text = f"Confirmed {len(confirmed)} of {len(tested)} claims tested{f'; {left} not tested' if left > 0 else ''}."
    if missed and state == "done":
        text += f" Not confirmed: {'; '.join(texts.get(id, id) for id in missed)}."
        means = {claim.id: claim.not_confirmed for claim in spec.claims} if spec else {}
        if len(missed) == 1 and means.get(missed[0]):
            text += f" {means[missed[0]]}"
    return text
