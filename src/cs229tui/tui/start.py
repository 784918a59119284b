"""Opening the screens, quickly."""

import gc
from typing import TYPE_CHECKING

from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.library.runs import RunRecord

_ALLOCATIONS = 100_000


def open_screens(
    workspace: Workspace, reading: str | None = None, run: "tuple[RunRecord, bool, float | None] | None" = None
) -> None:
    """Run the screens until she leaves; with a reading id, in the reader.

    With a `run`, watching that: whether the library knows it, and how fast to replay it, if at all.
    """
    # A fifth of the start went into looking for garbage among a hundred thousand objects that importing makes and that
    # live as long as the program. They are set apart; what comes later is looked through, only less often.
    gc.disable()
    from cs229tui.tui.app import Companion
    from cs229tui.tui.pictures.listening import listen

    companion = Companion(workspace, reading)
    companion.first_run = run
    listen()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 10, 10)
    gc.enable()
    companion.run()
