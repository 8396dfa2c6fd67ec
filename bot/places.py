"""Where messages stand: the place of a "working" message until its answer comes, of a board as long as it lives."""

from __future__ import annotations

import structlog

from bot.platform import Parcel, Receipt
from connectors.errors import StateError
from connectors.ports import Store

log = structlog.get_logger()
RECEIPT_SECONDS = 7 * 86_400
BOARD_SECONDS = 400 * 86_400


def receipt_key(call: str) -> str:
    """Where the place of a call's message is kept."""
    return f"receipt:{call}"


def board_key(parcel: Parcel) -> str:
    """Where the place of a board's message is kept: one a board and address."""
    return f"receipt:board:{parcel.board}:{parcel.address.order}"


class Places:
    """Receipts in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, parcel: Parcel, receipt: Receipt) -> None:
        """Of "working" messages and boards; others are never replaced."""
        if not receipt.message or not (parcel.board or parcel.kind == "working"):
            return
        key, seconds = (
            (board_key(parcel), BOARD_SECONDS) if parcel.board else (receipt_key(parcel.call), RECEIPT_SECONDS)
        )
        try:
            await self._store.put(key, receipt.model_dump_json(), seconds)
        except StateError as error:
            # What stands in the chat stands; without its place a later message is posted below instead of over it.
            log.warning("place of a message not kept", parcel=parcel.id, reason=str(error))

    async def find(self, parcel: Parcel) -> Receipt | None:
        """The message that this parcel replaces; None: it is a new one. StateError when that cannot be known."""
        if parcel.board:
            kept = await self._store.get(board_key(parcel))
        elif parcel.kind == "post":
            return None
        elif parcel.address.update:
            return Receipt(channel=parcel.address.channel, message=parcel.address.update)
        elif not parcel.announced:
            return None
        else:
            kept = await self._store.get(receipt_key(parcel.call))
        return Receipt.model_validate_json(kept) if kept else None


def superseded(parcel: Parcel, behind: list[Parcel]) -> bool:
    """A "working" message whose answer waits behind it, or a board that a newer one will replace, is not sent."""
    if parcel.board:
        return any((p.board, p.address.order) == (parcel.board, parcel.address.order) for p in behind)
    return parcel.kind == "working" and any(p.call == parcel.call for p in behind)
