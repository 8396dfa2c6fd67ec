"""What Teams tells us, each in a few lines: translate, store, answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bot.intake import Intake
from bot.platform import DeliveryError
from bot.slack.forms import given, wanted  # pure, and knows nothing of Slack
from bot.teams import calls
from bot.teams.calls import Place
from bot.teams.references import References
from bot.teams.room_guests import RoomGuests
from bot.teams.rooms import Boards
from bot.teams.targets import Target
from bot.teams.web import Refusal, Web
from bot.teams.words import Json, inner, mentioned, part, parts
from connectors.errors import StateError
from connectors.ports import Clock
from handlers.core.call import Call
from handlers.core.errors import UserError
from handlers.core.parser import parse
from handlers.core.registry import Registry

log = structlog.get_logger()
READ_SECONDS = 1.5
"""For asking who a mention is before its activity is answered."""
UNDER_WAY = "Under way: the answer appears in this conversation."
KNOWN = "I have this already."


@dataclass(frozen=True)
class Listeners:
    """`heard` takes every activity that the guard let in."""

    intake: Intake
    registry: Registry
    references: References
    boards: Boards
    web: Web
    clock: Clock
    guests: RoomGuests | None = None

    async def heard(self, activity: Json) -> Json | None:
        """The body of an invoke's answer; None for everything else. What nobody understands is met with calm."""
        at, kind = calls.place(activity), part(activity, "type")
        try:
            if _removed(activity):
                await self.references.gone(at.tenant, at.channel)
                return None
            await self.references.heard(activity, at)
        except StateError as error:
            log.warning("conversation not kept", reason=str(error))
        if self.guests is not None:
            self.guests.heard(activity, at)
        if kind == "message":
            await self._message(activity, at)
        if kind != "invoke":
            return None
        if part(activity, "name") != "adaptiveCard/action":
            log.info("invoke passed over", name=part(activity, "name")[:60])
            return {}
        return await self._pressed(activity, at)

    async def _message(self, activity: Json, at: Place) -> None:
        if not part(activity, "text") and inner(activity, "value"):
            press = calls.press(activity, self.registry, self.clock.now())
            if press.call is None:
                log.info("a card's submit asked for nothing", reason=press.empty)
            else:
                await self.intake.accept(self._formed(press.call))
            return
        call = calls.message(activity, await self._people(activity, at), self.clock.now())
        if call is not None:
            await self.intake.accept(self._formed(call))

    async def _pressed(self, activity: Json, at: Place) -> Json:
        press = calls.press(activity, self.registry, self.clock.now())
        if press.board:
            return await self._board(activity, at, press)
        if press.call is None:
            return calls.said(press.empty)
        if press.call.door == "form" and (wrong := self._wrong(press.call)):
            return calls.said(wrong)
        result = await self.intake.accept(self._formed(press.call))
        return calls.said(KNOWN if result == "known" else UNDER_WAY)

    async def _board(self, activity: Json, at: Place, press: calls.Press) -> Json:
        """Its newest card, kept under the conversation that the activity came from: nobody can ask for another's."""
        here = Target(at.tenant, part(activity, "serviceUrl"), at.channel, at.thread)
        try:
            card = await self.boards.newest(here, press.board)
        except StateError as error:
            log.info("board not found", reason=str(error))
            card = None
        return calls.said(press.empty) if card is None else calls.shown(card)

    def _formed(self, call: Call) -> Call:
        """A command that writes and lacks all its words is asked for as its form."""
        command = wanted(call.text, self.registry)
        if command is None or given(call.text, self.registry) is not None:
            return call
        return call.model_copy(update={"text": f"{command.name} --form"})

    def _wrong(self, call: Call) -> str:
        """What the parser has against a submitted form, told before anything is stored: the form stays as it is."""
        try:
            parse(call.text, self.registry)
        except UserError as error:
            return f"{error.message} {error.hint}".strip()
        return ""

    async def _people(self, activity: Json, at: Place) -> dict[str, str]:
        """Account → aadObjectId of those mentioned, as far as it can be found out in time."""
        found: dict[str, str] = {}
        me = part(activity, "recipient", "id")
        service_url, conversation = part(activity, "serviceUrl"), calls.conversation(at.channel, at.thread)
        try:
            async with asyncio.timeout(READ_SECONDS):
                for _, account, user in mentioned(activity):
                    if user or account == me or not account:
                        continue
                    known = await self.references.account(at.tenant, account)
                    if known is None:
                        member = await self.web.member(service_url, conversation, account)
                        found[account] = part(member, "aadObjectId") or part(member, "objectId")
                    else:
                        found[account] = known.user
        except (StateError, DeliveryError, Refusal, TimeoutError) as error:
            log.info("a mention was not looked up", reason=str(error) or "Teams took too long")
        return found


def _removed(activity: Json) -> bool:
    """The bot was taken out of this conversation."""
    kind, me = part(activity, "type"), part(activity, "recipient", "id")
    if kind == "installationUpdate":
        return part(activity, "action").startswith("remove")
    return kind == "conversationUpdate" and any(part(one, "id") == me for one in parts(activity, "membersRemoved"))
