"""Reading web pages from a safe distance: in the process that reads PDFs, which may take too long or die."""

import threading
from pathlib import Path

from cs229tui.documents.flow import decode
from cs229tui.documents.pdf.child import Child, ChildDiedError
from cs229tui.documents.pdf.wire import Failed, ReadText, TextRead
from cs229tui.documents.text_document import TextDocument
from cs229tui.errors import DocumentError
from cs229tui.library.documents import OutlineEntry, Page

_PATIENCE = 60.0


def html_extractor() -> str:
    """The name and version that offsets into web pages count in."""
    return "html/2"


def read_saved_page(
    path: Path, name: str, address: str = "", cancel: threading.Event | None = None, patience: float = _PATIENCE
) -> TextDocument:
    """The saved page at `path`, which came from `address`, as a document; raises `DocumentError`."""
    try:
        child = Child(patience, cancel)
    except (ChildDiedError, OSError) as error:
        raise DocumentError(f"{name} cannot be read: no process for it could be started.") from error
    try:
        child.ask(ReadText(str(path.absolute()), address))
        reply = child.reply()
    except ChildDiedError as death:
        raise DocumentError(f"{name} cannot be read: {death.how}.", "It is made to do harm, or too large.") from death
    finally:
        child.close()
    if not isinstance(reply, TextRead):
        raise _explained(reply.why if isinstance(reply, Failed) else "", name)
    pages = tuple(
        Page(number, str(number), 0.0, 0.0, text, links=links) for number, (text, links) in enumerate(reply.pages, 1)
    )
    outline = tuple(OutlineEntry(*line) for line in reply.outline)
    return TextDocument(pages, decode(reply.flow), reply.title, outline)


def _explained(why: str, name: str) -> DocumentError:
    match why:
        case "too-long" | "memory":
            return DocumentError(f"{name} is larger than a web page can be here.", "Save its text or a PDF of it.")
        case "needs-browser":
            return DocumentError(
                f"{name} shows its text only in a browser: the page itself is empty.",
                "Open it there (o) and print it to a PDF, or save it once it is shown; then attach that file.",
            )
        case "log-in":
            return DocumentError(
                f"{name} asks to log in: it is not the text.",
                "Log in with a browser, save the page or its PDF, and attach that file.",
            )
        case "refused":
            return DocumentError(
                f"{name} is the site's check for robots, not the page.", "Open it in a browser (o) and save it there."
            )
        case "missing":
            return DocumentError(f"{name} cannot be opened.")
        case _:
            return DocumentError(f"{name} is a web page without text.", "Nothing was changed.")
