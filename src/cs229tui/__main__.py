"""`cs229tui` and `python -m cs229tui`."""

from cs229tui.cli import main

if __name__ == "__main__":
    main()
