"""The discussion as a web page of its own: no script, nothing fetched, good to print.

It loses what the Markdown loses: the exact places of passages, the boxes of regions, who voted, earlier versions.
"""

from collections.abc import Iterable, Iterator
from html import escape

from cs229tui.annotations.bodies import Block, Run, read_body
from cs229tui.annotations.formats.contents import Contents, byline
from cs229tui.annotations.formats.markdown import NAMES, page_address
from cs229tui.annotations.threads import Thread, threads
from cs229tui.course.model import Lecture
from cs229tui.documents.formulas.latex import readable
from cs229tui.documents.videos import address_at, moment, video_of
from cs229tui.library.annotations import Annotation

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
body { font: 16px/1.5 Georgia, serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
article { border-left: 4px solid var(--line); padding-left: 1rem; margin: 1.5rem 0; break-inside: avoid }
.yellow { border-color: #e6b800 } .red { border-color: #d33 } .green { border-color: #2a9d4a }
.blue { border-color: #2f7fd6 } .purple { border-color: #8e4fc9 }
blockquote { margin: .5rem 0; font-style: italic } .reply { margin: .75rem 0 0 1.25rem }
.by { color: var(--quiet); font-size: .85rem } .answer { border-left: 3px solid #2a9d4a; padding-left: .75rem }
pre, code { font: .85em/1.4 monospace; white-space: pre-wrap } table { border-collapse: collapse }
td { border: 1px solid var(--line); padding: .1rem .5rem } .math { font-family: serif; white-space: pre-wrap }
@media print { body { font-size: 11pt; margin: 0 } a { color: inherit; text-decoration: none } }
"""
# Should anything slip through, a browser still runs and fetches nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def web_page(held: Contents, lectures: Iterable[Lecture] = (), title: str = "Discussion") -> str:
    """Every reading that something was said on, then the lectures, each with its conversations."""
    parts = [part for reading in dict.fromkeys(one.reading for one in held.annotations if one.reading)
             for part in _reading(reading, held)]  # fmt: skip
    for lecture in lectures:
        said = [one for one in held.annotations if one.lecture == lecture.number]
        if said:
            parts.append(f"<h2>Lecture {lecture.number} · {escape(lecture.title)}</h2>")
            parts += [_thread(thread, held) for thread in threads(said)]
    body = "\n".join(parts) or "<p>Nothing is written yet.</p>"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _reading(id: str, held: Contents) -> Iterator[str]:
    reading = held.readings.get(id)
    if reading is None:
        yield f"<h2>{escape(id)}</h2>"
    else:
        yield f"<h2>{escape(reading.title)}</h2>"
        facts = [", ".join(reading.authors), str(reading.year or "")]
        yield f'<p class="by">{escape(" · ".join(fact for fact in facts if fact))}</p>'
    for thread in threads(held.on(id)):
        yield _thread(thread, held)


def _thread(thread: Thread, held: Contents) -> str:
    root = thread.root
    if root is None:
        head = '<p class="by">A conversation whose beginning is missing</p>'
        colour = ""
    else:
        quote = f"<blockquote>{escape(root.quote)}</blockquote>" if root.quote and root.lecture is None else ""
        body = _body(root.body) if root.body else ""
        head = f'<p class="by">{_about(root, held)}</p>{quote}{body}{_by(root, held)}'
        colour = root.colour if root.kind == "highlight" else ""
    replies = (
        f'<div class="reply{" answer" * (reply.annotation.id in held.answers)}"'
        f' style="margin-left:{min(reply.depth, 8) * 1.25}rem">'
        f"{_body(reply.annotation.body)}{_by(reply.annotation, held)}</div>"
        for reply in thread.replies
    )
    return f'<article class="{colour}">{head}{"".join(replies)}</article>'


def _about(root: Annotation, held: Contents) -> str:
    reading = held.readings.get(root.reading)
    done = " · resolved" if root.resolved else ""
    where, address = "whole reading", ""
    if root.lecture is not None:
        where = root.quote or "the lecture"
    elif root.second is not None:
        video = video_of(reading) if reading else None
        where, address = moment(root.second), address_at(video, root.second) if video else ""
    elif root.page:
        where, address = f"page {root.page}", page_address(reading, root.page) if reading else ""
    shown = f'<a href="{escape(address)}">{escape(where)}</a>' if address.startswith("http") else escape(where)
    return f"<strong>{NAMES[root.kind]}</strong> · {shown}{done}"


def _by(one: Annotation, held: Contents) -> str:
    return f'<p class="by">{escape(byline(one, held))}</p>'


# What is written


def _body(text: str) -> str:
    read = read_body(text)
    rest = f"<p>… and {read.left:,} more characters</p>" if read.left else ""
    return "".join(map(_block, read.blocks)) + rest


def _block(block: Block) -> str:
    shift = len(block.within) * 1.25
    marker = block.within[-1].marker + " " if block.within and block.within[-1].first else ""
    if block.kind == "code":
        made = f"<pre>{escape(block.runs[0].text)}</pre>"
    elif block.kind == "table":
        rows = ("".join(f"<td>{_runs(cell)}</td>" for cell in row) for row in block.rows)
        made = f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    elif block.kind == "rule":
        made = "<hr>"
    else:
        words = f"<strong>{_runs(block.runs)}</strong>" if block.kind == "heading" else _runs(block.runs)
        made = f"<p>{escape(marker)}{words}</p>"
    return f'<div style="margin-left:{shift}rem">{made}</div>' if shift else made


def _runs(runs: Iterable[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    text = escape(run.text)
    if run.kind == "break":
        return "<br>"
    if run.kind in ("formula", "display"):
        shown = escape(readable(run.text, lines=run.kind == "display"))
        text = f'<span class="math" title="{text}">{shown}</span>'
        text = f"<br>{text}<br>" if run.kind == "display" else text
    elif run.kind == "code":
        text = f"<code>{text}</code>"
    elif run.kind in ("url", "image"):
        text = f'<a href="{escape(run.target)}" rel="noreferrer">{text or escape(run.target)}</a>'
    elif run.kind in ("tag", "mention"):
        text = f"<b>{'#' if run.kind == 'tag' else '@'}{text}</b>"
    elif run.kind == "passage":
        text = f"<i>[[{text}]]</i>"
    for marked, name in ((run.bold, "strong"), (run.italic, "em"), (run.strike, "s")):
        text = f"<{name}>{text}</{name}>" if marked else text
    return text
