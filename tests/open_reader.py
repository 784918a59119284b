"""The reader, open in a pilot on a paper that is made for it."""

from rich.cells import cell_len

from cs229tui.course.model import Reading
from cs229tui.documents.flow import Block, Run, encode
from cs229tui.library.annotations import annotations_of
from cs229tui.library.documents import DocumentRecord, OutlineEntry, Page, attach, store_document
from cs229tui.library.readings import add_reading
from cs229tui.tui.app import Companion
from cs229tui.tui.reading.selection import text_of
from cs229tui.tui.screens.reader import ReaderScreen
from cs229tui.workspace import Workspace

SENTENCES = (
    "We clip the norm of each gradient. ",
    "Then noise is added to the sum, and the privacy budget is spent a little. ",
    "The accountant keeps track of it over all steps of the training. ",
)
HOSTILE = "A title with [bold]markup[/bold] [/nope] and 漢字."
PARAGRAPHS = 12


def make_paper(
    workspace: Workspace,
    id: str = "paper",
    sha256: str = "a" * 64,
    extra: str = "",
    pages: int = 6,
    labels: tuple[str, ...] = (),
    figures: bool = False,
) -> None:
    """A document of a heading and twelve paragraphs a page, attached to a reading of the student's own."""
    labels = labels or tuple(f"{number + 100}" for number in range(1, pages + 1))
    blocks: list[Block] = []
    texts: list[Page] = []
    for number in range(1, pages + 1):
        said = [("heading", f"{number} Section")]
        if number == 1:
            said.append(("paragraph", HOSTILE))
        for paragraph in range(PARAGRAPHS):
            said.append(("paragraph", f"Paragraph {paragraph} of page {number}. {extra}" + "".join(SENTENCES).strip()))
        if figures:
            said += [("figure", f"Figure {number} on page {number}"), ("caption", f"Figure {number}: A curve.")]
            said += [("paragraph", SENTENCES[1]), ("caption", f"Table {number}: Sizes."), ("table", "a  b\n1  2")]
        blocks.append(Block("page", labels[number - 1], number))
        text = ""
        for kind, words in said:
            blocks.append(Block(kind, words, 1, (Run(0, number, len(text), len(words)),)))
            text += words + "\n"
        texts.append(Page(number, labels[number - 1], 612, 792, text))
    outline = tuple(OutlineEntry(f"{number} Section", 0, number) for number in range(1, pages + 1))
    record = DocumentRecord(sha256, "pdf", 1, pages, "Paper", "", "test/1", outline, encode(tuple(blocks)), ())
    store_document(workspace.database, record, texts)
    add_reading(
        workspace.database, Reading(id=id, title="A [b]paper[/b]", lectures=(0,), authors=("Mei Ng",), year=2016)
    )
    attach(workspace.database, id, sha256, "test")


class Reader:
    """The reader, open in a pilot."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> ReaderScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, ReaderScreen))

    @property
    def text(self):
        return self.screen.passage

    @property
    def selected(self) -> str:
        return text_of(self.text.flow, self.text.selection) if self.text.selection else ""

    def annotations(self):
        return annotations_of(self.app.database, "paper")

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.pilot.pause()


class Opened:
    """`async with Opened(workspace) as reader`."""

    def __init__(self, workspace, size=(120, 40), reading="paper"):
        self.app = Companion(workspace, reading)
        self.test = self.app.run_test(size=size)

    async def __aenter__(self):
        pilot = await self.test.__aenter__()
        for _ in range(4):
            await pilot.pause()
        return Reader(self.app, pilot)

    async def __aexit__(self, *problem):
        return await self.test.__aexit__(*problem)


def place_of(widget, words):
    """Where words stand in a widget, from its corner."""
    for y in range(widget.size.height):
        line = "".join(segment.text for segment in widget.render_line(y))
        if words in line:
            return cell_len(line[: line.index(words)]) + 1 + widget.gutter.left, y + widget.gutter.top
    raise AssertionError(words)
