"""The labs' handouts as readings: known at every start, so found without reading a lab.toml that has not changed."""

from pathlib import Path

from cs229tui.course import model
from cs229tui.course.model import Reading
from cs229tui.folders import Folders, shipped
from cs229tui.kept import kept


def handouts(folders: Folders) -> tuple[Reading, ...]:
    """The handouts of all labs that have one."""
    specs = [path for root in (shipped("labs"), folders.labs) for path in sorted(root.glob("*/lab.toml"))]
    sources = (*specs, *(path.with_name("README.md") for path in specs), Path(model.__file__))
    return kept(folders.cache, "handouts", sources, tuple[Reading, ...], lambda: _made(folders))


def _made(folders: Folders) -> tuple[Reading, ...]:
    from cs229tui.labs.find import labs

    return tuple(
        Reading(
            id=lab.reading,
            title=f"Lab: {lab.title}{' (yours)' if lab.own else ''}",
            lectures=(lab.lecture,),
            group="Labs",
            authors=("cs229tui",),
            kind="handout",
        )
        for lab in labs(folders)
        if lab.spec and lab.handout.is_file()
    )
