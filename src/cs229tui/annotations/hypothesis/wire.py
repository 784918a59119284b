"""What the Hypothesis API says, as far as we listen; nothing in here is clean or true yet.

Shapes after https://h.readthedocs.io/en/latest/api-reference/v1/. A field of another type than it should have makes the
one annotation it is in unreadable, and no other.
"""

from typing import Any, Literal

import msgspec

# Where what Hypothesis has no word for is carried: the server keeps names it does not know, and gives them back.
EXTRA = "cs229:annotation"


class Extra(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ours, carried along. `tagged` says that the tag "question" is only there for the eyes of browsers, `quote` has
    all the words where only those of the first page are in the selector.
    """

    id: str = ""
    kind: str = ""
    colour: str = ""
    resolved: bool = False
    tagged: bool = False
    quote: str = ""


class Shape(msgspec.Struct, frozen=True):
    """A box on a page, in PDF points from the page's lower left."""

    type: str
    left: float | None = None
    bottom: float | None = None
    right: float | None = None
    top: float | None = None
    x: float | None = None
    y: float | None = None


class Selector(msgspec.Struct, frozen=True):
    """One of several ways to say where; which fields count depends on the type."""

    type: str
    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    index: int | None = None
    start: float | None = None
    end: float | None = None
    shape: Shape | None = None
    text: str | None = None


class Target(msgspec.Struct, frozen=True):
    """What an annotation is on."""

    source: str = ""
    selector: tuple[msgspec.Raw, ...] | None = None


class Permissions(msgspec.Struct, frozen=True):
    """Who may read it: an account or a group."""

    read: tuple[str, ...] = ()


class UserInfo(msgspec.Struct, frozen=True):
    """What a person calls herself."""

    display_name: str | None = None


class Links(msgspec.Struct, frozen=True):
    """Where it can be seen."""

    html: str | None = None
    incontext: str | None = None


class Row(msgspec.Struct, frozen=True, rename={"extra": EXTRA}):
    """An annotation as the server gives it."""

    id: str
    user: str
    uri: str
    updated: str = ""
    created: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    group: str = "__world__"
    permissions: Permissions = Permissions()
    references: tuple[str, ...] = ()
    target: tuple[Target, ...] = ()
    hidden: bool = False
    user_info: UserInfo | None = None
    links: Links | None = None
    extra: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def private(self) -> bool:
        """Whether only its author may read it."""
        return bool(self.permissions.read) and not any(one.startswith("group:") for one in self.permissions.read)

    @property
    def ours(self) -> Extra:
        """What one of our programs carried along; nothing where it is no such thing."""
        try:
            return msgspec.json.decode(self.extra, type=Extra | None) or Extra()
        except (msgspec.DecodeError, RecursionError):
            return Extra()

    def selectors(self) -> list[Selector]:
        """The selectors of the only target there is; those that cannot be read are left out."""
        found = []
        for raw in (self.target[0].selector or ())[:50] if self.target else ():
            try:
                found.append(msgspec.json.decode(raw, type=Selector))
            except (msgspec.DecodeError, RecursionError):
                continue
        return found


class Found(msgspec.Struct, frozen=True):
    """A page of search results, each annotation still unread."""

    total: int
    rows: tuple[msgspec.Raw, ...]


class Profile(msgspec.Struct, frozen=True):
    """Whom the token belongs to; nobody where it is not accepted."""

    userid: str | None = None
    user_info: UserInfo | None = None


class Group(msgspec.Struct, frozen=True):
    """A group one may read or write in."""

    id: str
    name: str
    type: Literal["private", "open", "restricted"] | str = "private"


class Member(msgspec.Struct, frozen=True):
    """Somebody in a group."""

    userid: str
    username: str = ""
    display_name: str | None = None
    roles: tuple[str, ...] = ()


class PageFacts(msgspec.Struct, frozen=True):
    """How many there are in all."""

    total: int = 0


class Meta(msgspec.Struct, frozen=True):
    """What is said of a page of results."""

    page: PageFacts = PageFacts()


class Members(msgspec.Struct, frozen=True):
    """A page of a group's members."""

    data: tuple[Member, ...]
    meta: Meta = Meta()


class Refusal(msgspec.Struct, frozen=True):
    """Why the server did not do what it was asked."""

    reason: str = ""


Body = dict[str, Any]
