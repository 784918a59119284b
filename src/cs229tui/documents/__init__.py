"""Files: fetching and keeping them, reading PDFs safely, reflowing their text, and anchors into it."""
