"""Hypothesis groups at the command line: `hypothesis`."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click
import msgspec

from cs229tui.amounts import counted
from cs229tui.clean import clean_line
from cs229tui.cli.hypothesis_files import export_command, import_command
from cs229tui.cli.hypothesis_told import asked, facts_of, said, tell
from cs229tui.cli.output import json_option, pass_workspace, say, show_json, show_table
from cs229tui.errors import NotFoundError, UsageError
from cs229tui.library.annotations import annotation
from cs229tui.workspace import Workspace

if TYPE_CHECKING:
    from cs229tui.annotations.hypothesis.client import Client


@click.group("hypothesis", short_help="Discuss in a Hypothesis group, with people who read in a browser.")
def hypothesis_command() -> None:
    """Discuss in a Hypothesis group: what others write in a browser appears here on the same words, and yours there.

    \b
    cs229tui hypothesis login            once, with a token of your account
    cs229tui hypothesis use GROUP        what you write goes there from now on
    cs229tui hypothesis sync             bring both sides up to date

    The server is the setting `hypothesis`. The token comes from CS229TUI_HYPOTHESIS_TOKEN or the system's keyring.
    """


hypothesis_command.add_command(import_command)
hypothesis_command.add_command(export_command)


@hypothesis_command.command("login")
@pass_workspace
def login(workspace: Workspace) -> None:
    """Check a token and keep it in the system's keyring. It is asked for, and never shown."""
    from cs229tui.annotations.hypothesis.token import VARIABLE, checked, keep_token, token_of
    from cs229tui.library.hypothesis import set_account

    server = _server(workspace)
    given, where = token_of(server)
    from_environment = VARIABLE in where
    if not from_environment:
        say(f"Make a token at {server}/account/developer and paste it here; it is not shown.")
        given = click.prompt("Token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    with closing(_client(server, checked(given))) as client:
        client.links()
        me = client.account()
    name = (me.user_info and me.user_info.display_name) or ""
    set_account(workspace.database, server, clean_line(me.userid or "", 200), clean_line(name, 80))
    if not from_environment:
        keep_token(server, given)
    kept = where if from_environment else "the keyring"
    say(f"You are {clean_line(me.userid or '', 200)} on {server}; the token is in {kept}.")


@hypothesis_command.command("logout")
@pass_workspace
def logout(workspace: Workspace) -> None:
    """Take the token out of the keyring. What came stays here, and what went stays there."""
    from cs229tui.annotations.hypothesis.token import VARIABLE, forget_token, token_of

    server = _server(workspace)
    forgotten = forget_token(server)
    say(f"The token for {server} is forgotten." if forgotten else f"No token for {server} was in the keyring.")
    if token_of(server)[0]:
        say(f"The variable {VARIABLE} still has one. Unset it, too.")
    say(f"To make it worthless everywhere, make a new one at {server}/account/developer.")


@hypothesis_command.command("status")
@json_option
@pass_workspace
def status(workspace: Workspace, as_json: bool) -> None:
    """Say which server, account and groups are used, and whether the token is good."""
    from cs229tui.annotations.hypothesis.asking import HypothesisError
    from cs229tui.annotations.hypothesis.token import token_of
    from cs229tui.library.hypothesis import account, hypothesis_groups, known_in

    server = _server(workspace)
    token, where = token_of(server)
    known = account(workspace.database, server)
    problem = "" if token else "There is no token: cs229tui hypothesis login"
    if token:
        try:
            with closing(_client(server, token)) as client:
                client.account()
        except HypothesisError as error:
            problem = str(error)
    groups = hypothesis_groups(workspace.database)
    open_conflicts = len(known_in(workspace.database, "", ("conflict",)))
    if as_json:
        facts = {
            "server": server,
            "account": known.userid if known else None,
            "token": where or None,
            "problem": problem or None,
            "conflicts": open_conflicts,
        }
        show_json(facts | {"groups": [msgspec.to_builtins(group) for group in groups]})
        return
    who = f"You are {known.userid} there." if known else "You have not logged in."
    say(f"{server}: {who} {f'The token is in {where}.' if where else ''}".rstrip())
    if problem:
        say(problem)
    rows = [
        ("*" if one.current else "", one.name, one.audience, (one.synced or "never")[:16].replace("T", " "))
        for one in groups
    ]
    show_table(rows, ("", "group", "address", "synced"))
    if open_conflicts:
        say(f"{counted(open_conflicts, 'conflict')}: cs229tui hypothesis conflicts")


@hypothesis_command.command("groups")
@click.option("--create", metavar="NAME", help="Make a new private group; its name has 3 to 25 characters.")
@json_option
@pass_workspace
def groups(workspace: Workspace, create: str | None, as_json: bool) -> None:
    """List the groups that you are in on the server."""
    create = create.strip() if create is not None else None
    if create is not None and not 3 <= len(create) <= 25:
        raise UsageError("A group's name has 3 to 25 characters.", "Give another.")
    with closing(_opened(workspace)) as client:
        found = (client.create_group(create),) if create is not None else client.own_groups()
        if create is not None:
            say(f"Others join at {client.server}/groups/{clean_line(found[0].id, 40)}")
    if as_json:
        show_json([msgspec.to_builtins(one) for one in found])
        return
    show_table([(one.id, one.type, one.name) for one in found], ("id", "type", "name"))


@hypothesis_command.command("members")
@click.argument("group")
@json_option
@pass_workspace
def members(workspace: Workspace, group: str, as_json: bool) -> None:
    """List who is in GROUP."""
    from cs229tui.annotations.hypothesis.syncing import group_named

    with closing(_opened(workspace)) as client:
        found = list(client.members(group_named(client, group)))
    if as_json:
        show_json([msgspec.to_builtins(one) for one in found])
        return
    show_table([(one.userid, one.display_name, ", ".join(one.roles)) for one in found], ("account", "name", "roles"))


@hypothesis_command.command("use")
@click.argument("group")
@click.option("--public", is_flag=True, help="Allow the group of the whole world.")
@pass_workspace
def use(workspace: Workspace, group: str, public: bool) -> None:
    """Let what you write from now on go to GROUP (an id, a name, an address); `none` for to nobody.

    Private notes never go anywhere, and nothing goes before you sync.
    """
    from cs229tui.annotations.hypothesis.mapping import WORLD, audience_of
    from cs229tui.annotations.hypothesis.syncing import group_named
    from cs229tui.library.hypothesis import remember_group, use_group

    if group == "none":
        use_group(workspace.database, "")
        say("What you write goes to no Hypothesis group.")
        return
    with closing(_opened(workspace)) as client:
        id = group_named(client, group)
        if id == WORLD and not public:
            raise UsageError(
                "What goes to that group is public: everybody in the world can read it, with your account's name.",
                "If that is what you want, add --public.",
            )
        found = client.group(id)
        audience = audience_of(client.server, id)
    kept = remember_group(workspace.database, audience, clean_line(found.name, 100))
    use_group(workspace.database, audience)
    public_words = " Everybody in the world can read it." if found.type == "open" else ""
    say(f"What you write goes to {kept.name} when you sync.{public_words}")


@hypothesis_command.command("sync")
@click.argument("reading", required=False)
@click.option("--group", metavar="ID", help="The group; else the one in use.")
@click.option("--dry-run", is_flag=True, help="Only say what would come and go.")
@click.option("--yes", is_flag=True, help="Let what you wrote go there without being asked.")
@click.option("--full", is_flag=True, help="Compare everything, also where the numbers agree.")
@json_option
@pass_workspace
def sync_command(
    workspace: Workspace, reading: str | None, group: str | None, dry_run: bool, yes: bool, full: bool, as_json: bool
) -> None:
    """Bring a group up to date, all of it or what is on READING: first what is new there, then what is new of yours.

    Before the first time something of yours goes there you see what, and are asked. It can be stopped at any time and
    goes on where it was.
    """
    from cs229tui.annotations.hypothesis.syncing import group_named, sync
    from cs229tui.cli.bar import bar_of
    from cs229tui.library.hypothesis import hypothesis_groups

    entry = workspace.reading(reading) if reading else None
    current = next((one for one in hypothesis_groups(workspace.database) if one.current), None)
    if group is None and current is None:
        raise UsageError("No Hypothesis group is in use.", "Give --group ID, or: cs229tui hypothesis use GROUP")
    with closing(_opened(workspace)) as client, bar_of("Hypothesis", "annotations") as bar:
        wanted = group or (current.audience if current else "")
        id = group_named(client, wanted)
        done = sync(
            client,
            workspace.database,
            workspace.catalog(),
            id,
            entry.id if entry else "",
            full=full,
            dry_run=dry_run,
            agreed=lambda plan: yes or asked(plan),
            told=lambda what, count, total: bar(count, total),
        )
    if as_json:
        show_json(facts_of(done, dry_run))
        return
    tell(done, dry_run)


@hypothesis_command.command("conflicts")
@click.option("--mine", metavar="ID", help="Let what is here count; it goes there with the next sync.")
@click.option("--theirs", metavar="ID", help="Let what is there count; yours stays among the earlier versions.")
@json_option
@pass_workspace
def conflicts_command(workspace: Workspace, mine: str | None, theirs: str | None, as_json: bool) -> None:
    """List what was changed both here and there since the last sync, or settle one of them."""
    from cs229tui.annotations.hypothesis.conflicts import conflicts, settle

    if mine and theirs:
        raise UsageError("One side counts, not both.", "Give --mine ID or --theirs ID.")
    if mine or theirs:
        one = settle(workspace.database, mine or theirs or "", mine=bool(mine))
        say(f"{one.known.annotation[:8]}: {'yours goes there with the next sync' if mine else 'theirs is here now'}.")
        return
    found = conflicts(workspace.database)
    if as_json:
        show_json(
            [
                {
                    "id": one.known.annotation,
                    "group": one.known.audience,
                    "here": one.here.body if one.here else None,
                    "there": one.there.body if one.there else None,
                    "tags_here": list(one.here.tags) if one.here else None,
                    "tags_there": list(one.there.tags) if one.there else None,
                }
                for one in found
            ]
        )
        return
    if not found:
        say("Nothing was changed on both sides.")
    rows = [(one.known.annotation[:8], said(one.here), said(one.there)) for one in found]
    show_table(rows, ("id", "here", "there"))


@hypothesis_command.command("flag")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Report it without being asked.")
@pass_workspace
def flag(workspace: Workspace, id: str, yes: bool) -> None:
    """Report an annotation to who moderates its group."""
    from cs229tui.library.hypothesis import known_here

    one = annotation(workspace.database, id)
    known = known_here(workspace.database, [one.id]).get(one.id)
    if known is None or known.remote is None:
        raise NotFoundError(f"{one.id[:8]} is not on Hypothesis.", "Only what came from there can be reported there.")
    say(f"{one.author}: {said(one)}")
    if not yes:
        click.confirm("Who moderates the group is told, and that cannot be undone. Go on?", abort=True, err=True)
    with closing(_opened(workspace)) as client:
        client.flag(known.remote)
    say("Reported.")


def _server(workspace: Workspace) -> str:
    from cs229tui.annotations.hypothesis.asking import server_address

    return server_address(workspace.settings.hypothesis)


def _client(server: str, token: str) -> "Client":
    from cs229tui.annotations.hypothesis.asking import Asking
    from cs229tui.annotations.hypothesis.client import Client

    return Client(Asking(server, token))


def _opened(workspace: Workspace) -> "Client":
    from cs229tui.annotations.hypothesis.asking import TokenError
    from cs229tui.annotations.hypothesis.token import token_of

    server = _server(workspace)
    token, _ = token_of(server)
    if not token:
        raise TokenError(f"There is no token for {server}.", "Log in first: cs229tui hypothesis login")
    return _client(server, token)
