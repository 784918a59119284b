"""What a lab's main.py imports, before torch: parameters, devices, data, the run's log and its claims.

Read `run` first; then what becomes of a logged number (`outgoing`, `writing`, `events`), how a run stops and goes on
bit for bit (`stopping`, `checkpoint`, `continuing`), and where it computes (`device`, `distributed`, `data`).
"""

import os
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs229tui.labkit.run import Run, start

__all__ = ["Run", "start"]

# Both are read when torch is imported. Threads that wait for each other spin for milliseconds by default, which is fine
# on a machine of one's own and several times slower than no threads at all beside another job; 10,000 turns cost
# nothing when alone.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
# No lab needs NumPy.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy", category=UserWarning)


def __getattr__(name: str) -> Any:
    # The screens read lab.toml through this package; what a run needs is imported when a lab asks for it.
    if name in __all__:
        from cs229tui.labkit import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
