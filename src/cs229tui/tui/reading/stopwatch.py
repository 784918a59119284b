"""Where a video is that plays elsewhere, as in the browser: a watch that she starts, stops and sets.

Moments are seconds of any clock that does not go back.
"""

# A watch that nobody stops has been forgotten.
_LONGEST = 3 * 3600.0


class Stopwatch:
    """At a second of the video; it runs to the video's end where its `length` is known, else for some hours."""

    def __init__(self, position: float = 0.0, length: float | None = None) -> None:
        self.length = length
        self._position = position
        self._since: float | None = None

    def position(self, moment: float) -> float:
        """The second of the video."""
        if self._since is None:
            return self._position
        ran = min(max(0.0, moment - self._since), _LONGEST)
        return min(self._position + ran, max(self.length or float("inf"), self._position))

    def running(self, moment: float) -> bool:
        """Whether it runs still, or has come to its end."""
        at_end = self.length is not None and self.position(moment) >= self.length
        return self._since is not None and moment - self._since < _LONGEST and not at_end

    def start(self, moment: float) -> None:
        """Run from here on."""
        self.set(self.position(moment), moment)
        self._since = moment

    def stop(self, moment: float) -> None:
        """Stand still."""
        self._position, self._since = self.position(moment), None

    def set(self, second: float, moment: float) -> None:
        """Be at another second, running or not as before."""
        if self._since is not None:
            self._since = moment
        self._position = max(0.0, second if self.length is None else min(second, self.length))
