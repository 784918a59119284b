"""Which labs there are."""

from cs229tui.course.model import Reading
from cs229tui.folders import Folders


def handouts(folders: Folders) -> tuple[Reading, ...]:
    """The labs' handouts as readings."""
    return ()
