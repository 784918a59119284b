"""The token that says who she is: from the environment or the system's keyring, never from or into our files."""

import os

from cs229tui.errors import ReportableError, UsageError

VARIABLE = "CS229TUI_HYPOTHESIS_TOKEN"
_SERVICE = "cs229tui hypothesis"
_MOST = 500


def token_of(server: str) -> tuple[str, str]:
    """The token for a server, and where it is from; both empty where there is none. Raises `ReportableError`."""
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return checked(given), f"the variable {VARIABLE}"
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return "", ""
    try:
        kept = keyring.get_password(_SERVICE, server)
    except KeyringError:
        # No keyring on this machine, as on most servers: there is no token in it either.
        return "", ""
    return (checked(kept), "the keyring") if kept else ("", "")


def keep_token(server: str, token: str) -> None:
    """Put a token into the system's keyring; raises `ReportableError` where there is none."""
    remedy = f"Give the token in the variable {VARIABLE} instead; it is kept nowhere then."
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        what = "The package keyring is not installed, and the token is kept nowhere else."
        raise ReportableError(what, f"pip install keyring. {remedy}") from error
    try:
        keyring.set_password(_SERVICE, server, checked(token))
    except KeyringError as error:
        raise ReportableError("This machine has no keyring that is open.", remedy) from error


def forget_token(server: str) -> bool:
    """Take the token out of the keyring; returns whether there was one."""
    try:
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError
    except ImportError:
        return False
    try:
        keyring.delete_password(_SERVICE, server)
    except PasswordDeleteError:
        return False
    except KeyringError:
        return False
    return True


def checked(token: str) -> str:
    """A token as it can stand in a header; raises `UsageError`, which does not repeat it."""
    text = token.strip()
    if not text or len(text) > _MOST or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError("That is no token.", "Copy the whole of it from the page /account/developer of the server.")
    return text
