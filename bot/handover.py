"""What this process itself put into the outbox, so that its own courier need not read it back from JSON."""

from __future__ import annotations

from collections import OrderedDict

from bot.platform import Parcel

REMEMBERED = 256
"""Parcels: the courier of another replica may deliver some, and nobody comes for those."""


class Handover:
    """The outbox stays what counts: only a parcel whose JSON is the outbox's is handed over."""

    def __init__(self) -> None:
        self._parcels: OrderedDict[str, tuple[str, Parcel]] = OrderedDict()

    def put(self, parcel: Parcel, payload: str) -> None:
        """`payload`: the parcel as the outbox will keep it."""
        self._parcels[parcel.id] = payload, parcel
        if len(self._parcels) > REMEMBERED:
            self._parcels.popitem(last=False)

    def take(self, parcel_id: str, payload: str) -> Parcel | None:
        """The parcel, once; None when it was made elsewhere or is another one."""
        kept, parcel = self._parcels.pop(parcel_id, ("", None))
        return parcel if kept == payload else None
