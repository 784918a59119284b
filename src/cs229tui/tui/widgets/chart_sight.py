"""Which part of a run the plots show, the same for all of them: zoom, pan, crosshair, kind of axis, smoothing."""

from dataclasses import dataclass, replace

from cs229tui.labs.series import Span

WEIGHTS = (0.0, 0.7, 0.9, 0.97)
_LEAST_STEPS, _LEAST_SECONDS = 2.0, 0.01  # what can be seen at the closest
_PAN = 0.25  # of what is in sight


@dataclass(frozen=True)
class Sight:
    """What is seen of the whole: a `window` from start to end, None for all of it; its end `follows` the newest."""

    by_time: bool = False
    log_steps: bool = False
    smoothing: float = 0.0
    cross: float | None = None
    window: tuple[float, float] | None = None
    follows: bool = True

    def span(self, whole: Span) -> Span:
        """The part in sight of a run that has come as far as `whole`."""
        if self.window is None:
            return whole
        start, end = self.window
        if self.follows and not whole.log:
            start, end = max(whole.end - (end - start), whole.start), whole.end
        elif self.follows:
            end = whole.end
        return Span(start, end, whole.by_time, whole.log) if end > start else whole

    def zoomed(self, whole: Span, by: int, about: float | None = None) -> "Sight":
        """Half as much (1), or twice (-1), with the step `about` where it was: else the newest, else the middle."""
        span = self.span(whole)
        share = span.share(self.cross if about is None and self.cross is not None else about or 0.0)
        if (about is None and self.cross is None) or not 0 <= share <= 1:
            share = 1.0 if span.end >= whole.end else 0.5
        factor = 2.0**-by
        return self._seen(whole, span.at(share - share * factor), span.at(share + (1 - share) * factor))

    def panned(self, whole: Span, by: float) -> "Sight":
        """A quarter of what is in sight to the right, or to the left where `by` is negative."""
        if self.window is None:
            return self
        span = self.span(whole)
        by *= _PAN
        least, most = span.share(whole.start), span.share(whole.end) - 1
        by = min(max(by, least if least > -1 or not span.log else by), most)
        return self._seen(whole, span.at(by), span.at(1 + by), keep=True)

    def _seen(self, whole: Span, start: float, end: float, keep: bool = False) -> "Sight":
        close = 1e-9 * (whole.end - whole.start)
        least = _LEAST_SECONDS if whole.by_time else _LEAST_STEPS
        if not keep and end - start < least:
            return self
        if start <= whole.start + close and end >= whole.end - close:
            return replace(self, window=None, follows=True)
        start, end = max(start, whole.start), min(end, whole.end)
        return replace(self, window=(start, end), follows=end >= whole.end - close)
