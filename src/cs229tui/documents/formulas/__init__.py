"""Formulas, from a page or from LaTeX: what they are built of, and how they are drawn with characters."""
