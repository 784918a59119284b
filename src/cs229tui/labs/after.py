"""What follows a run: `python -m cs229tui.labs.after FOLDER`, called by the run's guard when the lab has ended.

Its row is brought up to date, its curves are drawn up for a quick look, and the next in the queue is started.
"""

import sys
from pathlib import Path

from cs229tui.labs import curves
from cs229tui.labs.history import refresh
from cs229tui.labs.queue import pump
from cs229tui.workspace import Workspace


def main(folder: Path) -> None:
    """See to what follows the run in `folder`."""
    workspace = Workspace()
    try:
        # The next in the queue first: nobody should wait for the curves of another.
        pump(workspace.database, workspace.folders, workspace.settings)
        refresh(workspace.database, workspace.folders)
    finally:
        workspace.database.conn.close()
    curves.keep(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
