"""W&B: online where the student has logged in to it, else kept in the run's folder for `wandb sync`.

Only what the run wrote is told: no code, no git, nothing of the machine.
"""

import os
from html import escape

import wandb  # type: ignore[import-not-found, unused-ignore]

from cs229tui.errors import LabError
from cs229tui.labkit.events import ClaimVerdict, Event, Heatmap, Histogram, Image, Metric, Note, Text
from cs229tui.labs.receivers import Handed
from cs229tui.labs.receivers.renderings import heat_png

_PROJECT = "cs229tui"


class _WandB:
    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        mode = os.environ.get("WANDB_MODE") or ("online" if _logged_in() else "offline")
        try:
            self._run = wandb.init(
                project=_PROJECT,
                id=handed.id[:64],
                name=handed.name,
                group=handed.lab,
                config=dict(handed.parameters) | {"preset": handed.preset},
                dir=str(handed.folder),
                resume="allow",
                mode=mode,
                settings=wandb.Settings(
                    console="off",
                    disable_git=True,
                    save_code=False,
                    x_save_requirements=False,
                    x_disable_stats=True,
                    x_disable_machine_info=True,
                ),
            )
        except wandb.Error as error:
            raise LabError(f"W&B does not take the run: {error}.", "wandb login, or WANDB_MODE=offline") from error
        self._offline = mode == "offline"
        # Steps of its own: W&B drops what comes for an earlier step, as from a run that was continued.
        self._run.define_metric("step")
        self._run.define_metric("*", step_metric="step")

    @property
    def where(self) -> str:
        return f"wandb sync {self._handed.folder}/wandb/offline-run-*" if self._offline else str(self._run.url)

    def take(self, event: Event) -> None:
        match event:
            case Metric():
                numbers = {name: float("nan") if value is None else value for name, value in event.values.items()}
                self._log(event.step, **numbers)
            case Text():
                self._log(event.step, **{event.name: wandb.Html(f"<pre>{escape(event.text)}</pre>", inject=False)})
            case Note():
                self._run.notes = "\n".join(filter(None, (self._run.notes, event.text)))
            case Image():
                path = self._handed.folder / event.file
                if path.is_file():
                    self._log(event.step, **{event.name: wandb.Image(str(path), caption=event.caption or None)})
            case Heatmap():
                self._log(event.step, **{event.name: wandb.Image(_picture(event))})
            case Histogram():
                width = (event.high - event.low) / max(len(event.counts), 1)
                edges = [event.low + at * width for at in range(len(event.counts) + 1)]
                counts = [int(count) for count in event.counts]
                self._log(event.step, **{event.name: wandb.Histogram(np_histogram=(counts, edges))})
            case ClaimVerdict():
                self._run.summary[f"claims/{event.id}"] = event.verdict
                if event.measured is not None:
                    self._run.summary[f"claims/{event.id}/measured"] = event.measured

    def kept(self) -> None:
        """W&B writes behind our back."""

    def close(self, state: str) -> None:
        self._run.finish(exit_code=0 if state in ("done", "stopped") else 1)

    def _log(self, at: int, /, **values: object) -> None:
        self._run.log({**values, "step": at})


def begun(handed: Handed) -> _WandB:
    """Begins a run in W&B, or takes it up again."""
    return _WandB(handed)


def _logged_in() -> bool:
    return bool(os.environ.get("WANDB_API_KEY")) or bool(wandb.login(prompt=False, verify=False))


def _picture(event: Heatmap) -> object:
    import io

    from PIL import Image as Pillow

    return Pillow.open(io.BytesIO(heat_png(event)[0]))
