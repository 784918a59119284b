"""Files that are there whole or as they were, whatever happens while they are written."""

import tempfile
from pathlib import Path


def write_whole(path: Path, data: str | bytes) -> None:
    """Write what only its owner may read, and make the folder where it is missing; raises `OSError`."""
    content = data.encode() if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", prefix=".", suffix=".part", dir=path.parent, delete=False) as file:
        partial = Path(file.name)
        try:
            file.write(content)
            file.close()
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
