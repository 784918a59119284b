"""What can go wrong through no fault of the program, each with what happened and what to do about it."""


class ReportableError(Exception):
    """A problem to be told to the person at the terminal; `what` happened, and the `remedy`, one sentence each."""

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class UsageError(ReportableError):
    """The request itself makes no sense."""

    exit_code = 2


class NotFoundError(ReportableError):
    """There is no such reading, lecture, annotation, run, …"""

    exit_code = 3


class CourseError(ReportableError):
    """A course file is not what it should be."""


class DatabaseError(ReportableError):
    """The student's file cannot be opened or written."""


class DocumentError(ReportableError):
    """A document cannot be read."""


class FetchError(ReportableError):
    """A download did not succeed; `outcome` is the reason in a word (see documents/fetching/outcome.py), `wait` how
    many seconds the server asks us to stay away.
    """

    usual = "trouble"

    def __init__(self, what: str, remedy: str = "", outcome: str = "", wait: float = 0.0) -> None:
        super().__init__(what, remedy)
        self.outcome = outcome or self.usual
        self.wait = wait


class AnchorError(ReportableError):
    """A quote cannot be placed on its page, or could be placed in several ways."""


class LabError(ReportableError):
    """A lab cannot be found, understood or started."""
