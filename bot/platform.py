"""What a chat platform is to the rest of the bot: somewhere to deliver documents to.

DeliveryError           a delivery did not succeed
  Later                 the platform asked for patience, nothing was posted; `after` in seconds
  Undeliverable         channel gone, bot removed, token revoked: trying again will not help
  Unsure                connection lost or timed out: it may have been posted
"""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from connectors.models.reading import Ping
from handlers.core.call import Address
from messages.document import Document


class Parcel(BaseModel):
    """One delivery. `id` is unique for ever; `call` is the call it belongs to; `sent_before` marks a repeat that
    could not be ruled out, and is said in the message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["working", "answer", "post"]
    call: str
    address: Address
    document: Document
    sent_before: bool = False
    announced: bool = True
    """False when it is certain that no "working" message of this call stands anywhere."""


class Receipt(BaseModel):
    """Where a message stands, so that it can be updated in place; `message` empty when the platform gives no id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str = ""
    message: str = ""


class DeliveryError(Exception):
    """Messages are for the log: no payload, no token, no URL."""


class Later(DeliveryError):
    def __init__(self, after: float) -> None:
        super().__init__(f"the platform asks for {after:g} s of patience")
        self.after = after


class Undeliverable(DeliveryError):
    pass


class Unsure(DeliveryError):
    pass


class Platform(Protocol):
    """A chat platform's outgoing side."""

    name: str

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """Post the document, or replace the message of `receipt` (the call's "working" message) with it."""
        ...

    async def delivered(self, parcel: Parcel) -> bool | None:
        """Is a parcel with this id there already? None: the platform cannot tell."""
        ...

    async def ping(self) -> Ping: ...
