"""How the reader follows what a text points to: citations, sections, figures, equations and links, and their cards."""

from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from cs229tui.documents.crossrefs.targets import Pointer, Target
from cs229tui.documents.flow import Flow
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.screens.finding import Finding
from cs229tui.tui.widgets.paint import Mark

if TYPE_CHECKING:
    from cs229tui.documents.crossrefs.pointers import Pointers
    from cs229tui.tui.cited import CitedWorks
    from cs229tui.tui.reading.faces import Face
    from cs229tui.tui.widgets.passage_view import PassageView
    from cs229tui.tui.widgets.reference_card import ReferenceCard

_HOVER_SECONDS = 0.4
# What is looked at in its card; anything else of which there is one is gone to at once.
_IN_CARD = frozenset({"entry", "footnote", "link"})
_PRINTED = frozenset({"figure", "table", "equation", "algorithm"})
# What is done to the text waits while the card has the keys, and so does what would move the text under the card.
_ON_TEXT = frozenset(
    {"highlight", "annotate", "note", "card", "copy", "copy_quote", "copy_latex", "done", "threads"}
    | {"mark", "to_mark", "type", "outline", "heading", "figure", "annotation", "step", "find_word", "jump", "alone"}
)


class Following(Finding):
    """A screen with a passage whose references can be looked at and followed."""

    class Pointed(Message):
        """A worker found what points somewhere in a flow."""

        def __init__(self, flow: Flow, pointers: "Pointers") -> None:
            super().__init__()
            self.flow = flow
            self.pointers = pointers

    def __init__(self) -> None:
        super().__init__()
        self.pointers: Pointers | None = None
        self._works: CitedWorks | None = None
        self._card: ReferenceCard | None = None
        self._shown: Pointer | None = None
        self._hovered: Pointer | None = None
        self._hover: Timer | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the card has the keys nothing is done to the text."""
        if action in _ON_TEXT and self._card is not None and self._card.has_focus:
            return False
        return super().check_action(action, parameters)

    # Finding what points somewhere

    def find_pointers(self) -> None:
        """Look for what points somewhere in the open document; the screen goes on meanwhile."""
        self.close_card()
        self.pointers = None
        # The first lines are on the screen before anything is looked for.
        self.call_after_refresh(self._find_pointers)

    def _find_pointers(self) -> None:
        document, places = self.document, self.passage.places
        if document is None:
            return

        def work() -> None:
            from cs229tui.documents.crossrefs.pointers import Pointers

            found = Pointers(document.flow, document.pages, document.record.outline, places)
            worker = get_current_worker()
            for block in range(len(document.flow)):
                if worker.is_cancelled:
                    return
                found.of(block)
            self.post_message(self.Pointed(document.flow, found))

        self.run_worker(work, group="pointers", exclusive=True, thread=True, exit_on_error=False)

    def on_following_pointed(self, event: Pointed) -> None:
        if event.flow is not self.passage.flow:
            return
        from cs229tui.tui.cited import CitedWorks

        self.pointers = event.pointers
        self._works = CitedWorks(self.companion, event.pointers, self.reading.id)
        found = {block: event.pointers.of(block) for block in range(len(event.flow))}
        self.passage.point(
            {block: [Mark(one.start, one.end, "pointer") for one in ones] for block, ones in found.items() if ones}
        )

    def _pointer_at(self, position: Position) -> Pointer | None:
        """The pointer at a position; an entry of the references points to itself."""
        if self.pointers is None:
            return None
        known = self.pointers.at(position)
        entry = self.pointers.entry_at(position[0]) if known is None else None
        if entry is None:
            return known
        words = self.passage.flow[position[0]].text
        return Pointer(position[0], 0, len(words), (self.pointers.target(entry),))

    def _pointer_in_sight(self) -> Pointer | None:
        """The pointer under the cursor, else the next one in sight, else the first."""
        if self.pointers is None or (here := self._pointer_at(self.passage.cursor)):
            return here if self.pointers else None
        top, bottom = self.passage.top, self.passage.bottom
        for start in (max(self.passage.cursor, top), (top[0], top[1] - 1)):
            after = self.pointers.step(start, 1)
            if after is not None and top <= (after.block, after.start) <= bottom:
                return after
        return None

    # Keys in the text

    def action_reference(self) -> None:
        """Show the card of the reference under the cursor, or of the next one in sight."""
        pointer = self._pointer_in_sight()
        if pointer is not None:
            self._show_card(pointer)
        elif self.pointers is None:
            self.notify("What this text points to is still being looked for.", timeout=2)
        else:
            self.notify("Nothing in sight points anywhere.", timeout=2)

    def action_step_reference(self, step: int) -> None:
        """To the next or the previous reference."""
        found, here = None, self.passage.cursor
        for _ in range(self.passage.take_count()):
            after = self.pointers.step(here, step) if self.pointers else None
            if after is None:
                break
            found, here = after, (after.block, after.start)
        if found is None:
            self.notify("There is no other reference.", timeout=2)
        else:
            self.passage.go(here, "middle")

    def action_open_thread(self) -> None:
        """On a reference: follow it; else to the thread of the passage under the cursor."""
        pointer = self.pointers.at(self.passage.cursor) if self.pointers else None
        if pointer is not None:
            self.follow(pointer)
        else:
            super().action_open_thread()

    def follow(self, pointer: Pointer) -> None:
        """Go where a pointer leads; a citation, a footnote, an address and a choice of several open their card."""
        if len(pointer.targets) == 1 and pointer.targets[0].kind not in _IN_CARD:
            self._go(pointer.targets[0])
        else:
            self._show_card(pointer)

    def _go(self, target: Target) -> None:
        self.close_card()
        self.passage.focus()
        self._jump_to((target.block, target.offset), "", "top" if target.kind == "section" else "middle")

    # The card

    def close_card(self) -> None:
        """Put the card away."""
        self._stop_hovering()
        if self._card is not None:
            self._card.close()

    def _show_card(self, pointer: Pointer, still: bool = False) -> None:
        """Show what a pointer leads to; `still`, as when the mouse rests on it, leaves the focus in the text."""
        from cs229tui.tui.reading.faces import Box
        from cs229tui.tui.widgets.reference_card import ReferenceCard

        self._stop_hovering()
        if self._card is None:
            self._card = ReferenceCard()
            self.mount(self._card)
        passage, layout = self.passage, self.passage.layout_now
        self._shown = pointer
        above = passage.region.y - passage.scroll_offset.y
        rows = [layout.row((pointer.block, at)) + above for at in (pointer.start, max(pointer.end - 1, pointer.start))]
        room = Box(0, passage.region.y, self.size.width, self.size.height - 1 - passage.region.y)
        first, last = (max(room.y, min(row, room.y + room.height - 1)) for row in rows)
        left = passage.text_left + layout.column((pointer.block, pointer.start)) - 2
        passage.light((pointer.block, pointer.start, pointer.end))
        self._card.open(self._faces(pointer), room, first, last, left, still)
        if not still:
            self._card.focus()

    def _faces(self, pointer: Pointer) -> "list[Face]":
        """What the card says of each thing a pointer leads to, with what can be done about it now."""
        from cs229tui.tui.reading.faces import Offer, face_of

        found = []
        for target in pointer.targets:
            if self.pointers is None or self._works is None:
                break
            itself = target.kind == "entry" and target.block == pointer.block
            offers = self._works.offers(self._cited(target)) if target.kind in ("entry", "link") else ()
            if itself and self.pointers.citing.get(target.entry):
                offers = (Offer("act('go')", "where it is cited first"), *offers)
            elif not itself and target.kind != "link":
                offers = (Offer("act('go')", "go there"), *offers)
            if target.kind in _PRINTED and self.document is not None and self.document.record.format == "pdf":
                offers = (*offers, Offer("act('look')", "see it as printed"))
            face = face_of(self.pointers, target, self.passage.places, self.passage.labels)
            found.append(face._replace(offers=offers))
        return found

    def _cited(self, target: Target) -> int | str:
        """What a target is to the library: an entry, or an address; an entry's own arXiv number or DOI is the entry."""
        if target.kind == "entry":
            return target.entry
        if self.pointers is not None and self._works is not None and self._shown is not None:
            entry = self.pointers.entry_at(self._shown.block)
            if entry is not None and self._works.work(entry).names == self._works.work(target.url).names:
                return entry
        return target.url

    def on_reference_card_closed(self) -> None:
        had_focus = self._card is not None and self.focused in (None, self._card)
        self._shown = None
        self.passage.light(None)
        if had_focus:
            self.passage.focus()

    def on_reference_card_asked(self, event: Any) -> None:
        """Do what the card was asked to."""
        self.alive()
        pointer = self._shown
        if pointer is None or self.pointers is None or self._works is None:
            return
        target = pointer.targets[event.number]
        with self.companion.reporting():
            match event.action:
                case "next" | "previous":
                    self._step_card(pointer, 1 if event.action == "next" else -1)
                case "go":
                    itself = target.block == pointer.block
                    cites = self.pointers.citing.get(target.entry, ()) if itself else ()
                    self._go(Target("place", "", cites[0].block, cites[0].start) if cites else target)
                case "look":
                    self._go(target)
                    self.call_after_refresh(self.run_action, "alone")
                case "copy":
                    self.companion.copy(event.text)
                case "open":
                    self.close_card()
                    self._works.open(self._cited(target))
                case "fetch":
                    self._works.fetch(self._cited(target))
                case "browse":
                    self._works.browse(self._cited(target))

    def _step_card(self, pointer: Pointer, step: int) -> None:
        after = self.pointers.step((pointer.block, pointer.start), step) if self.pointers else None
        if after is None:
            self.notify("There is no other reference.", timeout=2)
            return
        self.passage.go((after.block, after.start), "middle")
        self.call_after_refresh(self._show_card, after)

    def _library_changed(self, _: None) -> None:
        super()._library_changed(_)
        if self._shown is not None and self._card is not None:
            self._card.show_again(self._faces(self._shown))

    # The mouse

    def on_passage_view_moved(self, _event: "PassageView.Moved") -> None:
        """The text moved under a card that only the mouse had asked for."""
        if self._card is not None and self._card.is_still:
            self.close_card()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        pointer = self._pointer_under(event)
        over_card = (
            self._card is not None and self._card.is_open and self._card.region.contains_point(event.screen_offset)
        )
        if pointer == self._hovered or over_card or (self._card is not None and self._card.has_focus):
            return
        self._stop_hovering()
        self._hovered = pointer
        if pointer is not None:
            self._hover = self.set_timer(_HOVER_SECONDS, self._show_hovered)
        elif self._card is not None and self._card.is_still:
            self._card.close()

    def _show_hovered(self) -> None:
        if self._hovered is not None and self.passage.origin is None:
            self._show_card(self._hovered, still=True)

    def _stop_hovering(self) -> None:
        if self._hover is not None:
            self._hover.stop()
            self._hover = None

    def _pointer_under(self, event: events.MouseEvent) -> Pointer | None:
        if self.pointers is None or event.widget is not self.passage:
            return None
        position = self.passage.character_at(event.screen_offset - self.passage.region.offset)
        return self.pointers.at(position) if position is not None else None

    def on_click(self, event: events.Click) -> None:
        """A click on a reference follows it; a drag or a double click selects."""
        if event.button == 1 and event.chain == 1 and self.passage.origin is None:
            pointer = self._pointer_under(event)
            if pointer is not None:
                self.follow(pointer)
