"""Labs outside their own tab: in a list beside readings, where one key runs the one under the cursor."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from cs229tui.errors import LabError

if TYPE_CHECKING:
    from textual.content import Content
    from textual.screen import Screen

    from cs229tui.labs.find import Lab
    from cs229tui.tui.app import Companion


def told(app: "Companion", lab: "Lab") -> "Content":
    """How a lab stands, in a few words: the last verdicts, what its run does, or how long its first run will take."""
    from cs229tui.library.runs import last_run
    from cs229tui.tui.screens.labs_drawing import standing

    return standing(lab, last_run(app.database, lab.name))


def run_quick(app: "Companion", lab: "Lab") -> None:
    """Run a lab's quick preset and show it; raises `LabError`."""
    if lab.spec is None or lab.error:
        raise LabError(lab.error)
    from cs229tui.tui.screens import launching
    from cs229tui.tui.screens.labs_drawing import first_preset
    from cs229tui.tui.screens.predicting import start_predicted

    preset = first_preset(lab.spec)
    start_predicted(
        app,
        lab,
        lambda then: launching.start(app, lab, preset, {}, then),
        lambda record: app.open_run(record.id),
    )


def show_labs(app: "Companion", labs: Sequence["Lab"], of: str) -> None:
    """List labs, each on its key, over the screen; `of` says what they belong to."""
    from cs229tui.tui.screens.labs_here import LabsHere

    app.push_screen(LabsHere(labs, of))


class OnLabs:
    """What a screen with labs among its rows can do to the one under the cursor."""

    def current_lab(self) -> str | None:
        """The name of the lab under the cursor."""
        return None

    def action_run_lab(self) -> None:
        """Run the lab under the cursor."""
        from cs229tui.labs.find import lab_named

        app, name = cast("Companion", cast("Screen[Any]", self).app), self.current_lab()
        if name is not None:
            run_quick(app, lab_named(app.folders, name))
