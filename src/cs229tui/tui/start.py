"""Opening the screens, quickly."""

import gc

from cs229tui.workspace import Workspace

_ALLOCATIONS = 100_000


def open_screens(workspace: Workspace, reading: str | None = None) -> None:
    """Run the screens until she leaves; with a reading id, in the reader."""
    # A fifth of the start went into looking for garbage among a hundred thousand objects that importing makes and that
    # live as long as the program. They are set apart; what comes later is looked through, only less often.
    gc.disable()
    from cs229tui.tui.app import Companion
    from cs229tui.tui.pictures.listening import listen

    companion = Companion(workspace, reading)
    listen()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 10, 10)
    gc.enable()
    companion.run()
