"""The student's settings: `config.toml`, checked when read, written in place with her comments kept."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from cs229tui.clean import clean_line, clean_values
from cs229tui.errors import ReportableError
from cs229tui.whole import write_whole

Width = Annotated[int, msgspec.Meta(ge=30, le=160)]
Indent = Annotated[int, msgspec.Meta(ge=0, le=8)]
Spacing = Annotated[int, msgspec.Meta(ge=1, le=2)]


class SettingsError(ReportableError):
    """The settings file is not what it should be."""


class Slurm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job asks a Slurm cluster for; empty fields are left to the cluster."""

    partition: str = ""
    account: str = ""
    gpus: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    cpus: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    memory: str = ""
    time: str = ""
    setup: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person can set. The text after each field is what the settings screen says of it."""

    name: str = ""
    """The name on your annotations; empty: your login name."""
    theme: str = "cs229-dark"
    """The colours of the screens."""
    first_lecture: date | None = None
    """The date of your first lecture, if you take the course in a term of your own; all dates move with it."""
    course: str = ""
    """A course file to open instead of the one we ship."""
    text_width: Width = 84
    """How wide the text column of the reader may get, in characters."""
    justify: bool = False
    """Whether the reader justifies its text."""
    paragraph_indent: Indent = 0
    """How far the reader indents a paragraph's first line, in characters: 0 to 8."""
    paragraph_gap: bool = True
    """Whether the reader leaves a blank line between paragraphs."""
    line_spacing: Spacing = 1
    """How far the reader's lines stand apart: 1, or 2 for a blank line between them."""
    page_marks: bool = True
    """Whether the reader marks where each page begins."""
    pages_a_day: Annotated[int, msgspec.Meta(ge=1, le=500)] = 12
    """How many pages a day you mean to read; Today reckons with it."""
    measure_time: bool = True
    """Whether active reading time is measured. It never leaves this machine."""
    idle_after: Annotated[int, msgspec.Meta(ge=10, le=3600)] = 60
    """Seconds without a key or the mouse after which reading time stops."""
    labs_python: str = ""
    """The Python that runs the labs, when its PyTorch is not in ours."""
    labs_at_once: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """How many runs a device takes at a time; the others wait. 0: one for every two cores, and one for a GPU."""
    labs_hand_over: Literal["off", "tensorboard", "wandb", "trackio"] = "off"
    """The tool that gets every run's numbers as well: TensorBoard event files, W&B or trackio."""
    slurm: Slurm = Slurm()
    """What your cluster wants to know: slurm.partition = "gpu", slurm.gpus = 1, slurm.time = "4:00:00"."""
    clipboard: Literal["both", "terminal", "local"] = "both"
    """Where copies go: through the terminal (OSC 52), to the local clipboard, or both."""
    pictures: Literal["auto", "kitty", "sixel", "blocks", "off"] = "auto"
    """How pages are shown as printed: as the terminal can best, or as you say."""
    hypothesis: str = "https://hypothes.is"
    """The Hypothesis server whose groups you discuss in; one that your university runs, if it does."""
    highlights: dict[Literal["yellow", "red", "green", "blue", "purple"], str] = {}
    """What the colours of highlights mean to you: highlights.red = "wrong"."""
    keys: dict[str, str] = {}
    """Keys of your own, by the id of the action: reader.find = "ctrl+f"."""

    def __post_init__(self) -> None:
        if self.first_lecture and not 1970 <= self.first_lecture.year < 2200:
            raise ValueError("Expected a year from 1970 to 2199 - at `$.first_lecture`")

    @property
    def author(self) -> str:
        """The name that annotations carry."""
        if self.name:
            return self.name
        return clean_line(os.environ.get("USER") or os.environ.get("USERNAME") or "me", 80)


def load_settings(path: Path) -> Settings:
    """The settings in the file at `path`, the defaults where there is none; raises `SettingsError`."""
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", "The defaults are used.") from error
    import tomllib

    try:
        return msgspec.convert(clean_values(tomllib.loads(written.decode("utf-8-sig"))), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.", "Mend that line; the defaults are used.") from error
    except msgspec.ValidationError as error:
        where = str(error).replace(" - at `$.", " at `")
        raise SettingsError(f"{path}: {where}.", "Mend that entry; the defaults are used.") from error


def change_setting(path: Path, name: str, value: Any) -> Settings:
    """Set one field, or take it out where `value` is None; everything else in the file stays as it is."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    if name not in Settings.__struct_fields__:
        raise SettingsError(f"There is no setting {name!r}.", f"There are: {', '.join(Settings.__struct_fields__)}.")
    try:
        text = path.read_text("utf-8-sig") if path.exists() else ""
        document = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError, RecursionError, ParseError) as error:
        raise SettingsError(f"{path} cannot be changed: {error}.", "Mend the file by hand first.") from error
    if value is None:
        document.pop(name, None)
    else:
        document[name] = value
    try:
        settings = msgspec.convert(clean_values(document.unwrap()), Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{name}: {error}.".replace(" - at `$", " at `"), "Nothing was changed.") from error
    _write(path, tomlkit.dumps(document))
    return settings


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.", "Check the folder.") from error
