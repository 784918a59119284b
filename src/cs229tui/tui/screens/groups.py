"""Her groups: who is in them, what waits, what is wrong; from here she makes, joins, syncs and leaves them."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cs229tui.amounts import counted
from cs229tui.annotations.groups import entering
from cs229tui.annotations.groups.roster import Member, roster
from cs229tui.annotations.groups.rounds import Round, go_round
from cs229tui.annotations.groups.signing import can_sign
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.library.database import Database, open_library
from cs229tui.library.first_share import share_earlier
from cs229tui.library.groups import JoinedGroup, choose_group, joined_groups, lines_put_aside
from cs229tui.tui import marks
from cs229tui.tui.actions import bindings
from cs229tui.tui.screens.sharing_sheet import Choice, SharingSheet
from cs229tui.tui.screens.tab import LibraryScreen
from cs229tui.tui.widgets.key_line import KeyLine
from cs229tui.tui.widgets.rows import Column, Row, Rows

_COLUMNS = (
    Column("", most=1),
    Column("group", flex=True, least=10),
    Column("by", most=6, drop=2),
    Column("members", right=True, drop=3),
    Column("synced", right=True, most=14, drop=1),
    Column("", most=18),
)
_MEMBERS = (
    Column("name, as they say", flex=True, least=10),
    Column("", most=10),
    Column("wrote", right=True, most=6, drop=3),
    Column("last seen", right=True, most=14, drop=1),
    Column("", most=11, drop=2),
)
_EMPTY = """\
You are in no group yet. A group is a folder that its members share.
Nobody runs a server.

n  makes one. It lies
     in a folder that Nextcloud, Syncthing or a stick brings to the others;
     or in a git repository, an empty one will do;
     or nowhere: then you send each other zips.
o  joins one: give its folder, its address, or a zip that you got.

