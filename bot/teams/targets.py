"""Where a parcel goes: the conversation of a channel or chat, or somebody's personal chat, begun when there is none."""

from __future__ import annotations

from dataclasses import dataclass

from bot.platform import Undeliverable
from bot.teams import calls
from bot.teams.pace import Pace
from bot.teams.references import Reference, References
from bot.teams.web import Refusal, Web
from bot.teams.words import Json, part

STRANGERS = "nobody of that tenant has written to me yet, so I do not know where it lies"


@dataclass(frozen=True)
class Target:
    """`channel` is the conversation without its thread."""

    tenant: str
    service_url: str
    channel: str
    thread: str = ""

    @property
    def conversation(self) -> str:
        return calls.conversation(self.channel, self.thread)

    @property
    def new_thread(self) -> bool:
        """Is it a channel of a team as a whole, where each message begins a thread? Chats are `…@thread.v2`."""
        return not self.thread and self.channel.endswith(("@thread.tacv2", "@thread.skype"))


def thread_of(target: Target, activity: Json) -> Json:
    """What begins a thread of a channel with this message."""
    return {
        "isGroup": True,
        "channelData": {"channel": {"id": target.channel}, "tenant": {"id": target.tenant}},
        "tenantId": target.tenant,
        "activity": activity,
    }


class NoChat(Undeliverable):
    """This person has no personal chat with the bot, and Teams begins none."""


class Targets:
    """Every method may raise StateError, and Undeliverable where the place cannot be found."""

    def __init__(self, web: Web, references: References, pace: Pace) -> None:
        self.web, self.references, self.pace = web, references, pace

    async def conversation(self, tenant: str, channel: str, thread: str) -> Target:
        """A channel's thread or a chat."""
        found = await self.references.conversation(tenant, channel)
        if found is None:
            raise Undeliverable(STRANGERS)
        return Target(tenant, found.service_url, channel, thread)

    async def personal(self, tenant: str, user: str) -> Target:
        """The personal chat. Raises NoChat, Later, Unsure."""
        person = await self.references.person(tenant, user)
        if person is not None and person.conversation:
            return Target(tenant, person.service_url, person.conversation)
        base = person or await self.references.tenant(tenant)
        if base is None:
            raise NoChat(STRANGERS)
        return await self._begun(base, user)

    async def _begun(self, base: Reference, user: str) -> Target:
        """A chat that Teams begins where the app is installed for that person; by account, else by aadObjectId."""
        parameters = {
            "bot": {"id": base.bot, "name": base.bot_name},
            "isGroup": False,
            "members": [{"id": base.account or user}],
            "tenantId": base.tenant,
            "channelData": {"tenant": {"id": base.tenant}},
        }
        await self.pace.turn(base.tenant, f"begin:{user}")
        try:
            said = await self.web.begin(base.service_url, parameters)
        except Refusal as error:
            raise NoChat(str(error)) from None
        chat = part(said, "id")
        if not chat:
            raise NoChat("Teams named no personal chat")
        await self.references.opened(base.model_copy(update={"user": user, "conversation": chat, "kind": "personal"}))
        return Target(base.tenant, base.service_url, chat)
