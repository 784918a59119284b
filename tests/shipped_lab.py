"""A lab we ship, loaded as a module, so that its parts can be tried one by one."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def loaded(folder: Path) -> Any:
    """The module of the lab's main.py, which finds the files beside it as it does when it is run; torch is seeded."""
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location(f"{folder.name}_lab", folder / "main.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    sys.modules["torch"].manual_seed(1)
    return module
