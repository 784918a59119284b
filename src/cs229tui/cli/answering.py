"""What can be done at the command line to what is written: `vote`, `resolve`, `edit`, `delete`."""

import sys
from typing import get_args

import click

from cs229tui.cli.annotations import NEW, annotation_entry, line_of
from cs229tui.cli.output import json_option, pass_workspace, show_json
from cs229tui.errors import UsageError
from cs229tui.library.annotations import Annotation, Colour, Kind, annotation
from cs229tui.library.reactions import ReactionKind
from cs229tui.workspace import Workspace

_LONGEST_INPUT = 400_000


@click.command("vote", short_help="Upvote, have a question too, or mark the answer.")
@click.argument("id")
@click.argument("kind", type=click.Choice(get_args(ReactionKind)))
@click.option("--off", is_flag=True, help="Take it back.")
@json_option
@pass_workspace
def vote_command(workspace: Workspace, id: str, kind: ReactionKind, off: bool, as_json: bool) -> None:
    """Say something of the annotation ID without words; the beginning of its id is enough.

    \b
    cs229tui vote 3f2a9c upvote
    cs229tui vote 3f2a9c me-too
    cs229tui vote 77b0e1 answer        (a reply that answers your question)
    """
    from cs229tui.annotations.votes import vote

    target = annotation(workspace.database, id)
    stands = vote(workspace.database, target.id, kind, not off, author=workspace.settings.author)
    if as_json:
        show_json({"target": target.id, "kind": kind, "stands": stands})
    else:
        click.echo(f"{target.id}  {kind}{'' if stands else ' taken back'}")


@click.command("resolve", short_help="Close a conversation, or open it again.")
@click.argument("id")
@click.option("--reopen", is_flag=True, help="Open it again.")
@json_option
@pass_workspace
def resolve_command(workspace: Workspace, id: str, reopen: bool, as_json: bool) -> None:
    """Close the conversation that the annotation ID belongs to."""
    from cs229tui.annotations import make

    root = annotation(workspace.database, id).root
    make.resolve(workspace.database, root, not reopen)
    _tell(workspace, root, as_json)


@click.command("edit", short_help="Change what you wrote.")
@click.argument("id")
@click.option("--body", metavar="MD", help="What it says from now on; - reads standard input.")
@click.option("--kind", type=click.Choice(NEW), help="What it is from now on.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Its tags from now on; may be given more than once.")
@click.option("--no-tags", is_flag=True, help="Take all tags away.")
@click.option("--colour", type=click.Choice(get_args(Colour)), help="A highlight's colour.")
@json_option
@pass_workspace
def edit_command(
    workspace: Workspace,
    id: str,
    body: str | None,
    kind: Kind | None,
    tags: tuple[str, ...],
    no_tags: bool,
    colour: Colour | None,
    as_json: bool,
) -> None:
    """Change the annotation ID; what it said before is kept."""
    from cs229tui.annotations import make

    if body is None and kind is None and not tags and not no_tags and colour is None:
        raise UsageError("Nothing is to be changed.", "Give --body, --kind, --tag, --no-tags or --colour.")
    text = sys.stdin.read(_LONGEST_INPUT) if body == "-" else body
    before = make.edit(workspace.database, id, text, tags if tags or no_tags else None, kind, colour)
    _tell(workspace, before.id, as_json)


@click.command("delete", short_help="Delete what you wrote.")
@click.argument("id")
@json_option
@pass_workspace
def delete_command(workspace: Workspace, id: str, as_json: bool) -> None:
    """Delete the annotation ID; the replies to it stay."""
    from cs229tui.annotations import make

    _say(make.remove(workspace.database, id), as_json)


def _tell(workspace: Workspace, id: str, as_json: bool) -> None:
    _say(annotation(workspace.database, id), as_json)


def _say(one: Annotation, as_json: bool) -> None:
    if as_json:
        show_json(annotation_entry(one))
    else:
        click.echo(line_of(one))
