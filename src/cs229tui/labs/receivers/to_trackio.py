"""trackio: its own files on this machine, which `trackio show` opens; a Space or server only where she has set one."""

import io

import trackio  # type: ignore[import-not-found, unused-ignore]

from cs229tui.labkit.events import ClaimVerdict, Event, Heatmap, Histogram, Image, Metric, Note, Text
from cs229tui.labs.receivers import Handed
from cs229tui.labs.receivers.renderings import heat_png, verdicts_table

_PROJECT = "cs229tui"


class _Trackio:
    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self._step = 0
        self._verdicts: list[ClaimVerdict] = []
        self._run = trackio.init(
            project=_PROJECT,
            name=handed.name,
            group=handed.lab,
            config=dict(handed.parameters) | {"preset": handed.preset},
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    @property
    def where(self) -> str:
        return f"trackio show --project {_PROJECT}"

    def take(self, event: Event) -> None:
        self._step = max(self._step, getattr(event, "step", 0)) if not isinstance(event, Metric) else event.step
        match event:
            case Metric():
                numbers = {name: float("nan") if value is None else value for name, value in event.values.items()}
                self._run.log(numbers, step=event.step)
            case Text():
                self._log(event.name, trackio.Markdown(f"```\n{event.text}\n```"))
            case Note():
                self._log("notes", trackio.Markdown(event.text))
            case Image():
                path = self._handed.folder / event.file
                if path.is_file():
                    self._log(event.name, trackio.Image(str(path), caption=event.caption or None))
            case Heatmap():
                self._log(event.name, trackio.Image(_picture(event)))
            case Histogram():
                width = (event.high - event.low) / max(len(event.counts), 1)
                edges = [event.low + at * width for at in range(len(event.counts) + 1)]
                self._log(event.name, trackio.Histogram(np_histogram=(list(event.counts), edges)))
            case ClaimVerdict():
                self._verdicts.append(event)
                if event.measured is not None:
                    self._log(f"claims/{event.id}", event.measured)

    def kept(self) -> None:
        """trackio writes behind our back."""

    def close(self, state: str) -> None:
        if self._verdicts:
            self._log("claims", trackio.Markdown(verdicts_table(self._verdicts)))
        self._run.finish()

    def _log(self, name: str, value: object) -> None:
        self._run.log({name: value}, step=self._step)


def begun(handed: Handed) -> _Trackio:
    """Begins a run in trackio, or takes it up again."""
    return _Trackio(handed)


def _picture(event: Heatmap) -> object:
    from PIL import Image as Pillow

    return Pillow.open(io.BytesIO(heat_png(event)[0]))
