"""The discussion inside PDFs: written into copies of them, and read from files that any program annotated."""
