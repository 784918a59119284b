"""What the reader knows of the pages it shows as they are printed: where things are on them, what is painted there."""

from typing import TYPE_CHECKING, Literal

from textual.color import Color

from cs229tui.library.documents import Page
from cs229tui.library.documents import page as stored_page
from cs229tui.tui.reading import printed
from cs229tui.tui.reading.discussion import look_of
from cs229tui.tui.reading.wrap import Position
from cs229tui.tui.screens.viewing import Viewing
from cs229tui.tui.widgets.paint import HUES

if TYPE_CHECKING:
    from cs229tui.tui.widgets.page_picture import PagePicture
    from cs229tui.tui.widgets.page_sheets import Painted

_MOST_HITS = 2000
_MOST_STORED = 8
# Signs that any font has: those of the text may not be in the one that is drawn with.
_LETTERS = {"comment": "C", "note": "P"}
_HUES: dict[str, str] = {str(name): hue for name, hue in HUES.items()}


class Pictured(Viewing):
    """A screen with a passage and, beside it or instead of it, its pages. `view` says which of the two is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.view: Literal["text", "picture", "beside"] = "text"
        self.picture: PagePicture | None = None
        self._entered: Position | None = None
        self._pages_stored: dict[int, Page | None] = {}

    @property
    def page_read(self) -> int:
        """The page that is being looked at."""
        return self.picture.page if self.view == "picture" and self.picture is not None else self.passage.page

    @property
    def pages_pictured(self) -> tuple[int, int] | None:
        """The first and last page of which there is a picture, where that is all there is to be seen."""
        return (self.page_read, self.page_read) if self.view == "picture" else None

    def _place_here(self) -> tuple[int, tuple[float, float] | None]:
        """The page the cursor is on and, where it is known, the point of it."""
        passage = self.passage
        block = passage.flow[passage.cursor[0]] if passage.flow else None
        if block is not None and block.area is not None:
            area = block.area
            return area.page, ((area.left + area.right) / 2, (area.bottom + area.top) / 2)
        page, place = passage.places.place(passage.cursor)
        # A stub or a page of no text has no characters: the nearest text may be on another page.
        return passage.page, self._point_of(page, place) if page == passage.page else None

    def _point_of(self, page: int, place: int) -> tuple[float, float] | None:
        """The middle of a character in points; none for the beginning of a page, which is shown from its top."""
        stored = self._stored(page)
        if stored is None or not place or 16 * (place + 1) > len(stored.boxes):
            return None
        from array import array

        left, bottom, right, top = array("f", stored.boxes[16 * place : 16 * place + 16])
        return ((left + right) / 2, (bottom + top) / 2) if right > left else None

    def _stored(self, page: int) -> Page | None:
        if self.document is None:
            return None
        if page not in self._pages_stored:
            if len(self._pages_stored) >= _MOST_STORED:
                self._pages_stored.clear()
            self._pages_stored[page] = stored_page(self.companion.database, self.document.record.sha256, page)
        return self._pages_stored[page]

    def _size_of(self, page: int) -> tuple[float, float]:
        if self.document is None or not 1 <= page <= len(self.document.pages):
            return 612.0, 792.0
        found = self.document.pages[page - 1]
        return max(found.width, 1.0), max(found.height, 1.0)

    def _paint(self, number: int) -> list["Painted"]:
        from cs229tui.tui.pictures.painting import marker
        from cs229tui.tui.widgets.page_sheets import Painted

        page = self._stored(number)
        if page is None or not page.boxes:
            return []
        flow, passage = self.passage.flow, self.passage
        found: list[Painted] = []
        shown = self.written.on(number, number) if self.written is not None else ()
        for one in sorted(shown, key=lambda one: -sum(end - start for _, start, end in one.ranges)):
            colour = marker(Color.parse(_HUES.get(look_of(one.root)[0], HUES["yellow"])).rgb)
            for stretch in () if one.root.region else one.ranges:
                found += [Painted(box, colour) for box in printed.boxes_of(flow, stretch, page)]
            if one.root.region and one.page == number and one.root.spans is None:
                hue = Color.parse(_HUES.get(look_of(one.root)[0], HUES["yellow"])).rgb
                found.append(Painted(one.root.region, hue, "frame", _LETTERS.get(one.root.kind, look_of(one.root)[1])))
        accent, primary = (Color.parse(self.app.theme_variables[name]).rgb for name in ("accent", "primary"))
        now = self.hits[self._hit] if self._hit is not None and self._hit < len(self.hits) else None
        for hit in self.hits if len(self.hits) <= _MOST_HITS else (now,) if now else ():
            colour = marker(accent, 0.9 if hit == now else 0.4)
            found += [Painted(box, colour) for box in printed.boxes_of(flow, hit, page)]
        if self.picture is not None and self.picture.box is not None and self.picture.page == number:
            found.append(Painted(self.picture.box, primary, "frame"))
        chosen = passage.selection
        if chosen is not None:
            for stretch in printed.stretches(flow, chosen.start, chosen.end):
                found += [Painted(box, marker(primary, 0.6)) for box in printed.boxes_of(flow, stretch, page)]
        # Where somebody put the cursor; to a page that is turned to it only goes along.
        block, offset = self._entered or passage.cursor
        here = printed.boxes_of(flow, (block, offset, offset + 1), page) if block < len(flow) else ()
        found += [Painted(box, (255, 255, 255), "cursor") for box in here]
        return found
