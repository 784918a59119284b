"""Where one has been in a text: back from a jump, and forward again."""

from collections.abc import Callable

from cs229tui.tui.reading.wrap import Position

_DEPTH = 100


class Jumps:
    """The places jumped from, as in Vim: a new jump forgets what lay ahead."""

    def __init__(self) -> None:
        self._back: list[Position] = []
        self._ahead: list[Position] = []
        self.last: Position | None = None
        """Where the latest jump started."""

    def leave(self, position: Position) -> None:
        """A jump starts here."""
        self.last = position
        if not self._back or self._back[-1] != position:
            self._back.append(position)
        del self._back[:-_DEPTH]
        self._ahead.clear()

    def back(self, here: Position) -> Position | None:
        """Where the last jump started; none where there was no jump."""
        while self._back:
            position = self._back.pop()
            if position != here:
                self._ahead.append(here)
                self.last = here
                return position
        return None

    def ahead(self, here: Position) -> Position | None:
        """Where we were before going back."""
        while self._ahead:
            position = self._ahead.pop()
            if position != here:
                self._back.append(here)
                self.last = here
                return position
        return None

    def carry(self, moved: Callable[[Position], Position]) -> None:
        """Take all places over into another text of the same document; `moved` says where each stands there."""
        self._back = [moved(position) for position in self._back]
        self._ahead = [moved(position) for position in self._ahead]
        self.last = None if self.last is None else moved(self.last)
