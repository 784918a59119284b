"""What a pointer is, and what it can point to."""

from dataclasses import dataclass
from typing import Literal

TargetKind = Literal[
    "entry",
    "section",
    "figure",
    "table",
    "equation",
    "algorithm",
    "statement",
    "footnote",
    "place",
    "link",
]


@dataclass(frozen=True)
class Target:
    """Somewhere a pointer leads: a character of a block in the same flow, or an address (`link`).

    `name` is what it is called ("Section 4.2", "[12]"); `entry` counts the entries of the references, from 0.
    """

    kind: TargetKind
    name: str
    block: int = -1
    offset: int = 0
    url: str = ""
    entry: int = -1


@dataclass(frozen=True, order=True)
class Pointer:
    """Characters `start` to `end` of a block that point somewhere; to several places where a range or a doubt does."""

    block: int
    start: int
    end: int
    targets: tuple[Target, ...]
