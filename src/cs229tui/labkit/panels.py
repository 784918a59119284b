"""Pictures, histograms and heat maps of a run: reduced on their device, and written once they came from there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cs229tui.labkit import events, pictures, reducing
from cs229tui.labkit.console import Console
from cs229tui.labkit.outgoing import Outgoing
from cs229tui.labkit.writing import EventWriter
from cs229tui.whole import write_whole


class Panels:
    """Writes what `run.image`, `run.histogram` and `run.heatmap` are given into the run's `folder`."""

    def __init__(self, folder: Path, writer: EventWriter, outgoing: Outgoing, console: Console) -> None:
        self._folder = folder
        self._writer = writer
        self._outgoing = outgoing
        self._console = console

    def image(self, step: int, name: str, pixels: Any, caption: str, low: float, high: float) -> None:
        """See `Run.image`; a disk that is full costs the picture, and is said once."""
        found, shape = pictures.levels(pixels, low, high)
        t, file = self._writer.seconds, f"{events.IMAGES}/{pictures.file_name(step, name)}"

        def write(read: list[Any]) -> None:
            data = read[0] if isinstance(read[0], bytes) else pictures.as_bytes(read[0])
            rows, width, height = pictures.grid(data, shape)
            try:
                write_whole(self._folder / file, pictures.png(rows, width, height, shape[-1]))
            except OSError as error:
                self._console.complain(f"Pictures cannot be written: {error.strerror}. The run goes on.")
                return
            self._writer.write(events.Image(t, step, name, file, width, height, caption))

        self._when_read([found], write)

    def histogram(self, step: int, name: str, values: Any, bins: int) -> None:
        """See `Run.histogram`."""
        t = self._writer.seconds

        def write(read: list[Any]) -> None:
            counts, (low, high) = (_plain(part) for part in read)
            self._writer.write(events.Histogram(t, step, name, low, high, counts))

        self._when_read(list(reducing.counted(values, bins)), write)

    def heatmap(self, step: int, name: str, matrix: Any, rows: Sequence[str], columns: Sequence[str]) -> str:
        """See `Run.heatmap`; gives back what the student should know the first time that cells are averaged."""
        cells, height, width = reducing.averaged(matrix)
        labels = [reducing.labels(rows, height), reducing.labels(columns, width)]
        t, most = self._writer.seconds, reducing.MOST_CELLS

        def write(read: list[Any]) -> None:
            self._writer.write(events.Heatmap(t, step, name, reducing.rounded(_plain(read[0])), *labels))

        self._when_read([cells], write)
        if max(height, width) > most and self._console.once(f"averaged {name}"):
            return f"{name} has {height} × {width} cells; what is shown is averaged down to {most} a side."
        return ""

    def _when_read(self, values: list[Any], write: Callable[[list[Any]], None]) -> None:
        if hasattr(values[0], "detach"):
            self._outgoing.when_read(values, write)
        else:
            write(values)


def _plain(values: Any) -> Any:
    return values.tolist() if hasattr(values, "tolist") else values
