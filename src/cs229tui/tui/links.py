"""Opening links: only web and mail addresses, in the browser of the machine she sits at, never through a shell."""

import os
import sys
import webbrowser
from urllib.parse import urlsplit

from cs229tui.clean import clean_line
from cs229tui.errors import UsageError

_SCHEMES = frozenset({"http", "https", "mailto"})


def checked_link(url: str) -> tuple[str, str]:
    """The link and, to be shown, the host or mail address it leads to; raises `UsageError` for any other scheme."""
    try:
        parts = urlsplit(url.strip())
        host = parts.path if parts.scheme == "mailto" else parts.hostname
    except ValueError:
        raise UsageError(f"{clean_line(url, 60)!r} is not an address.") from None
    if parts.scheme not in _SCHEMES or not host or clean_line(url) != url.strip():
        raise UsageError(
            f"{clean_line(url, 60)!r} is not a web or mail address.", "Only http, https and mailto are opened."
        )
    # As the browser will see it: letters that only look like others show as xn--….
    try:
        shown = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        shown = ascii(host)
    return parts.geturl(), shown


def browser_here() -> bool:
    """Whether a browser opened by us would open in front of her, and not on another machine or over our screen."""
    if os.environ.get("SSH_TTY") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("darwin", "win32") or os.environ.get("WSL_DISTRO_NAME"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_in_browser(url: str) -> bool:
    """Open a checked link; says whether a browser was started. May wait: not for the UI's thread."""
    try:
        return webbrowser.open(url, new=2)
    except (OSError, webbrowser.Error):
        return False
