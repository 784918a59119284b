"""What follows a run: `python -m cs229tui.labs.after FOLDER`, called by the run's guard when the lab has ended."""

import sys
from pathlib import Path

from cs229tui.labs.history import refresh
from cs229tui.workspace import Workspace


def main(folder: Path) -> None:
    """Bring the index up to date."""
    workspace = Workspace()
    refresh(workspace.database, workspace.folders)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
