"""A course of one lecture, whose readings are on a server of this machine."""

from collections.abc import Container, Mapping
from pathlib import Path

_COURSE = """
[course]
code = "X 1"
title = "A course"
term = "Spring 2023"
first_lecture = 2023-01-26
last_lecture = 2023-01-26
lecture_count = 1
meeting = { weekday = "Thursday", start = "15:45", end = "18:30", timezone = "America/New_York" }

[[lecture]]
number = 1
date = 2023-01-26
title = "The first"
"""


def small_course(folder: Path, address: str, kinds: Mapping[str, str], required: Container[str] = ()) -> Path:
    """The course's file; `kinds` has the readings' ids and kinds, and each is at its id below `address`."""
    readings = [
        f'\n[[reading]]\nid = "{id}"\ntitle = "On {id}"\nlectures = [1]\nkind = "{kind}"\nurl = "{address}/{id}"\n'
        f"required = {str(id in required).lower()}\n"
        for id, kind in kinds.items()
    ]
    path = folder / "course.toml"
    path.write_text(_COURSE + "".join(readings), "utf-8")
    return path
