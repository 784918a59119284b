"""How the code of two runs differs, beside how their results do."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.highlight import highlight
from textual.screen import Screen
from textual.widgets import Static

from cs229tui.errors import NotFoundError
from cs229tui.labs.code_difference import FileDifference, Line, code_folder, difference
from cs229tui.labs.compare import Group
from cs229tui.labs.copies import original_of, updated_since
from cs229tui.labs.find import Lab, lab_named
from cs229tui.labs.spreads import plus_minus
from cs229tui.labs.words import figure
from cs229tui.tui.actions import bindings
from cs229tui.tui.marks import muted
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_LANGUAGES = {".py": "python", ".toml": "toml", ".md": "markdown"}
_BACK = {"taken": ("$error 12%", "$error 35%"), "added": ("$success 12%", "$success 35%")}
_SIGNS = {"taken": "−", "added": "+", "same": " "}


class CompareCode(Screen[None]):
    """The differing lines of every file, and a table of the results."""

    CSS_PATH = "../styles/compare.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("code")]
    AUTO_FOCUS = "#code-scroll"

    def __init__(
        self, names: tuple[str, str], found: Sequence[FileDifference], results: Sequence[Row], note: str = ""
    ) -> None:
        super().__init__()
        self.names = names
        self.found = found
        self.results = results
        self.note = note

    def compose(self) -> ComposeResult:
        left, right = self.names
        said = f"{left} → {right}" + (f"\n{self.note}" if self.note else "")
        yield Static(Content(said), id="code-header")
        if self.results:
            table = Rows(
                Column("", flex=True),
                Column(left, most=26, right=True),
                Column(right, most=26, right=True),
                Column("difference", most=20, right=True),
                id="code-results",
                classes="panel",
                header=True,
            )
            table.border_title = "results"
            yield table
        with ScrollableContainer(id="code-scroll", classes="panel") as scroll:
            scroll.border_title = "code"
            added, taken = sum(file.added for file in self.found), sum(file.taken for file in self.found)
            scroll.border_subtitle = f"+{added} −{taken}" if self.found else ""
            yield Static(drawn(self.found), id="code-text")
        yield KeyLine()

    def on_mount(self) -> None:
        if self.results:
            self.query_one("#code-results", Rows).show(self.results)

    def action_back(self) -> None:
        """Back to the comparison."""
        self.dismiss()


def open_code(app: "Companion", left: Group, right: Group) -> None:
    """Show how two settings' code and results differ; of one setting alone, how her copy differs from its original."""
    folders = app.folders
    labs = [_lab(app, group) for group in (left, right)]
    places = [code_folder(group.runs[0].record, lab) for group, lab in zip((left, right), labs, strict=True)]
    names, note = (left.label, right.label), ""
    results = results_of(left, right) if left is not right else []
    lab = labs[1]
    original = original_of(folders, lab) if lab is not None and lab.own else None
    if left is right and original is not None:
        places[0], names = original.path, (original.name, right.label)
    if lab is not None and original is not None and (changed := updated_since(lab, original)):
        note = f"{original.name} was updated since you copied it: {', '.join(changed)}."
    before, after = places
    if not note and any(place is not None and place.name != "code" for place in places) and left is not right:
        note = "Not every run kept a copy of its code: what is shown of those is the lab as it is now."
    if before is None or after is None:
        app.notify("The code of one of them is gone, and so is its lab.", severity="warning", timeout=5, markup=False)
        return
    app.push_screen(CompareCode(names, difference(before, after), results, note))


def results_of(left: Group, right: Group) -> list[Row]:
    """The results of two settings, and how far they are apart."""
    rows = []
    for name in dict.fromkeys(name for group in (left, right) for run in group.runs for name in run.finals):
        before, after = left.spread(name), right.spread(name)
        apart = Content()
        if before.n and after.n:
            gap = after.mean - before.mean
            width = ((before.deviation or 0.0) ** 2 + (after.deviation or 0.0) ** 2) ** 0.5
            told = plus_minus(gap, width) if width else figure(gap)
            apart = Content(f"+{told}" if gap > 0 else told)
            # More than two deviations of the difference is more than the seeds explain.
            apart = apart if gap and (not width or abs(gap) > 2 * width) else muted(apart.plain)
        if str(before) != str(after):
            rows.append(Row(name, (Content(name), Content(str(before) or "–"), Content(str(after) or "–"), apart)))
    return rows


def drawn(found: Sequence[FileDifference]) -> Content:
    """All files' differences, coloured as code, what was taken and added in front of red and green."""
    if not found:
        return muted("Their code is the same.")
    lines: list[Content] = []
    for file in found:
        if lines:
            lines.append(Content())
        head = f"{file.name}  +{file.added} −{file.taken}"
        lines.append(Content.styled(head, "bold $primary"))
        language = _LANGUAGES.get(Path(file.name).suffix, "text")
        sides = [highlight(text, language=language).split("\n", allow_blank=True) for text in (file.left, file.right)]
        lines += [_line(line, sides) for line in file.lines]
    return Content("\n").join(lines)


def _line(line: Line, sides: list[list[Content]]) -> Content:
    if line.kind == "gap":
        return muted("      ⋯")
    side, at = (sides[0], line.left) if line.kind == "taken" else (sides[1], line.right)
    text = side[at - 1] if 0 < at <= len(side) else Content(line.text)
    number = muted(f"{at:>5} ")
    if line.kind == "same":
        return Content.assemble(number, "  ", text)
    back, strong = _BACK[line.kind]
    marked = text.stylize(f"on {back}")
    for start, end in line.changed:
        marked = marked.stylize(f"on {strong}", start, end)
    colour = "$error" if line.kind == "taken" else "$success"
    return Content.assemble(number, (f"{_SIGNS[line.kind]} ", f"bold {colour}"), marked)


def _lab(app: "Companion", group: Group) -> Lab | None:
    with suppress(NotFoundError):
        return lab_named(app.folders, group.runs[0].record.lab)
    return None
