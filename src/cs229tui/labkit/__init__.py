"""What a lab's main.py imports: parameters, devices, data, the run's log and its claims."""

import warnings

from cs229tui.labkit.run import Run, start

__all__ = ["Run", "start"]

# No lab needs NumPy; torch mentions at its import that it is not there, so labkit is imported before torch.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy", category=UserWarning)
