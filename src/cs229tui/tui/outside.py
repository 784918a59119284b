"""What leaves the screens for the rest of the machine: copies and links, each told in a toast."""

import os
from typing import TYPE_CHECKING

from cs229tui.clean import clean_line
from cs229tui.errors import ReportableError
from cs229tui.tui import clipboard, links

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion


def copy(app: "Companion", text: str, name: str) -> None:
    """Put text on the clipboard, by every way the settings allow; `name` is what the toast says was copied."""
    shown = name or f"“{clean_line(text, 48)}”"
    app.run_worker(lambda: _copy(app, text, shown), group="copy", thread=True, exit_on_error=False)


def _copy(app: "Companion", text: str, shown: str) -> None:
    # In a worker: tools may hang, and it leaves the screen to the app's own thread.
    way = app.settings.clipboard
    taken = way in ("both", "local") and clipboard.copy_locally(text)
    if way in ("both", "terminal") and len(text.encode()) <= clipboard.LIMIT:
        app.call_from_thread(app.write_to_terminal, clipboard.osc52(text, bool(os.environ.get("TMUX"))))
        taken = True
    if taken:
        app.call_from_thread(app.notify, f"Copied {shown}", timeout=3, markup=False)
        return
    try:
        path = clipboard.save_copy(text, app.folders.cache)
    except ReportableError as error:
        app.call_from_thread(app.report, error)
        return
    why = "There is no local clipboard" if way == "local" else "Too long for the terminal's clipboard"
    app.call_from_thread(app.notify, f"{why}: it is in {path}", timeout=12, markup=False)


def open_link(app: "Companion", url: str) -> None:
    """Open a web or mail address in the browser; where no browser would be seen, copy it. Raises `UsageError`."""
    link, host = links.checked_link(url)
    if not links.browser_here():
        copy(app, link, f"the link to {host}: there is no browser here")
        return

    def browse() -> None:
        if links.open_in_browser(link):
            app.call_from_thread(app.notify, f"Opened {host} in the browser", timeout=3, markup=False)
        else:
            app.call_from_thread(copy, app, link, f"the link to {host}: no browser could be started")

    app.run_worker(browse, group="browse", thread=True, exit_on_error=False)
