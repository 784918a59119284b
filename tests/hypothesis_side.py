"""One student's machine beside a Hypothesis server: a client, a library with a small paper, a catalog."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs229tui.annotations.hypothesis.asking import Asking, Limits
from cs229tui.annotations.hypothesis.client import Client
from cs229tui.annotations.hypothesis.syncing import Synced, sync
from cs229tui.course.model import Reading
from cs229tui.library.database import Database, open_library
from fake_hypothesis import TOKEN, FakeHypothesis
from small_paper import TEXTS, stored

GROUP = "8JmD3iz1"
ABADI = Reading(id="abadi", title="Deep learning with differential privacy", lectures=(4,), arxiv="1607.00133")
OTHER = Reading(id="other", title="Another paper", lectures=(4,), doi="10.1145/2976749.2978318")
CATALOG = {one.id: one for one in (ABADI, OTHER)}
BRIEF = Limits(connect=5, read=20, total=120, largest=4 * 2**20, attempts=3)


@dataclass
class Side:
    """One student's machine and the server."""

    server: FakeHypothesis
    client: Client
    database: Database
    catalog: dict[str, Reading] = field(default_factory=lambda: dict(CATALOG))

    @property
    def audience(self) -> str:
        return f"{self.server.url}/groups/{GROUP}"

    def sync(self, reading: str = "", **more: Any) -> Synced:
        return sync(self.client, self.database, self.catalog, GROUP, reading, **more)


def client_of(server: FakeHypothesis, token: str = TOKEN, limits: Limits = BRIEF) -> Client:
    return Client(Asking(server.url, token, clock=server.clock, limits=limits))


def library_at(path: Path) -> Database:
    database = open_library(path)
    stored(database, "abadi", TEXTS, "a" * 64)
    return database
