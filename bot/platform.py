"""What a chat platform is to the rest of the bot: somewhere to deliver documents to.

DeliveryError           a delivery did not succeed
  Later                 the platform asked for patience, nothing was posted; `after` in seconds
  Undeliverable         refused, token revoked: trying again will not help
    Gone                the channel was deleted or archived, or the bot was removed from it
  Unsure                connection lost or timed out: it may have been posted
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from connectors.models.reading import Ping
from handlers.core.parcel import Parcel

__all__ = ["DeliveryError", "Gone", "Later", "Parcel", "Platform", "Receipt", "TakesFiles", "Undeliverable", "Unsure"]


class Receipt(BaseModel):
    """Where a message stands, so that it can be updated in place; `message` empty when the platform gives no id.
    `thread`: of a room that is a thread of `channel`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str = ""
    message: str = ""
    thread: str = ""


class DeliveryError(Exception):
    """Messages are for the log: no payload, no token, no URL."""


class Later(DeliveryError):
    def __init__(self, after: float) -> None:
        super().__init__(f"the platform asks for {after:g} s of patience")
        self.after = after


class Undeliverable(DeliveryError):
    pass


class Gone(Undeliverable):
    pass


class Unsure(DeliveryError):
    pass


class Platform(Protocol):
    """A chat platform's outgoing side."""

    name: str

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """Post the document, or replace the message of `receipt` (the call's "working" message, or the board) with it.

        A parcel with a `room` makes the channel first, or finds the one it made before; the receipt names it.
        """
        ...

    async def delivered(self, parcel: Parcel) -> bool | None:
        """Is a parcel with this id there already? None: the platform cannot tell."""
        ...

    async def ping(self) -> Ping: ...


@runtime_checkable
class TakesFiles(Protocol):
    """A platform that also delivers a parcel's file; `delivered` then speaks of the file."""

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        """Post the file with the words of the parcel's document, marked when `sent_before`. Errors as of `deliver`."""
        ...
