"""mpv told and heard over its JSON IPC: a stand-in everywhere, the real one where it is installed."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from cs229tui.documents.videos import Video
from cs229tui.errors import ReportableError
from cs229tui.tui.player import Mpv, plays_in_mpv

# Answers as mpv does: it tells what was observed, and follows seek, pause and quit.
_STAND_IN = """#!{python}
import json, socket, sys
number = next(word.split("fd://")[1] for word in sys.argv if word.startswith("--input-ipc-client"))
line = socket.socket(fileno=int(number))
start = float(next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--start")))
assert sys.argv[-2] == "--", sys.argv
if sys.argv[-1].endswith("dies"):
    sys.exit(3)
def tell(**said):
    line.sendall(json.dumps(said).encode() + b"\\n")
def change(name, value):
    tell(event="property-change", name=name, data=value)
lines = line.makefile()
line.sendall(b"no json\\n[1]\\n")
change("time-pos", None)
if sys.argv[-1].endswith("bad"):
    tell(event="end-file", reason="error", file_error="unrecognized \\x1b[31mformat")
    sys.exit(2)
for name, value in (("duration", 600), ("time-pos", start), ("pause", False), ("core-idle", False)):
    change(name, value)
for asked in map(json.loads, lines):
    match asked["command"]:
        case ["seek", second, "absolute"]:
            change("time-pos", second)
        case ["set_property", "pause", paused]:
            change("pause", paused)
            change("core-idle", paused)
        case ["quit"]:
            sys.exit(0)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "mpv"
    program.write_text(_STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


async def until(condition, seconds: float = 10.0) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def watched(target: str) -> None:
    changes = []
    player = Mpv(target, 12.0, lambda: changes.append((player.playing, player.over)))
    running = asyncio.create_task(player.run())
    await until(lambda: player.playing)
    assert player.position >= 12 and player.length is not None and player.length > 13
    player.pause(True)
    await until(lambda: player.paused and not player.playing)
    player.seek(5.0)
    await until(lambda: player.position == pytest.approx(5.0, abs=0.2))
    player.pause(False)
    await until(lambda: player.playing)
    player.stop()
    await running
    assert player.over and not player.playing and changes[-1] == (False, True)
    player.seek(3.0)


async def test_it_is_told_and_heard(stand_in: None) -> None:
    await watched("/video.mkv")


@pytest.mark.skipif(not shutil.which("mpv"), reason="mpv is not installed")
async def test_the_real_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mpv.conf").write_text("vo=null\nao=null\n")
    monkeypatch.setenv("MPV_HOME", str(tmp_path))
    await watched("av://lavfi:testsrc=duration=60:size=64x48:rate=10")


@pytest.mark.parametrize(("target", "said"), [("/bad", "unrecognized format"), ("/dies", "status 3")])
async def test_what_it_cannot_play_is_told(stand_in: None, target: str, said: str) -> None:
    player = Mpv(target, 0.0, lambda: None)
    with pytest.raises(ReportableError, match=said):
        await player.run()
    assert player.over


async def test_it_does_not_outlive_us(stand_in: None) -> None:
    player = Mpv("/video.mkv", 0.0, lambda: None)
    running = asyncio.create_task(player.run())
    await until(lambda: player.playing)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert player.over


def test_where_it_can_play(stand_in: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_TTY", "SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "a.mkv"
    file.touch()
    online = Video("youtube", "x", "https://www.youtube.com/watch?v=xxxxxx")
    assert not plays_in_mpv(online, str(file))
    monkeypatch.setattr("cs229tui.tui.links.browser_here", lambda: True)
    assert plays_in_mpv(None, str(file)) and not plays_in_mpv(None, str(tmp_path / "gone.mkv"))
    # Without yt-dlp only what is a file somewhere.
    assert not plays_in_mpv(online, "") and plays_in_mpv(Video("file", "a.mp4", "https://x.org/a.mp4"), "")
    (tmp_path / "bin" / "yt-dlp").symlink_to("/bin/true")
    assert plays_in_mpv(online, "")
