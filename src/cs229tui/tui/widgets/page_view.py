"""A page as it is printed, or an area of it alone, on the screen; `PagePicture` makes it move."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from cs229tui.documents.pictures import Pictures, Undrawn
from cs229tui.tui.pictures.geometry import Plate, pixels_of
from cs229tui.tui.pictures.showing import Leaf, Made, Probe, Show, Stamp
from cs229tui.tui.pictures.terminal import Terminal
from cs229tui.tui.widgets.page_sheets import Aim, PageSheets


class PageView(PageSheets, can_focus=True):
    """One page of a PDF in cells, or drawn over them where the terminal has it so."""

    ALLOW_SELECT = False

    class Turned(Message):
        """Another page, area or zoom is shown, or another part of it."""

    class Ready(Message):
        """A drawing is there."""

        def __init__(self, job: Leaf | Probe) -> None:
            super().__init__()
            self.job = job

    def __init__(self) -> None:
        super().__init__()
        self._reveal: tuple[float, float] | None = None
        self._terminal: Terminal | None = None
        self._torn: set[int] = set()
        self._awake = True

    # What is shown

    def open(self, pictures: Callable[["PageView", Show], Pictures[Leaf | Probe, Made]], show: Show) -> None:
        """Show pages in this way; `pictures` makes what draws them."""
        self.shut()
        self._show = show
        self._pictures = pictures(self, show)
        self._torn.clear()
        self._known = (None, None)

    def shut(self) -> None:
        """Draw no more, and leave nothing in the terminal."""
        if self._pictures is not None:
            self._pictures.close()
        if self._show is not None:
            self._clear_stamps()
            self._show.close()
        self._pictures = self._show = None

    @property
    def is_open(self) -> bool:
        """Whether there is anything that draws."""
        return self._pictures is not None

    @property
    def show_way(self) -> Show | None:
        """How pages are shown."""
        return self._show

    def attach(self, terminal: Terminal) -> None:
        """Draw over the frames of this terminal where pictures have to be."""
        if self._terminal is None:
            self._terminal = terminal
            terminal.serve(self._stamp, self.shut)

    def on_unmount(self) -> None:
        self.shut()
        if self._terminal is not None:
            self._terminal.no_more(self._stamp, self.shut)
            self._terminal = None

    def look_at(self, aim: Aim, at: tuple[float, float] | None = None) -> None:
        """Show a page or an area; `at` is a point of it to bring into sight, else its top is shown."""
        if aim != self.aim:
            if aim.box != self.aim.box:
                self._scale = None
            self.aim = aim
            self._x = self._y = 0
            self._known = (None, None)
        self._reveal = at
        self._bring_into_sight()
        self.renew()

    def renew(self) -> None:
        """What is painted on the page, or how it is shown, has changed."""
        self._painted.clear()
        self._want()
        self.refresh()

    # Drawing

    def on_page_view_ready(self, event: Ready) -> None:
        event.stop()
        if self._pictures is None or self._show is None:
            return
        if isinstance(event.job, Probe):
            self._bring_into_sight()
            self._want()
            self.refresh()
            self.post_message(self.Turned())
            return
        made = self._pictures.get(event.job)
        if isinstance(made, Made):
            self._show.arrived(event.job, made)
        self._drawn(event.job)

    def _drawn(self, leaf: Leaf) -> None:
        """Show a sheet that is there now, where it is in sight."""
        sheet = leaf.sheet
        if self._leaves.get((sheet.row, sheet.column)) != leaf:
            return
        rows = range(max(sheet.row - self._y, 0), min(sheet.row + sheet.rows - self._y, self.size.height))
        if self._show is not None and self._show.stamped:
            self._torn.update(row + self._top for row in rows)
            self._stamp()
        self.refresh()

    # The cells

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = Style(bgcolor=self.colors[2].rich_color, color=self.colors[3].rich_color)
        plate = self.plate
        row = y - self._top + self._y
        if plate is None or self._show is None or not 0 <= row < plate.rows or y < self._top:
            return self._blank(y, width, base)
        left, last = self._left, min(self._x + width, plate.columns)
        segments = [Segment(" " * left, base)] if left else []
        for leaf, made in self._at(row):
            sheet = leaf.sheet
            first, end = max(sheet.column, self._x), min(sheet.column + sheet.columns, last)
            if first >= end:
                continue
            cells = None
            if made is not None and self._awake:
                cells = self._show.line(leaf, made, row - sheet.row, first - sheet.column, end - sheet.column)
            segments += cells or self._waiting(y, end - first, base, made is None)
        return Strip(segments).adjust_cell_length(width, base)

    def _waiting(self, y: int, width: int, base: Style, empty: bool) -> list[Segment]:
        """What stands where a picture will be, or is drawn over."""
        muted = base + Style(dim=True)
        text = self._said() if y == self.size.height // 3 and empty else ""
        return [Segment(text[:width].center(width), muted)]

    def _blank(self, y: int, width: int, base: Style) -> Strip:
        text = self._said() if self.plate is None and y == self.size.height // 3 else ""
        return Strip([Segment(text[:width].center(width), base + Style(dim=True))]).adjust_cell_length(width, base)

    def _said(self) -> str:
        """Why there is no picture of the page: its number, while it is being drawn."""
        lost = self._pictures.get(Probe(self.page)) if self._pictures else None
        return lost.why if isinstance(lost, Undrawn) else f"page {self.page} …"

    # Over the frame

    def render_lines(self, crop: Region) -> list[Strip]:
        # The cells that are drawn now wipe out what was stamped on them.
        if self._show is not None and self._show.stamped:
            self._torn.update(range(crop.y, crop.bottom))
        return super().render_lines(crop)

    def _stamp(self) -> None:
        """Draw the pictures over the frame where it wiped them out, and nowhere where something else is on top."""
        show, terminal = self._show, self._terminal
        if show is None or terminal is None or not show.stamped or not self._torn:
            return
        torn, self._torn = self._torn, set()
        plate = self.plate
        if plate is None or not self._awake or not self.display or not self.is_attached or not self.screen.is_current:
            self._clear_stamps()
            return
        where = self.region
        found = []
        for y in range(self.size.height):
            row = y - self._top + self._y
            # Placing is told of every row, and remembers.
            if (y not in torn and show.windowed) or y < self._top or not 0 <= row < plate.rows:
                continue
            free = self._free(where, y)
            if free < where.width and show.windowed:
                continue
            for leaf, made in self._at(row):
                sheet = leaf.sheet
                first = max(sheet.column, self._x)
                end = min(sheet.column + sheet.columns, self._x + free - self._left)
                if made is None or first >= end:
                    continue
                x = where.x + self._left + first - self._x
                found.append(Stamp(leaf, made, row - sheet.row, first - sheet.column, end - first, x, where.y + y))
        sequence = show.stamp(found, gone=True)
        if sequence:
            terminal.draw_over(sequence)

    def _free(self, where: Region, y: int) -> int:
        """How many columns of that row, from the left, nothing stands on: no toast, no pane."""
        if not self.screen.region.contains(where.x, where.y + y):
            return 0
        width: int = where.width
        step = max(width // 12, 1)
        x: int
        for x in [*range(0, width, step), width - 1]:
            if self.screen.get_widget_at(where.x + x, where.y + y)[0] is not self:
                return max(x - step + 1, 0)
        return width

    def _clear_stamps(self) -> None:
        if self._show is not None and self._terminal is not None and self._show.stamped:
            sequence = self._show.stamp([], gone=True)
            if sequence:
                self._terminal.draw_over(sequence)

    def sleep(self) -> None:
        """Something else has the screen: take what is over the frame away."""
        if self._awake:
            self._awake = False
            self._clear_stamps()
            self.refresh()

    def wake(self) -> None:
        """The screen is ours again."""
        if not self._awake:
            self._awake = True
            self.refresh()

    # Moving

    def on_resize(self) -> None:
        before = self._known[1]
        self._known = (None, None)
        now = self.plate
        # What was at the top stays there, however large it is now.
        row = round(self._y * now.rows / before.rows) if now and before and now.page == before.page else self._y
        self._move(self._x, row, True)

    def on_show(self) -> None:
        self.renew()

    def on_hide(self) -> None:
        self._clear_stamps()

    def _bring_into_sight(self) -> None:
        plate, matrix = self.plate, self._matrix(self.page)
        if self._reveal is None or plate is None or matrix is None:
            return
        x, y = self._reveal
        self._reveal = None
        across, down, _, _ = pixels_of(plate, matrix, (x, y, x, y))
        column, row = int(across / plate.across), int(down / plate.down)
        width, height = self.size
        if not self._y + 2 <= row < self._y + height - 3:
            self._y = row - height // 3
        if not self._x <= column < self._x + width:
            self._x = column - width // 2
        self._clamp(plate)

    def _clamp(self, plate: Plate) -> None:
        self._x = max(0, min(self._x, plate.columns - self.size.width))
        self._y = max(0, min(self._y, plate.rows - self.size.height))

    def _move(self, x: int, y: int, anew: bool = False) -> bool:
        """Show another part of the page; says whether it is another."""
        plate = self.plate
        if plate is None:
            return False
        before = (self._x, self._y)
        self._x, self._y = x, y
        self._clamp(plate)
        moved = before != (self._x, self._y)
        if moved or anew:
            self._want()
            if self._over_itself():
                self._torn.update(range(self.size.height))
                self._stamp()
            else:
                self.refresh()
            self.post_message(self.Turned())
        return moved

    def _over_itself(self) -> bool:
        """Whether stamps are drawn over stamps, and the cells under them may stay as they are."""
        if self._show is None or not self._show.stamped or self._pictures is None:
            return False
        seen = [leaf for leaf in self._leaves.values() if not self._distance(leaf)]
        return bool(seen) and all(isinstance(self._pictures.get(leaf), Made) for leaf in seen)
