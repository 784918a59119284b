"""How the reader remembers places by letters, and finds its way to them from here or from another reading."""

from functools import partial
from string import ascii_letters

from cs229tui.library.documents import attached, page_texts
from cs229tui.library.marks import Mark, mark_named, marks_for, remove_mark, set_mark
from cs229tui.tui.reading.marking import found_again, mark_at
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.screens.navigating import Navigating
from cs229tui.tui.widgets.mark_panel import MarkPanel


class Marking(Navigating):
    """A screen with a passage in which places have letters."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: tuple[tuple[str, Position], ...] = ()

    def action_mark(self) -> None:
        """Give this place a letter."""
        self.passage.expect(
            "mark: a–z for this text, A–Z for all",
            {letter: partial(self._set_mark, letter) for letter in ascii_letters},
        )

    def action_to_mark(self) -> None:
        """To the place with a letter; the same key again goes to where the last jump started."""
        letters = {letter: partial(self._to_named, letter) for letter in ascii_letters}
        self.passage.expect("to mark: its letter, or ' to go back", {**letters, "'": self._to_last, "`": self._to_last})

    def action_marks(self) -> None:
        """List the marks."""

        def go(mark: Mark | None) -> None:
            if mark is not None:
                self._to_mark(mark)

        self.app.push_screen(MarkPanel(self.reading.id, dict(self.passage.labels)), go)

    def _set_mark(self, name: str) -> None:
        if self.document is None:
            return
        database = self.companion.database
        mark = mark_at(self.reading.id, name, self.document.pages, self.passage.places, self.passage.cursor)
        with self.companion.reporting():
            before = set_mark(database, mark)
            undo = partial(set_mark, database, before) if before else partial(remove_mark, database, mark)
            self.companion.push_undo(f"mark {name}", undo)
            self.companion.changed()
            self.passage.say(f"mark {name} set" + (" for all readings" if mark.everywhere else ""))

    def _to_named(self, name: str) -> None:
        mark = mark_named(self.companion.database, name, self.reading.id)
        if mark is None:
            self.passage.say(f"no mark {name}: m{name} sets it, M lists them")
        else:
            self._to_mark(mark)

    def _to_mark(self, mark: Mark) -> None:
        if mark.reading != self.reading.id:
            self._to_other(mark)
        elif self.document is not None:
            where = found_again(self.document.pages, mark)
            self._jump_to(self.passage.places.position(*(where or (mark.page, mark.place))), "", "middle")
            if where is None:
                self.passage.say(f"mark {mark.name}: its words are gone; here it was")

    def _to_other(self, mark: Mark) -> None:
        database = self.companion.database
        document = attached(database).get(mark.reading)
        found = found_again(page_texts(database, document[0]), mark) if document else None
        where = found or (mark.page, mark.place)
        # A reading that is open below is gone back to: to and fro between two papers must not pile them up.
        below = next(
            (one for one in self.app.screen_stack if isinstance(one, Marking) and one.reading.id == mark.reading), None
        )
        if below is None:
            self.companion.open_reading(mark.reading, *where)
            return
        while self.app.screen is not below:
            self.app.pop_screen()
        below.call_after_refresh(below._to_mark, mark)

    def _to_last(self) -> None:
        self._jump_to(self._jumps.last, "There was no jump yet.", "middle")

    def place_marks(self) -> None:
        """Where the letters of this reading stand, for the map."""
        marks = marks_for(self.companion.database, self.reading.id)
        places = self.passage.places
        here = [
            (mark.name, places.position(mark.page, mark.place)) for mark in marks if mark.reading == self.reading.id
        ]
        if tuple(here) != self.marks:
            self.marks = tuple(here)
            self._show_place()
