"""A paper of three hand-made pages, as the extractor would store it."""

from cs229tui.documents.flow import Block, Run, encode
from cs229tui.library.database import Database
from cs229tui.library.documents import DocumentRecord, Page, attach, store_document

TEXTS = (
    "Differential privacy. We clip the \u21132 norm of each gradi\u2010 \nent, and add noise to the average of them.",
    "The moments accountant keeps track of the privacy loss. "
    "Here we clip the update, and we clip the sum. It con\u2010 \n",
    "tinues here with an e\ufb03cient bound of the tail. The end of dmodel is near.",
)


def stored(database: Database, reading: str, texts: tuple[str, ...], sha: str, extractor: str = "test/1") -> None:
    pages = [Page(number, str(number), 612, 792, text) for number, text in enumerate(texts, 1)]
    flow = tuple(Block("paragraph", page.text, 0, (Run(0, page.number, 0, len(page.text)),)) for page in pages)
    record = DocumentRecord(sha, "pdf", 1000, len(pages), "A paper", "", extractor, (), encode(flow), ())
    store_document(database, record, pages)
    attach(database, reading, sha, "test")
