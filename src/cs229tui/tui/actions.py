"""Every action of the screens, once: footer, palette, help, the docs and the student's own keys all come from here.

A scope is a screen or widget that says `BINDINGS = bindings("library")`. The id `library.open` is what `config.toml`
names to give an action other keys; `action` is the method (`action_open`) or Textual action that does it.
"""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Action:
    """One thing a person can do. `keys` are comma-separated; `footer` says whether the bottom line has room for it."""

    id: str
    keys: str
    action: str
    label: str
    help: str
    footer: bool = False
    priority: bool = False

    @property
    def scope(self) -> str:
        """Where it can be done."""
        return self.id.split(".")[0]


# The tabs, in the order of their keys: the name of each mode and its label.
TABS: tuple[tuple[str, str], ...] = (
    ("today", "Today"),
    ("course", "Course"),
    ("library", "Library"),
    ("discuss", "Discuss"),
    ("notes", "Notes"),
    ("labs", "Labs"),
)

ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("app.today", "1", "tab('today')", "Today", "What is due, and where you left off."),
    Action("app.course", "2", "tab('course')", "Course", "The lectures, their readings, links and labs."),
    Action("app.library", "3", "tab('library')", "Library", "All readings in one table."),
    Action("app.discuss", "4", "tab('discuss')", "Discuss", "Everything written on the readings."),
    Action("app.notes", "5", "tab('notes')", "Notes", "Your notes."),
    Action("app.labs", "6", "tab('labs')", "Labs", "The mini-labs and their runs."),
    Action("app.search", "slash", "search", "search", "Search everything: readings, pages, annotations, notes.", True),
    Action("app.help", "question_mark,f1", "help", "help", "What the keys do here.", True),
    Action("app.palette", "ctrl+p", "command_palette", "palette", "Find any action by its name.", True),
    Action("app.settings", "comma,f2", "settings", "settings", "Change the settings."),
    Action("app.undo", "u,ctrl+z", "undo", "undo", "Take back the last change."),
    Action("app.theme", "f3", "change_theme", "theme", "Choose other colours."),
    Action("app.guide", "f4", "guide", "guide", "Read the guide to this program."),
    Action("app.quit", "ctrl+q", "quit", "quit", "Leave; nothing needs saving.", priority=True),
    Action("app.interrupt", "ctrl+c", "interrupt", "leave", "Pressed twice: leave."),
    # Every list
    Action("list.up", "up,k", "cursor(-1)", "up", "One row up."),
    Action("list.down", "down,j", "cursor(1)", "down", "One row down."),
    Action("list.half_up", "ctrl+u", "page(-1)", "half up", "Half a screen up."),
    Action("list.half_down", "ctrl+d", "page(1)", "half down", "Half a screen down."),
    Action("list.page_up", "pageup", "page(-2)", "page up", "A screen up."),
    Action("list.page_down", "pagedown", "page(2)", "page down", "A screen down."),
    Action("list.first", "home,g", "edge(-1)", "first", "The first row."),
    Action("list.last", "end,G,shift+g", "edge(1)", "last", "The last row."),
    Action("list.choose", "enter", "choose", "open", "Open what the cursor is on.", True),
    # The reading under the cursor
    Action("reading.status", "space", "status", "status", "Next status: unread, reading, skimmed, done, set aside.", True),
    Action("reading.fetch", "f", "fetch", "fetch", "Download its document and keep it.", True),
    Action("reading.attach", "a", "attach", "attach", "Take its document from a file on your disk."),
    Action("reading.link", "o", "link", "browser", "Open its page in the browser.", True),
    Action("reading.copy_link", "y", "copy_link", "copy link", "Copy its address."),
    Action("reading.cite", "Y,shift+y", "cite", "copy citation", "Copy its authors, title, year and address."),
    Action("reading.rate", "r", "rate", "rate", "Rate it: one star more, after five none."),
    Action("reading.urgent", "plus,equals_sign", "priority(1)", "more urgent", "Raise its priority."),
    Action("reading.later", "minus", "priority(-1)", "less urgent", "Lower its priority."),
    Action("reading.note", "n", "note", "note", "Write a note on it."),
    # A question in a box
    Action("prompt.cancel", "escape", "cancel", "cancel", "Close without an answer.", True),
    # Every screen that stands on another
    Action("screen.back", "escape", "back", "back", "Back to where you came from.", True),
)


def actions_of(scope: str) -> tuple[Action, ...]:
    """The actions of one scope, in order."""
    return tuple(action for action in ACTIONS if action.scope == scope)


def bindings(scope: str) -> list[Binding]:
    """The bindings of one scope, for a class's `BINDINGS`."""
    return [
        Binding(
            action.keys,
            action.action,
            action.label,
            show=action.footer,
            priority=action.priority,
            id=action.id,
            tooltip=action.help,
        )
        for action in actions_of(scope)
    ]
