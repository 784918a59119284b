"""What points somewhere inside a paper: citations, mentions of sections and figures, footnote marks, links."""
