"""Which pictures a terminal can show, and how that is known: from what it answers, from its name, and from tmux."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["kitty", "placed", "sixel", "blocks", "off"]
Setting = Literal["auto", "kitty", "sixel", "blocks", "off"]

NAMES: dict[Way, str] = {
    "kitty": "kitty graphics",
    "placed": "kitty graphics, placed",
    "sixel": "sixel",
    "blocks": "block characters",
    "off": "off",
}
HINTS = (
    "TERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LC_TERMINAL",
    "KITTY_WINDOW_ID",
    "GHOSTTY_RESOURCES_DIR",
    "WEZTERM_EXECUTABLE",
    "WT_SESSION",
    "KONSOLE_VERSION",
    "VTE_VERSION",
    "ALACRITTY_WINDOW_ID",
    "TMUX",
    "STY",
    "SSH_TTY",
    "SSH_CONNECTION",
    "NO_COLOR",
)
"""The variables of the environment that tell something."""

# The first kitty whose images can stand in cells of text.
_KITTY_CELLS = (0, 28)
_TMUX_RGB = "tmux set -as terminal-features ',*:RGB'"


@dataclass(frozen=True)
class Answers:
    """What a terminal said when asked; `done`: it answered at all. Sizes are width and height in pixels."""

    done: bool = False
    name: str = ""
    graphics: bool = False
    sixel: bool = False
    colours: int = 0
    largest: tuple[int, int] | None = None
    cell: tuple[int, int] | None = None


@dataclass(frozen=True)
class Tmux:
    """What tmux says of itself: the terminal it runs in, what it knows of it, whether it hands sequences on."""

    client: str
    features: str
    passthrough: bool


@dataclass(frozen=True)
class Evidence:
    """All that is known of the terminal. `screen` is false where there is none: a pipe, a test, a browser."""

    environment: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = Answers()
    tmux: Tmux | None = None
    screen: bool = True


@dataclass(frozen=True)
class Abilities:
    """How pages are shown and `why` so; `remedy`: what would make it better.

    `down`: how many dots a cell of blocks has below each other; `colours` and `largest` bound a sixel picture.
    """

    way: Way
    why: str
    remedy: str = ""
    through_tmux: bool = False
    down: int = 2
    colours: int = 64
    largest: tuple[int, int] | None = None
    cell: tuple[int, int] | None = None


def questions(environment: Mapping[str, str]) -> str:
    """What to write to a terminal to learn its name and abilities; the last question, everyone answers.

    Empty where even asking would leave a mess.
    """
    if environment.get("TERM", "dumb") in ("dumb", "linux", "") or environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return ""
    sixel = "\x1b[?1;1;0S\x1b[?2;1;0S"
    if "TMUX" in environment or "STY" in environment:
        # To them an application's command is a title.
        return f"{sixel}\x1b[c"
    return f"\x1b[>0q\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t{sixel}\x1b[c"


def read_answers(text: str) -> Answers:
    """What was answered to `questions`."""
    name = re.search(r"\x1bP>\|([^\x1b]*)", text)
    attributes = re.search(r"\x1b\[\?([\d;]+)c", text)
    colours = re.search(r"\x1b\[\?1;0;(\d+)S", text)
    largest = re.search(r"\x1b\[\?2;0;(\d+);(\d+)S", text)
    cell = re.search(r"\x1b\[6;(\d+);(\d+)t", text)
    return Answers(
        attributes is not None,
        name[1][:60] if name else "",
        bool(re.search(r"\x1b_Gi=31;OK", text)),
        "4" in attributes[1].split(";")[1:] if attributes else False,
        int(colours[1]) if colours else 0,
        (int(largest[1]), int(largest[2])) if largest else None,
        (int(cell[2]), int(cell[1])) if cell and int(cell[1]) and int(cell[2]) else None,
    )


def abilities(evidence: Evidence, setting: Setting = "auto") -> Abilities:
    """The best way to show pictures there, unless the setting says which."""
    answers = evidence.answers
    way, why, remedy = _way(evidence)
    if setting == "off":
        way, why, remedy = "off", "the setting pictures is off", ""
    elif setting != "auto" and evidence.screen:
        if not (setting == "kitty" and way == "placed"):
            way = setting
        why, remedy = f"the setting pictures is {setting}", ""
    return Abilities(
        way,
        why,
        remedy,
        through_tmux=evidence.tmux is not None,
        down=3 if _has_sextants(evidence) else 2,
        colours=max(2, min(answers.colours or 64, 64)),
        largest=answers.largest,
        cell=answers.cell,
    )


def _way(evidence: Evidence) -> tuple[Way, str, str]:
    environment, answers = evidence.environment, evidence.answers
    if not evidence.screen:
        return "blocks", "there is no terminal that could be asked", ""
    if environment.get("NO_COLOR"):
        return "blocks", "NO_COLOR is set", ""
    if evidence.tmux is not None:
        return _way_in_tmux(evidence.tmux, answers)
    if "STY" in environment:
        return "blocks", "screen hands no pictures on", "Use tmux 3.4 or later, or no multiplexer."
    name = answers.name or _name_by_environment(environment)
    if not answers.done:
        known = name.casefold()
        if "ghostty" in known:
            return "kitty", f"the environment says it is {name}; it did not answer", ""
        if "kitty" in known:
            return "placed", f"the environment says it is {name}; it did not answer", ""
        if any(other in known for other in ("wezterm", "iterm")):
            return "sixel", f"the environment says it is {name}; it did not answer", ""
        return "blocks", "the terminal did not answer", ""
    shown = f" ({name})" if name else ""
    if answers.graphics and _weaves(name):
        return "kitty", f"it answers{shown} that it knows kitty's graphics, and images in cells", ""
    if answers.sixel:
        return "sixel", f"it answers{shown} that it knows sixel", ""
    if answers.graphics:
        old = " For pictures that scroll for free, use kitty 0.28 or later." if "kitty" in name.casefold() else ""
        return "placed", f"it answers{shown} that it knows kitty's graphics", old.strip()
    return "blocks", f"it answers{shown} that it knows neither kitty's graphics nor sixel", _better(name)


def _way_in_tmux(tmux: Tmux, answers: Answers) -> tuple[Way, str, str]:
    client = tmux.client or "a terminal it does not name"
    if _weaves(tmux.client):
        if not tmux.passthrough:
            return "blocks", f"tmux runs in {client} but hands no pictures on", "tmux set -g allow-passthrough on"
        if "RGB" not in tmux.features.split(","):
            return "blocks", f"tmux runs in {client} but gives it 256 colours only", _TMUX_RGB
        return "kitty", f"tmux runs in {client}, and allow-passthrough is on", ""
    if answers.sixel:
        return "sixel", "tmux answers that it knows sixel", ""
    remedy = "Use tmux 3.4 or later for sixel." if "sixel" in tmux.features.split(",") else ""
    if tmux.client.startswith("kitty"):
        remedy = "In tmux, pictures take kitty 0.28 or later."
    return "blocks", f"tmux runs in {client} and answers that it knows no sixel", remedy


def _weaves(name: str) -> bool:
    """Whether a terminal of that name shows images in cells of text; others claim kitty's protocol and cannot."""
    known = name.casefold()
    if "ghostty" in known:
        return True
    version = re.match(r"kitty\D*(\d+)\.(\d+)", known)
    return version is not None and (int(version[1]), int(version[2])) >= _KITTY_CELLS


