"""One student's machine beside a Hypothesis server: a client, a library with a small paper, a catalog."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cs229tui.annotations.hypothesis.asking import Asking, Limits
from cs229tui.annotations.hypothesis.client import Client
from cs229tui.annotations.hypothesis.syncing import Synced, sync
from cs229tui.annotations.hypothesis.wire import Row
from cs229tui.course.model import Reading
from cs229tui.library.database import Database, open_library
from fake_hypothesis import TOKEN, FakeHypothesis, new_id
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


def row_of(body: dict[str, Any], user: str = "acct:mei@hypothes.is", **more: Any) -> Row:
    """What the server makes of what was sent."""
    made = dict(body) | {"id": new_id(), "user": user, "created": "2026-11-01T12:00:00+00:00"} | more
    made.setdefault("updated", "2026-11-01T12:00:00.123456+00:00")
    return msgspec.json.decode(json.dumps(made).encode(), type=Row)
