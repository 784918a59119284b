"""What several tools are told in the same words or pictures."""

import io
import math
from collections.abc import Iterable

from cs229tui.labkit.events import ClaimVerdict, Heatmap
from cs229tui.labs.plots.colours import shade
from cs229tui.labs.receivers import Handed

_UNKNOWN = (0x80, 0x80, 0x80)
_LEAST_SIDE = 256


def parameters_table(handed: Handed) -> str:
    """The parameters of a run, Markdown."""
    rows = "\n".join(f"| {name} | {_cell(value)} |" for name, value in handed.parameters.items())
    return f"{handed.lab}, {handed.preset}, run {handed.id}\n\n| parameter | value |\n|---|---|\n{rows}\n"


def verdicts_table(verdicts: Iterable[ClaimVerdict]) -> str:
    """The last verdict on each claim, Markdown."""
    last = {entry.id: entry for entry in verdicts}
    rows = "\n".join(
        f"| {entry.id} | {entry.verdict} | {_number(entry.measured)} | {_cell(entry.wanted)} |"
        for entry in last.values()
    )
    return f"| claim | verdict | measured | wanted |\n|---|---|---|---|\n{rows}\n"


def heat_png(event: Heatmap) -> tuple[bytes, int, int]:
    """A matrix as a PNG, with its width and height; its cells are large enough to be seen."""
    from PIL import Image

    numbers = [value for row in event.values for value in row if value is not None and math.isfinite(value)]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    height, width = len(event.values), max((len(row) for row in event.values), default=0)
    pixels = bytes(part for row in event.values for value in row for part in _shade(value, low, high))
    picture = Image.frombytes("RGB", (max(width, 1), max(height, 1)), pixels or bytes(3))
    times = max(_LEAST_SIDE // max(picture.size), 1)
    picture = picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue(), picture.width, picture.height


def _shade(value: float | None, low: float, high: float) -> tuple[int, int, int]:
    if value is None or not math.isfinite(value):
        return _UNKNOWN
    width = high / 2 - low / 2  # halves: their difference is a number, whatever a lab writes
    return shade((value / 2 - low / 2) / width if width else 0.0)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
