"""The terminal under the screens, as far as pictures go: asked when the first is wanted, drawn on after frames."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.color import ColorSystem

from cs229tui.clean import clean_line
from cs229tui.tui.pictures.abilities import Abilities, Answers, Evidence, abilities, questions, read_answers
from cs229tui.tui.pictures.asking import known_evidence
from cs229tui.tui.pictures.listening import EAR

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_PATIENCE = 1.0
_LATE = 15.0


class Terminal:
    """What the terminal can show, and what is to be drawn over each frame."""

    def __init__(self, app: "Companion") -> None:
        self._app = app
        self._evidence: Evidence | None = None
        self._stamps: list[Callable[[], None]] = []
        self._leaving: list[Callable[[], None]] = []

    async def learn(self) -> Abilities:
        """Its abilities under the present setting; asks the terminal the first time, which takes a moment."""
        if self._evidence is None:
            evidence = await asyncio.to_thread(known_evidence, None, self._is_real())
            if self._app.no_color:
                # Textual takes it out of the environment.
                evidence = replace(evidence, environment={**evidence.environment, "NO_COLOR": "1"})
            self._evidence = replace(evidence, answers=await self._ask(evidence)) if evidence.screen else evidence
        found = abilities(self._evidence, self._app.settings.pictures)
        if found.way == "kitty":
            # Its images are named by colours of 24 bits; it knows those, whatever the environment says.
            self._app.console._color_system = ColorSystem.TRUECOLOR
        return found

    def _is_real(self) -> bool:
        return not self._app.is_headless and not self._app.is_web and not self._app.is_inline

    async def _ask(self, evidence: Evidence) -> Answers:
        asked = questions(evidence.environment)
        if not asked:
            return Answers()
        loop = asyncio.get_running_loop()
        answered = asyncio.Event()
        heard: list[str] = []

        def hear(answer: str) -> None:
            heard.append(answer)
            if read_answers(answer).done:
                loop.call_soon_threadsafe(answered.set)

        EAR.open(hear)
        # What comes in pieces is waited for no longer than that.
        loop.call_later(_LATE, EAR.close)
        self._app.write_to_terminal(asked)
        try:
            await asyncio.wait_for(answered.wait(), _PATIENCE)
        except TimeoutError:
            return Answers()
        answers = read_answers("".join(heard))
        return replace(answers, name=clean_line(answers.name, 60))

    def serve(self, stamp: Callable[[], None], leave: Callable[[], None]) -> None:
        """Call `stamp` after each frame, and `leave` while there is still time to tell the terminal something."""
        self._stamps.append(stamp)
        self._leaving.append(leave)

    def no_more(self, stamp: Callable[[], None], leave: Callable[[], None]) -> None:
        """Call them no longer."""
        if stamp in self._stamps:
            self._stamps.remove(stamp)
            self._leaving.remove(leave)

    def leave(self) -> None:
        """The program gives the terminal back."""
        for leave in self._leaving:
            leave()

    def frame_drawn(self) -> None:
        """A frame has been written."""
        for stamp in self._stamps:
            stamp()

    def draw_over(self, sequence: str) -> None:
        """Write something over the frame, the cursor staying where it is, all at once where the terminal can."""
        begin, end = ("\x1b[?2026h", "\x1b[?2026l") if self._app._sync_available else ("", "")
        self._app.write_to_terminal(f"{begin}\x1b7{sequence}\x1b8{end}")
