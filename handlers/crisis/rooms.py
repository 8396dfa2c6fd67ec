"""Where a crisis is run: rooms on one or more platforms, each with its audience and its TLP ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from handlers.core.access import Tlp, fits
from handlers.core.call import Address
from handlers.core.parcel import Post
from handlers.crisis.base import Event, Fixed
from handlers.crisis.room_posts import TEAM, room_post, without_room
from messages.document import Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


class RoomRef(Fixed):
    """A channel, or a thread of one. `audience`: who reads it ("team" sees everything)."""

    platform: str
    tenant: str = ""
    channel: str
    thread: str = ""
    audience: str = TEAM
    tlp: Tlp = "amber+strict"

    @property
    def key(self) -> str:
        """How the room is found again."""
        return room_key(self.platform, self.tenant, self.channel, self.thread)

    @property
    def address(self) -> Address:
        return Address(
            platform=self.platform,
            tenant=self.tenant,
            channel=self.channel,
            thread=self.thread,
            visibility="channel",
        )


def room_key(platform: str, tenant: str, channel: str, thread: str = "") -> str:
    """The key a room is indexed by."""
    return f"{platform}:{tenant}:{channel}:{thread}"


def source_key(platform: str, tenant: str, channel: str, message: str) -> str:
    """What a message behind an entry is found by: in `Crisis.sources`, and in the index that knows rooms."""
    return f"message:{platform}:{tenant}:{channel}:{message}"


class RoomOpened(Event):
    kind: Literal["room opened"] = "room opened"
    room: RoomRef

    def apply(self, crisis: Crisis) -> Crisis:
        others = tuple(one for one in crisis.rooms if one.key != self.room.key)
        return crisis.model_copy(update={"rooms": (*others, self.room), "room_problem": ""})

    def line(self, crisis: Crisis) -> Text:
        said = f"Room open on {self.room.platform} for {self.room.audience}, up to TLP:{self.room.tlp.upper()}"
        return spans(
            said if self._sees(crisis) else f"{said}: nothing that is TLP:{crisis.tlp.upper()} is posted there"
        )

    def told(self, crisis: Crisis) -> bool:
        """Where the board is refused, the team must know."""
        return not self._sees(crisis)

    def _sees(self, crisis: Crisis) -> bool:
        return fits(crisis.tlp, self.room.tlp)


class RoomFailed(Event):
    """The platform did not make the room, or it is gone."""

    kind: Literal["room failed"] = "room failed"
    platform: str
    reason: str
    channel: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        gone = (self.platform, self.channel)
        rooms = tuple(one for one in crisis.rooms if not self.channel or (one.platform, one.channel) != gone)
        return crisis.model_copy(update={"rooms": rooms, "room_problem": f"{self.platform}: {self.reason}"})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"No room on {self.platform}: {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return () if any(room.audience == TEAM for room in crisis.rooms) else without_room(crisis)


class RoomAsked(Event):
    """Somebody wants a room where they speak: the first one failed or is gone, or this platform has none yet."""

    kind: Literal["room asked"] = "room asked"
    invite: tuple[str, ...] = ()
    audience: str = TEAM

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"rooms_asked": crisis.rooms_asked + 1})

    def line(self, crisis: Crisis) -> Text:
        whose = "" if self.audience == TEAM else f" for {self.audience}"
        return spans(f"A new room on {self.stamp.by.platform}{whose} was asked for")

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return room_post(crisis, self.stamp.by, self.invite, self.audience)


EVENTS: tuple[type[Event], ...] = (RoomOpened, RoomFailed, RoomAsked)
