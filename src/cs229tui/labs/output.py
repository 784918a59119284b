"""What a run prints: its end, or all of it while it grows; never more is held than a person can look through."""

from pathlib import Path

from cs229tui.clean import clean
from cs229tui.labkit.events import OUTPUT

MOST_BYTES = 2_000_000
_LONGEST = 4_000  # characters of a line
_LONGEST_BYTES = 64_000  # of one that has not ended
_LOG_BYTES = 256_000


class OutputFollower:
    """Follows the output of the run in `folder` from its end; `skipped` bytes before that are left out."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / OUTPUT
        self.skipped = 0
        self.renewed = False
        self._offset = -1
        self._part = b""

    def read(self) -> list[str]:
        """The lines that were finished since the last call, safe to show; `renewed` where they take all others' place.

        A carriage return begins its line anew, as a progress bar does.
        """
        self.renewed = False
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                if self._offset < 0 or size < self._offset or size - self._offset > MOST_BYTES:
                    # New to us, shortened, or grown by more than anyone reads: its end is what counts.
                    self.renewed = True
                    self._offset = max(size - MOST_BYTES, 0)
                    self._part = b""
                    self.skipped = self._offset
                file.seek(self._offset)
                data = file.read(min(size - self._offset, MOST_BYTES))
        except OSError:
            return []
        self._offset += len(data)
        if self.renewed and self.skipped:
            cut, _, data = data.partition(b"\n")
            self.skipped += len(cut) + 1
        whole, newline, self._part = (self._part + data).rpartition(b"\n")
        self._part = self._part[-_LONGEST_BYTES:]
        return shown(whole) if newline else []

    @property
    def part(self) -> str:
        """The last line as far as it is written."""
        lines = shown(self._part)
        return lines[-1] if lines else ""


def shown(data: bytes) -> list[str]:
    """Output as lines that are safe to show, each as it stood when it ended."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    kept = (line[:-1] if line.endswith("\r") else line for line in lines)
    text = "\n".join(line.rpartition("\r")[2][: 4 * _LONGEST] for line in kept)
    return [line[:_LONGEST].expandtabs(4) for line in clean(text).split("\n")]


def log_tail(folder: Path, most: int = _LOG_BYTES) -> str:
    """The end of what the run printed, at most `most` bytes of it, safe to show."""
    try:
        with (folder / OUTPUT).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - most, 0))
            data = file.read(most)
    except OSError:
        return ""
    if size > most:
        data = data.partition(b"\n")[2] or data
    return "\n".join(shown(data)).rstrip("\n")
