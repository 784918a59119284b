"""A network that has the data it is told, and packages as npm has them."""

import io
import tarfile
import urllib.error
from dataclasses import dataclass, field
from typing import Any

from cs229tui.labkit.data import cache_folder


@dataclass
class Net:
    """What the network has, by the end of the address; it can break off, and knows parts of files or does not."""

    has: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int | None = None
    knows_ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)  # the last part of an address, the range

    def answer(self, request: Any, **_: Any) -> "Answer":
        wanted = request.get_header("Range", "")
        self.asked.append((request.full_url.rpartition("/")[2], wanted))
        for end, content in self.has.items():
            if request.full_url.endswith(end):
                start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0) if self.knows_ranges else 0
                if start and start >= len(content):
                    raise urllib.error.HTTPError(request.full_url, 416, "Range Not Satisfiable", None, None)  # type: ignore[arg-type]
                rest = content[start:]
                return Answer(rest[: self.breaks_after], len(rest), 206 if start else 200)
        raise urllib.error.URLError("Network is unreachable")


class Answer(io.BytesIO):
    def __init__(self, content: bytes, length: int, status: int) -> None:
        super().__init__(content)
        self.status = status
        self.headers = {"Content-Length": str(length)}


def packed(members: dict[str, bytes], links: tuple[str, ...] = ()) -> bytes:
    """A package as npm has them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in links:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def kept() -> list[str]:
    """The names of the files in the cache, but for the locks."""
    return sorted(path.name for path in cache_folder().iterdir() if not path.name.endswith(".lock"))
