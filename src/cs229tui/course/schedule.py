"""The calendar: when each lecture is, in the term as held or in the student's own."""

from datetime import date, datetime, time, timedelta

from cs229tui.course.model import Course, Sitting


def schedule(course: Course, first_lecture: date | None = None) -> tuple[Sitting, ...]:
    """Every lecture with its start and end, in order.

    A student who takes the course in another term gives her own `first_lecture`; all dates move with it by the same
    number of days, so weeks without a lecture stay where they are.
    """
    meeting = course.facts.meeting
    shift = (first_lecture - course.facts.first_lecture) if first_lecture else timedelta()
    start, end = time.fromisoformat(meeting.start), time.fromisoformat(meeting.end)
    zone = course.timezone
    return tuple(
        Sitting(
            lecture,
            datetime.combine(lecture.date + shift, start, zone),
            datetime.combine(lecture.date + shift, end, zone),
        )
        for lecture in sorted(course.lectures, key=lambda lecture: (lecture.date, lecture.number))
    )


def upcoming(sittings: tuple[Sitting, ...], moment: datetime) -> Sitting | None:
    """The lecture that is on or comes next; none after the term."""
    return next((sitting for sitting in sittings if sitting.end > moment), None)


def week_of(sittings: tuple[Sitting, ...], moment: datetime) -> int | None:
    """The week of term, counted from 1 in the week of the first lecture; none outside the term."""
    if not sittings:
        return None
    first, last = sittings[0].start, sittings[-1].end
    monday = first.date() - timedelta(days=first.weekday())
    local = moment.astimezone(first.tzinfo).date()
    if local < monday or local > last.date() + timedelta(days=6 - last.weekday()):
        return None
    return (local - monday).days // 7 + 1
