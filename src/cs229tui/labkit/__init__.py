"""What a lab's main.py imports: parameters, devices, data, the run's log and its claims."""

from cs229tui.labkit.run import Run, start

__all__ = ["Run", "start"]
