"""Data sets small enough for a test, in place of the real ones, and a network that has what it is told."""

import base64
import hashlib
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cs229tui.labkit.data import registry
from data_served import Net

Know = Callable[..., registry.Dataset]


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Know:
    """Give a data set other contents, by the files of its parts, and no system package but those named."""

    def known(name: str, contents: dict[str, bytes], package: bytes = b"", **changes: Any) -> registry.Dataset:
        old = registry.DATASETS[name]
        urls = {part.file: part.url for part in old.parts}
        parts = tuple(
            registry.Part(file, len(data), hashlib.sha256(data).hexdigest(), urls.get(file, ""))
            for file, data in contents.items()
        )
        if old.npm is not None:
            hashed = base64.b64encode(hashlib.sha512(package).digest()).decode()
            changes.setdefault("npm", replace(old.npm, size=len(package), integrity=f"sha512-{hashed}"))
        made = replace(old, **({"parts": parts, "system": (str(tmp_path / "system"),)} | changes))
        every = MappingProxyType({**registry.DATASETS, name: made})
        for module in ("registry", "texts", "image_sets", "labelled_sets"):
            monkeypatch.setattr(f"cs229tui.labkit.data.{module}.DATASETS", every)
        return made

    return known


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    made = Net()
    monkeypatch.setattr(urllib.request, "urlopen", made.answer)
    return made


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs229tui.labkit.data.fetching.shutil.which", lambda name: None)
