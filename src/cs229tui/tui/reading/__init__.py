"""What a text on the screen means, without drawing it: layout, places, selections, hits, drafts and time."""
