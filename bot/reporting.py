"""How a delivery ended, told to whoever asked to know, as a call of the house's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.courier import ARRIVED, Ended, Tell
from bot.platform import Parcel
from connectors.ports import Clock
from handlers.core.call import NOWHERE, SELF, Call
from handlers.core.form import quoted

Offer = Callable[[str, str], Awaitable[bool]]
"""`connectors.ports.Queue.offer`."""


def report(parcel: Parcel, ended: Ended, now: datetime) -> Call:
    """The parcel's `report` line with how it ended, or its `if_gone` line; one delivery is always the same call."""
    receipt = ended.receipt
    if not parcel.report:
        line = f"{parcel.if_gone} --reason {quoted(ended.reason[:300])}"
        return Call(id=f"{parcel.id}:gone", text=line, who=SELF, address=NOWHERE, at=now, door="system")
    line = f"{parcel.report} --result {'sent' if ended.result in ARRIVED else 'refused'}"
    if receipt is not None and receipt.channel:
        line += f" --channel {quoted(receipt.channel)}"
    if receipt is not None and receipt.thread and parcel.room is not None:
        line += f" --thread {quoted(receipt.thread)}"
    if receipt is not None and receipt.message:
        line += f" --message {quoted(receipt.message)}"
    if ended.reason:
        line += f" --reason {quoted(ended.reason[:300])}"
    return Call(id=f"{parcel.id}:report", text=line, who=SELF, address=NOWHERE, at=now, door="system")


def teller(offer: Offer, clock: Clock) -> Tell:
    """Puts the outcome into the inbox, before the delivery is forgotten; StateError when it cannot be kept yet."""

    async def tell(parcel: Parcel, ended: Ended) -> None:
        if parcel.report or (parcel.if_gone and ended.result == "gone"):
            call = report(parcel, ended, clock.now())
            await offer(call.id, call.model_dump_json())

    return tell
