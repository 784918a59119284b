"""How the reader shows a page as it is printed, a figure alone, and text and picture side by side."""

from functools import partial
from typing import TYPE_CHECKING, Literal

from textual import events

from cs229tui.documents.store import document_path
from cs229tui.errors import NotFoundError
from cs229tui.tui.reading import printed
from cs229tui.tui.reading import selection as select
from cs229tui.tui.reading.printed import Exhibit
from cs229tui.tui.reading.selection import Selection
from cs229tui.tui.reading.wrap import Layout, Position
from cs229tui.tui.screens.pictured import Pictured

if TYPE_CHECKING:
    from cs229tui.documents.pictures import Pictures
    from cs229tui.tui.pictures.showing import Leaf, Made, Probe, Show
    from cs229tui.tui.widgets.page_picture import PagePicture
    from cs229tui.tui.widgets.page_view import PageView

_SIDE_BY_SIDE = 140


class Picturing(Pictured):
    """A screen with a passage whose pages can be seen as they are printed."""

    def __init__(self) -> None:
        super().__init__()
        self._exhibit: Exhibit | None = None
        self._exhibits: tuple[Exhibit, ...] | None = None
        self._aimed: Position | None = None
        self._painted: object = None
        self._dragged_from: Position | None = None
        self._page_aimed = 0
        self._left: tuple[Layout, Position, int] | None = None
        self._turned_to = 0

    # Into the picture and out of it

    async def action_picture(self) -> None:
        """Show the page as it is printed; where it is shown, go back to the text."""
        if self.view == "picture":
            self.leave_picture()
        elif self.document is not None:
            await self._enter("picture")

    async def action_beside(self) -> None:
        """Show text and page side by side, or the text alone again."""
        if self.view == "beside":
            self.leave_picture()
        elif self.app.size.width < _SIDE_BY_SIDE:
            self.notify(
                f"Side by side needs {_SIDE_BY_SIDE} columns; there are {self.app.size.width}. p shows the page alone.",
                timeout=4,
            )
        elif self.document is not None:
            await self._enter("beside")

    async def action_alone(self) -> None:
        """Show the figure, table or equation here alone; where one is shown, the next one on its page."""
        if self.document is None:
            return
        every = self._all_exhibits()
        if self.view != "text" and self._exhibit is not None and self.picture is not None:
            self._show_exhibit(self._next_exhibit(every))
            return
        page = self.picture.page if self.picture is not None and self.view == "picture" else None
        on_page = [one for one in every if page is None or one.area.page == page]
        found = printed.exhibit_near(on_page, self.passage.flow, self.passage.cursor)
        if await self._enter("picture" if self.view == "text" else self.view):
            self._show_exhibit(found)
            if found is None:
                self.notify("Nobody knows of a figure or table here; this is the page.", timeout=3)

    def _all_exhibits(self) -> tuple[Exhibit, ...]:
        if self._exhibits is None:
            self._exhibits = printed.exhibits(self.passage.flow)
        return self._exhibits

    def _next_exhibit(self, every: tuple[Exhibit, ...]) -> Exhibit | None:
        if self._exhibit is None:
            return None
        here = [one for one in every if one.area.page == self._exhibit.area.page]
        at = here.index(self._exhibit) + 1
        return here[at] if at < len(here) else None

    def _show_exhibit(self, exhibit: Exhibit | None) -> None:
        from cs229tui.tui.widgets.page_sheets import Aim

        if self.picture is None:
            return
        self._exhibit = exhibit
        if exhibit is None:
            self.picture.look_at(Aim(self.picture.page))
        else:
            area = exhibit.area
            self.picture.look_at(Aim(area.page, (area.left, area.bottom, area.right, area.top)))
        self._show_place()

    async def _enter(self, view: Literal["picture", "beside"]) -> bool:
        """Show the picture of the page the cursor is on; says whether there is one."""
        if self.document is None:
            return False
        record = self.document.record
        if record.format != "pdf":
            self.notify("This text has no printed pages. S opens its file.", timeout=4)
            return False
        if not document_path(self.companion.folders, record.sha256, record.format).is_file():
            raise NotFoundError("The program's copy of the file is gone.", "Fetch or attach it again.")
        abilities = await self.companion.terminal.learn()
        if abilities.way == "off":
            self.notify("Pictures are off in the settings; S opens the system's viewer.", timeout=4)
            return False
        picture = await self._mounted()
        if not picture.is_open or picture.show_way is None or picture.show_way.abilities != abilities:
            from cs229tui.tui.pictures.showing import show_for

            picture.open(self._drawing, show_for(abilities, self.companion.write_to_terminal))
            picture.attach(self.companion.terminal)
        first = self.view == "text"
        if first:
            self._left = (self.passage.layout_now, self.passage.cursor, self.passage.scroll_offset.y)
        self.view = view
        self.set_class(view == "picture", "-picture")
        self.set_class(view == "beside", "-beside")
        if first:
            self._aimed = None
            self._exhibit = None
        if view == "picture":
            picture.focus()
        self._show_place()
        return True

    async def _mounted(self) -> "PagePicture":
        if self.picture is None:
            from cs229tui.tui.widgets.page_picture import PagePicture

            picture = PagePicture()
            picture.size_of = self._size_of
            picture.paint = self._paint
            picture.answers = self.passage.take_answer
            await self.query_one("#reading-body").mount(picture, after=self.passage)
            self.picture = picture
            self.app.app_suspend_signal.subscribe(self, lambda _: picture.shut())
            self.app.app_resume_signal.subscribe(self, lambda _: self._again())
        self.picture.pages = self.document.record.pages if self.document else 0
        return self.picture

    def _drawing(self, picture: "PageView", show: "Show") -> "Pictures[Leaf | Probe, Made]":
        from cs229tui.documents.pictures import Pictures
        from cs229tui.tui.widgets.page_view import PageView

        if self.document is None:
            raise NotFoundError("There is no document.")
        record = self.document.record
        path = document_path(self.companion.folders, record.sha256, record.format)

        def ready(job: "Leaf | Probe") -> None:
            if picture.is_attached:
                picture.post_message(PageView.Ready(job))

        return Pictures(
            path,
            show.make,
            ready,
            lambda made: made.weight,
            name=self.reading.id,
        )

    def _again(self) -> None:
        """The program has its terminal back, which has forgotten all pictures."""
        if self.picture is not None:
            self.picture.shut()
        if self.view != "text":
            self.run_worker(self._enter(self.view), group="picture", exit_on_error=False)

    def leave_picture(self) -> None:
        """Back to the text, at the words one came from, or at the page one turned to."""
        self.view = "text"
        self._exhibit = None
        self.remove_class("-picture", "-beside")
        self.passage.focus()
        passage, left = self.passage, self._left
        if self._turned_to:
            back = partial(passage.go, passage.cursor, "top")
        elif left is not None and left[0] is passage.layout_now and left[1] == passage.cursor:
            back = partial(passage.scroll_to, y=left[2], animate=False)
        else:
            back = partial(passage.go, passage.cursor, "middle")
        # When the text has heard that it is on the screen again.
        self.call_after_refresh(passage.call_later, back)
        self._turned_to, self._left = 0, None
        self._show_place()

    def forget_pictures(self) -> None:
        """The document is another one now."""
        self._exhibits = None
        self._pages_stored.clear()
        self._aimed = None
        if self.picture is not None:
            self.picture.shut()
            if self.view != "text":
                self.leave_picture()

    async def open_as_picture(self) -> None:
        """Where the text is nothing, or slides are better seen, open as a picture at once."""
        if self.document is None or self.view != "text" or self.document.record.format != "pdf":
            return
        slides = self.passage.paged = self.slides
        if slides or self.passage.page in self.passage.places.empty:
            abilities = await self.companion.terminal.learn()
            sharp = abilities.way in ("kitty", "placed", "sixel")
            if (sharp or not slides) and await self._enter("picture") and slides and self.picture is not None:
                self.picture.whole = True
                self.picture.renew()

    @property
    def slides(self) -> bool:
        """Whether this is read a page at a time."""
        if self.document is None:
            return False
        return self.reading.kind == "slides" or printed.are_slides(self.document.pages)

    def _jump_to(self, position: Position | None, none: str, place: str = "top") -> None:
        super()._jump_to(position, none, place)
        empty = self.passage.places.empty
        if position is not None and self.view == "text" and empty.get(self.passage.page) == position[0]:
            self.run_worker(self.open_as_picture(), group="picture", exclusive=True, exit_on_error=False)

    def action_back(self) -> None:
        """Leave what is open: a figure alone, the page, then what the text has open."""
        picture = self.picture
        if self.view == "picture" and self.passage.origin is None and picture is not None and picture.has_focus:
            if self.passage.asking or self.query_one("FindBar").has_class("-open"):
                super().action_back()
            elif not self._drop_box():
                self.leave_picture()
        else:
            super().action_back()
        self._keep_focus()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """What gives the focus back gives it to the text, which may not be there to be seen."""
        lost = self.focused is None or self.focused is self.passage
        if self.view == "picture" and lost and self.picture is not None and self.is_attached:
            self.picture.focus()

    def on_screen_suspend(self) -> None:
        if self.picture is not None:
            self.picture.sleep()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        if self.picture is not None:
            self.picture.wake()

    # Where the picture is

    def picture_place(self) -> str:
        """What the title says of the place in the picture; empty where none is shown."""
        if self.view != "picture" or self.picture is None or self.document is None:
            return ""
        page = self.picture.page
        label = self.passage.labels.get(page) or str(page)
        shown = f"p {label}" if label == str(page) else f"p {label} ({page})"
        alone = f" · {self._exhibit.kind} alone" if self._exhibit else ""
        if self.picture.box is not None:
            alone = " · box: enter takes it" if self.picture.drawing else " · box: a q H P write on it"
        count = f"{self.picture.count}  " if self.picture.count else ""
        return f"{count}{shown} of {self.document.record.pages} · {self.picture.zoom * 100:.0f} %{alone}"

    def show_picture(self) -> None:
        """Let the picture follow the cursor and what is written on the text."""
        from cs229tui.tui.widgets.page_sheets import Aim

        picture, passage = self.picture, self.passage
        if picture is None or self.view == "text" or not picture.is_open:
            return
        painted = (self.threads, self.hits, self._hit, passage.selection, passage.cursor)
        if self._aimed != passage.cursor:
            page, point = self._place_here()
            self._aimed, self._painted, self._page_aimed = passage.cursor, painted, page
            self._entered, self._turned_to = passage.cursor, 0
            # What is shown alone stays while the cursor is moved by the mouse on it.
            if self._exhibit is None or self._exhibit.area.page != page:
                self._exhibit = None
                picture.look_at(Aim(page), point)
            else:
                picture.renew()
        elif painted != self._painted:
            self._painted = painted
            picture.renew()

    def on_page_view_turned(self) -> None:
        picture = self.picture
        if picture is None:
            return
        self.alive()
        if self._exhibit is not None and picture.aim.box is None:
            self._exhibit = None
        if self.view == "picture" and picture.page != self._page_aimed:
            # The text follows, so that leaving the picture leads to the page that was looked at, and where it is the
            # page one came from, to the words one came from.
            places, entered = self.passage.places, self._entered
            back = entered is not None and places.page(entered) == picture.page
            self._aimed = entered if back and entered else places.position(picture.page)
            self._page_aimed, self._turned_to = picture.page, 0 if back else picture.page
            self.passage.unselect()
            self.passage.go(self._aimed, "top")
        self._show_place()

    def _drop_box(self) -> bool:
        """Put a box away that is drawn; says whether there was one."""
        if self.picture is None or self.picture.box is None:
            return False
        self.picture.drop_box()
        return True

    def on_page_picture_alive(self) -> None:
        self.alive()

    # Pointing at it

    def on_page_picture_pointed(self, event: "PagePicture.Pointed") -> None:
        from cs229tui.tui.pictures.geometry import character_at

        self.alive()
        page = self._stored(event.page)
        at = character_at(page, event.point, reach=40.0) if page else None
        if at is None:
            return
        passage = self.passage
        position = passage.places.position(event.page, at)
        if event.what == "begin":
            self._dragged_from = position
            passage.unselect()
            self._put_cursor(position)
        elif event.what == "drag" and self._dragged_from not in (None, position):
            start, end = sorted((self._dragged_from or position, position))
            self._aimed = end
            passage.choose(Selection(start, select.forward(passage.flow, end, 1)), follow=False)
        elif event.what == "click" and event.times == 2:
            passage.choose(select.word_at(passage.flow, passage.cursor), follow=False)
        elif event.what == "click" and event.times >= 3:
            passage.unselect()
            passage.choose(select.paragraph_at(passage.flow, passage.cursor), follow=False)
        elif event.what == "click" and passage.origin is None and (mark := passage.mark_at(passage.cursor)):
            self._show_pane(True)
            passage.post_message(passage.MarkChosen(mark))
        if event.what != "begin":
            self._aimed = passage.cursor

    def _put_cursor(self, position: Position) -> None:
        self._aimed = self._entered = position
        self._turned_to = 0
        self.passage.go(position, "middle")
