"""Where conversations and people lie: plain JSON in the state store, kept up to date by whatever comes in.

A bot that was killed finds them again, so that a digest reaches a channel that nobody has written in since. What is
kept are the fields of a conversation reference of the Bot Framework protocol; no message, no token.
"""

from __future__ import annotations

from collections import OrderedDict

from pydantic import BaseModel, ConfigDict

from bot.teams.calls import Place
from bot.teams.words import Json, part
from connectors.errors import StateError
from connectors.ports import Clock, Store

SECONDS = 400 * 86_400.0
REMEMBERED = 5_000
FRESH_SECONDS = 60.0
"""So long this process believes what it knows; another one may have heard of a new service address since."""
AGAIN_SECONDS = 3_600.0
"""What did not change is written again so often, so that it outlives a store that lost it."""


class Reference(BaseModel):
    """`kind` personal, groupChat or channel; of a person: their `account` with this bot and personal `conversation`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service_url: str
    tenant: str
    conversation: str = ""
    kind: str = ""
    bot: str = ""
    bot_name: str = ""
    user: str = ""
    account: str = ""
    name: str = ""


def conversation_key(tenant: str, channel: str) -> str:
    return f"teamsref:{tenant}:c:{channel}"


def person_key(tenant: str, user: str) -> str:
    return f"teamsref:{tenant}:u:{user}"


def account_key(tenant: str, account: str) -> str:
    return f"teamsref:{tenant}:a:{account}"


def tenant_key(tenant: str) -> str:
    return f"teamsref:{tenant}:t"


class References:
    """Every method may raise StateError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def heard(self, activity: Json, at: Place) -> None:
        """Keep what an inbound activity tells about its conversation and its sender."""
        here = Reference(
            service_url=part(activity, "serviceUrl"),
            tenant=at.tenant,
            conversation=at.channel,
            kind=at.kind,
            bot=part(activity, "recipient", "id"),
            bot_name=part(activity, "recipient", "name"),
        )
        kept: dict[str, Reference] = {}
        if at.channel:
            kept[conversation_key(at.tenant, at.channel)] = here
            kept[tenant_key(at.tenant)] = here.model_copy(update={"conversation": "", "kind": ""})
        if at.user and at.account and at.account != here.bot:
            chat = at.channel if at.personal else await self._chat(at)
            more = {"user": at.user, "account": at.account, "name": at.name, "conversation": chat, "kind": "personal"}
            person = here.model_copy(update=more)
            kept |= {person_key(at.tenant, at.user): person, account_key(at.tenant, at.account): person}
        away: StateError | None = None
        for key, reference in kept.items():
            try:
                await self._keep(key, reference)
            except StateError as error:
                away = error
        if away is not None:
            raise away

    async def _chat(self, at: Place) -> str:
        """The personal chat that is known of somebody who now writes elsewhere."""
        try:
            known = await self.person(at.tenant, at.user)
        except StateError:
            return ""
        return known.conversation if known else ""

    async def conversation(self, tenant: str, channel: str) -> Reference | None:
        """Of a conversation, else of the tenant as a whole; None: nobody of that tenant ever wrote to this bot."""
        return await self._find(conversation_key(tenant, channel)) or await self.tenant(tenant)

    async def person(self, tenant: str, user: str) -> Reference | None:
        return await self._find(person_key(tenant, user))

    async def account(self, tenant: str, account: str) -> Reference | None:
        """The person behind an account (`29:…`)."""
        return await self._find(account_key(tenant, account))

    async def tenant(self, tenant: str) -> Reference | None:
        return await self._find(tenant_key(tenant))

    async def opened(self, person: Reference) -> None:
        """A personal conversation that we began ourselves."""
        await self._keep(person_key(person.tenant, person.user), person)

    async def gone(self, tenant: str, channel: str) -> None:
        """The bot was removed from a conversation."""
        key = conversation_key(tenant, channel)
        self._known.pop(key, None)
        await self._store.delete(key)

    async def _keep(self, key: str, reference: Reference) -> None:
        text, now = reference.model_dump_json(exclude_defaults=True), self._clock.monotonic()
        written, known = self._known.get(key, (float("-inf"), ""))
        if known == text and now - written < AGAIN_SECONDS:
            return
        try:
            await self._store.put(key, text, SECONDS)
        except StateError:
            # An answer made on the spot must find its way all the same; it is written when the store is back.
            self._remember(key, text, float("-inf"))
            raise
        self._remember(key, text, now)

    async def _find(self, key: str) -> Reference | None:
        read, text = self._known.get(key, (float("-inf"), ""))
        if not text or self._clock.monotonic() - read > FRESH_SECONDS:
            try:
                found = await self._store.get(key)
            except StateError:
                if not text:
                    raise
                return Reference.model_validate_json(text)
            if found is None:
                self._known.pop(key, None)
                return None
            text = found
            self._remember(key, text, self._clock.monotonic())
        return Reference.model_validate_json(text)

    def _remember(self, key: str, text: str, at: float) -> None:
        self._known[key] = (at, text)
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
