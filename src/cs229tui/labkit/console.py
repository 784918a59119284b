"""What a run says on the terminal, or in output.log where the program started it: few lines, and plain text."""

import math
import sys
import time
from collections.abc import Mapping

from cs229tui.clean import clean
from cs229tui.labkit.spec import NOT_TESTED, Claim, Value, Verdict

_PRINT_SECONDS = 5.0
_MARKS = {"confirmed": "✓", "not confirmed": "✗", "not tested": "–"}
_WIDEST = 12  # numbers in a line


class Console:
    """Prints for a person; a terminal that is gone does not end a run."""

    def __init__(self) -> None:
        self._progress_at = 0.0
        self._said: set[str] = set()

    def say(self, text: str) -> None:
        """Print a text of the lab's, safe to show."""
        try:
            print(clean(text), flush=True)
        except OSError:  # nobody listens any more, or the disk is full; the events say the same
            return

    def once(self, text: str) -> bool:
        """Whether `text` was not said with `once` before."""
        new = text not in self._said
        self._said.add(text)
        return new

    def complain(self, text: str) -> None:
        """Print an error to standard error, each text once."""
        if self.once(text):
            try:
                print(f"error: {clean(text)}", file=sys.stderr, flush=True)
            except OSError:
                return

    def progress(self, step: float, of: float, latest: Mapping[str, float | None], speed: str, seconds: float) -> None:
        """Print how far the run is, every five seconds at most."""
        now = time.monotonic()
        if now >= self._progress_at and step:
            self._progress_at = now + _PRINT_SECONDS
            self.say(f"{_shown(step)} of {_shown(of)}{_numbers(latest)}{speed}  {seconds:.0f} s")

    def verdict(self, claim: Claim, verdict: Verdict, measured: float | None, wanted: str) -> None:
        """Print the verdict on a claim; one that is for other presets is only counted in the end."""
        if verdict == NOT_TESTED and not wanted:
            return
        numbers = f" · measured {measured:.4g}, wanted {wanted}" if measured is not None and wanted else ""
        self.say(f"{_MARKS[verdict]} {verdict}: {claim.text}{numbers}")

    def closing(
        self, outcome: str, latest: Mapping[str, float | None], summary: Mapping[str, Value | None],
        verdicts: Mapping[str, Verdict],
    ) -> None:  # fmt: skip
        """Print what remains of a run: how it ended, its last numbers, what it sums up, and how its claims stand."""
        lines = [f"── {outcome}"]
        if latest:
            lines.append(f"   last numbers:{_numbers(latest)}")
        lines += [f"   {name}: {_shown(value)}" for name, value in summary.items()]
        if verdicts:
            found = list(verdicts.values())
            counts = [f"{found.count(verdict)} {verdict}" for verdict in _MARKS if verdict in found]
            lines.append(f"   claims: {', '.join(counts)}")
        self.say("\n".join(lines))


def _numbers(latest: Mapping[str, float | None]) -> str:
    shown = [f"  {name} {value:.4g}" for name, value in latest.items() if value is not None and math.isfinite(value)]
    return "".join(shown[:_WIDEST]) + (f"  and {len(shown) - _WIDEST} more" if len(shown) > _WIDEST else "")


def _shown(value: Value | None) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
