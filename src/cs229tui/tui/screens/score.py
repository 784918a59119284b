"""How the student stands in the discussion of a reading, for her alone: every component, and her own rating."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from cs229tui.annotations.formats.scoring import LABELS, contribution, figure, remark, target, total
from cs229tui.annotations.own_work import Graded, graded, worked_on
from cs229tui.annotations.scope import scope
from cs229tui.annotations.score import Component
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation
from cs229tui.library.ratings import rate
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.reading.messages import when
from cs229tui.tui.reading.said import names_of, said
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_PARTS = (
    Column("", most=11),
    Column("", most=8, drop=2),
    Column("you", right=True, most=10),
    Column("target", right=True, most=14),
    Column("contributes", most=14),
    Column("what counts", flex=True, least=26, drop=1),
)
_COMMENTS = (
    Column("points", most=8),
    Column("", most=6),
    Column("p", right=True, most=6, drop=2),
    Column("what you wrote", flex=True),
    Column("", right=True, drop=1),
)
_READINGS = (
    Column("reading", most=18),
    Column("", flex=True),
    Column("", drop=2),
    Column("score", right=True, most=16),
    Column("", most=8, drop=1),
    Column("not rated", right=True, drop=3),
)
_NOTHING_WRITTEN = "You wrote nothing here yet: in the reader a comments and q asks; r answers others."
_NO_READING = "Nothing to reckon with yet: what you read and what you write on it counts."
_POINTS = {0: "0 ○○", 1: "1 ●○", 2: "2 ●●"}
_KINDS = {"comment": "▪", "question": "?", "reply": "↳"}


class ScoresScreen(LibraryScreen):
    """The score of each reading of a lecture, or of each that she worked on; enter opens one."""

    CSS_PATH = "../styles/score.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen")]

    def __init__(self, lecture: int | None = None) -> None:
        super().__init__()
        self.lecture = lecture

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="standing")
        yield Rows(*_READINGS, header=True, id="table", quiet=False, empty=_NO_READING)
        yield KeyLine()

    def refresh_data(self) -> None:
        app = self.companion
        catalog = app.catalog()
        title = "all that you worked on"
        if self.lecture is None:
            ids: Iterable[str] = (id for id in worked_on(app.database) if id in catalog)
        else:
            of = scope(app.database, app.course, catalog, lecture=self.lecture)
            title, ids = of.title, of.readings
        first = app.settings.first_lecture
        found = [graded(app.database, app.course, catalog[id], self.lecture, first) for id in ids]
        self.query_one("#head", Static).update(Content.assemble(("Your score  ", "bold"), clean_line(title, 200)))
        required = [one for one in found if one.reading.required] or found
        mean = sum(one.score.total for one in required) / len(required) if required else 0.0
        told = f"on average {mean:.0f} % of the required readings  ·  only you see this" if required else ""
        self.query_one("#standing", Static).update(marks.muted(told))
        self.query_one(Rows).show([self._row(one) for one in found])

    def _row(self, one: Graded) -> Row:
        shown = total(one.score, self.companion.course.discussion.scale)
        return Row(
            one.reading.id,
            (
                Content(one.reading.short),
                Content.styled(one.reading.title, "" if one.reading.required else "$text-muted"),
                marks.muted("req" if one.reading.required else ""),
                Content(shown),
                marks.bar(one.score.total / 100, 8),
                marks.muted(str(one.score.unrated or "")),
            ),
        )

    def on_rows_selected(self, event: Rows.Selected) -> None:
        self.companion.push_screen(ScoreScreen(event.key, self.lecture))

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)


class ScoreScreen(LibraryScreen):
    """The components of a reading's score, and below them what she wrote, to be rated with one key each."""

    CSS_PATH = "../styles/score.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("score")]

    def __init__(self, reading: str, lecture: int | None = None) -> None:
        super().__init__()
        self.reading_id = reading
        self.lecture = lecture
        self._graded: Graded | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="standing")
        parts = Rows(*_PARTS, header=True, id="parts")
        parts.can_focus = False
        yield parts
        yield Static(id="told")
        yield Rows(*_COMMENTS, header=True, id="table", quiet=False, empty=_NOTHING_WRITTEN)
        yield KeyLine()

    # What is shown

    def refresh_data(self) -> None:
        app = self.companion
        reading = app.catalog().get(self.reading_id) or Reading(
            id=self.reading_id, title=self.reading_id, lectures=(0,)
        )
        one = graded(app.database, app.course, reading, self.lecture, app.settings.first_lecture)
        self._graded = one
        rules, due = app.course.discussion, one.score.deadline
        self.query_one("#head", Static).update(
            Content.assemble(("Your score  ", "bold"), clean_line(reading.title, 200))
        )
        held = f"due {marks.clock(due)}, {marks.until(now(), due, due)}" if due else "no deadline"
        self.query_one("#standing", Static).update(
            Content.assemble(
                (total(one.score, rules.scale), "bold $accent"),
                "  ",
                marks.bar(one.score.total / 100, 20),
                (f"  {held}  ·  only you see this", "$text-muted"),
            )
        )
        self.query_one("#parts", Rows).show([_part_row(part, remark(part, rules)) for part in one.score.components])
        self.query_one("#told", Static).update(self._told(one))
        names = names_of(app)
        self.query_one("#table", Rows).show(
            [_comment_row(mine, one, said(mine.body, names=names, most=1)) for mine in one.written]
        )

    def _told(self, one: Graded) -> Content:
        parts = []
        if one.score.unrated:
            some = f"{one.score.unrated} of {len(one.written)} not rated: no points yet"
            parts.append(Content.assemble((some, "$warning"), ("  0 1 2 rate", "$text-muted")))
        if not self.companion.settings.measure_time:
            parts.append(Content.styled("Time is not measured: what rests on it counts nothing", "$warning"))
        if not parts and one.written:
            parts.append(marks.muted("All rated; the program judges nothing."))
        return Content("  ·  ").join(parts)

    # What can be done

    def current(self) -> Annotation | None:
        """What she wrote that the cursor is on."""
        key = self.query_one("#table", Rows).current
        written = self._graded.written if self._graded else ()
        return next((one for one in written if one.id == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Rating needs something to rate."""
        return self.current() is not None if action in ("rate", "unrate") and self.is_mounted else True

    def action_rate(self, points: int) -> None:
        """Give the comment so many points, and go on to the next."""
        self._rate(points)
        self.query_one("#table", Rows).action_cursor(1)

    def action_unrate(self) -> None:
        """Take the comment's points back."""
        self._rate(None)

    def _rate(self, points: int | None) -> None:
        app, one = self.companion, self.current()
        if one is None:
            return
        before = rate(app.database, one.id, points)
        if before != points:
            app.push_undo("rating", lambda: rate(app.database, one.id, before))
            app.changed()

    def on_rows_highlighted(self) -> None:
        self.refresh_bindings()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        if event.rows.id == "table":
            self.companion.open_reading(self.reading_id, annotation=event.key)

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)


def _part_row(part: Component, rule: str) -> Row:
    drawn = Content()
    if part.name != "spread" and part.weight:
        drawn = marks.bar(min(1.0, part.earned / part.weight), 8)
    return Row(
        part.name,
        (
            Content(LABELS[part.name]),
            drawn,
            Content(figure(part)),
            marks.muted(target(part)),
            Content.styled(contribution(part), "$success" if part.earned > 0 else "$text-muted"),
            marks.muted(rule),
        ),
    )


def _comment_row(mine: Annotation, one: Graded, words: Content) -> Row:
    points = one.points.get(mine.id)
    shown = Content.styled(_POINTS[points], "bold $accent") if points is not None else Content.styled("–", "$warning")
    counts = "counts" if mine.id in one.score.counted else ""
    return Row(
        mine.id,
        (
            shown,
            marks.muted(counts),
            marks.muted(str(mine.page or "")),
            Content.assemble((f"{_KINDS.get(mine.kind, '')} ", "bold $secondary"), words.split("\n")[0]),
            marks.muted(when(mine.created)),
        ),
    )
