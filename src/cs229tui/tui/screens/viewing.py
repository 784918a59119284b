"""How the reader hands a document to the system's own viewer."""

import sys

from cs229tui.documents.store import document_path
from cs229tui.errors import NotFoundError
from cs229tui.tui import links
from cs229tui.tui.screens.annotating import Annotating


class Viewing(Annotating):
    """A screen with a document that other programs can show."""

    def action_viewer(self) -> None:
        """Open the document in the system's viewer; where none would be seen, copy the file's path."""
        if self.document is None:
            return
        record = self.document.record
        path = document_path(self.companion.folders, record.sha256, record.format)
        if not path.is_file():
            raise NotFoundError("The program's copy of the file is gone.", "Fetch or attach it again.")
        if not links.browser_here():
            self.companion.copy(str(path), "the file's path: no viewer would be seen from here")
            return
        opener = "open" if sys.platform == "darwin" else "xdg-open"

        def view() -> None:
            import subprocess

            try:
                subprocess.run(  # noqa: S603
                    [opener, str(path)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=20,
                    check=True,
                )
            except (OSError, subprocess.SubprocessError):
                self.app.call_from_thread(
                    self.companion.copy, str(path), f"the file's path: {opener} could not open it"
                )

        self.run_worker(view, group="viewer", thread=True, exit_on_error=False)
