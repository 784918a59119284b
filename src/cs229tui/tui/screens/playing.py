"""How a video plays beside its screen: in mpv, which tells where it is, or in the browser, a watch running along."""

from time import monotonic

from textual import events
from textual.message import Message

from cs229tui.documents.videos import Video, address_at, moment, parse_moment
from cs229tui.errors import ReportableError
from cs229tui.library.videos import update_video, video_state
from cs229tui.tui.player import Mpv, plays_in_mpv
from cs229tui.tui.reading.stopwatch import Stopwatch
from cs229tui.tui.screens.answering import Answering
from cs229tui.tui.screens.prompt import Prompt
from cs229tui.tui.widgets.reading_lines import MapLine

_DRAW_EVERY, _SAVE_EVERY = 0.5, 15.0


class Playing(Answering):
    """A screen with a `video`, or a `file` of it on her disk."""

    video: Video | None
    file: str

    class Changed(Message):
        """The player began, paused, went on or ended."""

    def __init__(self) -> None:
        super().__init__()
        self.player: Mpv | None = None
        self.stopwatch = Stopwatch()

    def draw_place(self) -> None:
        """Show where it is."""

    def begin_watching(self, position: float | None, length: float | None) -> None:
        """Be where it was left, else at its start, and measure the time from now on."""
        self.stopwatch = Stopwatch(position or self.start, length)
        self.set_interval(_DRAW_EVERY, self._tick)
        self.set_interval(_SAVE_EVERY, self._save_place)
        self.begin_sitting()

    # Where it is

    @property
    def start(self) -> float:
        """The second from which on it is to be watched."""
        return (self.video.start if self.video else None) or 0.0

    @property
    def position(self) -> float:
        """The second of the video that is shown now."""
        return self.player.position if self.player else self.stopwatch.position(monotonic())

    @property
    def length(self) -> float | None:
        """Its length in seconds, where that is known."""
        return (self.player.length if self.player else None) or self.stopwatch.length

    @property
    def playing(self) -> bool:
        """Whether it plays, as far as one can know."""
        return self.player.playing if self.player else self.stopwatch.running(monotonic())

    def _tick(self) -> None:
        # What plays is watched, wherever the focus is: the picture has a window of its own.
        if self.playing:
            self.alive()
        if self.is_current:
            self.draw_place()

    def on_key(self, _event: events.Key) -> None:
        self.alive()

    # Playing

    def play(self, second: float) -> None:
        """Play it from a second; raises `ReportableError` where there is nothing to play it with."""
        self.alive()
        if self.player is not None:
            self.player.seek(second)
            self.player.pause(False)
            return
        self.stopwatch.set(second, monotonic())
        if plays_in_mpv(self.video, self.file):
            target = self.file or (self.video.url if self.video else "")
            self.player = Mpv(target, second, lambda: self.post_message(self.Changed()))
            self.run_worker(self._run(self.player), group="player", exit_on_error=False)
        elif self.video is None:
            raise ReportableError("There is no mpv to play the file with.", "Install mpv, or open the file yourself.")
        else:
            self.companion.open_link(address_at(self.video, second))
            self.stopwatch.start(monotonic())
        self.draw_place()

    async def _run(self, player: Mpv) -> None:
        with self.companion.reporting():
            await player.run()

    def on_playing_changed(self) -> None:
        """The player told something; once its window is gone, the watch stands where it was."""
        self.alive()
        player = self.player
        if player is not None and player.over:
            self.stopwatch = Stopwatch(player.position, self.length)
            self.player = None
            self._save_place()
        self.draw_place()

    def go(self, second: float) -> None:
        """To a second of the video, playing or not."""
        self.alive()
        second = max(0.0, min(second, self.length) if self.length else second)
        if self.player is not None:
            self.player.seek(second)
        else:
            self.stopwatch.set(second, monotonic())
        self.draw_place()

    def on_map_line_chosen(self, event: MapLine.Chosen) -> None:
        if self.length:
            self.go(event.at * self.length)

    def action_play(self) -> None:
        """Play it, from where it is."""
        self.play(self.position)

    def action_pause(self) -> None:
        """Pause, or go on."""
        self.alive()
        if self.player is not None:
            self.player.pause(not self.player.paused)
        elif self.stopwatch.running(monotonic()):
            self.stopwatch.stop(monotonic())
        else:
            self.stopwatch.start(monotonic())
        self.draw_place()

    def action_seek(self, seconds: float) -> None:
        """Back or on by so many seconds."""
        self.go(self.position + seconds)

    def action_time(self) -> None:
        """Type a time to go to."""

        def go(answer: str | None) -> None:
            if answer and answer.strip():
                with self.companion.reporting():
                    self.go(parse_moment(answer))

        self.app.push_screen(Prompt("Go to", "For example 15:30, 1:02:03 or 930.", moment(self.position)), go)

    # Leaving

    def _save_place(self) -> None:
        database, at = self.companion.database, self.position
        with self.companion.reporting():
            known = video_state(database, self.reading_id)
            # That a video was opened and not played is no place in it.
            moved = abs(at - (known.position or self.start)) >= 1
            if moved or self.length != known.length:
                place = at if moved else known.position
                update_video(database, self.reading_id, position=place, length=self.length)

    def on_unmount(self) -> None:
        self._save_place()
        if self.player is not None:
            self.player.stop()

    def action_back(self) -> None:
        """Back to where she came from; the player's window closes."""
        self._save_place()
        self.companion.changed()
        self.dismiss(None)
