"""Plots on paper: curves and results of runs for a report, as SVG, PDF and PNG."""
