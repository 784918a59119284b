"""How the reader follows what a text points to: citations, sections, figures, equations and links, and their cards."""

from cs229tui.tui.screens.finding import Finding


class Following(Finding):
    """A screen with a passage whose references can be looked at and followed."""
