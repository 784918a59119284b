"""How the reader sets its text, from the keyboard; what is chosen is kept in the settings."""

from functools import partial

from cs229tui.tui.reading.typesetting import ASKED, LETTERS, changed
from cs229tui.tui.screens.marking import Marking


class Setting(Marking):
    """A screen with a passage whose type can be set."""

    def action_type(self) -> None:
        """Set the text: the next letter says what; a count before says how wide, how far in, how far apart."""
        count = self.passage.take_count(0)
        self.passage.expect(ASKED, {letter: partial(self._set_type, letter, count) for letter in LETTERS})

    def _set_type(self, letter: str, count: int) -> None:
        name, value, said = changed(self.companion.settings, letter, count, self.passage.room)
        with self.companion.reporting():
            self.companion.set_setting(name, value)
            self.passage.say(said)
