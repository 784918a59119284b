"""Addresses of videos: whose they are, which second they name, and moments as people write them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from cs229tui.course.model import Reading
from cs229tui.errors import UsageError

Provider = Literal["youtube", "vimeo", "file", "page"]
_FILES = (".mp4", ".m4v", ".mkv", ".webm", ".mov", ".ogv", ".avi")
_YOUTUBE = frozenset({"youtube.com", "youtube-nocookie.com", "m.youtube.com", "music.youtube.com"})
_YOUTUBE_ID = re.compile(r"[\w-]{6,20}")
_UNITS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2}(?:\.\d+)?)", re.ASCII)
# Longer than any recording; what is beyond is a slip of the finger.
_LONGEST = 360_000.0


@dataclass(frozen=True)
class Video:
    """A video and the part of it that is meant: `url` names no moment; `start` and `end` are seconds, where known."""

    provider: Provider
    id: str
    url: str
    start: float | None = None
    end: float | None = None


def video_at(address: str) -> Video | None:
    """The video at a web address; none where it is no address of one."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").lower().removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    marked = {name: values[0] for name, values in parse_qs(parts.fragment).items()}
    named = marked.get("t") or query.get("t") or query.get("start") or query.get("time_continue") or ""
    start, _, end = named.removeprefix("npt:").partition(",")
    span = _moment(start), _moment(end or query.get("end", ""))
    way = [step for step in parts.path.split("/") if step]
    if host in _YOUTUBE or host == "youtu.be":
        id = query.get("v", "") if host != "youtu.be" else way[0] if way else ""
        if not id and len(way) > 1 and way[0] in ("embed", "live", "shorts", "v"):
            id = way[1]
        if not _YOUTUBE_ID.fullmatch(id):
            return None
        return Video("youtube", id, f"https://www.youtube.com/watch?v={id}", *span)
    if host in ("vimeo.com", "player.vimeo.com"):
        id = next((step for step in way if step.isdecimal()), "")
        # An unlisted video has a second, secret part in its path.
        path = "/".join(way[way.index(id) :][:2]) if id else ""
        return Video("vimeo", id, f"https://vimeo.com/{path}", *span) if id else None
    if parts.path.lower().endswith(_FILES):
        return Video("file", way[-1], parts._replace(fragment="").geturl(), *span)
    return None


def video_of(reading: Reading) -> Video | None:
    """The video of a reading: the first of its addresses that names one, with the part that its focus names.

    Of a reading of kind video that names none, its page; none where there is no address at all.
    """
    addresses = [one for one in (reading.url, *reading.alt_urls, reading.pdf_url) if one]
    found = next((video for video in map(video_at, addresses) if video), None)
    if found is None and reading.kind == "video" and addresses:
        found = Video("page", "", addresses[0])
    if found is None:
        return None
    start, dash, end = reading.focus.partition("-")
    part = (_moment(start), _moment(end)) if dash or _moment(start) is not None else (None, None)
    return Video(
        found.provider,
        found.id,
        found.url,
        found.start if found.start is not None else part[0],
        found.end if found.end is not None else part[1],
    )


def is_video_file(path: Path) -> bool:
    """Whether a file of that name is watched, not read."""
    return path.suffix.lower() in _FILES


def address_at(video: Video, second: float | None) -> str:
    """The address that opens a video at a second, in the words of its provider."""
    whole = int(second or 0)
    if not whole or video.provider == "page":
        return video.url
    if video.provider == "youtube":
        return f"{video.url}&{urlencode({'t': f'{whole}s'})}"
    # Vimeo's own way, and the media fragment that browsers know for files.
    return f"{video.url}#t={whole}s" if video.provider == "vimeo" else f"{video.url}#t={whole}"


def parse_moment(text: str) -> float:
    """Seconds from the beginning, of `15:30`, `1:02:03`, `15m30s`, `930` or `930s`; raises `UsageError`."""
    found = _moment(text)
    if found is None:
        raise UsageError(f"{text[:40]!r} is no moment of a video.", "Write it as 15:30, 1:02:03, 15m30s or 930.")
    return found


def moment(second: float) -> str:
    """`12:34`, or `1:02:03` from an hour on."""
    whole = int(max(0.0, second))
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _moment(text: str) -> float | None:
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    units = _UNITS.fullmatch(text) if text else None
    if clock:
        hours, minutes, seconds = clock.groups(default="0")
    elif units:
        hours, minutes, seconds = units.groups(default="0")
    else:
        return None
    if clock and (float(seconds) >= 60 or (clock[1] and int(minutes) > 59)):
        return None
    found = int(hours[:9]) * 3600 + int(minutes[:9]) * 60 + float(seconds)
    return found if found <= _LONGEST else None
