"""What was written and not posted: kept in a small file of the data folder, so that nothing typed is ever lost."""

import json
from collections.abc import Mapping
from pathlib import Path

from cs229tui.errors import ReportableError
from cs229tui.whole import write_whole


class Drafts:
    """The drafts in one file, by what they would have become (`comment:READING:…`, `reply:ID`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: str) -> str:
        """The draft kept under a key; empty where there is none, or where the file cannot be read."""
        return self._read().get(key, "")

    def keep(self, key: str, text: str) -> None:
        """Keep a draft; an empty one is forgotten. Raises `ReportableError`."""
        self.keep_all({key: text})

    def keep_all(self, texts: Mapping[str, str]) -> None:
        """Keep some drafts at once, as `keep` does one. Raises `ReportableError`."""
        drafts = self._read()
        changed = dict(drafts)
        for key, text in texts.items():
            changed.pop(key, None)
            if text.strip():
                changed[key] = text
        if changed == drafts:
            return
        try:
            write_whole(self.path, json.dumps(changed, ensure_ascii=False, indent=1))
        except OSError as error:
            raise ReportableError(
                f"The draft cannot be kept: {error.strerror}.", "Copy it before you leave this box."
            ) from error

    def _read(self) -> dict[str, str]:
        try:
            stored = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(text) for key, text in stored.items()} if isinstance(stored, dict) else {}
