"""Groups on a Hypothesis server: what is written in a browser appears here on the same words, and ours there."""
