"""Watching a video: where it opens, the watch that runs along, notes on its moments, and the time it takes."""

from collections.abc import Callable

import pytest
from textual.widgets import Static, TextArea

from cs229tui.annotations.make import annotate_moment, reply
from cs229tui.library.annotations import annotations_of
from cs229tui.library.readings import state_of
from cs229tui.library.sessions import sessions
from cs229tui.library.videos import update_video, video_state
from cs229tui.tui.app import Companion
from cs229tui.tui.screens.video import VideoScreen
from cs229tui.tui.widgets.reading_lines import TitleLine
from cs229tui.tui.widgets.rows import Rows
from talking import say

Make = Callable[..., Companion]
CUDA = "jones-2022-cuda-video"


class Opened:
    """The program on one video, on a clock of its own; `opened` holds the links that would be in the browser."""

    def __init__(self, companion: Make, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)) -> None:
        self.now = 1000.0
        for place in ("screens.playing", "screens.timing"):
            monkeypatch.setattr(f"cs229tui.tui.{place}.monotonic", lambda: self.now)
        self.app = companion(reading=CUDA)
        self.opened: list[str] = []
        monkeypatch.setattr(self.app, "open_link", self.opened.append)
        self.test = self.app.run_test(size=size)

    async def __aenter__(self) -> "Opened":
        self.pilot = await self.test.__aenter__()
        await self.pilot.pause()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.test.__aexit__(*problem)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, key: str, text: str) -> None:
        await self.press(key)
        self.app.screen.query_one(TextArea).text = text
        await self.press("ctrl+s")

    @property
    def screen(self) -> VideoScreen:
        assert isinstance(self.app.screen, VideoScreen)
        return self.app.screen

    @property
    def rows(self) -> list[tuple[str, str]]:
        return [(row.cells[0].plain, row.cells[2].plain) for row in self.screen.query_one(Rows).rows]

    @property
    def place(self) -> str:
        self.screen.draw_place()
        return self.screen.query_one(TitleLine).place


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40)])
async def test_it_opens_at_its_part_with_what_is_known(companion: Make, monkeypatch, size) -> None:
    async with Opened(companion, monkeypatch, size) as video:
        assert video.place == "15:30 of 41:15"
        assert video.rows == [("15:30", "the part to watch, to 22:20")]
        assert "To watch: 15:30 to 22:20 of 41:15, 7 min" in str(video.screen.query_one("#facts", Static).visual)
        assert state_of(video.app.database, CUDA).status == "reading"


async def test_it_opens_from_every_list(companion: Make) -> None:
    app = companion()
    made = annotate_moment(app.database, CUDA, 1000, body="x", author="Ana")
    answer = reply(app.database, made.id, "y", author="sam")
    async with app.run_test() as pilot:
        for key in (f"reading:{CUDA}", f"annotation:{made.id}", f"annotation:{answer.id}"):
            app.open_row(key)
            await pilot.pause()
            assert isinstance(app.screen, VideoScreen)
        assert app.screen.query_one(Rows).current == f"annotation:{answer.id}"


async def test_in_the_browser_the_watch_runs_along(companion: Make, monkeypatch) -> None:
    async with Opened(companion, monkeypatch) as video:
        await video.press("o")
        assert video.opened == ["https://www.youtube.com/watch?v=QQceTDjA4f4&t=930s"]
        video.now += 20
        assert video.place == "15:50 of 41:15 · the watch runs"
        await video.press("l", "h", "h", "space")
        video.now += 500
        assert video.place == "15:40 of 41:15"
        await video.press("t", *"1:00", "enter")
        assert video.place == "1:00 of 41:15"
        await video.press("t", *"99:00", "enter")
        assert video.place == "41:15 of 41:15"
        await video.press("t", *"soon", "enter")
        assert any("no moment" in note.message for note in video.app._notifications)
        await video.press("H", "b")
        assert video.opened[-1].endswith("&t=2415s")


async def test_notes_and_questions_stand_at_their_moments(companion: Make, monkeypatch) -> None:
    async with Opened(companion, monkeypatch) as video:
        await video.press("t", *"20:05", "enter")
        await video.write("q", "Why [bold]32[/nope] threads?")
        assert video.screen.query_one(Rows).current.startswith("annotation:")
        await video.press("t", *"12:34", "enter")
        await video.write("n", "Warps.")
        assert video.rows == [
            ("12:34", "Warps."),
            ("15:30", "the part to watch, to 22:20"),
            ("20:05", "Why [bold]32[/nope] threads?"),
        ]
        assert [(one.kind, one.second) for one in annotations_of(video.app.database, CUDA)] == [
            ("comment", 754.0),
            ("question", 1205.0),
        ]
        await video.press("enter")
        assert video.opened == ["https://www.youtube.com/watch?v=QQceTDjA4f4&t=754s"]
        await video.write("r", "Groups of 32.")
        assert ("", "Groups of 32.") in video.rows
        await video.press("G")
        await video.press("R")
        assert [one.resolved for one in annotations_of(video.app.database, CUDA) if one.kind == "question"] == [True]
        await video.write("e", "Why 32?")
        await video.press("x")
        assert [text for _, text in video.rows][-1] == "the part to watch, to 22:20"
        await video.press("u", "u")
        assert video.rows[-1] == ("20:05", "Why [bold]32[/nope] threads?")


