"""What events and the state of a crisis are made of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from handlers.core.access import Tlp
from handlers.core.call import Authorised
from handlers.core.errors import Conflict
from handlers.core.parcel import Post
from messages.document import Text

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


class Fixed(BaseModel):
    """Frozen; a field of a newer replica is passed over."""

    # Sixty small models, of which no start needs one: each builds its validator when first used.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Item(Fixed):
    """A statement, task or decision. `tlp`: how far it may go, as somebody said; None: nobody did."""

    id: str
    text: str
    tlp: Tlp | None = None


class Who(Fixed):
    """A person and the account they spoke from (`user` "" when only the person is known)."""

    person: str
    name: str
    platform: str = ""
    tenant: str = ""
    user: str = ""


def speaker(call: Authorised) -> Who:
    """Whoever made a call."""
    who = call.who
    return Who(
        person=call.principal.person,
        name=call.principal.name,
        platform=who.platform,
        tenant=who.tenant,
        user=who.user,
    )


class Stamp(Fixed):
    """What every event carries: its number, when it was logged, by whom, through which call."""

    n: int
    at: AwareDatetime
    by: Who
    call: str


class Event(Fixed):
    """Something that happened in a crisis. `occurred`: when it happened, where that is not when it was logged.

    `kind` is the name in the stored JSON: it never changes its meaning.
    """

    kind: str
    stamp: Stamp
    occurred: AwareDatetime | None = None

    anchors: ClassVar[bool] = False
    """The chain's head is posted in the rooms with it, as an outside witness."""

    @property
    def when(self) -> datetime:
        """Event time."""
        return self.occurred or self.stamp.at

    def apply(self, crisis: Crisis) -> Crisis:
        """The state after it. Rules are checked before an event is made, never here: what is committed happened."""
        raise NotImplementedError

    def line(self, crisis: Crisis) -> Text:
        """The timeline's line; `crisis` is the state after it."""
        raise NotImplementedError

    def told(self, crisis: Crisis) -> bool:
        """Is the line posted in the rooms, too?"""
        return False

    def brings(self) -> tuple[Who, ...]:
        """Who is brought into the rooms with the line, where it is told."""
        return ()

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """What else is delivered because of it."""
        return ()


class Refused(Conflict):
    """A move that the state does not allow: why, and what is possible now."""
