"""What the reading process answers when it is asked to read a web page."""

from pathlib import Path

import msgspec

from cs229tui.documents.flow import encode
from cs229tui.documents.html.page import Unread, read_page
from cs229tui.documents.html.parse import LONGEST
from cs229tui.documents.pdf.wire import Failed, ReadText, TextRead


def page_read(request: ReadText) -> TextRead | Failed:
    """The page as a document, or why it cannot be one."""
    try:
        with Path(request.path).open("rb") as file:
            read = read_page(file.read(LONGEST + 1), request.address)
    except OSError as error:
        return Failed("missing", str(error))
    if isinstance(read, Unread):
        return Failed(read.why)
    return TextRead(
        tuple((page.text, page.links) for page in read.pages),
        encode(read.flow),
        read.title,
        tuple(msgspec.structs.astuple(entry) for entry in read.outline),
    )
