"""A bench to run labs on: an empty library, labs that need no torch, and no process left behind."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench import DONE, make_lab
from sqlite_utils import Database

from cs229tui.config import Settings
from cs229tui.folders import Folders, folders
from cs229tui.labs import needs
from cs229tui.labs.find import lab_named
from cs229tui.labs.launch import launch
from cs229tui.labs.process import process_of
from cs229tui.library.database import open_library
from cs229tui.library.runs import RunRecord

Begin = Callable[..., RunRecord]


@pytest.fixture
def places(home: Path) -> Folders:
    return folders()


@pytest.fixture
def database(places: Folders) -> Iterator[Database]:
    opened = open_library(places.database)
    yield opened
    opened.conn.close()


@pytest.fixture
def torch_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(needs, "_torch_here", lambda: "2.12.0")
    needs._asked.cache_clear()
    yield
    needs._asked.cache_clear()


@pytest.fixture
def begin(places: Folders, database: Database, torch_there: None) -> Iterator[Begin]:
    """Makes a lab whose main.py does what is given, and starts it; what still runs at the end is ended."""
    begun: list[RunRecord] = []

    def start(main: str = DONE, name: str = "parabola", **changed: str) -> RunRecord:
        if not (places.labs / name).exists():
            make_lab(places.labs, name, main)
        begun.append(launch(database, places, Settings(), lab_named(places, name), changed=changed))
        return begun[-1]

    yield start
    for record in begun:
        running = process_of(Path(record.folder))
        if running is not None:
            try:
                os.killpg(running.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
