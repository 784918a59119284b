"""The card of a reference: a small box beside the words that point somewhere, with what they lead to and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from cs229tui.clean import clean_line
from cs229tui.tui.actions import actions_of, bindings
from cs229tui.tui.reading.faces import Box, Face, Offer, body_lines, place_card
from cs229tui.tui.widgets.key_line import shown_key

_MOST_LISTED = 5
_FRAME = 4
"""Cells that border and padding take of the width."""


class ReferenceCard(Widget, can_focus=True):
    """One face at a time; where there are several a list of them stands above, which the arrows move in."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reference")]

    @dataclass
    class Asked(Message):
        """Something is to be done with the face that is shown: its number, and an action of the scope `reference`."""

        number: int
        action: str
        text: str = ""

    class Closed(Message):
        """The card is gone; the words it was about are left."""

    def __init__(self) -> None:
        super().__init__(classes="panel")
        self.faces: tuple[Face, ...] = ()
        self.number = 0
        self.is_still = False
        self._above = 0
        self._words: tuple[Box, int, int, int] = (Box(0, 0, 80, 24), 0, 0, 0)

    # Showing

    def open(self, faces: Sequence[Face], room: Box, top: int, bottom: int, left: int, still: bool = False) -> None:
        """Stand in the room beside the rows `top` to `bottom` of the screen; a `still` card takes no keys."""
        self.faces, self.number, self._above = tuple(faces), 0, 0
        self.is_still = still
        self._words = (room, top, bottom, left)
        self.add_class("-open")
        self._stand()

    def show_again(self, faces: Sequence[Face]) -> None:
        """The same things, of which something has changed."""
        self.faces = tuple(faces)
        self.number = min(self.number, len(self.faces) - 1)
        self._stand()

    def close(self) -> None:
        """Go away."""
        if self.is_open:
            self.is_still = False
            self.remove_class("-open")
            self.post_message(self.Closed())

    @property
    def is_open(self) -> bool:
        """Whether the card is on the screen."""
        return self.has_class("-open")

    @property
    def face(self) -> Face:
        """What is shown."""
        return self.faces[self.number]

    def _stand(self) -> None:
        room, top, bottom, left = self._words
        box = place_card(room, top, bottom, left, lambda width: len(self._lines(width - _FRAME)[0]) + 2)
        self.styles.width, self.styles.height = box.width, box.height
        self.absolute_offset = Offset(box.x, box.y)
        self.border_title = Content(clean_line(self.face.title, box.width - 6))
        self._above = max(0, min(self._above, self._beyond(box.width - _FRAME, box.height - 2)))
        self.refresh(layout=True)
        self.refresh_bindings()

    def _lines(self, width: int) -> tuple[list[Content], int, int]:
        """All lines at a width, how many of them are the list's, and how many the offers'."""
        listed = self._listed(width)
        body = [Content(line) for line in body_lines(self.face, width)]
        offers = self._offers(width)
        return [*listed, *body, *offers], len(listed), len(offers)

    def _listed(self, width: int) -> list[Content]:
        if len(self.faces) < 2:
            return []
        first = max(0, min(self.number - _MOST_LISTED // 2, len(self.faces) - _MOST_LISTED))
        lines = []
        for number, face in list(enumerate(self.faces))[first : first + _MOST_LISTED]:
            sign = "▸ " if number == self.number else "  "
            line = Content(sign + face.line).truncate(width, ellipsis=True)
            meta = Style.from_meta({"number": number})
            lines.append(line.stylize("bold $primary" if number == self.number else "$text-muted").stylize(meta))
        count = f"{self.number + 1} of {len(self.faces)}"
        return [*lines, Content.styled(f"{'─' * max(width - len(count) - 1, 0)} {count}", "$text-muted")]

    def _offers(self, width: int) -> list[Content]:
        """What can be done, in as many lines as it needs."""
        lines: list[Content] = []
        for offer in self.face.offers:
            piece = self._offer(offer)
            if lines and lines[-1].cell_length + piece.cell_length + 3 <= width:
                lines[-1] = Content.assemble(lines[-1], "   ", piece)
            else:
                lines.append(piece.truncate(width, ellipsis=True))
        return lines

    def _offer(self, offer: Offer) -> Content:
        key = self._key(offer.action)
        return Content.assemble((key, "bold $primary"), " ", (offer.words, "$text-muted")).stylize(
            Style.from_meta({"offer": offer.action})
        )

    def _key(self, action: str) -> str:
        """The key of an action as this person has it; the card need not have the focus."""
        known = next(one for one in actions_of("reference") if one.action == action)
        own: dict[str, str] = self.app.settings.keys  # type: ignore[attr-defined]
        return shown_key(self.app, (own.get(known.id) or known.keys).split(",")[0])

    def _beyond(self, width: int, height: int) -> int:
        lines, _, _ = self._lines(width)
        return max(0, len(lines) - height)

    def render(self) -> Content:
        if not self.faces:
            return Content()
        width, height = self.content_size
        lines, listed, offers = self._lines(max(width, 4))
        end = len(lines) - offers
        room = max(height - listed - offers, 1)
        body = lines[listed:end][self._above : self._above + room]
        more = ("↑" if self._above else "") + ("↓" if listed + self._above + room < end else "")
        self.border_subtitle = Content(more)
        return Content("\n").join([*lines[:listed], *body, *lines[end:]])

    # Keys and the mouse

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is offered can be done."""
        if action == "act" and parameters != ("copy",):
            return bool(self.faces) and any(f"act('{parameters[0]}')" == offer.action for offer in self.face.offers)
        return True

    def action_act(self, what: str) -> None:
        """Do one of the things offered."""
        self.post_message(self.Asked(self.number, what, self.face.text))

    def action_step(self, step: int) -> None:
        """To the reference after or before, with the card."""
        self.post_message(self.Asked(self.number, "next" if step > 0 else "previous"))

    def action_move(self, step: int) -> None:
        """To another of several things; where there is one, up and down in its words."""
        if len(self.faces) > 1:
            self.choose(self.number + step)
        else:
            self._above = max(0, min(self._above + step, self._beyond(*self.content_size)))
            self.refresh()

    def choose(self, number: int) -> None:
        """Show another of several things."""
        self.number, self._above = max(0, min(number, len(self.faces) - 1)), 0
        self._stand()

    def action_close(self) -> None:
        """Close the card."""
        self.close()

    def on_blur(self, _event: events.Blur) -> None:
        # The terminal itself may lose the focus: the card stays for its return.
        if self.app.app_focus:
            self.close()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-1)

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        meta = event.style.meta
        if "offer" in meta:
            await self.run_action(meta["offer"])
        elif "number" in meta:
            self.choose(int(meta["number"]))
