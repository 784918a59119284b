"""Hearing what the terminal answers while the screens are open.

Textual's parser takes an answer it does not know for keys: the `?` in one opens the help. So ours stands before it and
takes the answers out, also those that come late or that somebody else asked for (tmux hands on what the terminal around
it answers too late). All that this needs of Textual's insides is in `_Parser` and `listen`.
"""

import re
import sys
from collections.abc import Callable, Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

# An answer to one of `abilities.questions`, and the beginning of one that is cut off.
_ANSWER = r"\x1b(?:_G[^\x1b]*\x1b\\|P>\|[^\x1b]*\x1b\\|\[\?[\d;]*[cS]|\[6;\d+;\d+t)"
_BEGINNING = r"\x1b(?:_(?:G[^\x1b]*\x1b?)?|P(?:>(?:\|[^\x1b]*\x1b?)?)?|\[\?[\d;]*|\[6?(?:;[\d;]*)?)\Z"


# What begins as the Escape key does may be cut right behind it.
_SHORT_ANSWER = re.compile(r"\x1b\[(?:\?[\d;]*[cS]|6;\d+;\d+t)")


class Ear:
    """Takes answers out of what the terminal sends; while somebody listens, also such as come in pieces."""

    def __init__(self) -> None:
        self._hears: Callable[[str], None] | None = None
        self._rest = ""

    def open(self, hears: Callable[[str], None]) -> None:
        """Give every answer to `hears`, in the thread that reads the terminal."""
        self._hears = hears

    def close(self) -> None:
        """Wait for no more of an answer that has only begun."""
        self._hears = None

    def hear(self, answer: str) -> None:
        """Tell who listens."""
        if self._hears is not None:
            self._hears(answer)

    def take(self, data: str) -> str:
        """What is left of some input without the answers in it."""
        data, self._rest = self._rest + data, ""
        if "\x1b" not in data:
            return data
        for found in re.findall(_ANSWER, data):
            self.hear(found)
        data = re.sub(_ANSWER, "", data)
        cut = re.search(_BEGINNING, data) if self._hears is not None else None
        if cut:
            data, self._rest = data[: cut.start()], cut[0]
        return data


EAR = Ear()


class _Parser(XTermParser):
    def feed(self, data: str) -> Iterable[Message]:
        left = EAR.take(data)
        # Nothing at all would mean the end of the input.
        return super().feed(left) if left or not data else ()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if _SHORT_ANSWER.fullmatch(sequence):
            EAR.hear(sequence)
            return (events.Key(Keys.Ignore, sequence),)
        return super()._sequence_to_key_events(sequence, alt)


def listen() -> None:
    """Stand before Textual's parser, once its driver is loaded and before it runs."""
    for name in ("textual.drivers.linux_driver", "textual.drivers.win32"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "XTermParser"):
            module.XTermParser = _Parser  # type: ignore[attr-defined]
