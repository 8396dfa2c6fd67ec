"""A call: one thing somebody asked. Adapters make it, the inbox keeps it, the pipeline answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from handlers.core.access import Principal

MAX_LINE = 4_000
"""Characters of a line; Slack's own limit for a slash command's text is of that order."""

Door = Literal[
    "slash", "mention", "dm", "button", "form", "home", "schedule", "console", "cli", "mcp", "event", "system"
]


def _whole(text: object) -> object:
    """Half surrogates, which no JSON and no platform takes, become replacement characters."""
    if not isinstance(text, str):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Said = Annotated[str, BeforeValidator(_whole)]
"""Text from outside."""


class Frozen(BaseModel):
    """A field of a newer replica is passed over: work it acknowledged is not dropped by an older one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Identity(Frozen):
    """Who the platform says it is. Rights come from the access file alone, never from `name`."""

    platform: str
    tenant: str
    user: str
    name: Said = ""


class Address(Frozen):
    """Where an answer goes. `visibility`: `private` only the asker sees it, `channel` all do, `direct` a DM."""

    platform: str
    tenant: str = ""
    channel: str = ""
    thread: str = ""
    user: str = ""
    visibility: Literal["private", "channel", "direct"] = "private"
    response_url: str = Field(default="", repr=False)
    """Slack's one-time reply address: a capability, so it is never logged."""
    update: str = ""
    """Id of a message of ours to replace instead of posting a new one."""

    @property
    def order(self) -> str:
        """Deliveries with the same key keep their order."""
        return f"{self.platform}:{self.tenant}:{self.channel}:{self.thread or self.user}"


SELF = Identity(platform="system", tenant="", user="bot", name="the bot")
"""Who speaks when the house calls itself."""
NOWHERE = Address(platform="system")
"""Where an answer goes that nobody waits for."""


class Call(Frozen):
    """`id` is the platform's own delivery id, so that the same delivery is the same call."""

    id: str
    text: Said
    who: Identity
    address: Address
    at: datetime
    door: Door


class Authorised(Call):
    """A call whose asker is known; `attempt` above 1 means an earlier worker may have got some way with it."""

    principal: Principal
    attempt: int = 1
