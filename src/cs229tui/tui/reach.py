"""What can be done at this moment: the actions that the focused widget, its screen and the app offer."""

from dataclasses import dataclass
from typing import Any

from textual.dom import DOMNode
from textual.screen import Screen

from cs229tui.tui.actions import ACTIONS, Action

_BY_ID = {action.id: action for action in ACTIONS}


@dataclass(frozen=True)
class Reachable:
    """An action, the node that does it, and the keys that call it, as the student set them."""

    action: Action
    node: DOMNode
    keys: tuple[str, ...]


def reachable(screen: Screen[Any], own_keys: dict[str, str]) -> list[Reachable]:
    """Every action there is on `screen` now, nearest first, also where a line of text takes its plain keys."""
    nodes: list[DOMNode] = list(screen.focused.ancestors_with_self) if screen.focused else [screen, screen.app]
    found: dict[str, Reachable] = {}
    for node in nodes:
        for binding in getattr(type(node), "BINDINGS", ()):
            action = _BY_ID.get(getattr(binding, "id", None) or "")
            if action is None or action.id in found:
                continue
            name, _, arguments = action.action.partition("(")
            parameters = (arguments.rstrip(")"),) if arguments else ()
            if not node.check_action(name, parameters):
                continue
            keys = own_keys.get(action.id) or action.keys
            found[action.id] = Reachable(action, node, tuple(key.strip() for key in keys.split(",")))
    return list(found.values())
