"""TensorBoard event files, in the run's own folder: `tensorboard --logdir` of all runs finds them there."""

import time
from datetime import datetime

from tensorboard.compat.proto.event_pb2 import Event as Written  # type: ignore[import-not-found, unused-ignore]
from tensorboard.compat.proto.summary_pb2 import (  # type: ignore[import-not-found, unused-ignore]
    HistogramProto,
    Summary,
    SummaryMetadata,
)
from tensorboard.compat.proto.tensor_pb2 import TensorProto  # type: ignore[import-not-found, unused-ignore]
from tensorboard.compat.proto.tensor_shape_pb2 import (  # type: ignore[import-not-found, unused-ignore]
    TensorShapeProto,
)
from tensorboard.plugins.hparams import plugin_data_pb2  # type: ignore[import-not-found, unused-ignore]
from tensorboard.summary.writer.event_file_writer import (  # type: ignore[import-not-found, unused-ignore]
    EventFileWriter,
)

from cs229tui.labkit.events import ClaimVerdict, Event, Heatmap, Histogram, Image, Metric, Note, Start, Text
from cs229tui.labs.receivers import Handed
from cs229tui.labs.receivers.renderings import heat_png, parameters_table, verdicts_table

_FOLDER = "tensorboard"


class _TensorBoard:
    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self._folder = handed.folder / _FOLDER
        self._writer = EventFileWriter(str(self._folder))
        self._zero = time.time()
        self._last = (0.0, 0)
        self._verdicts: list[ClaimVerdict] = []
        if not handed.again:
            self._text("parameters", parameters_table(handed), 0.0, 0)

    @property
    def where(self) -> str:
        return f"tensorboard --logdir {self._handed.folder.parent}"

    def take(self, event: Event) -> None:
        step = getattr(event, "step", self._last[1])
        self._last = (event.t, int(step))
        match event:
            case Start():
                self._zero = datetime.fromisoformat(event.time).timestamp() - event.t
                if event.continued is None:
                    self._hyperparameters(event)
            case Metric():
                for name, value in event.values.items():
                    number = float("nan") if value is None else value
                    self._add(Summary.Value(tag=name, simple_value=number), event.t, event.step)
            case Text():
                self._text(event.name, f"```\n{event.text}\n```", event.t, event.step)
            case Note():
                self._text("notes", event.text, event.t, self._last[1])
            case Image():
                self._image(event)
            case Histogram():
                self._histogram(event)
            case Heatmap():
                png, width, height = heat_png(event)
                picture = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=png)
                self._add(Summary.Value(tag=event.name, image=picture), event.t, event.step)
            case ClaimVerdict():
                self._verdicts.append(event)
                if event.measured is not None:
                    self._add(Summary.Value(tag=f"claims/{event.id}", simple_value=event.measured), event.t, step)

    def kept(self) -> None:
        self._writer.flush()

    def close(self, state: str) -> None:
        if self._verdicts:
            self._text("claims", verdicts_table(self._verdicts), *self._last)
        end = plugin_data_pb2.SessionEndInfo(
            status={"done": 1, "failed": 2}.get(state, 0), end_time_secs=self._zero + self._last[0]
        )
        self._plugin("_hparams_/session_end_info", plugin_data_pb2.HParamsPluginData(version=0, session_end_info=end))
        self._writer.close()

    def _image(self, event: Image) -> None:
        try:
            png = (self._handed.folder / event.file).read_bytes()
        except OSError:
            return  # somebody has tidied the run's pictures away
        picture = Summary.Image(width=event.width, height=event.height, colorspace=3, encoded_image_string=png)
        self._add(Summary.Value(tag=event.name, image=picture), event.t, event.step)

    def _histogram(self, event: Histogram) -> None:
        count, width = sum(event.counts), (event.high - event.low) / max(len(event.counts), 1)
        middles = [event.low + (at + 0.5) * width for at in range(len(event.counts))]
        told = HistogramProto(
            min=event.low,
            max=event.high,
            num=count,
            sum=sum(middle * number for middle, number in zip(middles, event.counts, strict=True)),
            sum_squares=sum(middle**2 * number for middle, number in zip(middles, event.counts, strict=True)),
            bucket_limit=[event.low + (at + 1) * width for at in range(len(event.counts))],
            bucket=[float(number) for number in event.counts],
        )
        self._add(Summary.Value(tag=event.name, histo=told), event.t, event.step)

    def _text(self, name: str, text: str, t: float, step: int) -> None:
        plugin = SummaryMetadata.PluginData(plugin_name="text")
        tensor = TensorProto(
            dtype=7, string_val=[text.encode()], tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
        )
        value = Summary.Value(tag=f"{name}/text_summary", metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor)
        self._add(value, t, step)

    def _hyperparameters(self, event: Start) -> None:
        begun = plugin_data_pb2.SessionStartInfo(group_name=self._handed.name, start_time_secs=self._zero)
        for name, value in event.parameters.items():
            if isinstance(value, bool):
                begun.hparams[name].bool_value = value
            elif isinstance(value, str):
                begun.hparams[name].string_value = value
            else:
                begun.hparams[name].number_value = value
        told = plugin_data_pb2.HParamsPluginData(version=0, session_start_info=begun)
        self._plugin("_hparams_/session_start_info", told)

    def _plugin(self, tag: str, content: object) -> None:
        data = SummaryMetadata.PluginData(
            plugin_name="hparams",
            content=content.SerializeToString(),  # type: ignore[attr-defined]
        )
        null = TensorProto(dtype=1, float_val=[0.0], tensor_shape=TensorShapeProto())
        self._add(Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=data), tensor=null), self._last[0], 0)

    def _add(self, value: object, t: float, step: int) -> None:
        written = Written(wall_time=self._zero + t, step=int(step), summary=Summary(value=[value]))
        self._writer.add_event(written)


def begun(handed: Handed) -> _TensorBoard:
    """Begins an event file."""
    return _TensorBoard(handed)
