"""A sheet one writes on: what is typed is kept as a draft a moment later, so that nothing is lost."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from textual.screen import ModalScreen
from textual.timer import Timer

from cs229tui.errors import ReportableError
from cs229tui.tui.reading.drafts import Drafts

_SAVE_AFTER = 1.0
Result = TypeVar("Result")


class Drafting(ModalScreen[Result]):
    """A sheet with one or more boxes, whose drafts are kept in `drafts`; `alive` is told of every change."""

    def __init__(self, drafts: Drafts, alive: Callable[[], None] | None) -> None:
        super().__init__()
        self.drafts = drafts
        self.alive = alive
        self._timer: Timer | None = None

    def written(self) -> Iterator[tuple[str, str, str]]:
        """Each box: the key of its draft, what stood in it at first, and what stands in it now."""
        raise NotImplementedError

    def on_text_area_changed(self) -> None:
        # Writing on a passage is time spent with it.
        if self.alive is not None:
            self.alive()
        if self._timer is None:
            self._timer = self.set_timer(_SAVE_AFTER, self.save)

    def save(self) -> bool:
        """Keep the drafts; says whether that worked."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        try:
            self.drafts.keep_all({key: "" if text == first else text for key, first, text in self.written()})
        except ReportableError as error:
            self.notify(str(error), severity="error", timeout=8, markup=False)
            return False
        return True
