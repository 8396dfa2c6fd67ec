"""The one place that spells a Redis key, and the partition a thread's deliveries belong to.

Every key carries one hash tag, `soc:{org}:...`, so that a script over several of them runs on one Cluster slot.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

PARTITIONS = 8
"""Outbox partitions. Fixed: changing it while deliveries wait would let a thread overtake itself."""

KEEP = 86_400
"""How long a call or delivery stays known after its last step, in seconds."""


def partition(thread: str) -> int:
    """The outbox partition of a thread, 0 to PARTITIONS - 1: the same in every process and on every day."""
    return zlib.crc32(thread.encode("utf-8", "surrogatepass")) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one organisation. `ValueError` when its name cannot be a hash tag."""

    org: str

    def __post_init__(self) -> None:
        if not self.org.strip() or "{" in self.org or "}" in self.org:
            raise ValueError("the organisation's name must not be empty and must not contain { or }")

    def _key(self, *parts: str) -> str:
        return ":".join((f"soc:{{{self.org}}}", *parts))

    @property
    def inbox(self) -> str:
        """Stream of calls not yet finished; its consumer group is `workers`."""
        return self._key("inbox")

    def call(self, call_id: str) -> str:
        """What became of a call: `open:<token>` or `done:<token>`."""
        return self._key("call", call_id)

    def outbox(self, number: int) -> str:
        """Stream of deliveries of one partition."""
        return self._key("outbox", str(number))

    def attempts(self, number: int) -> str:
        """Hash entry -> attempts begun, of one partition."""
        return self._key("outbox", str(number), "attempts")

    def lease(self, number: int) -> str:
        """Who may deliver one partition."""
        return self._key("outbox", str(number), "lease")

    def delivery(self, delivery_id: str) -> str:
        """Marks a delivery id as known."""
        return self._key("delivery", delivery_id)

    def value(self, key: str) -> str:
        """Hash of one stored value: v value, t token of its writer, c claimant."""
        return self._key("value", key)

    def feed(self, key: str) -> str:
        """Stream of one feed."""
        return self._key("feed", key)

    def once(self, token: str) -> str:
        """Marks one append to a feed as applied, for as long as a client may still retry it."""
        return self._key("once", token)

    @property
    def audit(self) -> str:
        """Stream of the audit log; entry n has the id `n-0`."""
        return self._key("audit")

    @property
    def schedules(self) -> str:
        """Hash schedule id -> definition."""
        return self._key("schedules")

    @property
    def schedule_versions(self) -> str:
        """Hash schedule id -> `<version>:<token of the last edit>`."""
        return self._key("schedules", "versions")

    @property
    def schedule_slots(self) -> str:
        """Sorted set schedule id -> epoch seconds of the next slot."""
        return self._key("schedules", "slots")

    def crisis(self, crisis: str) -> str:
        """Hash of one crisis: version, head, state, open (1 or 0)."""
        return self._key("crisis", "state", crisis)

    def crisis_events(self, crisis: str) -> str:
        """Stream of its events; the event of version n has the id `n-0`."""
        return self._key("crisis", "events", crisis)

    def crisis_keys(self, crisis: str) -> str:
        """Hash key of a commit -> `<version>:<token of that commit>`, for as long as the crisis is kept."""
        return self._key("crisis", "keys", crisis)

    @property
    def crisis_rooms(self) -> str:
        """Hash room -> crisis."""
        return self._key("crises", "rooms")

    @property
    def crisis_due(self) -> str:
        """Sorted set crisis -> epoch seconds when it wants to be looked at."""
        return self._key("crises", "due")

    @property
    def crisis_list(self) -> str:
        """Sorted set crisis -> its place in the order of their beginnings."""
        return self._key("crises", "list")

    @property
    def crisis_number(self) -> str:
        """The last number given to a crisis."""
        return self._key("crises", "number")
