"""Where a parcel goes: the conversation of a channel or chat, or somebody's personal chat, begun when there is none.

Source: learn.microsoft.com, "Send proactive messages" (by object id: personal scope alone); microsoft/teams.net,
"CreateConversation API behavior" (one member, tenantId, the same chat each time).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.platform import Later, Undeliverable, Unsure
from bot.teams import calls
from bot.teams.pace import Pace
from bot.teams.references import Reference, References
from bot.teams.web import Refusal, Web
from bot.teams.words import Json, part

NO_APP = "no personal chat with them: the app must be installed for them, or they be in a team that has it"
AGAIN_SECONDS = 2.0
"""Until a chat is asked for again after its answer was lost."""
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
    """Every method may raise StateError, and Undeliverable where the place cannot be found. `roster`: a channel whose
    members are asked for the account of somebody who never wrote.
    """

    def __init__(self, web: Web, references: References, pace: Pace, roster: str = "") -> None:
        self.web, self.references, self.pace, self._roster = web, references, pace, roster

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
        """A chat that Teams begins for whoever has the app: by account, else by aadObjectId, which works where the app
        is installed for that very person, else by the account that the roster knows (the app is in a team of theirs).
        """
        try:
            chat = await self._asked(base, base.account or user, user)
        except Refusal as error:
            account = "" if base.account else await self._account(base, user)
            if not account:
                raise NoChat(f"{NO_APP} ({error})") from None
            try:
                chat = await self._asked(base, account, user)
            except Refusal as again:
                raise NoChat(f"{NO_APP} ({again})") from None
        if not chat:
            raise NoChat("Teams named no personal chat")
        await self.references.opened(base.model_copy(update={"user": user, "conversation": chat, "kind": "personal"}))
        return Target(base.tenant, base.service_url, chat)

    async def _asked(self, base: Reference, member: str, user: str) -> str:
        """The chat's id. The same chat however often it is asked for, so a lost answer is never in doubt."""
        parameters = {
            "bot": {"id": base.bot, "name": base.bot_name},
            "isGroup": False,
            "members": [{"id": member}],
            "tenantId": base.tenant,
            "channelData": {"tenant": {"id": base.tenant}},
        }
        await self.pace.turn(base.tenant, f"begin:{user}")
        try:
            return part(await self.web.begin(base.service_url, parameters), "id")
        except Unsure:
            raise Later(AGAIN_SECONDS) from None

    async def _account(self, base: Reference, user: str) -> str:
        if not self._roster:
            return ""
        try:
            return part(await self.web.member(base.service_url, self._roster, user), "id")
        except Refusal:
            return ""
