"""How one writes on a part of a page that is no text: a figure, an equation, whatever a box is drawn around."""

from typing import TYPE_CHECKING

from cs229tui.library.annotations import Quad
from cs229tui.tui.reading import printed
from cs229tui.tui.screens.picturing import Picturing

if TYPE_CHECKING:
    from cs229tui.tui.widgets.page_picture import PagePicture


class Boxing(Picturing):
    """A screen with a passage on whose pages boxes can be drawn."""

    async def _mounted(self) -> "PagePicture":
        picture = await super()._mounted()
        picture.is_figure = self._is_figure
        return picture

    def _is_figure(self, page: int, point: tuple[float, float]) -> bool:
        x, y = point
        return any(
            one.area.page == page and one.kind == "figure"
            and one.area.left <= x <= one.area.right and one.area.bottom <= y <= one.area.top
            for one in self._all_exhibits()
        )  # fmt: skip

    def on_page_picture_box_asked(self) -> None:
        """Draw a box, around the figure that is shown alone if one is."""
        if self.picture is None:
            return
        area = self._exhibit.area if self._exhibit is not None else None
        self.picture.begin_box((area.left, area.bottom, area.right, area.top) if area else None)

    def chosen_box(self) -> tuple[int, Quad, str] | None:
        """The page, the box on it and what the text says of it, where one is drawn or a figure is shown alone."""
        picture = self.picture
        if picture is None or self.view == "text" or not self.passage.flow:
            return None
        box = picture.box
        if box is None and self._exhibit is not None and self.passage.origin is None:
            area = self._exhibit.area
            box = (area.left, area.bottom, area.right, area.top)
        if box is None:
            return None
        return picture.page, box, printed.caption_of(self.passage.flow, picture.page, box)

    def box_written(self) -> None:
        """The box has what was to be written on it."""
        if self.picture is not None:
            self.picture.drop_box()
