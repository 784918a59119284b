"""`cs229tui` and `python -m cs229tui`."""

import sys

from cs229tui.reporting import reported


def main() -> None:
    """Open the screens, or run the command that is named."""
    # The usual start waits for nothing that only commands need.
    reported(_open_screens if len(sys.argv) == 1 else _run_command)


def _run_command() -> None:
    from cs229tui.cli import main as command_line

    command_line()


def _open_screens() -> None:
    from cs229tui.tui.start import open_screens
    from cs229tui.workspace import Workspace

    open_screens(Workspace().for_screens())


if __name__ == "__main__":
    main()
