"""The first line of the run screen, and the signs of states and verdicts."""

import time

from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from cs229tui.labkit.spec import CONFIRMED, NOT_CONFIRMED, NOT_TESTED, Verdict
from cs229tui.labs.life import Life, seconds_of
from cs229tui.labs.replaying import Player
from cs229tui.labs.watch import RunView
from cs229tui.labs.words import SIGNS, about, duration, figure, short
from cs229tui.tui.marks import bar, muted

_STYLES: dict[str, str] = {
    "done": "$success",
    "running": "$primary",
    "starting": "$primary",
    "queued": "$warning",
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
    "queued": "◦",
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
        self.player: Player | None = None
        self.machine = ""
        self._heard = time.monotonic()
        self._seconds = -1.0

    def show(
        self,
        title: str,
        life: Life,
        view: RunView,
        minutes: float | None,
        player: Player | None = None,
        machine: str = "",
    ) -> None:
        """Show a run as it is now; `minutes` is how long its preset should take, `machine` what it uses, in short."""
        if view.seconds != self._seconds:
            self._heard = time.monotonic()
            self._seconds = view.seconds
        self.title, self.life, self.view, self.minutes = title, life, view, minutes
        self.player, self.machine = player, machine
        # All screen is laid out and drawn anew where a height changes, which takes longer than all else here.
        lines = self.get_content_height(self.size, self.size, self.content_size.width)
        self.refresh(layout=lines != self.content_size.height)

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
        if self.player is not None:
            return self._replayed(self.player, width)
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
        if self.machine and name.cell_length + line.cell_length + len(self.machine) + 6 <= width:
            line = Content.assemble(muted(f"{self.machine}  "), line)
        return name, line

    def _replayed(self, player: Player, width: int) -> tuple[Content, Content]:
        """What of the run is told again, how fast, and a line that can be clicked."""
        record = self.life.record if self.life else None
        name = Content.assemble(
            Content.styled(self.title, "bold"),
            muted(f" · {record.preset} · run {short(record.id)}  " if record else "  "),
            Content.styled(f"{'‖' if player.paused else '▸'} replay {player.speed:g}×", "$secondary"),
        )
        position = player.now()
        time = f"{duration(position)} of {duration(player.length)}"
        line = bar(position / player.length if player.length else 1.0, 30 if width >= 100 else 12)
        return name, Content.assemble(time, "  ", line.stylize(Style.from_meta({"seek": True})))

    def on_click(self, event: Click) -> None:
        """A click on the line of a replay goes there."""
        if self.player is None or not event.style.meta.get("seek"):
            return
        at = event.get_content_offset(self)
        wide = 30 if self.content_size.width >= 100 else 12
        if at is not None:
            start = self.content_size.width - wide
            self.player.seek(self.player.length * (at.x - start + 0.5) / wide)

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
        left = view.left()
        if left is not None and seconds < view.seconds + left.high:
            return Content(f"{duration(seconds)} of ~{left.after(-view.seconds).words}")
        whole = (self.minutes or 0) * 60 if left is None else 0
        return Content(f"{duration(seconds)} of ~{about(whole)}" if whole > seconds else duration(seconds))
