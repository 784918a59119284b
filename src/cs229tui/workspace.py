"""One student's workspace: her folders, settings, course and library, each opened when first asked for."""

import os
import sys
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cs229tui.config import Settings, SettingsError, load_settings
from cs229tui.errors import UsageError
from cs229tui.folders import Folders, expanded, folders, shipped

if TYPE_CHECKING:
    from cs229tui.course.model import Course, Reading
    from cs229tui.library.catalog import Catalog
    from cs229tui.library.database import Database

_SCREENS_WAIT_SECONDS = 2


@dataclass
class Workspace:
    """What the command line and the screens both stand on; `course_file` overrides the course of the settings."""

    course_file: Path | None = None
    warning: str = ""

    @cached_property
    def folders(self) -> Folders:
        """Where her things are."""
        return folders()

    @cached_property
    def settings(self) -> Settings:
        """Her settings; the defaults, with a `warning`, where the file is wrong."""
        try:
            return load_settings(self.folders.settings)
        except SettingsError as error:
            self.warning = str(error)
            return Settings()

    @cached_property
    def course(self) -> "Course":
        """The course: the one given, else the one in the settings, else the one we ship."""
        from cs229tui.course import model
        from cs229tui.kept import kept

        named = self.course_file or (expanded(self.settings.course) if self.settings.course else None)
        file = named or shipped("data/course.toml")
        name = f"course-{zlib.crc32(os.fsencode(file.absolute())):08x}"
        return kept(self.folders.cache, name, (file, Path(model.__file__)), model.Course, lambda: _course(file))

    @cached_property
    def database(self) -> "Database":
        """Her library."""
        from cs229tui.library.database import open_library

        return open_library(self.folders.database)

    def for_screens(self) -> "Workspace":
        """This workspace, once all that the screens stand on is there, a terminal included."""
        _ = self.settings, self.course
        # Nothing is drawn meanwhile: she is told soon, and may try again.
        self.database.wait_at_most(_SCREENS_WAIT_SECONDS)
        streams = (sys.stdin, sys.stdout, sys.stderr)
        if not all(stream is not None and stream.isatty() for stream in streams):
            raise UsageError(
                "The screens need a terminal, and here input or output is none.",
                "Scripts use the commands: cs229tui --help",
            )
        return self

    def catalog(self) -> "Catalog":
        """Every reading by id, as of now."""
        from cs229tui.labs.handouts import handouts
        from cs229tui.library.catalog import catalog

        return catalog(self.course, self.database, handouts(self.folders))

    def reading(self, name: str) -> "Reading":
        """The reading a person named; raises `NotFoundError`."""
        from cs229tui.library.catalog import pick

        return pick(self.catalog(), name)


def _course(file: Path) -> "Course":
    from cs229tui.course.load import load

    return load(file)