async def test_a_draft_is_kept(companion: Make, monkeypatch) -> None:
    async with Opened(companion, monkeypatch) as video:
        await video.press("n", *"half", "escape", "n")
        assert video.app.screen.query_one(TextArea).text == "half"


async def test_it_goes_on_where_it_was_left(companion: Make, monkeypatch) -> None:
    async with Opened(companion, monkeypatch) as video:
        await video.press("o")
        video.now += 90
        await video.press("escape")
        assert video_state(video.app.database, CUDA).position == 1020
        video.app.open_reading(CUDA)
        await video.pilot.pause()
        assert video.rows == [("15:30", "the part to watch, to 22:20"), ("17:00", "where you left it")]
        assert video.place == "17:00 of 41:15"
        await video.press("enter")
        assert video.opened[-1].endswith("&t=1020s")


async def test_time_counts_while_it_plays_or_somebody_writes(companion: Make, monkeypatch) -> None:
    async with Opened(companion, monkeypatch) as video:
        await video.press("o")
        # The picture is in the browser, and so is the focus.
        video.app.app_focus = False
        for _ in range(20):
            video.now += 10
            video.screen._tick()
        await video.press("space")
        video.app.app_focus = False
        await video.pilot.pause()
        for _ in range(20):
            video.now += 10
            video.screen._tick()
        video.screen.save_sitting()
        (sitting,) = sessions(video.app.database, reading=CUDA)
        # From the first look after the focus went.
        assert sitting.pages == {0: 190.0} and sitting.document is None


async def test_a_file_of_it_is_remembered_and_left_where_it_is(companion: Make, monkeypatch, tmp_path) -> None:
    file = tmp_path / "my talk.mkv"
    file.write_bytes(b"x")
    async with Opened(companion, monkeypatch) as video:
        await video.press("f")
        video.app.screen.query_one("Line").value = f"'{file}'"
        await video.press("enter")
        assert video_state(video.app.database, CUDA).file == str(file)
        assert str(file) in str(video.screen.query_one("#facts", Static).visual)
        await video.press("u")
        assert video_state(video.app.database, CUDA).file == ""


async def test_mpv_is_followed_and_waits_while_one_writes(companion: Make, monkeypatch) -> None:
    class Window:
        """mpv, as far as the screen sees of it."""

        def __init__(self, target: str, start: float, changed: Callable[[], object]) -> None:
            self.target, self.position, self.changed = target, start, changed
            self.length, self.paused, self.over = 3000.0, False, False
            players.append(self)

        @property
        def playing(self) -> bool:
            return not self.paused and not self.over

        async def run(self) -> None:
            self.changed()

        def pause(self, paused: bool) -> None:
            self.paused = paused

        def seek(self, second: float) -> None:
            self.position = second

        def stop(self) -> None:
            self.over = True

    players: list[Window] = []
    monkeypatch.setattr("cs229tui.tui.screens.playing.Mpv", Window)
    for screen in ("playing", "video"):
        monkeypatch.setattr(f"cs229tui.tui.screens.{screen}.plays_in_mpv", lambda video, file: True)
    async with Opened(companion, monkeypatch) as video:
        update_video(video.app.database, CUDA, file="/talk.mkv")
        video.screen.refresh_data()
        await video.press("o")
        (player,) = players
        assert (player.target, player.position) == ("/talk.mkv", 930) and video.opened == []
        player.position = 1000.0
        assert video.place == "16:40 of 50:00 · mpv plays"
        await video.press("l")
        assert player.position == 1010
        await video.press("n")
        assert player.paused
        video.app.screen.query_one(TextArea).text = "here"
        await video.press("ctrl+s")
        assert not player.paused and ("16:50", "here") in video.rows
        await video.press("space")
        assert video.place.endswith("mpv waits")
        player.over = True
        player.changed()
        await video.pilot.pause()
        assert video.screen.player is None and video.place == "16:50 of 50:00"
        await video.press("o", "escape")
        assert players[-1].over and video_state(video.app.database, CUDA).length == 3000


async def test_somebody_of_her_name_is_not_her(companion: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(companion, monkeypatch)
    say(opened.app.database, "Ana", "I am another", reading=CUDA, second=30.0)
    async with opened as video:
        rows = video.app.screen.query_one(Rows).rows
        assert next(row for row in rows if "another" in row.cells[2].plain).cells[3].plain == "Ana"
        await video.press("T")
        assert video.app.screen.wanted.reading == CUDA
        await video.press("escape", "Q")
        assert type(video.app.screen).__name__ == "ConfusionScreen"
