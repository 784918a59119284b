"""The shape of a course file, `data/course.toml` being the first: the facts of one course in one term."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

Number = Annotated[int, msgspec.Meta(ge=1, le=999)]
Year = Annotated[int, msgspec.Meta(ge=1, le=2199)]
Pages = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Length = Annotated[str, msgspec.Meta(pattern=r"^((\d{1,3}:)?\d{1,2}:\d{2})?$")]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Target = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=365)]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a course file; a field it does not know is an error, so that a misspelt one is not lost."""


class Meeting(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and where the class meets; `start` and `end` are HH:MM in `timezone`."""

    weekday: str
    start: str
    end: str
    timezone: str
    room: str = ""


class Facts(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The course as a whole."""

    code: str
    title: str
    term: str
    first_lecture: date
    last_lecture: date
    meeting: Meeting
    lecture_count: int
    title_alt: str = ""
    institution: str = ""
    instructor: str = ""
    teaching_fellows: tuple[str, ...] = ()
    no_class: tuple[date, ...] = ()
    enrolment: str = ""
    application_due: str = ""
    equivalent_background: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    links: dict[str, str] = {}


class Lecture(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lecture, as it was held."""

    number: Number
    date: date
    title: str
    kind: str = "lecture"
    speaker: str = ""
    speaker_url: str = ""
    speaker_affiliation: str = ""
    topics: tuple[str, ...] = ()
    slides_pdf: str = ""
    slides_pptx: str = ""
    slides_url: str = ""
    notes_pdf: str = ""
    video_url: str = ""
    note: str = ""
    unverified: str = ""

    @property
    def links(self) -> dict[str, str]:
        """What the page links for this lecture, by name."""
        named = {
            "slides (PDF)": self.slides_pdf,
            "slides (PPTX)": self.slides_pptx,
            "slides": self.slides_url,
            "notes": self.notes_pdf,
            "video": self.video_url,
            "speaker": self.speaker_url,
        }
        return {name: url for name, url in named.items() if url}


class Assignment(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Homework; `due_at` is a moment with its offset."""

    id: str
    title: str
    due: date
    due_at: str = ""
    authors: tuple[str, ...] = ()
    purpose: str = ""
    pdf_url: str = ""
    tex_url: str = ""
    submit_url: str = ""
    alt_urls: tuple[str, ...] = ()
    pages: Pages | None = None
    collaboration: str = ""
    deliverables: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    note: str = ""
    unverified: str = ""


class Reading(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper, post, book, video or page on the reading list. `lectures` holds 0 for what is course-wide.

    `year` is of the first public version, `pages` the length of the published one, `length` that of a video: 1:02:03.
    """

    id: str
    title: str
    lectures: tuple[int, ...]
    authors: tuple[str, ...] = ()
    organisation: bool = False
    group: str = ""
    year: Year | None = None
    kind: str = "paper"
    url: str = ""
    pdf_url: str = ""
    alt_urls: tuple[str, ...] = ()
    arxiv: str = ""
    doi: str = ""
    pages: Pages | None = None
    length: Length = ""
    focus: str = ""
    required: bool = False
    perusall: bool = False
    topics: tuple[str, ...] = ()
    note: str = ""
    unverified: str = ""

    @property
    def short(self) -> str:
        """How a person names it: `Abadi+ 16`, `von Neumann 58`, `Hugging Face 22`."""
        name = self.authors[0] if self.authors else self.title.split(":")[0][:18]
        if self.authors and not self.organisation:
            # The last word with the particles before it: von, van der, de.
            words = name.split()
            first = len(words) - 1
            while first > 1 and words[first - 1].islower():
                first -= 1
            name = " ".join(words[first:])
        more = "+" if len(self.authors) > 1 else ""
        year = f" {self.year % 100:02d}" if self.year else ""
        return f"{name}{more}{year}"

    @property
    def surnames(self) -> str:
        """How a text names its authors: `Abadi et al.`, `Dwork and Roth`."""
        names = [author.split()[-1] for author in self.authors if author.strip()]
        return " and ".join(names) if len(names) <= 2 else f"{names[0]} et al."

    def by(self, most: int) -> str:
        """Its authors in a line, at most so many."""
        return ", ".join(self.authors[:most]) + (" et al." if len(self.authors) > most else "")


class Part(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to credit: at `target` it gives `weight` percent, below that its share of them; with weight 0 nothing."""

    weight: Percent
    target: Target


class Discussion(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What full credit in the discussion of a reading asks for: the rules of annotations/score.py.

    The weights may add to more than 100, so that there are several ways there; the sum is capped. What is Perusall's
    and what is our own choice stands in data/course.toml.
    """

    scale: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    """Full credit as a number; a score is rounded to a whole one."""
    spread_penalty: Percent = 10
    """What comments all in one place lose, in percent of what they earn."""
    late_days: Days = 7
    """How long after the deadline work still counts, less and less."""
    reply_days: Days = 3
    """How long after it replies still count in full."""
    comments: Part = Part(weight=60, target=4)
    """How many comments count, the best ones."""
    sittings: Part = Part(weight=20, target=2)
    to_the_end: Part = Part(weight=20, target=100)
    """The share of the pages that were seen, in percent."""
    active_time: Part = Part(weight=20, target=2)
    """Active minutes a page; of a video, its length is asked for instead."""
    responses: Part = Part(weight=10, target=2)
    upvotes: Part = Part(weight=10, target=4)
    """Given and received together, "I have this question too" being one."""


class Course(msgspec.Struct, frozen=True):
    """A whole course file, checked: ids are unique, lectures exist, topics are in the vocabulary."""

    facts: Facts
    lectures: tuple[Lecture, ...]
    readings: tuple[Reading, ...]
    assignments: tuple[Assignment, ...]
    vocabulary: dict[str, str]
    discussion: Discussion = Discussion()

    @property
    def key(self) -> str:
        """What tells this course and term from others where the student's state is kept."""
        return f"{self.facts.code} {self.facts.term}"

    @property
    def timezone(self) -> ZoneInfo:
        """Where the class meets."""
        return ZoneInfo(self.facts.meeting.timezone)

    def lecture(self, number: int) -> Lecture | None:
        """The lecture with that number."""
        return next((lecture for lecture in self.lectures if lecture.number == number), None)

    def reading(self, reading: str) -> Reading | None:
        """The reading with that id."""
        return next((entry for entry in self.readings if entry.id == reading), None)

    def readings_of(self, lecture: int) -> tuple[Reading, ...]:
        """The readings of a lecture, in the order of the page; 0 for the course-wide ones."""
        return tuple(entry for entry in self.readings if lecture in entry.lectures)


class Sitting(msgspec.Struct, frozen=True):
    """A lecture on the student's own calendar, in the course's time zone."""

    lecture: Lecture
    start: datetime
    end: datetime
