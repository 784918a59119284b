"""What can be done to the reading under the cursor, on whichever screen it is listed; every change can be undone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs229tui.errors import NotFoundError, UsageError
from cs229tui.folders import expanded
from cs229tui.tui import marks

if TYPE_CHECKING:
    from cs229tui.course.model import Reading
    from cs229tui.tui.app import Companion

_NEEDS_READING = frozenset({"status", "fetch", "attach", "rate", "priority", "note", "cite"})


class ReadingActions:
    """For screens that bind the scope `reading`: they say which reading, or which link, the cursor is on."""

    if TYPE_CHECKING:

        @property
        def companion(self) -> "Companion":
            """The app."""
            ...

    def current_reading(self) -> str | None:
        """The id of the reading under the cursor."""
        return None

    def current_link(self) -> str:
        """The address under the cursor; empty where there is none."""
        id = self.current_reading()
        return self.companion.catalog()[id].url if id else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action on a reading is there where a reading is."""
        if action in _NEEDS_READING:
            return self.current_reading() is not None
        if action == "run_lab":
            return getattr(self, "current_lab", lambda: None)() is not None
        if action in ("link", "copy_link"):
            return bool(self.current_link())
        return True

    def _here(self) -> str:
        id = self.current_reading()
        if id is None:
            raise NotFoundError("There is no reading under the cursor.")
        return id

    def _change(self, id: str, label: str, **changes: Any) -> None:
        from cs229tui.library.readings import restore_state, update_state

        app = self.companion
        before = update_state(app.database, id, **changes)
        app.push_undo(f"{app.catalog()[id].short}: {label}", lambda: restore_state(app.database, before))
        app.changed()

    def action_status(self) -> None:
        """Give the reading its next status."""
        from cs229tui.library.readings import STATUSES, state_of

        id = self._here()
        status = state_of(self.companion.database, id).status
        after = STATUSES[(STATUSES.index(status) + 1) % len(STATUSES)]
        self._change(id, marks.WORDS[after], status=after)

    def action_rate(self) -> None:
        """One star more; after five, none."""
        from cs229tui.library.readings import state_of

        id = self._here()
        rating = ((state_of(self.companion.database, id).rating or 0) + 1) % 6
        self._change(id, f"rated {rating}" if rating else "not rated", rating=rating or None)

    def action_priority(self, step: int) -> None:
        """More or less urgent, 0 to 3."""
        from cs229tui.library.readings import state_of

        id = self._here()
        before = state_of(self.companion.database, id).priority
        after = max(0, min(3, before + step))
        if after != before:
            self._change(id, f"priority {after}", priority=after)

    def action_link(self) -> None:
        """Open the link under the cursor in the browser."""
        self.companion.open_link(self._link())

    def action_copy_link(self) -> None:
        """Copy the link under the cursor."""
        link = self._link()
        self.companion.copy(link, link if len(link) < 60 else f"{link[:57]}…")

    def _link(self) -> str:
        link = self.current_link()
        if not link:
            raise NotFoundError("There is no link here.")
        return link

    def action_cite(self) -> None:
        """Copy a line that names the reading."""
        reading = self.companion.catalog()[self._here()]
        self.companion.copy(marks.citation(reading), f"the citation of {reading.short}")

    def action_note(self) -> None:
        """Write a note on the reading."""
        self.companion.write_note(reading=self._here())

    def current_lecture(self) -> int | None:
        """The number of the lecture under the cursor, where it is on no reading."""
        return None

    def action_confusion(self) -> None:
        """Show what confuses people in the reading, or in the lecture, under the cursor."""
        self.companion.open_confusion(self.current_reading(), self.current_lecture())

    def action_score(self) -> None:
        """Show how she stands in the discussion of the reading, or of the lecture's, under the cursor."""
        self.companion.open_score(self.current_reading(), self.current_lecture())

    def action_fetch(self) -> None:
        """Download the reading's document."""
        self.companion.fetching.add(self._here())

    def listed(self) -> "list[tuple[str, list[Reading]]]":
        """The readings that are listed here, by what they are called together."""
        return []

    def action_fetch_all(self) -> None:
        """Ask which of many to fetch, saying how many are not here and about how much that is."""
        from cs229tui.documents.fetching.sources import OURS
        from cs229tui.documents.fetching.wishes import about, wishes
        from cs229tui.tui.screens.pick import Pick

        app = self.companion
        every = [reading for reading in app.catalog().values() if reading.kind not in OURS]
        lists = [(name, [one for one in readings if one.kind not in OURS]) for name, readings in self.listed()]
        lists = [(name, readings) for name, readings in lists if 0 < len(readings) < len(every)]
        lists += [("Everything required", [reading for reading in every if reading.required]), ("Everything", every)]
        options = []
        for index, (name, readings) in enumerate(lists):
            asked, _ = wishes(app.database, readings)
            remark = f"{len(asked)} to fetch, about {max(1.0, about(asked)):.0f} MB" if asked else "nothing to fetch"
            options.append((str(index), f"{name} ({len(readings)})", remark))

        def chosen(value: str | None) -> None:
            if value is not None:
                with app.reporting():
                    app.fetching.add_all(lists[int(value)][1])

        app.push_screen(Pick("Fetch what is not here yet", options, None), chosen)

    def action_attach(self) -> None:
        """Ask for a file, and make it the reading's document."""
        from cs229tui.documents.videos import is_video_file
        from cs229tui.library.videos import update_video
        from cs229tui.tui.screens.prompt import Prompt

        app, id = self.companion, self._here()
        title = app.catalog()[id].short

        def attach(answer: str | None) -> None:
            if answer and answer.strip():
                with app.reporting():
                    file = named_file(answer)
                    if app.catalog()[id].kind == "video" and is_video_file(file):
                        update_video(app.database, id, file=str(file.absolute()))
                        app.changed()
                    else:
                        app.fetching.attach(id, file)

        app.push_screen(Prompt(f"A file for {title}", "The path of a PDF, a saved web page, Markdown or text."), attach)


def mark_done(app: "Companion", id: str) -> None:
    """Make a reading done; undoing makes it what it was."""
    from cs229tui.library.readings import restore_state, update_state

    before = update_state(app.database, id, status="done")
    app.push_undo("done", lambda: restore_state(app.database, before))
    app.changed()
    app.notify("Done. u takes it back.", timeout=3)


def named_file(answer: str) -> Path:
    """The file a person typed or dropped on the terminal, quotes and escapes undone; raises `UsageError`."""
    text = answer.strip().removeprefix("file://")
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: text,
        lambda text: text.strip("'\""),
        lambda text: text.replace("\\ ", " "),
    )
    for way in ways:
        path = expanded(way(text))
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):
            continue
    raise UsageError(f"There is no file {text!r}.", "Give its whole path.")
