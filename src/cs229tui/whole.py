"""Files that are there whole or as they were, whatever happens while they are written."""

import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text that only its owner may read, and make the folder where it is missing; raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        partial = Path(file.name)
        try:
            file.write(text)
            file.close()
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
