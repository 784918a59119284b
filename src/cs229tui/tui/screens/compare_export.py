"""Where a comparison is written to, and that nothing there is replaced unasked."""

from pathlib import Path
from typing import TYPE_CHECKING

from cs229tui.errors import ReportableError
from cs229tui.folders import expanded
from cs229tui.labkit.spec import Spec
from cs229tui.labs.compare import Comparison
from cs229tui.labs.exports import KINDS, write
from cs229tui.tui.screens.pick import Pick
from cs229tui.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from cs229tui.tui.app import Companion

_SAID = "The ending says what is written: " + ", ".join(f".{kind}" for kind in KINDS)


def ask_where(app: "Companion", comparison: Comparison, spec: Spec | None, value: str = "") -> None:
    """Ask for a file and write the comparison to it."""

    def named(answer: str | None) -> None:
        if answer and answer.strip():
            _check(app, comparison, spec, expanded(answer.strip()))

    first = comparison.labs[0] if comparison.labs else "runs"
    app.push_screen(Prompt("Write the comparison to", _SAID, value or f"~/{first}-runs.png"), named)


def _check(app: "Companion", comparison: Comparison, spec: Spec | None, path: Path) -> None:
    if not path.exists():
        _write(app, comparison, spec, path, overwrite=False)
        return

    def chosen(answer: str | None) -> None:
        if answer == "replace":
            _write(app, comparison, spec, path, overwrite=True)
        elif answer == "other":
            ask_where(app, comparison, spec, str(path))

    options = [("other", "Another name", ""), ("replace", "Replace it", str(path.name))]
    app.push_screen(Pick("It is there already", options, "other"), chosen)


def _write(app: "Companion", comparison: Comparison, spec: Spec | None, path: Path, overwrite: bool) -> None:
    def work() -> None:
        # A picture is drawn by another process, and much can be written: in a thread.
        try:
            written = write(comparison, spec, path, overwrite=overwrite)
        except ReportableError as error:
            app.call_from_thread(app.report, error)
        else:
            said = f"Wrote {' and '.join(str(one) for one in written)}"
            app.call_from_thread(app.notify, said, timeout=6, markup=False)

    app.run_worker(work, name="export runs", group="export", thread=True)
