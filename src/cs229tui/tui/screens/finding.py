"""How the reader finds words in the text: all hits shown and counted, and steps from one to the next."""

from cs229tui.tui.reading.hits import MOST, find_hits, next_hit
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.screens.navigating import Navigating
from cs229tui.tui.widgets.annotation_pane import AnnotationPane
from cs229tui.tui.widgets.find_bar import FindBar


class Finding(Navigating):
    """A screen with a passage in which words can be found."""

    def __init__(self) -> None:
        super().__init__()
        self._hit: int | None = None
        self._found_from: Position | None = None

    def action_find(self) -> None:
        """Find words in this text."""
        self._found_from = self.passage.cursor
        self.passage.unselect()
        self.query_one(FindBar).open()

    def on_find_bar_changed(self, event: FindBar.Changed) -> None:
        self.alive()
        self.hits = tuple(find_hits(self.passage.flow, event.query))
        start = self._found_from or self.passage.cursor
        # The hit at the cursor itself counts: while one types on, the view stays where it is.
        self._hit = next_hit(list(self.hits), (start[0], start[1] - 1), 1)
        self._show_hit(go=True)

    def on_find_bar_stepped(self, event: FindBar.Stepped) -> None:
        if event.step:
            self._step_hit(event.step)
        else:
            self._take_hits()

    def _take_hits(self) -> None:
        """Back to the text; the hits stay shown, n and N go through them."""
        bar = self.query_one(FindBar)
        if not self.hits:
            bar.action_close()
            return
        if self._found_from is not None:
            self._jumps.leave(self._found_from)
            self._found_from = None
        self.passage.focus()
        self.passage.refresh()

    def on_find_bar_closed(self) -> None:
        self.close_find()

    def close_find(self) -> None:
        """Forget what was found."""
        bar = self.query_one(FindBar)
        bar.remove_class("-open")
        bar.show_count(None, 0)
        self.hits, self._hit = (), None
        self.passage.show_hits(())
        self.passage.focus()
        self._show_place()

    def _step_hit(self, step: int) -> None:
        self.alive()
        if self._hit is not None and self.hits:
            self._hit = (self._hit + step) % len(self.hits)
        self._show_hit(go=True)

    def _show_hit(self, go: bool = False) -> None:
        current = self.hits[self._hit] if self._hit is not None and self.hits else None
        self.passage.show_hits(self.hits, current)
        self.query_one(FindBar).show_count(self._hit, len(self.hits), len(self.hits) >= MOST)
        if current is not None and go:
            self.passage.go(current[:2], "middle")
        self._show_place()

    def action_step(self, step: int) -> None:
        """To the next or previous hit, or where nothing was looked for, annotation."""
        if not self.hits:
            self.action_annotation(step)
            return
        count = self.passage.take_count()
        self._hit = next_hit(list(self.hits), self.passage.cursor, step)
        if self._hit is not None and count > 1:
            self._hit = (self._hit + step * (count - 1)) % len(self.hits)
        self._show_hit(go=True)

    # Out

    def action_back(self) -> None:
        """Leave what is open, from the innermost: the selection, the search, the threads, the reader."""
        pane = self.query_one(AnnotationPane)
        if self.passage.asking:
            self.passage.expect("", {})
        elif self.passage.origin is not None:
            self.passage.unselect()
        elif self.query_one(FindBar).has_class("-open"):
            self.close_find()
        elif self.has_class("-narrow") and self.has_class("-pane-shown"):
            self._show_pane(False)
            self.passage.focus()
        elif pane.has_focus_within:
            self.passage.focus()
        else:
            self.dismiss()
