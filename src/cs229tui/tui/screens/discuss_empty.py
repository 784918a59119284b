"""What Discuss says where it has nothing to show, and what one could do about it."""

from textual.content import Content

from cs229tui.library.discussion import View, Wanted

_NOTHING: dict[View, str] = {
    "unread": "You have read everything.",
    "unanswered": "No question waits for an answer.",
    "mine": "You have not written anything yet.",
    "mentions": "Nobody has mentioned you yet.",
    "followed": "You do not follow any conversation yet.",
    "missing": "Every conversation has its beginning.",
}
_BEGIN = (
    "Here is what you and your group say about the readings.\n\n"
    "Open a reading (3), then\n"
    "  s  selects the sentence under the cursor\n"
    "  a  comments on it, q asks, H highlights\n"
    "  P  writes a note that only you see\n\n"
    "n writes on a lecture, one of its topics, or a whole reading.\n"
    "f9 shows your groups: with one, others read and answer you."
)
_HELP: dict[View, str] = {
    "unread": "What others write is unread until you have looked at it for a moment. t shows the other lists.",
    "mine": "What you write, or reply to, is listed here.\n\n" + _BEGIN,
    "followed": "f follows the conversation under the cursor. What you write in is followed by itself.",
    "missing": "A reply may come before what it answers, or stay when that is deleted. Such replies are listed here.",
}


def nothing(wanted: Wanted) -> str:
    """A line for an empty list."""
    if wanted == Wanted(order=wanted.order):
        return "Nothing is written yet."
    if wanted == Wanted(order=wanted.order, views=wanted.views) and len(wanted.views) == 1:
        return _NOTHING[wanted.views[0]]
    return "Nothing matches; esc shows all, backspace takes the last filter away."


def help_for(wanted: Wanted, name: str) -> Content:
    """What to do where nothing is listed."""
    if wanted == Wanted(order=wanted.order):
        return Content(_BEGIN)
    if wanted == Wanted(order=wanted.order, views=("mentions",)):
        return Content(f"Whoever writes @{name.replace(' ', '_')} mentions you.")
    if wanted == Wanted(order=wanted.order, views=wanted.views) and len(wanted.views) == 1:
        return Content(_HELP.get(wanted.views[0], ""))
    return Content(
        "Words must all stand in one message; “in quotes” they stand together.\n"
        "@mei is who took part, #dp a tag. Each filter above goes away with a click."
    )