Before your first word goes you see what would, and may share only what
you write from then on. Private notes (P in the reader), reading times,
scores and ratings never go."""
_CARRIERS = {"folder": "folder", "git": "git", "zip": "zips"}
T = TypeVar("T")


class GroupsScreen(LibraryScreen):
    """The list of groups, and below it the one under the cursor with its members."""

    CSS_PATH = "../styles/groups.tcss"
    AUTO_FOCUS = "#groups"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("groups")]

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Rows(*_COLUMNS, header=True, id="groups", quiet=False)
        with VerticalScroll(id="about", can_focus=False):
            yield Static(id="facts")
        yield Rows(*_MEMBERS, header=True, id="members")
        yield KeyLine()

    def refresh_data(self) -> None:
        database = self.companion.database
        self._groups = {one.id: one for one in joined_groups(database)}
        self._rosters: dict[str, list[Member]] = {}
        told = f"  {len(self._groups)}   ● what you write goes there" if self._groups else ""
        self.query_one("#head", Static).update(Content.assemble(("Your groups", "bold"), (told, "$text-muted")))
        self.set_class(not self._groups, "-none")
        self.query_one("#groups", Rows).show([self._row(one) for one in self._groups.values()])
        self._show_one()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a group is there where one is."""
        needs = action in ("sync", "leave", "use")
        return bool(self.is_mounted and self._current()) if needs else True

    def _current(self) -> JoinedGroup | None:
        return self._groups.get(self.query_one("#groups", Rows).current)

    def _members(self, group: JoinedGroup) -> list[Member]:
        if group.id not in self._rosters:
            app = self.companion
            self._rosters[group.id] = roster(app.database, group, app.settings.author)
        return self._rosters[group.id]

    def _row(self, group: JoinedGroup) -> Row:
        trouble, waiting = self._trouble(group)[0], self._waiting(group)
        remark = Content()
        if waiting:
            remark = Content.styled(f"{counted(waiting, 'line')} wait{'s' * (waiting == 1)}", "$warning")
        elif trouble:
            remark = Content.styled("not reachable", "$warning")
        return Row(
            group.id,
            (
                Content.styled("●", "bold $accent") if group.current else Content(),
                Content(clean_line(group.name, 80)),
                marks.muted(_CARRIERS[group.carrier]),
                Content(str(len(self._members(group)))),
                marks.muted(marks.ago(group.synced, now()) if group.synced else "never"),
                remark,
            ),
        )

    def _last(self, group: JoinedGroup) -> Round | None:
        state = self.companion.sharing.states.get(group.id)
        return state.last if state else None

    def _trouble(self, group: JoinedGroup) -> tuple[str, str]:
        state = self.companion.sharing.states.get(group.id)
        if state is None:
            return "", ""
        if state.trouble:
            return state.trouble, state.remedy
        return (state.last.trouble, state.last.remedy) if state.last else ("", "")

    def _waiting(self, group: JoinedGroup) -> int:
        from cs229tui.annotations.groups.publishing import preview

        last = self._last(group)
        return preview(self.companion.database, group.id).count + (last.waiting if last else 0)

    def _show_one(self) -> None:
        group = self._current()
        facts, members = self.query_one("#facts", Static), self.query_one("#members", Rows)
        members.display = group is not None
        if group is None:
            facts.update(Content(_EMPTY))
            members.show([])
            return
        facts.update(Content("\n").join(self._facts(group)))
        members.show([_member(one) for one in self._members(group)])

    def _facts(self, group: JoinedGroup) -> list[Content]:
        lines = [Content.assemble((clean_line(group.name, 80), "bold"), ("  " + group.id[:8], "$text-muted"))]
        lines.append(marks.muted(clean_line(group.folder, 300)))
        if group.carrier == "zip":
            lines.append(marks.muted("Send it: cs229tui group pack FILE   take one in: cs229tui group unpack FILE"))
        trouble, remedy = self._trouble(group)
        if trouble:
            lines.append(Content.styled(f"! {trouble} {remedy}".strip(), "$warning"))
        if self._waiting(group):
            lines.append(Content("What you wrote waits here and goes by itself as soon as it can."))
        aside = lines_put_aside(self.companion.database, group.id)
        if aside:
            one = aside[0]
            told = f"! {counted(len(aside), 'line')} put aside. Of {one.person[:8]}: {clean_line(one.reason, 160)}"
            lines.append(Content.styled(told, "$warning"))
            lines.append(marks.muted(f"If they have a new key: cs229tui group trust {one.person[:8]}"))
        last = self._last(group)
        for warning in last.outcome.warnings[:4] if last else ():
            lines.append(Content.styled(f"! {clean_line(warning, 200)}", "$warning"))
        if not can_sign():
            lines.append(marks.muted("Signatures are not checked here: pip install 'cs229tui[signatures]'"))
        return lines

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        if event.rows.id == "groups":
            self._show_one()
            self.refresh_bindings()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        if event.rows.id == "groups":
            self.action_use()

    # What she can do

    def action_back(self) -> None:
        """Back to where she came from."""
        self.dismiss(None)

    def action_use(self) -> None:
        """Let what she writes go to this group, or, where it does, to nobody."""
        app, group = self.companion, self._current()
        if group is None:
            return
        before = next((one.id for one in self._groups.values() if one.current), "")
        chosen = "" if group.current else group.id
        choose_group(app.database, chosen)
        app.push_undo("chosen group", lambda: choose_group(app.database, before))
        app.changed()
        whom = f"goes to {group.name}" if chosen else "stays on this machine"
        self.notify(f"What you write {whom}. u takes it back.", timeout=4, markup=False)

    def action_sync(self) -> None:
        """Bring the group up to date now."""
        group = self._current()
        if group is not None:
            self.companion.sharing.sync(group.id)
            self.notify(f"{group.name} is brought up to date.", timeout=2, markup=False)

    def action_create(self) -> None:
        """Make a group."""
        self.run_worker(self._create(), group="entering", exclusive=True)

    def action_join(self) -> None:
        """Join a group that is there."""
        self.run_worker(self._join(), group="entering", exclusive=True)

    def action_leave(self) -> None:
        """Leave the group, with her words or without."""
        group = self._current()
        if group is not None:
            self.run_worker(self._leave(group), group="entering", exclusive=True)

    async def _create(self) -> None:
        app = self.companion
        name = await self._ask("Name of the new group", "What its members know it by: “Section 3”.")
        if not name:
            return
        where = await self._ask(
            "Where it lies",
            "A folder that something else brings to the others, or the address of a git repository."
            " Empty: nowhere, you send each other zips.",
        )
        if where is None:
            return
        about = {"course": app.course.key, "nickname": app.settings.author}
        if not where:
            choice = await self._shown(name)
            if choice is not None:
                await self._enter(
                    lambda database: entering.create_for_zip(database, app.folders, name, **about), choice
                )
            return
        door = await self._look_at(where)
        choice = await self._shown(name)
        if choice is None:
            entering.turn_back(door)
            return
        await self._enter(lambda database: entering.create(database, door, name, **about), choice)

    async def _join(self) -> None:
        where = await self._ask(
            "Join a group", "Its folder, the address of its git repository, or the zip that somebody sent you."
        )
        if not where:
            return
        door = await self._look_at(where)
        which: str | None = door.groups[0].id if door.groups else ""
        if len(door.groups) > 1:
            from cs229tui.tui.screens.pick import Pick

            options = [(one.id, one.name, f"made by {one.nickname}" if one.nickname else "") for one in door.groups]
            which = await self.app.push_screen_wait(Pick("Which group", options, None))
        named = next((one.name for one in door.groups if one.id == which), "")
        choice = await self._shown(named) if which and named else None
        if choice is None and door.groups:
            entering.turn_back(door)
            return
        await self._enter(lambda database: entering.join(database, door, which or ""), choice or "from now")

    async def _leave(self, group: JoinedGroup) -> None:
        from cs229tui.tui.screens.pick import Pick

        options = [
            ("keep", "Leave, and let what I wrote stay there", ""),
            ("withdraw", "Leave, and take out what I wrote", "you keep it"),
        ]
        chosen = await self.app.push_screen_wait(Pick(f"Leave {clean_line(group.name, 40)}", options, "keep"))
        if chosen:
            await self._left(group, chosen == "withdraw")

    async def _left(self, group: JoinedGroup, withdraw: bool) -> None:
        app = self.companion
        catalog = app.catalog()
        await self._apart(lambda database: entering.leave(database, app.folders, group, catalog, withdraw=withdraw))
        app.changed()
        app.notify(f"You have left {group.name}; what others wrote can still be read.", timeout=5, markup=False)

    async def _ask(self, question: str, explanation: str) -> str | None:
        from cs229tui.tui.screens.prompt import Prompt

        answer = await self.app.push_screen_wait(Prompt(question, explanation))
        return None if answer is None else answer.strip()

    async def _look_at(self, where: str) -> entering.Door:
        app = self.companion
        if entering.names_repository(where):
            self.notify("Looking at the repository…", timeout=3)
        return await self._apart(lambda database: entering.approach(database, app.folders, where))

    async def _shown(self, name: str) -> Choice | None:
        app = self.companion
        going = entering.would_share(app.database)
        return await self.app.push_screen_wait(SharingSheet(name, going, app.catalog(), app.settings.author))

    async def _enter(self, enter: Callable[[Database], JoinedGroup], choice: Choice) -> None:
        """Enter a group, and share what she chose to; undone, it is left, and what went there is taken out."""
        app = self.companion
        catalog = app.catalog()

        def work(database: Database) -> tuple[JoinedGroup, Round]:
            group = enter(database)
            if choice == "all":
                share_earlier(database, group.id)
            return group, go_round(database, app.folders, group, catalog)

        group, done = await self._apart(work)
        app.push_undo(f"joined {group.name}", lambda: self._undo(group))
        app.changed()
        app.sharing.sync(group.id)
        self.query_one("#groups", Rows).select(group.id)
        told = f"{done.outcome.new} came, {done.outcome.published} went."
        app.notify(f"You are in {group.name}: {told} u leaves it again.", timeout=6, markup=False)

    def _undo(self, group: JoinedGroup) -> None:
        self.app.run_worker(self._left(group, True))

    async def _apart(self, work: Callable[[Database], T]) -> T:
        """Work in a thread, with a connection of its own, while the screens go on."""
        path = self.companion.folders.database

        def run() -> T:
            with closing(open_library(path)) as database:
                return work(database)

        return await asyncio.to_thread(run)


def _member(one: Member) -> Row:
    name = clean_line(one.name, 60) + (" (you)" if one.mine else "")
    standing = Content.styled("✓ verified", "$success") if one.standing == "verified" else marks.muted(one.standing)
    if one.aside:
        standing = Content.styled("! put aside", "$warning")
    return Row(
        one.person,
        (
            Content(name),
            standing,
            Content(str(one.annotations) if one.annotations else ""),
            marks.muted(marks.ago(one.latest, now()) if one.latest else ""),
            marks.muted("your circle" if one.circle else ""),
        ),
    )
