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


ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("app.today", "1", "tab('today')", "Today", "What is due, and where you left off."),
    Action("app.course", "2", "tab('course')", "Course", "The lectures, their readings, links and labs."),
    Action("app.library", "3", "tab('library')", "Library", "All readings in one table."),
    Action("app.discuss", "4", "tab('discuss')", "Discuss", "Everything written on the readings."),
    Action("app.notes", "5", "tab('notes')", "Notes", "Your notes."),
    Action("app.labs", "6", "tab('labs')", "Labs", "The mini-labs and their runs."),
    Action("app.search", "slash", "search", "search", "Search everything: readings, pages, annotations, notes.", True),
    Action("app.palette", "ctrl+p", "command_palette", "palette", "Find any action by its name.", True),
    Action("app.help", "question_mark,f1", "help", "help", "What the keys do here.", True),
    Action("app.settings", "comma,f2", "settings", "settings", "Change the settings."),
    Action("app.undo", "ctrl+z,u", "undo", "undo", "Take back the last change."),
    Action("app.quit", "ctrl+q,ctrl+c", "quit", "quit", "Leave; nothing needs saving.", priority=True),
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
