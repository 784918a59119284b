"""LaTeX's mathematics as text that a terminal can show."""
