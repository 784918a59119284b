"""Groups at the command line: `group create`, `join`, `list`, `sync`, `members`, `leave`, `pack`, `unpack`, …"""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from cs229tui.amounts import counted
from cs229tui.cli.group_told import agreed, facts_of, tell_round
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.groups import JoinedGroup, choose_group, joined_group, joined_groups
from cs229tui.workspace import Workspace

_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_from_now = click.option("--from-now", is_flag=True, help="Share only what you write from now on.")


@click.group("group", short_help="Read together with others: a group without a server.")
def group_command() -> None:
    """Read together with others: a group is a folder that its members share, and nobody runs a server.

    \b
    cs229tui group create "Section 3" ~/Nextcloud/cs229br     a folder that something else syncs
    cs229tui group create "Section 3" --git git@host:us.git   a git repository
    cs229tui group join ~/Nextcloud/cs229br                   or its address, or a zip
    cs229tui group sync                                       the screens do it by themselves
    """


@group_command.command("create")
@click.argument("name")
@click.argument("folder", required=False)
@click.option("--git", "repository", metavar="URL", help="Let a git repository carry it; an empty one will do.")
@click.option("--zip", "by_zip", is_flag=True, help="Let zips carry it that you send to each other: group pack.")
@_from_now
@_yes
@json_option
@pass_workspace
def create(
    workspace: Workspace,
    name: str,
    folder: str | None,
    repository: str | None,
    by_zip: bool,
    from_now: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a group called NAME in FOLDER, and enter it."""
    from cs229tui.annotations.groups import entering

    if sum((folder is not None, repository is not None, by_zip)) != 1:
        raise UsageError("Where the group is to be is not said.", "Give a folder, --git URL, or --zip.")
    about = {"course": workspace.course.key, "nickname": workspace.settings.author}
    if by_zip:
        agreed(workspace, name, from_now, yes)
        made = entering.create_for_zip(workspace.database, workspace.folders, name, **about)
    else:
        where = repository or folder or ""
        if repository is None and entering.names_repository(where):
            repository = where
        if repository is None:
            Path(where).expanduser().mkdir(parents=True, exist_ok=True)
        door = entering.approach(workspace.database, workspace.folders, where, repository=repository is not None)
        try:
            agreed(workspace, name, from_now, yes)
            made = entering.create(workspace.database, door, name, **about)
        except BaseException:
            entering.turn_back(door)
            raise
    _entered(workspace, made, from_now, as_json)


@group_command.command("join")
@click.argument("where", metavar="FOLDER|URL|ZIP")
@click.option("--group", "which", default="", metavar="NAME", help="Which one, where there are several.")
@_from_now
@_yes
@json_option
@pass_workspace
def join(workspace: Workspace, where: str, which: str, from_now: bool, yes: bool, as_json: bool) -> None:
    """Enter a group that is there. Before the first word of yours goes, you see what would, and are asked."""
    from cs229tui.annotations.groups import entering

    door = entering.approach(workspace.database, workspace.folders, where)
    try:
        named = [facts for facts in door.groups if not which or which.casefold() in (facts.id, facts.name.casefold())]
        agreed(workspace, named[0].name if len(named) == 1 else "the group", from_now, yes)
        joined = entering.join(workspace.database, door, which)
    except BaseException:
        entering.turn_back(door)
        raise
    _entered(workspace, joined, from_now, as_json)


def _entered(workspace: Workspace, group: JoinedGroup, from_now: bool, as_json: bool) -> None:
    from cs229tui.annotations.groups.rounds import go_round
    from cs229tui.library.first_share import share_earlier

    if not from_now:
        share_earlier(workspace.database, group.id)
    done = go_round(workspace.database, workspace.folders, group, workspace.catalog())
    if as_json:
        show_json(facts_of(workspace, joined_group(workspace.database, group.id), done))
        return
    say(f"You are in {group.name}. What you write goes there from now on, private notes excepted.")
    tell_round(group, done)
    say(f"To undo it: cs229tui group leave {group.id[:8]} --withdraw")


@group_command.command("list")
@json_option
@pass_workspace
def list_groups(workspace: Workspace, as_json: bool) -> None:
    """List your groups; * marks the one that what you write goes to."""
    found = joined_groups(workspace.database)
    if as_json:
        show_json([facts_of(workspace, one) for one in found])
        return
    if not found:
        say("You are in no group. Make one with: cs229tui group create NAME FOLDER")
    rows = []
    for one in found:
        facts = facts_of(workspace, one)
        synced = (one.synced or "never")[:16].replace("T", " ")
        star = "*" if one.current else ""
        rows.append((star, one.id[:8], one.name, one.carrier, facts["members"], synced, facts["waiting"], one.folder))
    show_table(rows, ("", "id", "group", "by", "members", "synced", "waits", "folder"))


@group_command.command("use")
@click.argument("group")
@pass_workspace
def use(workspace: Workspace, group: str) -> None:
    """Let what you write from now on go to GROUP; - for nobody."""
    if group == "-":
        choose_group(workspace.database, "")
        say("What you write stays on this machine.")
        return
    chosen = joined_group(workspace.database, group)
    choose_group(workspace.database, chosen.id)
    say(f"What you write goes to {chosen.name}.")


@group_command.command("sync")
@click.argument("group", required=False)
@json_option
@pass_workspace
def sync_groups(workspace: Workspace, group: str | None, as_json: bool) -> None:
    """Bring GROUP, or all of yours, up to date. It ends with 1 where something of yours could not go out."""
    from cs229tui.annotations.groups.rounds import go_round

    chosen = [joined_group(workspace.database, group)] if group else joined_groups(workspace.database)
    if not chosen:
        raise NotFoundError("You are in no group.", "Make one with: cs229tui group create NAME FOLDER")
    told = []
    waits = False
    for one in chosen:
        done = go_round(workspace.database, workspace.folders, one, workspace.catalog())
        waits |= bool(done.trouble)
        told.append(facts_of(workspace, one, done))
        if not as_json:
            tell_round(one, done, len(chosen) > 1)
    if as_json:
        show_json(told)
    if waits:
        sys.exit(1)


@group_command.command("members")
@click.argument("group", required=False)
@json_option
@pass_workspace
def members(workspace: Workspace, group: str | None, as_json: bool) -> None:
    """List who writes in GROUP. A name is what somebody claims; "verified" says that a known key stands for it."""
    from cs229tui.annotations.groups.roster import roster
    from cs229tui.annotations.groups.signing import can_sign

    chosen = _one(workspace, group)
    found = roster(workspace.database, chosen, workspace.settings.author)
    if as_json:
        show_json([msgspec.to_builtins(one) for one in found])
        return
    rows = [
        (
            one.person[:8],
            one.name + (" (you)" if one.mine else ""),
            one.standing,
            one.annotations,
            one.latest[:16].replace("T", " "),
            "your circle" if one.circle else "",
        )
        for one in found
    ]
    show_table(rows, ("id", "name, as claimed", "", "wrote", "last seen", ""))
    if not can_sign():
        say("Signatures are not checked here: pip install 'cs229tui[signatures]'")


@group_command.command("leave")
@click.argument("group")
@click.option("--withdraw", is_flag=True, help="Take your words and votes out of it first; you keep the words.")
@_yes
@pass_workspace
def leave(workspace: Workspace, group: str, withdraw: bool, yes: bool) -> None:
    """Leave GROUP. What others wrote can still be read here; what you wrote stays there, or is withdrawn."""
    from cs229tui.annotations.groups import entering

    chosen = joined_group(workspace.database, group)
    stays = "What you wrote is taken out of it" if withdraw else "What you wrote stays in it"
    if not yes and not click.confirm(f"Leave {chosen.name}? {stays}.", err=True):
        raise click.Abort
    entering.leave(workspace.database, workspace.folders, chosen, workspace.catalog(), withdraw=withdraw)
    say(f"You have left {chosen.name}.")
    if withdraw:
        say("Copies that others made of what you wrote are theirs; their programs show it no more.")


@group_command.command("pack")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--group", "which", metavar="NAME", help="Which one, where you are in several.")
@pass_workspace
def pack(workspace: Workspace, file: Path, which: str | None) -> None:
    """Write a group into the zip FILE, to be sent by e-mail."""
    from cs229tui.annotations.groups.carriers.bundle import pack as packed
    from cs229tui.annotations.groups.rounds import files_of, go_round

    chosen = _one(workspace, which)
    if file.is_dir():
        raise UsageError(f"{file} is a folder.", "Give the name of a file in it.")
    go_round(workspace.database, workspace.folders, chosen, workspace.catalog())
    files = files_of(workspace.database, workspace.folders, chosen.id)
    number = packed(Path(chosen.folder), file, files)
    say(f"Wrote {file}: {chosen.name}, {counted(number, 'file')}. Others take it in with: cs229tui group unpack {file}")


@group_command.command("unpack")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def unpack(workspace: Workspace, file: Path, as_json: bool) -> None:
    """Take in what the zip FILE holds of your groups."""
    from cs229tui.annotations.groups import entering

    done = entering.take_zip(workspace.database, workspace.folders, file, workspace.catalog())
    if as_json:
        show_json([facts_of(workspace, one, came) for one, came in done])
        return
    for one, came in done:
        tell_round(one, came, True)


@group_command.command("trust")
@click.argument("person")
@_yes
@pass_workspace
def trust(workspace: Workspace, person: str, yes: bool) -> None:
    """Believe what PERSON signs with a new key, once you have asked that it is theirs."""
    from cs229tui.annotations.groups.rounds import go_round
    from cs229tui.annotations.groups.signing import can_sign
    from cs229tui.annotations.groups.trust import accept, fingerprint, offer, tidy
    from cs229tui.library.people import people

    if not can_sign():
        raise UsageError("Signatures cannot be checked here.", "Install them: pip install 'cs229tui[signatures]'")
    everybody = people(workspace.database)
    folded = person.casefold()
    fitting = [one for one in everybody.values() if one.id.startswith(folded) or one.name.casefold() == folded]
    if len(fitting) != 1:
        raise NotFoundError(
            f"{person!r} is {'several people' if fitting else 'nobody here'}.", "Give the id's beginning."
        )
    found = offer(workspace.database, fitting[0].id)
    name = fitting[0].name or found.person[:8]
    say(f"{counted(found.lines, 'line')} of {name} were put aside.")
    say(f"Believed so far: {fingerprint(found.known) if found.known else 'no key'}")
    say(f"They come with:  {fingerprint(found.key) if found.key else 'no signature: anybody could have written them'}")
    if not yes and not click.confirm(f"Did {name} tell you so, and not only in the group?", err=True):
        raise click.Abort
    accept(workspace.database, found)
    for group in joined_groups(workspace.database):
        go_round(workspace.database, workspace.folders, group, workspace.catalog(), carry=False)
    tidy(workspace.database, found)
    say(f"What {name} writes so is believed from now on.")


@group_command.group("identity")
def identity() -> None:
    """Be the same person on a second device."""


@identity.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@pass_workspace
def export_identity(workspace: Workspace, file: Path) -> None:
    """Write who you are, your key included, into FILE for your other device. Who has FILE can write as you."""
    from cs229tui.annotations.groups.identity import write_identity

    write_identity(workspace.database, workspace.folders, file)
    say(f"Wrote {file}. Who has it can write as you: move it to your other device yourself, then delete it.")


@identity.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_yes
@pass_workspace
def import_identity(workspace: Workspace, file: Path, yes: bool) -> None:
    """Be, on this device, who FILE says; before you write anything here."""
    from cs229tui.annotations.groups.identity import read_identity, take_identity

    found = read_identity(file)
    if not yes and not click.confirm("Be that person here, too?", err=True):
        raise click.Abort
    take_identity(workspace.database, workspace.folders, found)
    say("You are the same person on both devices now. Delete the file.")


def _one(workspace: Workspace, name: str | None) -> JoinedGroup:
    if name:
        return joined_group(workspace.database, name)
    every: list[Any] = joined_groups(workspace.database)
    if not every:
        raise NotFoundError("You are in no group.", "Make one with: cs229tui group create NAME FOLDER")
    chosen: JoinedGroup = every[0]
    return chosen
