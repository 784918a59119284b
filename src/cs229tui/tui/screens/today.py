"""The tab Today."""

from typing import ClassVar

from cs229tui.tui.screens.tab import TabScreen


class TodayScreen(TabScreen):
    """Today."""

    TAB: ClassVar[str] = "today"
