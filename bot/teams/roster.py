"""Who reads a conversation of Teams, and who of them is from outside.

What the Bot Connector tells of a member: learn.microsoft.com, "Get Teams specific context for your bot"
(`userPrincipalName`, `tenantId`, `userRole`, of which "user" and "anonymous" are documented). A guest account of one's
own tenant is known by its name alone: learn.microsoft.com, "Properties of a Microsoft Entra B2B collaboration user"
(#EXT#). A member of another tenant, in a shared channel, by their tenant: "Apps for shared and private channels". A
guest who was invited and never came has neither name nor address: OfficeDev/BotBuilder-MicrosoftTeams#88.
"""

from __future__ import annotations

from bot.platform import Later, Undeliverable
from bot.teams.targets import Target
from bot.teams.web import Refusal, Web
from bot.teams.words import Json, part, parts
from connectors.ports import Clock

PAGES = 20
"""Of 500 people of a conversation, who are looked at before something for insiders alone is sent there."""
BOT = "28:"
WHOEVER = "whoever"
"""Stands for everybody in a channel whose roster cannot be read: an account that nobody has, and that can be admitted
as a person's can."""
SETTLE_SECONDS = 30.0
"""After somebody came or went, while what is seen is not kept: nobody promises that a roster knows of it at once."""
_UNDESCRIBED = ("name", "givenName", "email", "userPrincipalName")
Outsiders = dict[str, tuple[str, str]]
"""Entra object id, or account where there is none → (name, why they count as outside)."""


class Roster:
    """Asks Microsoft who is there, and remembers it for those who do not need it fresh."""

    def __init__(self, web: Web, clock: Clock) -> None:
        self._web, self._clock = web, clock
        self._seen: dict[tuple[str, str], tuple[float, Outsiders]] = {}
        self._moved: dict[str, float] = {}

    async def read(self, target: Target) -> Outsiders:
        """Those from outside, as they are now. Raises Later, Refusal; Undeliverable for a roster without an end or
        without anybody.
        """
        found: Outsiders = {}
        after, seen = "", 0
        for _ in range(PAGES):
            page = await self._web.members(target.service_url, target.channel, after)
            for one in parts(page, "members"):
                seen += 1
                if part(one, "id").startswith(BOT):
                    continue
                if reason := outside(one, target.tenant):
                    found[_user(one)] = (part(one, "name") or part(one, "givenName"), reason)
            after = part(page, "continuationToken")
            if not after and seen:
                return found
            if not after:
                raise Undeliverable("not sent: I could not find out who reads this conversation (an empty roster)")
        raise Undeliverable("not sent: too many people read this conversation to check each")

    async def outsiders(self, target: Target, within: float = 0.0) -> Outsiders:
        """The same, at most `within` seconds old; while Teams asks for patience, what was seen last. A roster that
        cannot be read is one stranger: nobody can vouch for who reads there. Raises Later.
        """
        key, now = (target.tenant, target.channel), self._clock.monotonic()
        at, known = self._seen.get(key, (float("-inf"), None))
        settled = at - self._moved.get(target.tenant, float("-inf")) >= SETTLE_SECONDS
        if known is not None and settled and now - at < within:
            return known
        try:
            found = await self.read(target)
        except Later:
            if known is None or not within:
                raise
            return known
        except (Refusal, Undeliverable) as error:
            found = {WHOEVER: ("Whoever reads this channel", f"who that is could not be checked: {error}"[:200])}
        self._seen[key] = now, found
        return found

    def stale(self, tenant: str) -> None:
        """Somebody came or went: what was seen in this tenant is not believed any more."""
        self._moved[tenant] = self._clock.monotonic()
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] != tenant}


def outside(member: Json, tenant: str) -> str:
    """Why somebody of a roster counts as outside, "" for one of us. `tenant`: the room's."""
    role, theirs = part(member, "userRole").lower(), part(member, "tenantId")
    if role == "anonymous":
        return "somebody without an account"
    if role == "guest" or "#EXT#" in part(member, "userPrincipalName").upper():
        return "a guest account"
    # The documents' own example has an account (29:…) for a tenant: that says nothing about where somebody belongs.
    if theirs and theirs != tenant and not theirs.startswith("29:"):
        return "of another organisation"
    if not any(part(member, field) for field in _UNDESCRIBED):
        return "a guest who has not come yet, or somebody whom Teams does not describe"
    return ""


def _user(member: Json) -> str:
    return part(member, "aadObjectId") or part(member, "objectId") or part(member, "id")
