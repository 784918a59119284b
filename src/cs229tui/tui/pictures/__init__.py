"""Pictures of pages on a terminal: what the terminal can show, and how pixels become what it shows."""
