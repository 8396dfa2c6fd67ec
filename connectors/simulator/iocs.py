"""Indicator matches: about one for every six cases, each with the machines that touched it."""

from __future__ import annotations

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.desk import Desk, Json
from connectors.simulator.hashing import draws, unit
from connectors.simulator.times import DAY, HOUR, iso

_CASES_PER_MATCH = 6
HOSTILE_VALUE = "<!channel>.*bold*.evil.example"


class Matches:
    """Matches 0 to n-1, number 0 the newest. Every fourth touched a machine of a case that is open now."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world = desk, desk.world
        self.gap = (self.world.now - self.world.start) * _CASES_PER_MATCH // self.world.size

    def _seen(self, number: int) -> int:
        """When match `number` was last seen; falls as the number rises."""
        return self.world.now - 1 - int(self.gap * (number + unit(draws(self.world.seed, "ioc", number)[0])))

    def search(self, low: int, high: int, limit: int) -> Json:
        """`legacySearchEnterpriseWideIoCs`: matches last seen in [low, high), newest first, at most `limit`."""
        first = max((self.world.now - high) // self.gap - 1, 0)
        numbers: list[int] = []
        number = first
        while number * self.gap < self.world.now - self.world.start and len(numbers) <= limit:
            seen = self._seen(number)
            if seen < low:
                break
            if seen < high:
                numbers.append(number)
            number += 1
        return {
            "matches": [self._match(number) for number in numbers[:limit]],
            "moreDataAvailable": len(numbers) > limit,
        }

    def _match(self, number: int) -> Json:
        d = draws(self.world.seed, "ioc", number)
        seen = self._seen(number)
        first = seen - d[1] % (9 * DAY)
        return {
            "artifactIndicator": self._artifact(number, d),
            "sources": sorted({cat.IOC_SOURCES[d[2] % 4], cat.IOC_SOURCES[d[3] % 4]}),
            "categories": [cat.IOC_CATEGORIES[d[4] % 4]],
            "assetIndicators": [{"hostname": host} for host in self._assets(number, d)],
            "iocIngestTimestamp": iso(max(first - d[5] % (30 * HOUR), self.world.start)),
            "firstSeenTimestamp": iso(first),
            "lastSeenTimestamp": iso(seen),
        }

    @staticmethod
    def _artifact(number: int, d: tuple[int, ...]) -> Json:
        if number % 37 == 5:
            return {"domain": HOSTILE_VALUE}
        kind = d[6] % 8
        if kind == 0:
            return {"hashSha256": "".join(f"{part:08x}" for part in d[8:16])}
        if kind < 3:
            # 198.51.100.0/24 and 203.0.113.0/24 are kept free for documentation (RFC 5737)
            return {"destinationIpAddress": f"{('198.51.100', '203.0.113')[d[7] & 1]}.{1 + d[8] % 250}"}
        return {"domain": f"{d[9] % 16**6:06x}.cdn-update{d[10] % 90}.example"}

    def _assets(self, number: int, d: tuple[int, ...]) -> list[str]:
        hosts = {cat.HOSTS[d[k] % len(cat.HOSTS)] for k in range(11, 12 + d[13] % 3)}
        active = self.desk.index.open_cases()
        if number % 4 == 0 and active:
            hosts.add(story.host_of(self.world.core(active[-1 - number // 4 % len(active)])))
        return sorted(hosts)
