"""The tab Course."""

from typing import ClassVar

from cs229tui.tui.screens.tab import TabScreen


class CourseScreen(TabScreen):
    """Course."""

    TAB: ClassVar[str] = "course"
