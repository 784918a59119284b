"""Playing a video in mpv, which tells where it is and is told where to go over its JSON IPC.

https://mpv.io/manual/stable/#json-ipc
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socketpair
from typing import Any

from cs229tui.clean import clean_line
from cs229tui.documents.videos import Video
from cs229tui.errors import ReportableError
from cs229tui.tui import links

_LONGEST_LINE = 1 << 20
_OBSERVED = ("time-pos", "pause", "duration", "core-idle")


def plays_in_mpv(video: Video | None, file: str) -> bool:
    """Whether mpv is here, has a screen to show on, and can get at the video: a file of hers, or with yt-dlp's help."""
    if sys.platform == "win32" or not shutil.which("mpv") or not links.browser_here():
        return False
    if file:
        return Path(file).is_file()
    ytdl = shutil.which("yt-dlp") or shutil.which("youtube-dl")
    return video is not None and (video.provider == "file" or bool(ytdl))


class Mpv:
    """One mpv window. `changed` is called, in the loop that runs it, when it begins, pauses, goes on or ends.

    `position` and `length` are in seconds, as mpv last told; `over` once the window is gone.
    """

    def __init__(self, target: str, start: float, changed: Callable[[], object]) -> None:
        self.target = target
        self.position = start
        self.length: float | None = None
        self.paused = False
        self.over = False
        self._idle = True
        self._changed = changed
        self._writer: asyncio.StreamWriter | None = None
        self._failed = ""

    @property
    def playing(self) -> bool:
        """Whether the picture moves now: not paused, not loading."""
        return not (self.paused or self.over or self._idle)

    async def run(self) -> None:
        """Play until the window is closed; raises `ReportableError` where it cannot be played."""
        ours, its = socketpair()
        options = (
            "--no-terminal",
            # It closes when we are gone, however we went.
            f"--input-ipc-client=fd://{its.fileno()}",
            f"--start={self.position:.1f}",
            "--no-resume-playback",
            "--force-window=yes",
            # At the end the last picture stays, so that one can go back.
            "--keep-open=yes",
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *("mpv", *options, "--", self.target),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
                # A key that interrupts this program is not meant for it.
                start_new_session=True,
            )
            its.close()
            try:
                reader, self._writer = await asyncio.open_unix_connection(sock=ours, limit=_LONGEST_LINE)
                for number, name in enumerate(_OBSERVED, 1):
                    self._tell("observe_property", number, name)
                await self._listen(reader)
                status = await process.wait()
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.terminate()
                    await process.wait()
            if self._failed or status not in (0, 4):
                raise ReportableError(
                    f"mpv cannot play it: {self._failed or f'it ended with status {status}'}.",
                    "b opens it in the browser; f takes a file of it.",
                )
        except OSError as error:
            raise ReportableError(f"mpv cannot be started: {error.strerror}.", "b opens it in the browser.") from error
        finally:
            self.over = True
            for end in (ours, its):
                end.close()
            if self._writer is not None:
                self._writer.close()
            self._changed()

    def pause(self, paused: bool) -> None:
        """Stand still, or go on."""
        self._tell("set_property", "pause", paused)

    def seek(self, second: float) -> None:
        """Go to a second."""
        self.position = max(0.0, second)
        self._tell("seek", self.position, "absolute")

    def stop(self) -> None:
        """Close the window."""
        self._tell("quit")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await reader.readline()
            except (ConnectionError, ValueError):
                return
            if not line:
                return
            with suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict):
                    self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        event, name, value = told.get("event"), told.get("name"), told.get("data")
        if event == "property-change" and name == "time-pos" and isinstance(value, int | float):
            self.position = float(value)
        elif event == "property-change" and name == "duration" and isinstance(value, int | float):
            self.length = float(value)
        elif event == "property-change" and name == "pause" and isinstance(value, bool):
            self.paused = value
            self._changed()
        elif event == "property-change" and name == "core-idle" and isinstance(value, bool):
            self._idle = value
            self._changed()
        elif event == "end-file" and told.get("reason") == "error":
            self._failed = clean_line(str(told.get("file_error") or "unknown"), 200)

    def _tell(self, *command: object) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps({"command": command}).encode() + b"\n")
