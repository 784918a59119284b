"""The tab Notes."""

from typing import ClassVar

from cs229tui.tui.screens.tab import TabScreen


class NotesScreen(TabScreen):
    """Notes."""

    TAB: ClassVar[str] = "notes"
