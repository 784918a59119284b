"""The discussion as Markdown: a text for each reading, in the order of the paper, to keep, to hand in, or for a vault.

It loses the exact places of passages, the boxes of regions, who voted (the numbers stay) and what was said before an
edit. Each conversation ends with a block id (`^c-…`), so that Obsidian can link to it.
"""

import re

from cs229tui.amounts import counted
from cs229tui.annotations.formats.contents import Contents
from cs229tui.annotations.threads import Reply, Thread, threads
from cs229tui.course.model import Reading
from cs229tui.documents.addresses import parse_arxiv
from cs229tui.documents.videos import address_at, moment, video_of
from cs229tui.library.annotations import Annotation

NAMES = {
    "highlight": "Highlight",
    "comment": "Comment",
    "question": "Question",
    "note": "Private note",
    "reply": "Reply",
}
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


def reading_markdown(reading: Reading, held: Contents) -> str:
    """Everything said about a reading: quote, kind, words, page, tags, votes and replies of each conversation."""
    return _text(heading(reading), held, held.on(reading.id))


def lecture_markdown(number: int, title: str, held: Contents) -> str:
    """Everything said about a lecture and its topics."""
    said = tuple(one for one in held.annotations if one.lecture == number)
    return _text([f"# Lecture {number} · {escaped(title)}", ""], held, said)


def heading(reading: Reading) -> list[str]:
    """What the text about a reading begins with: its title, authors, year and address."""
    lines = [f"# {escaped(reading.title)}", ""]
    facts = [", ".join(reading.authors), str(reading.year or "")]
    byline = " · ".join(escaped(fact) for fact in facts if fact)
    if byline:
        lines += [byline, ""]
    address = f"https://arxiv.org/abs/{reading.arxiv}" if reading.arxiv else reading.url
    if address:
        lines += [_linked(address), ""]
    return lines


def _text(lines: list[str], held: Contents, annotations: tuple[Annotation, ...]) -> str:
    for thread in threads(annotations):
        lines = lines + _thread(thread, held)
    return "\n".join(lines).rstrip() + "\n"


def _linked(address: str) -> str:
    return f"<{address.replace('<', '%3C').replace('>', '%3E').replace(' ', '%20')}>"


def page_address(reading: Reading, number: int) -> str:
    """The address of a page of a reading's PDF, as browsers and PDF programs open it; empty where it has none."""
    paper = parse_arxiv(reading.arxiv) if reading.arxiv else None
    address = reading.pdf_url or (paper.pdf if paper else "")
    return f"{address}#page={number}" if address else ""


def _where(root: Annotation, reading: Reading | None) -> str:
    if root.lecture is not None:
        return f", {escaped(root.quote)}" if root.quote else ""
    if root.second is not None:
        video, shown = video_of(reading) if reading else None, moment(root.second)
        return f" at [{shown}]({_linked(address_at(video, root.second))})" if video else f" at {shown}"
    if not root.page:
        return ", whole reading"
    address = page_address(reading, root.page) if reading else ""
    return f", [page {root.page}]({_linked(address)})" if address else f", page {root.page}"


def _thread(thread: Thread, held: Contents) -> list[str]:
    lines: list[str] = []
    root = thread.root
    if root is None:
        lines += ["## A conversation whose beginning is missing", ""]
    else:
        where = _where(root, held.readings.get(root.reading))
        answered = root.resolved or any(reply.annotation.id in held.answers for reply in thread.replies)
        done = " (answered)" if answered and root.kind == "question" else " (resolved)" if root.resolved else ""
        lines += [f"## {NAMES[root.kind]}{where}{done}", ""]
        if root.quote and root.lecture is None:
            lines += [f"> {escaped(root.quote)}", ""]
        if root.body:
            lines += [_body(root.body), ""]
        tags = " ".join("#" + re.sub(r"[^\w/-]+", "-", tag).strip("-") for tag in root.tags)
        facts = (f"— {escaped(root.author)}", root.created[:10], *_votes(root, held), tags)
        lines += [" · ".join(part for part in facts if part) + f" ^c-{_block(thread.id)}", ""]
    for reply in thread.replies:
        lines += _reply(reply, held)
    if thread.replies:
        lines.append("")
    return lines


def _reply(reply: Reply, held: Contents) -> list[str]:
    one, indent = reply.annotation, "  " * (min(reply.depth, 8) - 1)
    facts = [one.created[:10], *_votes(one, held), *(["the answer"] if one.id in held.answers else [])]
    said = _body(one.body).split("\n")
    lines = [f"{indent}- **{escaped(one.author)}** ({', '.join(facts)}): {said[0]}"]
    return lines + [f"{indent}  {line}".rstrip() for line in said[1:]]


def _votes(one: Annotation, held: Contents) -> list[str]:
    ups, too = held.votes(one, "upvote"), held.votes(one, "me-too")
    return [counted(ups, "upvote")] * bool(ups) + [f"{too} asked too"] * bool(too)


def _block(id: str) -> str:
    """The id of a block of text, as Obsidian takes it."""
    return re.sub(r"[^A-Za-z0-9]+", "-", id)[-36:].strip("-")[:8] or "0"


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
