"""The score in words: what each component is called, how far she is, and what the rules say of it."""

from cs229tui.annotations.score import Component, ComponentName, Score
from cs229tui.course.model import Discussion

LABELS: dict[ComponentName, str] = {
    "comments": "comments",
    "spread": "spread",
    "sittings": "sittings",
    "to_the_end": "to the end",
    "active_time": "active time",
    "responses": "responses",
    "upvotes": "upvotes",
}


def figure(one: Component) -> str:
    """How far she is: `5 points`, `12.5 min`, `86 % seen`."""
    return _amount(one.name, one.figure)


def target(one: Component) -> str:
    """What is asked for, in the same words."""
    if one.name == "active_time" and not one.target:
        return "length unknown"
    return _amount(one.name, one.target)


def contribution(one: Component) -> str:
    """What it gives of what it could: `+45 of 60 %`."""
    if one.name == "spread":
        return f"−{_number(-one.earned)} %" if one.earned else "nothing lost"
    return f"+{_number(one.earned)} of {_number(one.weight)} %"


def remark(one: Component, rules: Discussion) -> str:
    """What the rule is."""
    return {
        "comments": f"your best {rules.comments.target}, rated by you",
        "spread": f"parts touched; one loses {rules.spread_penalty} %",
        "sittings": "30 min apart or more",
        "to_the_end": "pages you spent time on",
        "active_time": f"{rules.active_time.target} min a page, or the video",
        "responses": "others' replies to you",
        "upvotes": "given and received",
    }[one.name]


def total(score: Score, scale: int) -> str:
    """`86 %, 3 of 3`."""
    return f"{_number(score.total)} %, {score.on(scale)} of {scale}"


def _amount(name: ComponentName, value: float) -> str:
    number = _number(value)
    match name:
        case "comments":
            return f"{number} point{'s' * (value != 1)}"
        case "spread":
            return f"{number} part{'s' * (value != 1)}"
        case "to_the_end":
            return f"{number} %"
        case "active_time":
            return f"{number} min"
        case _:
            return number


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
