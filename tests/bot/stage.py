"""A platform that keeps what it is given, and calls to send through the bot's own parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bot.platform import DeliveryError, Parcel, Receipt
from connectors.models.reading import Ping
from handlers.core.call import Address, Call, Identity
from messages.document import Document

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Stage:
    """A chat platform in memory. `failures` are raised one by one before anything is posted; with `lost_after_post`
    the message is posted and the answer to us is lost.
    """

    name = "stage"

    def __init__(self) -> None:
        self.posted: list[Parcel] = []
        self.updates: list[tuple[str, Parcel]] = []
        self.failures: list[DeliveryError] = []
        self.lost_after_post: list[DeliveryError] = []
        self.bugs: list[Exception] = []
        self.can_tell = True
        self.pause = 0.0

    async def deliver(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.bugs:
            raise self.bugs.pop(0)
        if self.failures:
            raise self.failures.pop(0)
        self.posted.append(parcel)
        if receipt is not None:
            self.updates.append((receipt.message, parcel))
        if self.lost_after_post:
            raise self.lost_after_post.pop(0)
        return Receipt(channel=parcel.address.channel, message=f"m{len(self.posted)}")

    async def delivered(self, parcel: Parcel) -> bool | None:
        return any(kept.id == parcel.id for kept in self.posted) if self.can_tell else None

    async def ping(self) -> Ping:
        return Ping(self.name, True)


def address(channel: str = "C1", thread: str = "") -> Address:
    return Address(platform="stage", tenant="T1", channel=channel, thread=thread, user="U1", visibility="channel")


def call(number: int = 1, text: str = "help", channel: str = "C1") -> Call:
    return Call(
        id=f"call-{number}",
        text=text,
        who=Identity(platform="stage", tenant="T1", user="U1"),
        address=address(channel),
        at=NOW,
        door="slash",
    )


def parcel(number: int, channel: str = "C1", kind: str = "answer", call_id: str = "") -> Parcel:
    return Parcel(
        id=f"p{number}",
        kind=kind,  # type: ignore[arg-type]
        call=call_id or f"c{number}",
        address=address(channel),
        document=Document(title=f"Document {number}"),
    )


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until it is so; fails loudly instead of hanging."""
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.01)
