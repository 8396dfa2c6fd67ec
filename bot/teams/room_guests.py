"""Guests of a crisis's room in Teams: noticed when somebody comes or goes, and by looking now and then at who is there.

A room is a thread, and who reads it are the members of its channel. What is told when one joins: learn.microsoft.com,
"Conversation events in your Teams bot" (`conversationUpdate`: of a standard channel it names the team, not the
channel), microsoft/Agents#179 (of a shared channel it names that; whether a whole team came is another `eventType`).
So whatever such an activity says, the rooms' rosters are looked at, which alone say who reads.
"""

from __future__ import annotations

import asyncio

import structlog

from bot.intake import Intake
from bot.platform import DeliveryError, Undeliverable
from bot.teams import calls
from bot.teams.calls import Place
from bot.teams.references import References
from bot.teams.roster import Outsiders, Roster
from bot.teams.targets import STRANGERS, Target
from bot.teams.words import Json, part
from connectors.errors import StateError
from connectors.ports import Clock, Crises
from handlers.core import form
from handlers.core.access import Tlp, fits
from handlers.core.registry import Registry
from handlers.crisis.guests import WITH_GUESTS, present
from handlers.crisis.rooms import room_key
from handlers.crisis.state import Crisis

log = structlog.get_logger()
LOOK_SECONDS = 600.0
"""Between two looks at who is in a room: an activity may be lost, or come before the room is known to be one."""
PAUSE_SECONDS = 1.0
"""Between two looks while people come one after the other."""


class RoomGuests:
    """What is found becomes a call of the house's own; a channel without a room of an open crisis is passed over."""

    def __init__(  # noqa: PLR0917 - in the order of the adapter's own
        self,
        intake: Intake,
        registry: Registry,
        crises: Crises,
        clock: Clock,
        references: References,
        roster: Roster,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._intake, self._registry, self._crises, self._clock = intake, registry, crises, clock
        self._references, self.roster, self._pause = references, roster, pause
        self._looked: dict[tuple[str, str], float] = {}
        self._again: set[str] = set()
        self._looking: dict[str, asyncio.Task[None]] = {}

    def heard(self, activity: Json, at: Place) -> None:
        """Somebody came or went: look, aside. Something is said in a channel's thread: unless that was done lately."""
        kind = part(activity, "type")
        if kind == "conversationUpdate":
            self.roster.stale(at.tenant)
        elif kind != "message" or not at.thread or not self._due(at):
            return
        self._again.add(at.tenant)
        if at.tenant not in self._looking:
            self._looking[at.tenant] = asyncio.create_task(self._aside(at.tenant))

    def _due(self, at: Place) -> bool:
        now, place = self._clock.monotonic(), (at.tenant, at.channel)
        if now - self._looked.get(place, -LOOK_SECONDS) < LOOK_SECONDS:
            return False
        self._looked[place] = now
        return True

    async def _aside(self, tenant: str) -> None:
        """Until nobody came during the last look: many who come at once are a few looks."""
        try:
            while tenant in self._again:
                self._again.discard(tenant)
                await self.look(tenant)
                await asyncio.sleep(self._pause)
        except (DeliveryError, StateError) as error:
            log.warning("who is in a crisis's room was not looked at", tenant=tenant, reason=str(error))
            self._looked = {place: at for place, at in self._looked.items() if place[0] != tenant}
        finally:
            self._looking.pop(tenant, None)
            self._again.discard(tenant)

    async def look(self, tenant: str) -> None:
        """Tell every open crisis of guests it does not know of, and of those who are gone. Raises Later, StateError,
        Undeliverable.
        """
        for crisis, is_open in await self._crises.listed():
            kept = await self._crises.load(crisis) if is_open else None
            if kept is None:
                continue
            state = Crisis.model_validate_json(kept.state)
            here = [room.channel for room in state.rooms if (room.platform, room.tenant) == ("teams", tenant)]
            for channel in dict.fromkeys(here):
                there = await self.roster.outsiders(await self._target(tenant, channel))
                await self._compare(state, kept.version, (tenant, channel), there)

    async def allow(self, tlp: Tlp, target: Target) -> None:
        """Undeliverable for what is above TLP:AMBER in a crisis's room while somebody reads it who is from outside and
        was not admitted, be it that the crisis does not know of them yet: it is told. Raises Later, StateError.
        """
        key = room_key("teams", target.tenant, target.channel, target.thread)
        crisis = None if fits(tlp, WITH_GUESTS) else await self._crises.find(key)
        kept = await self._crises.load(crisis) if crisis is not None else None
        if kept is None:
            return
        state = Crisis.model_validate_json(kept.state)
        there = await self.roster.outsiders(target, LOOK_SECONDS)
        place = (target.tenant, target.channel)
        if state.open:
            await self._compare(state, kept.version, place, there)
        admitted = {one.who.user for one in state.guests if one.admitted and one.place[:3] == ("teams", *place)}
        known = {one.who.user for room in state.rooms if room.key == key for one in present(state, room)}
        if reading := (there.keys() - admitted) | known:
            raise Undeliverable(
                f"held back: TLP:{tlp.upper()}, and {len(reading)} from outside read this room who were not admitted"
            )

    async def _compare(self, state: Crisis, version: int, place: tuple[str, str], there: Outsiders) -> None:
        tenant, channel = place
        known = {one.who.user for one in state.guests if one.place[:3] == ("teams", tenant, channel)}
        for user in sorted(known ^ there.keys()):
            name, why = there.get(user, ("", ""))
            values = {
                "crisis": state.id,
                "platform": "teams",
                "tenant": tenant,
                "channel": channel,
                "user": user,
                "name": name[:80],
                "why": why,
                "result": "joined" if user in there else "left",
            }
            await self._tell(("guest", state.id, channel, user, str(version)), values)

    async def _tell(self, key: tuple[str, ...], values: dict[str, str]) -> None:
        command = self._registry.get("crisis guest")
        if command is None:
            raise Undeliverable("this bot has no command for guests")
        line = form.line(command, {name: value for name, value in values.items() if value})
        await self._intake.accept(calls.house(key, line, self._clock.now()), retried_by_platform=True)

    async def _target(self, tenant: str, channel: str) -> Target:
        known = await self._references.conversation(tenant, channel)
        if known is None:
            raise Undeliverable(STRANGERS)
        return Target(tenant, known.service_url, channel)
