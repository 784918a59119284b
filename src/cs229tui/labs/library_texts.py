"""The text of the student's own readings, for labs that learn from it."""

from pathlib import Path

from cs229tui.folders import Folders
from cs229tui.library.database import Database
from cs229tui.library.documents import attached, page_texts

_MOST = 50_000_000  # characters: more than any lab of ours reads


def write_library_texts(database: Database, folders: Folders) -> Path:
    """A folder with each attached document's text in a file named by its hash; what is there already is not written."""
    target = folders.cache / "labs" / "library"
    target.mkdir(parents=True, exist_ok=True)
    wanted = {f"{sha256}.txt" for sha256, _ in attached(database).values()}
    there = {path.name: path.stat().st_size for path in target.glob("*.txt")}
    for name in there.keys() - wanted:
        (target / name).unlink(missing_ok=True)
    total = sum(size for name, size in there.items() if name in wanted)
    for name in sorted(wanted - there.keys()):
        if total > _MOST:
            break
        # PDFium marks a hyphen at the end of a line with U+FFFE: the parted word is one word again.
        pages = (page.text.replace("\r\n", "\n").replace("\ufffe\n", "") for page in page_texts(database, name[:-4]))
        text = "\n".join(pages).replace("\ufffe", "")
        partial = target / f"{name}.part"
        partial.write_text(text, "utf-8", "replace")
        partial.replace(target / name)
        total += len(text)
    return target
