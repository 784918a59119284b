"""Data sets small enough for a test, in place of the real ones."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cs229tui.labkit.data import registry

Know = Callable[..., registry.Dataset]


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Know:
    """Give a data set other contents, by the files of its parts, and no system package but those named."""

    def known(name: str, contents: dict[str, bytes], **changes: Any) -> registry.Dataset:
        old = registry.DATASETS[name]
        urls = {part.file: part.url for part in old.parts}
        parts = tuple(
            registry.Part(file, len(data), hashlib.sha256(data).hexdigest(), urls.get(file, ""))
            for file, data in contents.items()
        )
        made = replace(old, **({"parts": parts, "system": (str(tmp_path / "system"),)} | changes))
        every = MappingProxyType({**registry.DATASETS, name: made})
        for module in ("registry", "texts", "image_sets"):
            monkeypatch.setattr(f"cs229tui.labkit.data.{module}.DATASETS", every)
        return made

    return known
