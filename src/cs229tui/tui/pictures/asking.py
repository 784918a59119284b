"""Gathering what is known of the terminal: the environment, tmux, the size of a cell, and questions to the terminal."""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from time import monotonic

from cs229tui.clean import clean_line
from cs229tui.tui.pictures.abilities import HINTS, Answers, Evidence, Tmux, questions, read_answers

_SECONDS_FOR_TMUX = 2


def known_evidence(answers: Answers | None = None, screen: bool = True) -> Evidence:
    """All there is but what the terminal itself answers; may wait for tmux."""
    environment = {name: clean_line(os.environ[name], 200) for name in HINTS if name in os.environ}
    return Evidence(environment, answers or Answers(), ask_tmux() if "TMUX" in environment else None, screen)


def ask_tmux() -> Tmux:
    """What tmux says of the terminal it runs in."""
    wanted = "#{client_termtype}|#{client_termname}|#{client_termfeatures}"
    kind, term, features = (*_tmux("display-message", "-p", wanted).split("|"), "", "", "")[:3]
    if not kind:
        # An older tmux knows only what the terminal calls itself in TERM.
        kind = {"xterm-ghostty": "ghostty", "xterm-kitty": "kitty (of a version tmux does not know)"}.get(term, term)
    return Tmux(kind, features, _tmux("show-options", "-gqv", "allow-passthrough") in ("on", "all"))


def _tmux(*words: str) -> str:
    try:
        command = ["tmux", *words]
        told = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_FOR_TMUX, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return clean_line(told.stdout, 400)


def cell_pixels() -> tuple[float, float] | None:
    """How large a cell is, as the kernel was told by the terminal; costs nothing and follows a change of the font."""
    try:
        import fcntl
        import struct
        import termios
    except ImportError:
        return None
    for number in (1, 2, 0):
        with suppress(OSError, ValueError):
            told = fcntl.ioctl(number, termios.TIOCGWINSZ, b"\0" * 8)
            rows, columns, width, height = struct.unpack("HHHH", told)
            if rows and columns and width >= columns and height >= rows:
                return width / columns, height / rows
    return None


def ask_directly(seconds: float = 1.0) -> Evidence:
    """Ask the terminal itself; for commands, while no screens are open. Keys typed meanwhile are lost."""
    # Standard output may go to a file or another program, and the terminal is there all the same.
    known = known_evidence(screen=sys.stdin.isatty())
    asked = questions(known.environment)
    if not known.screen or not asked:
        return known
    try:
        import select
        import termios
        import tty

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        return known
    heard = b""
    answers = Answers()
    try:
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal, termios.TCSAFLUSH)
            os.write(terminal, asked.encode("ascii"))
            end = monotonic() + seconds
            while not answers.done and (left := end - monotonic()) > 0:
                if select.select([terminal], [], [], left)[0]:
                    heard += os.read(terminal, 4096)
                    answers = read_answers(heard.decode("utf-8", "replace"))
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except (termios.error, OSError):
        return known
    finally:
        os.close(terminal)
    return replace(known, answers=replace(answers, name=clean_line(answers.name, 60)))
