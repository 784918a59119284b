"""How the reader finds words in the text: all hits shown and counted, and steps from one to the next."""

from collections.abc import Sequence

from textual.message import Message

from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.hits import MOST, Haystack, PatternError, Query, find_hits, next_hit
from cs229tui.tui.reading.places import Range
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.screens.typesetting import Setting
from cs229tui.tui.widgets.annotation_pane import AnnotationPane
from cs229tui.tui.widgets.find_bar import FindBar
from cs229tui.tui.widgets.outline_panel import MOST as MOST_LISTED
from cs229tui.tui.widgets.outline_panel import OutlinePanel, hit_lines

_LONGEST_WORD = 100


class Finding(Setting):
    """A screen with a passage in which words can be found."""

    class Found(Message):
        """A worker is done with a pattern: its hits, or what is wrong with it; `number` says which search it was."""

        def __init__(self, number: int, hits: Sequence[Range], problem: str = "") -> None:
            super().__init__()
            self.number = number
            self.hits = hits
            self.problem = problem

    def __init__(self) -> None:
        super().__init__()
        self._hit: int | None = None
        self._found_from: Position | None = None
        self._haystack: Haystack | None = None
        self._search = 0

    def action_find(self) -> None:
        """Find words in this text."""
        self._found_from = self.passage.cursor
        self.passage.unselect()
        self._text_folded()
        self.query_one(FindBar).open()

    def action_find_word(self, step: int) -> None:
        """Find the word under the cursor, or what is selected, and go to the next or the previous such."""
        flow, selected = self.passage.flow, self.passage.selection
        chosen = selected or select.word_at(flow, self.passage.cursor)
        words = " ".join(select.text_of(flow, chosen).split())[:_LONGEST_WORD]
        if not words:
            return
        self.passage.unselect()
        self._found_from = chosen.start
        self.query_one(FindBar).show(Query(words, whole=selected is None and words.isalnum(), case="any"))
        self._take(find_hits(self._text_folded(), self.query_one(FindBar).query_now), go=False)
        self.passage.cursor = chosen.start
        self._found_from = None
        self._jumps.leave(chosen.start)
        if self.hits:
            self.action_step(step)

    def _text_folded(self) -> Haystack:
        if self._haystack is None or self._haystack.flow is not self.passage.flow:
            self._haystack = Haystack(self.passage.flow)
        return self._haystack

    def on_find_bar_changed(self, event: FindBar.Changed) -> None:
        self.alive()
        self._look_for(event.query)

    def _look_for(self, query: Query) -> None:
        self._search += 1
        if not query.regex:
            self._take(find_hits(self._text_folded(), query))
            return
        # A pattern may be one that is never done: it is looked for aside, and left when another is typed.
        number, haystack = self._search, self._text_folded()

        def work() -> None:
            try:
                found = self.Found(number, find_hits(haystack, query, lambda: self._search != number))
            except PatternError as error:
                found = self.Found(number, (), error.what)
            self.post_message(found)

        self.run_worker(work, group="finding", thread=True, exit_on_error=False)

    def on_finding_found(self, event: Found) -> None:
        if event.number != self._search or not self.query_one(FindBar).has_class("-open"):
            return
        self._take(event.hits)
        if event.problem:
            self.query_one(FindBar).show_problem(event.problem)

    def _take(self, hits: Sequence[Range], go: bool = True) -> None:
        self.hits = tuple(hits)
        start = self._found_from or self.passage.cursor
        # The hit at the cursor itself counts: while one types on, the view stays where it is.
        self._hit = next_hit(self.hits, (start[0], start[1] - 1), 1)
        self._show_hit(go=go)

    def find_again(self) -> None:
        """The text is another one: what was found is looked for in it."""
        bar = self.query_one(FindBar)
        self._found_from = None
        if bar.has_class("-open") and bar.words:
            self._look_for(bar.query_now)

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

    def on_find_bar_listed(self) -> None:
        self.action_hits()

    def action_hits(self) -> None:
        """List all hits with the words around them, to choose one."""
        if not self.hits:
            self.notify("Nothing was looked for, or nothing found: / finds words.", timeout=3)
            return
        passage = self.passage

        def go(position: Position | None) -> None:
            if position is not None:
                self._take_hits()
                self._hit = next_hit(self.hits, (position[0], position[1] - 1), 1)
                self._show_hit(go=True)

        first = max(0, min((self._hit or 0) - MOST_LISTED // 2, len(self.hits) - MOST_LISTED))
        lines = hit_lines(passage.flow, self.hits[first : first + MOST_LISTED], passage.places)
        title = f"{len(self.hits)}{'+' * (len(self.hits) >= MOST)} × {self.query_one(FindBar).words}"
        here = self.hits[self._hit][:2] if self._hit is not None else passage.cursor
        more = len(self.hits) - len(lines)
        self.app.push_screen(OutlinePanel(lines, here, dict(passage.labels), title, more), go)

    def on_find_bar_closed(self) -> None:
        self.close_find()

    def close_find(self) -> None:
        """Forget what was found."""
        bar = self.query_one(FindBar)
        bar.remove_class("-open")
        bar.show_count(None, 0)
        self._search += 1
        self.hits, self._hit = (), None
        self.passage.show_hits(())
        self.passage.focus()
        self._show_place()

    def _step_hit(self, step: int) -> None:
        self.alive()
        if self._hit is not None and self.hits:
            self._to_hit(self._hit + step, step)

    def _to_hit(self, number: int, step: int) -> None:
        round_ = "from the top again" if step > 0 else "from the end again"
        self._hit = number % len(self.hits)
        self._show_hit(go=True, said="" if self._hit == number else round_)

    def _show_hit(self, go: bool = False, said: str = "") -> None:
        current = self.hits[self._hit] if self._hit is not None and self.hits else None
        self.passage.show_hits(self.hits, current)
        self.query_one(FindBar).show_count(self._hit, len(self.hits), len(self.hits) >= MOST, said)
        if current is not None and go:
            self.passage.go(current[:2], "middle")
        self._show_place()

    def action_step(self, step: int) -> None:
        """To the next or previous hit, or where nothing was looked for, annotation."""
        if not self.hits:
            self.action_annotation(step)
            return
        more = self.passage.take_count() - 1
        here = self.passage.cursor
        number = next_hit(self.hits, here, step)
        if number is not None:
            # Where the next one is not further on, the count went round.
            wrapped = (self.hits[number][:2] <= here) if step > 0 else (self.hits[number][:2] >= here)
            self._to_hit(number + step * more + wrapped * step * len(self.hits), step)

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
