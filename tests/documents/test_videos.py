"""Addresses of videos and moments in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.course.load import load
from cs229tui.course.model import Reading
from cs229tui.documents.videos import Video, address_at, moment, parse_moment, video_at, video_of
from cs229tui.errors import UsageError
from cs229tui.folders import shipped

YOUTUBE = "https://www.youtube.com/watch?v=QQceTDjA4f4"


@pytest.mark.parametrize(
    "address",
    [
        f"{YOUTUBE}&t=15m30s",
        f"{YOUTUBE}&t=930",
        f"{YOUTUBE}#t=15m30s",
        "https://youtu.be/QQceTDjA4f4?t=930s",
        "https://youtu.be/QQceTDjA4f4?si=x&t=15m30s",
        "https://m.youtube.com/watch?app=desktop&v=QQceTDjA4f4&t=15m30s",
        "https://www.youtube-nocookie.com/embed/QQceTDjA4f4?start=930",
        "https://www.youtube.com/live/QQceTDjA4f4?t=930",
    ],
)
def test_every_form_of_a_youtube_address_is_one_video_at_one_second(address: str) -> None:
    assert video_at(address) == Video("youtube", "QQceTDjA4f4", YOUTUBE, 930.0)
    assert address_at(Video("youtube", "QQceTDjA4f4", YOUTUBE), 930.7) == f"{YOUTUBE}&t=930s"


def test_vimeo_and_files() -> None:
    assert video_at("https://vimeo.com/76979871#t=1m5s") == Video("vimeo", "76979871", "https://vimeo.com/76979871", 65)
    assert video_at("https://player.vimeo.com/video/76979871") == Video(
        "vimeo", "76979871", "https://vimeo.com/76979871"
    )
    unlisted = video_at("https://vimeo.com/76979871/0123abcdef")
    assert unlisted is not None and unlisted.url == "https://vimeo.com/76979871/0123abcdef"
    assert address_at(unlisted, 65) == "https://vimeo.com/76979871/0123abcdef#t=65s"
    file = video_at("https://example.org/a/talk.MP4?x=1#t=10,20")
    assert file == Video("file", "talk.MP4", "https://example.org/a/talk.MP4?x=1", 10, 20)
    assert file is not None and address_at(file, 75) == "https://example.org/a/talk.MP4?x=1#t=75"
    assert address_at(file, 0) == file.url


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://www.youtube.com/watch",
        "https://example.org/page",
        "javascript:alert(1)",
        "https://[x",
        "file:///a.mp4",
    ],
)
def test_what_is_no_video(address: str) -> None:
    assert video_at(address) is None


@given(st.text())
def test_any_text_is_a_video_or_not(text: str) -> None:
    for found in (video_at(text), video_at("https://youtu.be/" + text)):
        assert found is None or (found.url.startswith("http") and video_at(found.url) is not None)


@pytest.mark.parametrize(
    ("text", "second"),
    [("15:30", 930), ("1:02:03", 3723), ("15m30s", 930), ("930", 930), (" 930s ", 930), ("1h", 3600), ("90:00", 5400)],
)
def test_moments_as_people_write_them(text: str, second: float) -> None:
    assert parse_moment(text) == second


@pytest.mark.parametrize("text", ["", "x", "1:99", "1:60:00", "-3", "15:30:", "9" * 400, "١٢:٣٠", "1.5.2"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match="no moment"):
        parse_moment(text)


@given(st.integers(0, 359_999))
def test_what_is_shown_can_be_typed(second: int) -> None:
    assert parse_moment(moment(second)) == second
    assert moment(second + 0.9) == moment(second)


def test_the_videos_of_the_course_are_known_with_their_parts() -> None:
    course = load(shipped("data/course.toml"))
    cuda = course.reading("jones-2022-cuda-video")
    assert cuda is not None and video_of(cuda) == Video("youtube", "QQceTDjA4f4", YOUTUBE, 930, 1340)
    # The page's own link lost the video: the other address has it.
    gpt = course.reading("karpathy-2023-build-gpt")
    assert gpt is not None and (found := video_of(gpt)) is not None and found.id == "kCc8FmEb1nY"
    assert all(video_of(reading) for reading in course.readings if reading.kind == "video")
    assert all(parse_moment(reading.length) for reading in course.readings if reading.length)


def test_a_reading_without_an_address_has_no_video_and_one_with_a_page_only_has_that() -> None:
    def reading(**facts: str) -> Reading:
        return Reading(id="x", title="X", lectures=(0,), **facts)  # type: ignore[arg-type]

    assert video_of(reading(kind="video")) is None
    assert video_of(reading(kind="video", url="https://example.org/talk")) == Video(
        "page", "", "https://example.org/talk"
    )
    assert video_of(reading(url="https://example.org/talk")) is None
    page = video_of(reading(kind="video", url="https://example.org/talk", focus="2:00-3:00"))
    assert page is not None and (page.start, page.end) == (120, 180)
    assert address_at(page, 120) == "https://example.org/talk"
