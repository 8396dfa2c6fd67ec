"""What Slack tells us, each in a few lines: translate, store, acknowledge."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from dataclasses import dataclass
from functools import cached_property

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.error import BoltUnhandledRequestError

from bot.intake import Intake
from bot.platform import DeliveryError
from bot.slack import calls, forms
from bot.slack.calls import Payload
from bot.slack.crisis_listeners import CrisisListeners
from bot.slack.delivery import SlackDelivery, home_key
from bot.slack.room_guests import RoomGuests
from bot.slack.web import Refusal, Web
from connectors.errors import StateError
from connectors.ports import Clock, Crises, Store
from handlers.core.access import Access
from handlers.core.call import Call
from handlers.core.registry import Registry

log = structlog.get_logger()
ANSWER_SECONDS = 2.0
"""For what is asked of Slack before its own request is answered: it waits three seconds, and not a moment longer."""
_ANY = re.compile(".*", re.DOTALL)


@dataclass(frozen=True)
class Listeners:
    """Registered once on one AsyncApp, whichever way Slack's payloads come in."""

    command: str
    intake: Intake
    registry: Registry
    access: Access
    clock: Clock
    store: Store
    crises: Crises
    web: Web
    delivery: SlackDelivery

    @property
    def crisis(self) -> CrisisListeners:
        return CrisisListeners(self.intake, self.registry, self.crises, self.clock, self.web, self._form)

    @cached_property
    def guests(self) -> RoomGuests:
        return RoomGuests(self.intake, self.registry, self.crises, self.clock, self.web)

    def register(self, app: AsyncApp) -> None:
        app.error(self.failed)
        app.command(_ANY)(self.slash)  # Bolt asks one listener after the other, and this is what comes most
        self.crisis.register(app)
        self.guests.register(app)
        app.action(_ANY)(self.press)
        app.view(_ANY)(self.submit)
        app.event("app_mention")(self.mention)
        app.event("message")(self.direct)
        app.event("app_home_opened")(self.home)
        app.event("app_uninstalled")(self.removed)
        app.event("tokens_revoked")(self.removed)

    async def slash(self, ack: AsyncAck, body: Payload) -> None:
        call = calls.slash(body, self.command, self.clock.now())
        if not await self._form(call, body.get("trigger_id", "")):
            await self.intake.accept(call)
        await ack()

    async def press(self, ack: AsyncAck, body: Payload) -> None:
        call = calls.press(body, self.clock.now())
        if call is not None and not await self._form(call, body.get("trigger_id", "")):
            await self.intake.accept(call)
        await ack()

    async def submit(self, ack: AsyncAck, body: Payload) -> None:
        sent = forms.submission(body, self.registry, self.clock.now())
        if sent is None:
            log.warning("a submitted view that is not mine")
        elif sent.errors:
            await ack(response_action="errors", errors=sent.errors)
            return
        else:
            await self.intake.accept(await self._with_url(sent.call, sent.key))
        await ack()

    async def mention(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        call = calls.mention(body, context.bot_user_id or "", self.clock.now())
        if call is not None:
            await self.intake.accept(call, retried_by_platform=True)
        await ack()

    async def direct(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        call = calls.direct(body, context.bot_user_id or "", self.clock.now())
        if call is not None:
            await self.intake.accept(call, retried_by_platform=True)
        await self.crisis.changed(body)
        self.guests.noticed(body)
        await ack()

    async def home(self, ack: AsyncAck, body: Payload) -> None:
        call = calls.home(body, self.clock.now())
        if call is not None and not await self._board(call):
            await self.intake.accept(call, retried_by_platform=True)
        await ack()

    async def removed(self, ack: AsyncAck, body: Payload) -> None:
        revoked = (body["event"].get("tokens") or {}).get("bot")
        if body["event"]["type"] == "app_uninstalled" or revoked:
            self.web.forget(body["event"]["type"])
        await ack()

    async def failed(self, error: Exception) -> BoltResponse:
        """503 makes Slack send an event again; what nobody listens to is 200, so that it does not."""
        if isinstance(error, BoltUnhandledRequestError):
            return BoltResponse(status=200, body="")
        if isinstance(error, StateError | DeliveryError):
            log.warning("not taken in", reason=str(error))
            return BoltResponse(status=503, body="")
        log.error("bug", exc_info=error)
        return BoltResponse(status=500, body="")

    async def _form(self, call: Call, trigger: str) -> bool:
        """Open the modal that the line asks for; failing that, an answer with a button that opens it.

        Whoever may not run the command gets the ordinary refusal, which is audited.
        """
        command = forms.wanted(call.text, self.registry)
        if command is None:
            return False
        who = call.who
        if not self.access.principal(who.platform, who.tenant, who.user).may(command.needs):
            return False
        key = secrets.token_urlsafe(12)
        try:
            if call.address.response_url:
                await self.store.put(forms.kept_key(key), call.address.response_url, forms.KEPT_SECONDS)
            view = forms.view(command, call.address, key, forms.given(call.text, self.registry))
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.web.ask("views.open", {"trigger_id": trigger, "view": view})
        except (Refusal, DeliveryError, StateError, TimeoutError) as error:
            log.info("form not opened, offering a button", reason=str(error) or "Slack took too long")
            text = call.text if forms.given(call.text, self.registry) else f"{command.name} --form"
            await self.intake.accept(call.model_copy(update={"text": text}))
        return True

    async def _with_url(self, call: Call, key: str) -> Call:
        try:
            url = await self.store.get(forms.kept_key(key)) if key else None
        except StateError as error:
            log.info("response_url not found again", reason=str(error))
            url = None
        return call.model_copy(update={"address": call.address.model_copy(update={"response_url": url or ""})})

    async def _board(self, call: Call) -> bool:
        """The board that others with the same roles saw within the last minute."""
        at = call.address
        try:
            kept = await self.store.get(home_key(self.access, at.tenant, at.user))
            if kept is None:
                return False
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.delivery.publish(at.user, json.loads(kept))
        except (StateError, DeliveryError, Refusal, TimeoutError) as error:
            log.info("kept board not published", reason=str(error) or "Slack took too long")
            return False
        return True
