"""Annotations as Markdown: one text for each reading, in the order of the paper, to keep or to hand in."""

import re
from collections.abc import Iterable

from cs229tui.annotations.threads import Thread, threads
from cs229tui.course.model import Reading
from cs229tui.documents.videos import address_at, moment, video_of
from cs229tui.library.annotations import Annotation

_NAMES = {"highlight": "Highlight", "comment": "Comment", "question": "Question", "reply": "Reply"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$^!])")
# What other programs would run or take for structure, in a body that is Markdown already: HTML, the code of Obsidian's
# Templater and Dataview.
_HTML = re.compile(r"<(?=[%!/?]|[a-zA-Z][\w-]*[\s/>])")
_RUN = re.compile(r"<(?=%)|(?<=`)(?=(?:\$?=|dv[.=]))")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.S)
_STRUCTURE = re.compile(r"^(\s{0,3})(#{1,6})(?=\s)|^(\s{0,3})(?=(?:---|===)\s*$)", re.M)


def escaped(text: str) -> str:
    """Plain text as Markdown that shows just this text, in one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])(?=\s|$)|^([-+=])", lambda found: _kept(found), line)


def reading_markdown(reading: Reading, annotations: Iterable[Annotation]) -> str:
    """Everything said about a reading: quote, kind, words, page, tags and replies of each thread."""
    lines = [f"# {escaped(reading.title)}", ""]
    facts = [", ".join(reading.authors), str(reading.year or "")]
    byline = " · ".join(escaped(fact) for fact in facts if fact)
    if byline:
        lines += [byline, ""]
    address = f"https://arxiv.org/abs/{reading.arxiv}" if reading.arxiv else reading.url
    if address:
        lines += [_linked(address), ""]
    for thread in threads(annotations):
        lines += _thread(thread, reading)
    return "\n".join(lines).rstrip() + "\n"


def _linked(address: str) -> str:
    return f"<{address.replace('<', '%3C').replace('>', '%3E').replace(' ', '%20')}>"


def _where(root: Annotation, reading: Reading) -> str:
    if root.second is None:
        return f", page {root.page}" if root.page else ""
    video, shown = video_of(reading), moment(root.second)
    return f" at [{shown}]({_linked(address_at(video, root.second))})" if video else f" at {shown}"


def _thread(thread: Thread, reading: Reading) -> list[str]:
    lines: list[str] = []
    root = thread.root
    if root is None:
        lines += ["## A conversation whose beginning is missing", ""]
    else:
        where = _where(root, reading)
        done = " (answered)" if root.resolved else ""
        lines += [f"## {_NAMES[root.kind]}{where}{done}", ""]
        if root.quote:
            lines += [f"> {escaped(root.quote)}", ""]
        if root.body:
            lines += [_body(root.body), ""]
        tags = " ".join("#" + re.sub(r"[^\w/-]+", "-", tag).strip("-") for tag in root.tags)
        lines += [" · ".join(part for part in (f"— {escaped(root.author)}", root.created[:10], tags) if part), ""]
    for reply in thread.replies:
        indent = "  " * (min(reply.depth, 8) - 1)
        said = _body(reply.annotation.body).split("\n")
        lines.append(f"{indent}- **{escaped(reply.annotation.author)}** ({reply.annotation.created[:10]}): {said[0]}")
        lines += [f"{indent}  {line}".rstrip() for line in said[1:]]
    if thread.replies:
        lines.append("")
    return lines


def _kept(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"


def _body(text: str) -> str:
    """A body is its author's own Markdown; only what is not Markdown is made harmless, and headings step down."""
    parts = _CODE.split(text)
    parts[::2] = [_STRUCTURE.sub(_stepped, _HTML.sub("&lt;", part)) for part in parts[::2]]
    parts[1::2] = [_RUN.sub(lambda found: f"{found[0]} ", part) for part in parts[1::2]]
    return "".join(parts)


def _stepped(found: re.Match[str]) -> str:
    return f"{found[1]}{'#' * min(6, len(found[2]) + 2)}" if found[2] else f"{found[3]}\\"
