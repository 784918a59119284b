"""The parts of the run screen that are not curves: its first line, its claims, the texts it made."""

import time
from collections.abc import Mapping

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from cs229tui.course.model import Reading
from cs229tui.labkit.events import ClaimVerdict, Text
from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Claim, Spec, Verdict
from cs229tui.labs.history import Life, seconds_of
from cs229tui.labs.watch import RunView
from cs229tui.labs.words import SIGNS, about, duration, figure, short, untested, wanted_of
from cs229tui.tui.marks import bar, muted

_STYLES: dict[str, str] = {
    "done": "$success",
    "running": "$primary",
    "starting": "$primary",
    "paused": "$warning",
    "silent": "$warning",
    "stopping": "$warning",
    "stopped": "$text-muted",
    "failed": "$error",
    "lost": "$error",
}
STATE_SIGNS: dict[str, str] = {
    "done": "✓",
    "running": "▸",
    "starting": "▸",
    "paused": "‖",
    "silent": "?",
    "stopping": "◂",
    "stopped": "■",
    "failed": "✗",
    "lost": "?",
}


def state_word(word: str) -> Content:
    """A run's state as sign and word."""
    return Content.styled(f"{STATE_SIGNS.get(word, ' ')} {word}", _STYLES.get(word, "$foreground"))


def verdict_sign(verdict: Verdict | None) -> Content:
    """✓ ✗ –, or … while there is no verdict."""
    style = {CONFIRMED: "bold $success", NOT_CONFIRMED: "bold $error", NOT_TESTED: "$text-muted"}
    return Content.styled(SIGNS[verdict], style[verdict]) if verdict else Content.styled("…", "$warning")


class RunHeader(Widget):
    """`Transformer · quick · run 0c4e     cpu ×2 · 18 s of ~55 s ━━━━╌╌╌  1 412 tokens/s`, in one line or two."""

    ALLOW_SELECT = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.title = ""
        self.life: Life | None = None
        self.view: RunView | None = None
        self.minutes: float | None = None
        self._heard = time.monotonic()
        self._seconds = -1.0

    def show(self, title: str, life: Life, view: RunView, minutes: float | None) -> None:
        """Show a run as it is now; `minutes` is how long its preset should take."""
        if view.seconds != self._seconds:
            self._heard = time.monotonic()
            self._seconds = view.seconds
        self.title, self.life, self.view, self.minutes = title, life, view, minutes
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        name, facts = self._parts(width)
        return 1 if name.cell_length + facts.cell_length + 3 <= width else 2

    def render(self) -> Content:
        width = self.content_size.width
        name, facts = self._parts(width)
        room = width - name.cell_length - facts.cell_length
        if room >= 3:
            return Content.assemble(name, " " * room, facts)
        return Content.assemble(name.truncate(width, ellipsis=True), "\n", facts.truncate(width, ellipsis=True))

    def _parts(self, width: int) -> tuple[Content, Content]:
        if self.life is None or self.view is None:
            return Content(""), Content("")
        record, view = self.life.record, self.view
        name = Content.assemble(
            Content.styled(self.title, "bold"),
            muted(f" · {record.preset} · run {short(record.id)}  "),
            self._state(self.life),
        )
        parts: list[Content] = []
        if view.start is not None:
            parts.append(muted(view.start.device))
        parts.append(self._time(self.life, view))
        line = Content(" · ").join(parts)
        done = view.fraction
        if done is not None:
            line = Content.assemble(line, "  ", bar(done, 14 if width >= 100 else 10))
        if view.progress is not None and view.progress.rate is not None:
            line = Content.assemble(line, "  ", f"{figure(view.progress.rate)} {view.progress.unit}")
        return name, line

    def _state(self, life: Life) -> Content:
        if life.word == "silent":
            return Content.styled(f"? silent for {duration(life.silent)}", "$warning")
        return state_word(life.word)

    def _time(self, life: Life, view: RunView) -> Content:
        seconds = view.seconds
        if not life.alive:
            return Content(f"took {duration(max(seconds, 0.0 if view.end else seconds_of(life.record) or 0.0))}")
        if view.start is not None and not life.paused:
            seconds += time.monotonic() - self._heard
        left = view.remaining()
        whole = seconds + left if left is not None else (self.minutes or 0) * 60
        return Content(f"{duration(seconds)} of ~{about(whole)}" if whole > seconds else duration(seconds))


