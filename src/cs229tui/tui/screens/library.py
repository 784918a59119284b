"""The tab Library."""

from typing import ClassVar

from cs229tui.tui.screens.tab import TabScreen


class LibraryTab(TabScreen):
    """Library."""

    TAB: ClassVar[str] = "library"
