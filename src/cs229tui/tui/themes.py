"""Our two themes: calm, high in contrast, colours by meaning; Textual's own (ansi ones too) stay available."""

from collections.abc import Mapping

from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="cs229-dark",
    primary="#8ab4e8",
    secondary="#b3a5e0",
    accent="#e3b27a",
    success="#8fc79a",
    warning="#e5c07b",
    error="#ee8079",
    foreground="#d9dce3",
    background="#14171c",
    surface="#1a1e25",
    panel="#232932",
    dark=True,
    variables={
        "border": "#6f9bd0",
        "border-blurred": "#3a4350",
        "block-cursor-background": "#2b3b52",
        "block-cursor-foreground": "#f2f4f8",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#222933",
        "block-cursor-blurred-foreground": "#d9dce3",
        "block-hover-background": "#1e242d",
        "footer-background": "#14171c",
        "footer-key-foreground": "#8ab4e8",
        "footer-description-foreground": "#98a1af",
        "input-selection-background": "#8ab4e8 35%",
        "scrollbar": "#303845",
        "scrollbar-background": "#14171c",
        "scrollbar-hover": "#46526a",
        "scrollbar-active": "#8ab4e8",
    },
)

LIGHT = Theme(
    name="cs229-light",
    primary="#245a94",
    secondary="#5f4b9e",
    accent="#8f5310",
    success="#256b3a",
    warning="#7d5700",
    error="#ab2f28",
    foreground="#22262d",
    background="#faf9f5",
    surface="#f3f1ea",
    panel="#e7e4da",
    dark=False,
    variables={
        "border": "#3f74ad",
        "border-blurred": "#cbc7ba",
        "block-cursor-background": "#d3e0ef",
        "block-cursor-foreground": "#101318",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#ebe8de",
        "block-cursor-blurred-foreground": "#22262d",
        "block-hover-background": "#f0ede5",
        "footer-background": "#faf9f5",
        "footer-key-foreground": "#245a94",
        "footer-description-foreground": "#666b75",
        "input-selection-background": "#245a94 25%",
        "scrollbar": "#d2cec2",
        "scrollbar-background": "#faf9f5",
        "scrollbar-hover": "#b8b3a5",
        "scrollbar-active": "#245a94",
    },
)

OURS = (DARK, LIGHT)


def muted(theme: Theme, colours: Mapping[str, str]) -> str:
    """The colour of text of second rank in any theme with its `colours`, legible on its background."""
    if theme.ansi:
        return "ansi_bright_black"
    return Color.parse(colours["foreground"]).blend(Color.parse(colours["background"]), 0.36).hex