class Claims(Widget):
    """Every claim of the lab with its verdict, what was measured and what was wanted."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spec: Spec | None = None
        self._preset = ""
        self._view = RunView()
        self._alive = False
        self._readings: Mapping[str, Reading] = {}

    def show(self, spec: Spec | None, preset: str, view: RunView, alive: bool, readings: Mapping[str, Reading]) -> None:
        """Show the claims as they stand; those a lab no longer declares are shown by their id."""
        self._spec, self._preset, self._view, self._alive, self._readings = spec, preset, view, alive, readings
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(len(self._lines(width)), 1)

    def render(self) -> Content:
        lines = self._lines(self.content_size.width)
        return Content("\n").join(lines) if lines else muted("This lab makes no claims.")

    def _lines(self, width: int) -> list[Content]:
        claims = self._spec.claims if self._spec else ()
        known = {claim.id for claim in claims}
        lines = [line for claim in claims for line in self._claim(claim, width)]
        for entry in self._view.verdicts.values():
            if entry.id not in known:
                lines += self._fit(
                    verdict_sign(entry.verdict), Content(entry.id), Content(), self._measured(entry), width
                )
        return lines

    def _claim(self, claim: Claim, width: int) -> list[Content]:
        entry = self._view.verdicts.get(claim.id)
        reading = self._readings.get(claim.reading)
        source = muted(f"{reading.short if reading else claim.reading}{f', {claim.figure}' if claim.figure else ''}")
        if self._preset not in claim.presets and self._spec:
            facts = muted(untested(self._spec, claim, self._preset))
            return self._fit(verdict_sign(NOT_TESTED), muted(claim.text), source, facts, width)
        if entry is not None:
            facts = self._measured(entry, claim.unit, wanted_of(claim, self._preset))
            return self._fit(verdict_sign(entry.verdict), Content(claim.text), source, facts, width)
        if not self._alive:
            return self._fit(verdict_sign(NOT_TESTED), Content(claim.text), source, muted("not reached"), width)
        series = self._view.series.get(claim.metric)
        so_far = f"{figure(series.last)} so far  " if series and series.last is not None else ""
        want = muted(f"wanted {wanted_of(claim, self._preset)}")
        facts = Content.assemble(so_far, want)
        return self._fit(verdict_sign(None), Content(claim.text), source, facts, width)

    def _measured(self, entry: ClaimVerdict, unit: str = "", want: str = "") -> Content:
        if entry.verdict == NOT_TESTED and entry.measured is None:
            return muted("not reached")
        want = want or entry.wanted
        bare = want.removesuffix(f" {unit}") if unit else want
        measured = f"measured {figure(entry.measured)}{f' {unit}' if unit else ''}"
        return Content.assemble(measured, muted(f"  wanted {bare}") if bare else "")

    def _fit(self, sign: Content, text: Content, source: Content, facts: Content, width: int) -> list[Content]:
        """One line where all of it fits, without the source where only that is too much, else two."""
        for middle in (Content.assemble("  ", source) if source else Content(), Content()):
            used = 2 + text.cell_length + middle.cell_length + 3 + facts.cell_length
            if used <= width:
                return [Content.assemble(sign, " ", text, middle, " " * (width - used + 3), facts)]
        lines = (Content.assemble(sign, " ", text), Content.assemble("  ", facts))
        return [line.truncate(width, ellipsis=True) for line in lines]


def texts_shown(texts: list[Text], most: int = 30) -> Content:
    """What a lab wrote, the newest first, each under its step."""
    parts: list[Content] = []
    for text in reversed(texts[-most:]):
        parts.append(Content.styled(f"{text.name}, step {figure(text.step)}", "$text-muted italic"))
        parts.append(Content(text.text.strip("\n")[:4000].expandtabs(4)))
        parts.append(Content())
    return Content("\n").join(parts[:-1])
