"""People from outside in a crisis's room: seen, told to the commander, and until their word nothing strict is posted.

TLP:AMBER+STRICT and TLP:RED stay within the organisation (FIRST, Traffic Light Protocol 2.0); a guest account, or
somebody of another organisation, is not within it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from handlers.core.access import Tlp, fits
from handlers.core.errors import NotFound
from handlers.core.parcel import Post
from handlers.crisis.base import Event, Fixed, Refused, Who
from handlers.crisis.telling import button, directly, in_rooms, message, named
from messages.document import Document, Notice, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.rooms import RoomRef
    from handlers.crisis.state import Crisis

WITH_GUESTS: Tlp = "amber"
"""The most that is posted where somebody from outside reads along and the commander has not said that they may."""


class Guest(Fixed):
    """An account in a room; `why` it counts as outside, `since` it was seen there, `admitted` by whom."""

    who: Who
    channel: str
    why: str
    since: AwareDatetime
    admitted: Who | None = None

    @property
    def place(self) -> tuple[str, str, str, str]:
        """The account and the channel."""
        return self.who.platform, self.who.tenant, self.channel, self.who.user


def present(crisis: Crisis, room: RoomRef) -> tuple[Guest, ...]:
    """Who from outside is in a room and was not admitted."""
    place = (room.platform, room.tenant, room.channel)
    return tuple(one for one in crisis.guests if one.admitted is None and one.place[:3] == place)


def limit(crisis: Crisis, room: RoomRef) -> Tlp:
    """What may be posted in a room as it is now."""
    return WITH_GUESTS if present(crisis, room) and not fits(room.tlp, WITH_GUESTS) else room.tlp


def check_admission(crisis: Crisis, account: Who, by: Who, *, runs: bool) -> tuple[Guest, ...]:
    """The guest, in every room where they wait. Refused by anybody but the commander, or, while that is nobody or the
    guest, whoever may run a crisis (`runs`); NotFound for somebody who is in no room or was admitted.

    The word may come from another platform than the room's: then an account of that name elsewhere is meant.
    """
    if account.person == by.person:
        raise Refused("Nobody admits themselves.", "The Incident Commander does, or another who may run a crisis.")
    commander = crisis.roles.holder("commander")
    if commander is not None and commander.person not in {by.person, account.person}:
        raise Refused(f"Whom to admit is {commander.name}'s word, as Incident Commander.")
    if (commander is None or commander.person != by.person) and not runs:
        raise Refused("There is no Incident Commander whose word it would be.", "Somebody takes command first.")
    wanted = (account.platform, account.tenant, account.user)
    waiting = [one for one in crisis.guests if one.admitted is None]
    here = tuple(one for one in waiting if (one.who.platform, one.who.tenant, one.who.user) == wanted)
    found = here or tuple(one for one in waiting if one.who.user == account.user)
    if not found:
        there = ", ".join(dict.fromkeys(f"@{one.who.user}" for one in waiting)) or "nobody"
        raise NotFound(f"{account.name} is not waiting to be admitted.", f"Waiting: {there}.")
    return found


def guest_notices(crisis: Crisis) -> tuple[Notice, ...]:
    """For the board: who from outside reads along."""
    waiting = [one for one in crisis.guests if one.admitted is None]
    found = [
        Notice(
            level="warning",
            text=spans(named(one.who), f" ({one.why}) is in a room of {one.who.platform}: {_held_back(crisis)}"),
        )
        for one in waiting
    ]
    admitted = [one for one in crisis.guests if one.admitted is not None]
    if admitted:
        found.append(Notice(level="info", text=spans("Admitted from outside: ", *_names(admitted))))
    return tuple(found)


def _names(guests: list[Guest]) -> Text:
    return spans(", ".join(f"{one.who.name} by {one.admitted.name}" for one in guests if one.admitted))


def _held_back(crisis: Crisis) -> str:
    if fits(crisis.tlp, WITH_GUESTS):
        return f"this crisis is TLP:{crisis.tlp.upper()}, so messages go on there."
    return (
        f"nothing above TLP:{WITH_GUESTS.upper()} is posted there, the board neither, until they leave or are admitted."
    )


class GuestSeen(Event):
    """The platform says that somebody in a room is from outside, or that nobody can say whether they are."""

    kind: Literal["guest seen"] = "guest seen"
    guest: Guest

    def apply(self, crisis: Crisis) -> Crisis:
        others = tuple(one for one in crisis.guests if one.place != self.guest.place)
        return crisis.model_copy(update={"guests": (*others, self.guest)})

    def line(self, crisis: Crisis) -> Text:
        one = self.guest
        return spans(Strong(text=one.who.name), f" ({one.why}) is in the room on {one.who.platform}")

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """In the rooms, in words that a guest may read; to the commander, else whoever declared, directly."""
        one = self.guest
        told = message(crisis, spans(named(one.who), f" ({one.why}) is in this crisis's room. {_held_back(crisis)}"))
        admit = button(crisis, f"Admit {one.who.name}"[:70], f"crisis admit @{one.who.user}")
        asked = spans(
            Strong(text=one.who.name), f" ({one.why}) is in the room on {one.who.platform}. {_held_back(crisis)} ",
            "Take them out of the channel, or admit them: what is posted from then on, they read.",
        )  # fmt: skip
        to = crisis.roles.holder("commander") or crisis.declared_by
        return (*in_rooms(crisis, _open(told)), *directly(to, message(crisis, asked, admit)))


def _open(document: Document) -> Document:
    """A message that names no more than that there is a crisis's room: it is for whoever is in it."""
    return document.model_copy(update={"tlp": WITH_GUESTS})


class GuestLeft(Event):
    kind: Literal["guest left"] = "guest left"
    guest: Guest

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(
            update={"guests": tuple(one for one in crisis.guests if one.place != self.guest.place)}
        )

    def line(self, crisis: Crisis) -> Text:
        return spans(Strong(text=self.guest.who.name), " from outside is in the room no longer")

    def told(self, crisis: Crisis) -> bool:
        return True


class GuestAdmitted(Event):
    """The commander's word: from now on they read what the room may see."""

    kind: Literal["guest admitted"] = "guest admitted"
    guests: tuple[Guest, ...]
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        places = {one.place for one in self.guests}
        guests = tuple(
            one.model_copy(update={"admitted": self.stamp.by}) if one.place in places else one for one in crisis.guests
        )
        return crisis.model_copy(update={"guests": guests})

    def line(self, crisis: Crisis) -> Text:
        one, because = self.guests[0], f": {self.reason}" if self.reason else ""
        return spans(Strong(text=one.who.name), f" ({one.why}) admitted to the room by {self.stamp.by.name}{because}")

    def told(self, crisis: Crisis) -> bool:
        return True


EVENTS: tuple[type[Event], ...] = (GuestSeen, GuestLeft, GuestAdmitted)
