"""A text as it is composed, with the places on pages that its characters come from."""

from dataclasses import dataclass, field

from cs229tui.documents.flow import Run


@dataclass
class Text:
    """A text and its runs as they grow."""

    parts: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    length: int = 0

    def add(self, shown: str) -> None:
        """Characters that belong to no page."""
        self.parts.append(shown)
        self.length += len(shown)

    def take(self, page: int, start: int, shown: str) -> None:
        """Characters that stand on a page from `start` on, one for one."""
        if not shown:
            return
        last = self.runs[-1] if self.runs else None
        if (
            last
            and last.page == page
            and last.start + last.length == start
            and last.offset + last.length == self.length
        ):
            self.runs[-1] = Run(last.offset, page, last.start, last.length + len(shown))
        else:
            self.runs.append(Run(self.length, page, start, len(shown)))
        self.parts.append(shown)
        self.length += len(shown)

    def drop_last(self) -> None:
        """Take the last character away again."""
        text = self.text[:-1]
        self.parts, self.length = [text], len(text)
        if self.runs and self.runs[-1].offset + self.runs[-1].length > self.length:
            last = self.runs.pop()
            if last.length > 1:
                self.runs.append(Run(last.offset, last.page, last.start, last.length - 1))

    def append(self, other: "Text") -> None:
        """Another text after this one."""
        for run in other.runs:
            self.runs.append(Run(run.offset + self.length, run.page, run.start, run.length))
        self.parts += other.parts
        self.length += other.length

    @property
    def text(self) -> str:
        """All of it."""
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""
