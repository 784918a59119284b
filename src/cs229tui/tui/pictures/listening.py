"""Hearing what the terminal answers while the screens are open.

Textual's parser takes an answer it does not know for keys. So ours stands before it, takes the answers out while they
are waited for, and does nothing else. All that this needs of Textual's insides is in `listen`.
"""

import re
import sys
from collections.abc import Callable, Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

# An answer to one of `abilities.questions`, and the beginning of one that is cut off.
_ANSWER = r"\x1b(?:_G[^\x1b]*\x1b\\|P>\|[^\x1b]*\x1b\\|\[\?[\d;]*[cS]|\[6;\d+;\d+t)"
_BEGINNING = r"\x1b(?:_(?:G[^\x1b]*\x1b?)?|P(?:>(?:\|[^\x1b]*\x1b?)?)?|\[\?[\d;]*|\[6?(?:;[\d;]*)?)\Z"


class Ear:
    """Takes answers out of what the terminal sends, while somebody listens."""

    def __init__(self) -> None:
        self._hears: Callable[[str], None] | None = None
        self._rest = ""

    def open(self, hears: Callable[[str], None]) -> None:
        """Give every answer to `hears`, in the thread that reads the terminal."""
        self._hears = hears

    def close(self) -> None:
        """Let everything through again."""
        self._hears = None

    def take(self, data: str) -> str:
        """What is left of some input without the answers in it."""
        if self._hears is None and not self._rest:
            return data
        data, self._rest = self._rest + data, ""
        hears = self._hears
        if hears is None:
            return data
        for found in re.findall(_ANSWER, data):
            hears(found)
        data = re.sub(_ANSWER, "", data)
        cut = re.search(_BEGINNING, data)
        if cut:
            data, self._rest = data[: cut.start()], cut[0]
        return data


EAR = Ear()


class _Parser(XTermParser):
    def feed(self, data: str) -> Iterable[Message]:
        left = EAR.take(data)
        # Nothing at all would mean the end of the input.
        return super().feed(left) if left or not data else ()


def listen() -> None:
    """Stand before Textual's parser, once its driver is loaded and before it runs."""
    for name in ("textual.drivers.linux_driver", "textual.drivers.win32"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "XTermParser"):
            module.XTermParser = _Parser  # type: ignore[attr-defined]
