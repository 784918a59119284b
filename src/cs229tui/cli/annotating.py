"""Writing at the command line: `annotate`, on a passage, a box, a moment, a whole reading, a lecture, or in reply."""

import re
import sys

import click

from cs229tui.cli.annotations import NEW, annotation_entry, line_of
from cs229tui.cli.documents import make_readable
from cs229tui.cli.output import json_option, pass_workspace, say, show_json
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, Kind, Quad
from cs229tui.workspace import Workspace

_LONGEST_INPUT = 400_000


@click.command("annotate", short_help="Write on a passage, a page, a video, a reading, a lecture, or in reply.")
@click.argument("reading", required=False)
@click.option("--quote", metavar="TEXT", help="The passage; line breaks, hyphens and ligatures may differ.")
@click.option("--at", metavar="TIME", help="The moment of a video: 15:30, 1:02:03, 15m30s or 930.")
@click.option("--whole", is_flag=True, help="On the whole reading.")
@click.option("--region", metavar="L,B,R,T", help="A box on the --page, in PDF points from its lower left corner.")
@click.option("--lecture", type=int, metavar="N", help="On a lecture instead of a reading.")
@click.option("--topic", default="", metavar="TOPIC", help="One of the --lecture's topics; its beginning is enough.")
@click.option("--reply", metavar="ID", help="In reply to this annotation; the beginning of its id is enough.")
@click.option("--page", type=click.IntRange(min=1), metavar="N", help="The page it stands on, from 1.")
@click.option("--kind", type=click.Choice(NEW), help="Highlight, or comment where there is a body; a note is private.")
@click.option("--body", default="", metavar="MD", help="What you say about it, in Markdown; - reads standard input.")
@click.option("--comment", metavar="MD", help="The same as --kind comment --body MD.")
@click.option("--question", metavar="MD", help="The same as --kind question --body MD.")
@click.option("--note", metavar="MD", help="The same as --kind note --body MD.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; may be given more than once.")
@click.option("--nth", type=click.IntRange(min=1), metavar="N", help="Which one, where the quote stands several times.")
@json_option
@pass_workspace
def annotate_command(
    workspace: Workspace,
    reading: str | None,
    quote: str | None,
    at: str | None,
    whole: bool,
    region: str | None,
    lecture: int | None,
    topic: str,
    reply: str | None,
    page: int | None,
    kind: Kind | None,
    body: str,
    comment: str | None,
    question: str | None,
    note: str | None,
    tags: tuple[str, ...],
    nth: int | None,
    as_json: bool,
) -> None:
    """Annotate the passage of READING that reads as TEXT; or a box, a moment, all of it, a lecture, or answer.

    \b
    cs229tui annotate vaswani-2017-attention --page 4 \\
        --quote "extremely small gradients" --kind question --body "How small?"
    cs229tui annotate jones-2022-cuda-video --at 15:30 --comment "Here it begins."
    cs229tui annotate vaswani-2017-attention --whole --note "Read 3.2 again."
    cs229tui annotate --lecture 7 --topic scaling --question "Past Chinchilla on purpose?"
    cs229tui annotate --reply 3f2a9c --body "See Lemma 1."
    """
    from cs229tui.annotations import make

    said = {"comment": comment, "question": question, "note": note}
    given = [(name, words) for name, words in said.items() if words is not None]
    if len(given) + bool(body) > 1 or (given and kind not in (None, given[0][0])):
        raise UsageError("It is one comment or one question.", "Give one of --body, --comment, --question and --note.")
    for name, words in given:
        kind, body = next(one for one in NEW if one == name), words
    text = sys.stdin.read(_LONGEST_INPUT) if body == "-" else body
    where: dict[str, object] = {"--quote": quote, "--at": at, "--whole": whole or None, "--region": region}
    where |= {"--lecture": lecture, "--reply": reply}
    chosen = [name for name, value in where.items() if value is not None]
    if len(chosen) != 1:
        raise UsageError(
            "What is annotated is not said." if not chosen else f"{' and '.join(chosen)} do not go together.",
            "Give the --quote of a passage, --at a moment of a video, --whole, --region, --lecture or --reply.",
        )
    database, author = workspace.database, workspace.settings.author
    if (page is not None or nth is not None) and chosen[0] not in ("--quote", "--region"):
        named = "A moment of a video" if at is not None else "It"
        raise UsageError(f"{named} has no page.", "Leave out --page and --nth.")
    if reply is not None or lecture is not None:
        if reading is not None:
            raise UsageError(f"{chosen[0]} stands for itself.", "Leave out the reading.")
        if reply is not None:
            if kind is not None or tags:
                raise UsageError("A reply is a reply.", "Give its --body alone.")
            made = make.reply(database, reply, text, author=author)
        else:
            number = lecture or 0
            found = _topic(workspace, number, topic)
            made = make.annotate_topic(database, number, found, kind or "comment", text, tags, author=author)
        _tell(made, as_json)
        return
    if reading is None:
        raise UsageError("Which reading?", "Give its id, or the beginning of it: cs229tui readings")
    entry = workspace.reading(reading)
    if at is not None:
        from cs229tui.documents.videos import parse_moment, video_of

        if video_of(entry) is None:
            raise UsageError(f"{entry.id} is no video.", "Annotate a passage of it with --quote.")
        made = make.annotate_moment(database, entry.id, parse_moment(at), kind or "comment", text, tags, author=author)
    elif whole:
        made = make.annotate_reading(database, entry.id, kind or "comment", text, tags, author=author)
    else:
        make_readable(workspace, entry)
        usual: Kind = kind or ("comment" if text.strip() else "highlight")
        if region is not None:
            box = _box(region)
            made = make.annotate_region(database, entry.id, page or 1, box, usual, text, tags, author=author)
        else:
            made = make.annotate_quote(database, entry.id, quote or "", page, usual, text, tags, author=author, nth=nth)
            _tell_closest(made, quote or "")
    _tell(made, as_json)


def _topic(workspace: Workspace, number: int, typed: str) -> str:
    """The topic of a lecture that was meant; raises `UsageError`."""
    lecture = workspace.course.lecture(number)
    if lecture is None:
        raise UsageError(f"There is no lecture {number}.", "List them with: cs229tui lectures")
    if not typed:
        return ""
    found = [topic for topic in lecture.topics if typed.casefold() in topic.casefold()]
    exact = [topic for topic in found if topic.casefold() == typed.casefold()]
    if len(exact or found) != 1:
        raise UsageError(f"Lecture {number} has no topic {typed!r}.", f"It has: {', '.join(lecture.topics)}.")
    return (exact or found)[0]


def _box(typed: str) -> Quad:
    try:
        left, bottom, right, top = (float(side) for side in typed.split(","))
    except ValueError as error:
        raise UsageError(f"{typed!r} is no box.", "Give left,bottom,right,top in PDF points: 72,400,300,520") from error
    return left, bottom, right, top


def _tell_closest(made: Annotation, quote: str) -> None:
    from cs229tui.documents.folding import fold

    plain = re.sub(r"[_^]\{([^{}]*)\}", r"\1", quote)
    if fold(made.quote).text.casefold() != fold(plain).text.casefold():
        say(f"Taken for the closest passage: “{made.quote}”")


def _tell(made: Annotation, as_json: bool) -> None:
    if as_json:
        show_json(annotation_entry(made))
    else:
        click.echo(line_of(made))
