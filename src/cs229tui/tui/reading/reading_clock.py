"""Active reading time: it runs while there is somebody reading, page by page.

Time counts from each sign of life (a key, the mouse) for at most `idle_after` seconds, and only while the terminal has
the focus. Moments are seconds of any clock that does not go back.
"""

from math import inf


class ReadingClock:
    """The time of one sitting, in seconds by page.

    Where it is told of the moment often, `longest_gap` says how often: a longer gap means that the program, or the
    machine, stood still, and nobody read in it.
    """

    def __init__(self, idle_after: float, moment: float, page: int = 1, longest_gap: float = inf) -> None:
        self.idle_after = idle_after
        self.longest_gap = longest_gap
        self.pages: dict[int, float] = {}
        self.page = page
        self._alive = moment
        self._counted = moment
        self._focused = True

    @property
    def seconds(self) -> float:
        """All the time counted so far."""
        return sum(self.pages.values())

    def advance(self, moment: float) -> None:
        """Count up to a moment."""
        if self._focused and moment - self._counted <= self.longest_gap:
            active = min(moment, self._alive + self.idle_after) - self._counted
            if active > 0:
                self.pages[self.page] = self.pages.get(self.page, 0.0) + active
        self._counted = max(self._counted, moment)

    def touch(self, moment: float) -> None:
        """There was a sign of life; the terminal has the focus, whatever it told us before."""
        self.advance(moment)
        self._focused = True
        self._alive = max(self._alive, moment)

    def turn(self, moment: float, page: int) -> None:
        """Another page is being read from now on."""
        if page != self.page:
            self.advance(moment)
            self.page = page

    def blur(self, moment: float) -> None:
        """The terminal lost the focus, or another screen is over this one."""
        self.advance(moment)
        self._focused = False

    def focus(self, moment: float) -> None:
        """The terminal has the focus again: a sign of life."""
        self.touch(moment)
