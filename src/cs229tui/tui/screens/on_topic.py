"""Writing on a lecture, one of its topics, or a whole reading: choose which, then write."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cs229tui.annotations import make
from cs229tui.clean import clean_line
from cs229tui.course.model import Lecture
from cs229tui.library.annotations import Annotation, Kind
from cs229tui.library.groups import audience_now
from cs229tui.tui.reading.audiences import goes_to
from cs229tui.tui.reading.drafts import Drafts
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.widgets.annotation_editor import AnnotationEditor, Written

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_WHOLE = "lecture"


def choose_and_write(app: "Companion", reading: str = "", lecture: int | None = None) -> None:
    """Ask what to write on: the lectures and the readings, those given first."""
    catalog, course = app.catalog(), app.course
    lectures = [(f"lecture:{one.number}", f"Lecture {one.number} · {one.title}", "") for one in course.lectures]
    lectures.sort(key=lambda option: option[0] != f"lecture:{lecture}")
    readings = [
        (f"reading:{id}", f"{one.short} · {clean_line(one.title, 80)}", "whole reading") for id, one in catalog.items()
    ]
    readings.sort(key=lambda option: option[0] != f"reading:{reading}")
    first = readings[:1] if reading in catalog else []

    def chosen(value: str | None) -> None:
        kind, _, id = (value or "").partition(":")
        found = course.lecture(int(id)) if kind == "lecture" else None
        if found is not None:
            write_on_lecture(app, found, "question")
        elif kind == "reading":
            write_on_reading(app, id, "question")

    app.push_screen(Pick("Write on", [*first, *lectures, *readings[len(first) :]], None), chosen)


def write_on_lecture(app: "Companion", lecture: Lecture, kind: Kind) -> None:
    """Ask which of its topics, then write."""
    options = [(_WHOLE, "The lecture as a whole", "")]
    options += [(f"topic:{number}", topic, "") for number, topic in enumerate(lecture.topics)]

    def chosen(value: str | None) -> None:
        if value is None:
            return
        topic = "" if value == _WHOLE else lecture.topics[int(value.partition(":")[2])]

        def store(written: Written) -> Annotation:
            author = app.settings.author
            return make.annotate_topic(app.database, lecture.number, topic, written.kind, written.body, author=author)

        _write(app, f"on lecture {lecture.number}", topic, f"lecture:{lecture.number}:{topic}", kind, store)

    if lecture.topics:
        app.push_screen(Pick(f"Lecture {lecture.number}: on which topic?", options, None), chosen)
    else:
        chosen(_WHOLE)


def write_on_reading(app: "Companion", reading: str, kind: Kind) -> None:
    """Write on the whole of a reading."""
    known = app.catalog().get(reading)

    def store(written: Written) -> Annotation:
        author = app.settings.author
        return make.annotate_reading(app.database, reading, written.kind, written.body, author=author)

    short = known.short if known else clean_line(reading, 40)
    _write(app, f"on the whole of {short}", known.title if known else "", f"whole:{reading}", kind, store)


def _write(
    app: "Companion", title: str, quote: str, key: str, kind: Kind, store: Callable[[Written], Annotation]
) -> None:
    drafts = Drafts(app.folders.data / "drafts.json")
    goes = audience_now(app.database)

    def post(written: Written | None) -> None:
        if written is None:
            return
        with app.reporting():
            made = store(written)
            editor.forget_draft()
            app.push_undo(f"{written.kind} {title}", lambda: make.remove(app.database, made.id))
            app.changed()

    editor = AnnotationEditor(
        title, quote, drafts, f"{kind}:{key}", kind=kind, goes_to=lambda chosen: goes_to(app.database, chosen, goes)
    )
    app.push_screen(editor, post)
