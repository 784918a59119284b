"""The one list: columns that fit any width, a cursor that stays, the mouse, and text shown as it is."""

from textual.app import App, ComposeResult
from textual.content import Content

from cs229tui.clean import clean_line
from cs229tui.tui.widgets.rows import Column, Row, Rows


class Listing(App[None]):
    def __init__(self, header: bool = False) -> None:
        super().__init__()
        self.said: list[object] = []
        self.header = header

    def compose(self) -> ComposeResult:
        yield Rows(
            Column("n", right=True),
            Column("title", flex=True, least=10),
            Column("kind", drop=2),
            Column("year", drop=1),
            header=self.header,
        )

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.said.append(("selected", event.key))

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        self.said.append(("highlighted", event.key))

    def on_rows_header_clicked(self, event: Rows.HeaderClicked) -> None:
        self.said.append(("header", event.column))


def row(key: str, title: str = "A title") -> Row:
    return Row(key, (Content(key), Content(title), Content("paper"), Content("2016")))


def lines(rows: Rows) -> list[str]:
    return [rows.render_line(y).text.rstrip() for y in range(rows.size.height)]


async def test_columns_give_way_in_their_order_and_nothing_is_wider_than_the_list() -> None:
    app = Listing()
    async with app.run_test(size=(40, 5)) as pilot:
        rows = app.query_one(Rows)
        rows.show([row("1", "A long title that does not fit here"), row("22")])
        assert lines(rows)[0].endswith("paper  2016")
        await pilot.resize_terminal(24, 5)
        assert lines(rows)[0].endswith("2016")
        assert "paper" not in lines(rows)[0]
        for width in (18, 6, 1):
            await pilot.resize_terminal(width, 5)
            assert all(rows.render_line(y).cell_length == rows.size.width for y in range(5))


async def test_markup_escapes_and_right_to_left_text_are_shown_as_text() -> None:
    app = Listing()
    titles = [
        "[bold]x[/nope]",
        clean_line("a\x1b[31mb\u202ec"),
        "שלום عالم",
        "日本語の論文タイトル" * 4,
        "é" + "\u0301" * 9,
    ]
    async with app.run_test(size=(40, 8)):
        rows = app.query_one(Rows)
        rows.show([row(str(number), title) for number, title in enumerate(titles)])
        shown = lines(rows)
        assert "[bold]x[/nope]" in shown[0]
        assert "abc" in shown[1]
        assert "שלום عالم" in shown[2]
        assert all(rows.render_line(y).cell_length == rows.size.width for y in range(8))


async def test_the_cursor_passes_over_headings_and_stays_on_its_row() -> None:
    app = Listing()
    async with app.run_test(size=(40, 6)) as pilot:
        rows = app.query_one(Rows)
        heading = Row("", (Content("Heading"),))
        rows.focus()
        rows.show([heading, row("a"), heading, row("b"), row("c")])
        assert rows.current == "a"
        await pilot.press("j")
        assert rows.current == "b"
        rows.show([row("z"), heading, row("c"), row("b"), row("a")])
        assert rows.current == "b"
        rows.show([row("z"), row("y"), row("x")])
        assert rows.current == "x"
        rows.show([])
        assert rows.current == ""
        for key in ("j", "k", "G", "g", "enter", "ctrl+d", "pageup", "end", "home"):
            await pilot.press(key, key)
        rows.show([row("n")])
        assert rows.current == "n"
        assert ("selected", "") not in app.said


async def test_going_far_and_to_the_edges() -> None:
    app = Listing(header=True)
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Rows)
        rows.focus()
        rows.show([row(f"{number}") for number in range(100)])
        await pilot.press("G")
        assert rows.current == "99"
        assert lines(rows)[-1].lstrip().startswith("99")
        await pilot.press("k", "ctrl+u")
        assert rows.current == "94"
        await pilot.press("g")
        assert rows.current == "0"
        assert "title" in lines(rows)[0]
        assert lines(rows)[1].lstrip().startswith("0")
        await pilot.press("enter")
        assert app.said[-1] == ("selected", "0")


async def test_the_mouse_moves_opens_and_sorts() -> None:
    app = Listing(header=True)
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Rows)
        rows.show([row(f"{number}") for number in range(30)])
        await pilot.pause()
        await pilot.click(Rows, offset=(5, 3))
        assert rows.current == "2"
        assert ("selected", "2") not in app.said
        await pilot.click(Rows, offset=(5, 3), times=2)
        assert ("selected", "2") in app.said
        rows._focused_at = 0.0
        app.said.clear()
        await pilot.click(Rows, offset=(5, 3), times=2)
        assert app.said.count(("selected", "2")) == 1
        await pilot.click(Rows, offset=(8, 0))
        assert app.said[-1] == ("header", 1)
        await pilot.hover(Rows, offset=(5, 5))
        assert rows.hovered == 4


async def test_only_lines_that_are_seen_are_drawn() -> None:
    app = Listing()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Rows)
        rows.show([row(f"{number}") for number in range(5000)])
        await pilot.pause()
        assert len(rows._strips) <= 12