def _name_by_environment(environment: Mapping[str, str]) -> str:
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") == "xterm-kitty":
        return "kitty"
    if "GHOSTTY_RESOURCES_DIR" in environment or environment.get("TERM") == "xterm-ghostty":
        return "Ghostty"
    if "WEZTERM_EXECUTABLE" in environment:
        return "WezTerm"
    if "KONSOLE_VERSION" in environment:
        return "Konsole"
    if "ALACRITTY_WINDOW_ID" in environment:
        return "Alacritty"
    if "VTE_VERSION" in environment:
        return "VTE"
    if "WT_SESSION" in environment:
        return "Windows Terminal"
    return environment.get("LC_TERMINAL") or environment.get("TERM_PROGRAM", "")


def _better(name: str) -> str:
    if name.startswith("XTerm"):
        return "Start it as: xterm -ti vt340"
    return "kitty, Ghostty, WezTerm, foot, iTerm2 and Konsole show pages sharp."


def _has_sextants(evidence: Evidence) -> bool:
    """Whether the terminal draws the sextants itself; a font has them rarely."""
    if evidence.tmux is not None:
        name = evidence.tmux.client
    else:
        name = evidence.answers.name or _name_by_environment(evidence.environment)
    drawn = ("kitty", "ghostty", "wezterm", "foot", "alacritty", "vte", "contour", "konsole")
    version = evidence.environment.get("VTE_VERSION", "")
    if "vte" in name.casefold() and version.isdecimal() and int(version) < 6200:
        return False
    return any(one in name.casefold() for one in drawn)
