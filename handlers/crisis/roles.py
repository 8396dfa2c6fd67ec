"""Who has which role: offered, accepted, handed over. Nothing changes hands until the other side accepts.

Roles after the Incident Command System (command, operations, planning, logistics); one person is never both commander
and operations lead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, Field

from handlers.core.parcel import Post
from handlers.crisis.base import Event, Fixed, Refused, Who
from handlers.crisis.telling import button, directly, in_rooms, message, named
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

Role = Literal[
    "commander", "deputy", "operations", "planning", "scribe", "communications", "legal", "business", "logistics",
    "sponsor",
]  # fmt: skip
TITLES: dict[Role, str] = {
    "commander": "Incident Commander",
    "deputy": "Deputy",
    "operations": "Operations lead",
    "planning": "Planning and intelligence",
    "scribe": "Scribe",
    "communications": "Communications lead",
    "legal": "Legal liaison",
    "business": "Business liaison",
    "logistics": "Logistics",
    "sponsor": "Executive sponsor",
}
APART: tuple[tuple[Role, Role], ...] = (("commander", "operations"),)
"""Roles that one person may not hold together."""


class Held(Fixed):
    """`since` the acceptance."""

    who: Who
    since: AwareDatetime


class Offer(Fixed):
    """A role offered to somebody; `brief` is what a handover says and the other side reads back."""

    to: Who
    by: Who
    at: AwareDatetime
    brief: str = ""


class Roles(Fixed):
    """`vacated`: since when nobody has a role that somebody had."""

    held: dict[Role, Held] = Field(default_factory=dict)
    offered: dict[Role, Offer] = Field(default_factory=dict)
    vacated: dict[Role, AwareDatetime] = Field(default_factory=dict)

    def holder(self, role: Role) -> Who | None:
        held = self.held.get(role)
        return held.who if held else None

    def of(self, person: str) -> tuple[Role, ...]:
        """The roles somebody holds."""
        return tuple(role for role, held in self.held.items() if held.who.person == person)


READBACK = 15
"""Characters of a read-back, at least: "ok" shows nothing was understood."""


def check_apart(crisis: Crisis, role: Role, person: str) -> None:
    """Refused when the person holds a role that excludes this one."""
    for one, other in (*APART, *((b, a) for a, b in APART)):
        if role == one and other in crisis.roles.of(person):
            raise Refused(f"{TITLES[one]} and {TITLES[other]} must be two persons.", "Hand one of them over first.")


def check_offer(crisis: Crisis, role: Role, to: Who, by: Who, brief: str, *, runs: bool) -> None:
    """Refused: by somebody who neither runs the crisis (`runs`) nor holds the role, to its holder, to oneself, to who
    may not hold it, and a handover without a brief.
    """
    holder, title = crisis.roles.holder(role), TITLES[role]
    if not runs and by.person not in {one.person for one in (holder, crisis.roles.holder("commander")) if one}:
        raise Refused(f"{title} is offered by its holder, the Incident Commander or whoever may run a crisis.")
    if holder and holder.person == to.person:
        raise Refused(f"{to.name} is {title} already.")
    if to.person == by.person and holder is None:
        raise Refused("You need no offer.", f"`crisis take {role}`", (f"crisis take {role} --crisis {crisis.id}",))
    check_apart(crisis, role, to.person)
    if holder and len(brief) < READBACK:
        raise Refused(
            f"{holder.name} is {title}: a handover needs a brief that can be read back.",
            f'crisis role {role} @{to.name} --brief "what stands, what is under way, what worries you"',
        )


def check_take(crisis: Crisis, role: Role, person: str) -> None:
    """Refused unless nobody has the role and this person may: a role that is held is handed over."""
    holder = crisis.roles.holder(role)
    if holder and holder.person == person:
        raise Refused(f"You are {TITLES[role]} already.")
    if holder:
        raise Refused(
            f"{holder.name} is {TITLES[role]}, and stays it until somebody accepts a handover.",
            f"`crisis role {role} @you --brief …` offers one; `crisis release {role} REASON` makes it vacant.",
        )
    check_apart(crisis, role, person)


def check_accept(crisis: Crisis, role: Role, person: str, readback: str) -> Who | None:
    """Who had the role until now. Refused unless it was offered to this very person, and, for a handover, read back."""
    offer, holder = crisis.roles.offered.get(role), crisis.roles.holder(role)
    if offer is None:
        tries = () if holder else (f"crisis take {role} --crisis {crisis.id}",)
        raise Refused(f"{TITLES[role]} is not offered to anybody.", "", tries)
    if offer.to.person != person:
        raise Refused(f"{TITLES[role]} is offered to {offer.to.name}: nobody else can accept it.")
    check_apart(crisis, role, person)
    if holder and len(readback) < READBACK:
        raise Refused(
            f"{holder.name} hands over: “{offer.brief}”. Read it back in your own words, then it is yours.",
            f"`crisis accept {role} WHAT YOU UNDERSTOOD`",
            (f"crisis accept {role} --crisis {crisis.id} --form",),
        )
    return holder


class RoleOffered(Event):
    kind: Literal["role offered"] = "role offered"
    role: Role
    to: Who
    brief: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        offer = Offer(to=self.to, by=self.stamp.by, at=self.stamp.at, brief=self.brief)
        roles = crisis.roles.model_copy(update={"offered": {**crisis.roles.offered, self.role: offer}})
        return crisis.model_copy(update={"roles": roles})

    def line(self, crisis: Crisis) -> Text:
        brief = f": “{self.brief}”" if self.brief else ""
        return spans(f"{TITLES[self.role]} offered to ", Strong(text=self.to.name), brief)

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """In the rooms and to them directly, with what they can press: who is not in the room yet sees it, too."""
        held = self.role in crisis.roles.held
        brief = f" “{self.brief}”" if self.brief else ""
        ask = " Read it back and it is yours; until then nothing changes hands." if held else ""
        text = spans(named(self.to), f", {self.stamp.by.name} offers you {TITLES[self.role]}.{brief}{ask}")
        accept = button(crisis, "Read back and accept" if held else "Accept", f"crisis accept {self.role}", first=True)
        if held:
            accept = accept.model_copy(update={"line": f"{accept.line} --form"})
        said = message(crisis, text, accept, button(crisis, "Decline", f"crisis decline {self.role}"))
        return (*in_rooms(crisis, said), *directly(self.to, said))


class RoleAccepted(Event):
    """`stamp.by` has the role from now on; `readback`: the handover in their own words."""

    kind: Literal["role accepted"] = "role accepted"
    role: Role
    before: Who | None = None
    readback: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        held = {**crisis.roles.held, self.role: Held(who=self.stamp.by, since=self.stamp.at)}
        offered = {role: offer for role, offer in crisis.roles.offered.items() if role != self.role}
        vacated = {role: at for role, at in crisis.roles.vacated.items() if role != self.role}
        return crisis.model_copy(update={"roles": Roles(held=held, offered=offered, vacated=vacated)})

    def line(self, crisis: Crisis) -> Text:
        from_whom = f", taking over from {self.before.name}" if self.before else ""
        said = f": “{self.readback}”" if self.readback else ""
        return spans(Strong(text=self.stamp.by.name), f" is {TITLES[self.role]}{from_whom}{said}")

    def brings(self) -> tuple[Who, ...]:
        return (self.stamp.by,)

    def told(self, crisis: Crisis) -> bool:
        return True


class RoleDeclined(Event):
    """The offer is off; whoever held the role keeps it."""

    kind: Literal["role declined"] = "role declined"
    role: Role
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        offered = {role: offer for role, offer in crisis.roles.offered.items() if role != self.role}
        return crisis.model_copy(update={"roles": crisis.roles.model_copy(update={"offered": offered})})

    def line(self, crisis: Crisis) -> Text:
        because = f": {self.reason}" if self.reason else ""
        return spans(f"{TITLES[self.role]} declined by ", Strong(text=self.stamp.by.name), because)

    def told(self, crisis: Crisis) -> bool:
        return True


class RoleVacated(Event):
    """Nobody has the role any more: its holder left, or was found to have left the workspace."""

    kind: Literal["role vacated"] = "role vacated"
    role: Role
    was: Who
    reason: str
    others: tuple[Role, ...] = ()
    """What else they held."""

    def apply(self, crisis: Crisis) -> Crisis:
        held = {role: one for role, one in crisis.roles.held.items() if role not in {self.role, *self.others}}
        vacated = {**crisis.roles.vacated, **dict.fromkeys((self.role, *self.others), self.stamp.at)}
        roles = crisis.roles.model_copy(update={"held": held, "vacated": vacated})
        return crisis.model_copy(update={"roles": roles})

    def line(self, crisis: Crisis) -> Text:
        vacant = ", ".join(TITLES[role] for role in (self.role, *self.others))
        return spans(f"{vacant}: vacant. {self.was.name}: {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


EVENTS: tuple[type[Event], ...] = (RoleOffered, RoleAccepted, RoleDeclined, RoleVacated)
