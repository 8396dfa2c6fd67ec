"""Google Threat Intelligence v3: threat profiles, their recommendations, collections. Times are in SECONDS here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from connectors.simulator import catalogue as cat
from connectors.simulator.desk import Json
from connectors.simulator.hashing import draws
from connectors.simulator.times import DAY
from connectors.simulator.world import World

_PROFILES = (
    ("EU finance", ("Financial Services",), ("Germany", "Netherlands"), ("Financial Gain",)),
    ("Manufacturing and OT", ("Manufacturing", "Energy & Utilities"), ("Germany",), ("Espionage", "Destruction")),
    ("Cloud identity", ("Technology",), (), ("Financial Gain", "Espionage")),
    ("Retail peak season", ("Retail",), ("Austria", "Germany"), ("Financial Gain",)),
    ("<!channel> *imported* profile | 2024", (), (), ()),
)
_KINDS = ("threat-actor", "malware-family", "campaign", "report", "vulnerability")
_MOTIVES = ("Financial Gain", "Espionage", "Destruction", "Unknown")
# techniques that threat intelligence names and no rule of the simulated SOC covers: the gaps of coverage
_UNCOVERED = ("T1195.002", "T1556.006", "T1199", "T1219", "T1574.001", "T1651", "T1021.007")
COLLECTIONS = 48
_PER_PROFILE = 23


class BadCursor(ValueError):
    """The cursor is not one that this server has given."""


class Intel:
    """Profiles 0 to n-1, collections 0 to COLLECTIONS-1."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.size = world.settings.threat_profiles

    def profile_id(self, number: int) -> str:
        return f"{draws(self.world.seed, 'profile', number)[0]:08x}{number:04x}"

    def find(self, profile: str) -> int | None:
        """Number of a profile id; None when there is none."""
        return next((k for k in range(self.size) if self.profile_id(k) == profile), None)

    def profile(self, number: int) -> Json:
        """The `threat_profile` object."""
        name, industries, regions, motives = _PROFILES[number % len(_PROFILES)]
        suffix = f" {number // len(_PROFILES) + 1}" if number >= len(_PROFILES) else ""
        created = (self.world.start + number * 40 * DAY) // 1000
        return {
            "type": "threat_profile",
            "id": self.profile_id(number),
            "attributes": {
                "name": name + suffix,
                "creation_date": created,
                "last_modification_date": (self.world.now - (number + 2) * 9 * DAY) // 1000,
                "enable_recommendations": number != 2,
                "interests": {
                    "INTEREST_TYPE_TARGETED_INDUSTRY": list(industries),
                    "INTEREST_TYPE_TARGETED_REGION": list(regions),
                    "INTEREST_TYPE_ACTOR_MOTIVATION": list(motives),
                },
            },
        }

    def recommended(self, profile: int) -> list[int]:
        """Numbers of the collections recommended for a profile."""
        if self.profile(profile)["attributes"]["enable_recommendations"] is False:
            return []
        return [(profile * 7 + k * 2) % COLLECTIONS for k in range(_PER_PROFILE)]

    @staticmethod
    def collection_id(number: int) -> str:
        kind = _KINDS[number % len(_KINDS)]
        return f"{kind}--{number:08x}-5ec0-5000-8000-{number * 15485863 % 16**12:012x}"

    def find_collection(self, collection: str) -> int | None:
        """Number of a collection id; None when there is none."""
        return next((k for k in range(COLLECTIONS) if self.collection_id(k) == collection), None)

    def techniques(self, number: int) -> list[str]:
        """ATT&CK ids of a collection; some have none, some name what no rule covers."""
        d = draws(self.world.seed, "collection", number)
        known = [row.technique for row in cat.DETECTIONS if row.technique]
        picked = {known[d[k] % len(known)] for k in range(d[10] % 6)}
        picked |= {_UNCOVERED[d[k] % len(_UNCOVERED)] for k in range(11, 11 + d[14] % 3)}
        return sorted(picked)

    def collection(self, number: int) -> Json:
        """The full `collection` object, techniques among its relationships."""
        d = draws(self.world.seed, "collection", number)
        kind = _KINDS[number % len(_KINDS)]
        _, industries, regions, _ = _PROFILES[d[8] % 4]
        modified = (self.world.now - d[9] % (200 * DAY)) // 1000
        return {
            "type": "collection",
            "id": self.collection_id(number),
            "attributes": {
                "name": _name(kind, number),
                "collection_type": kind,
                "description": _description(kind, number),
                "origin": "Google Threat Intelligence",
                "creation_date": modified - 86400 * 200,
                "last_modification_date": modified,
                "targeted_industries": list(industries),
                "targeted_regions": list(regions),
                "motivations": [{"value": _MOTIVES[d[7] % 4]}],
            },
            "relationships": {
                "attack_techniques": {
                    "data": [{"type": "attack_technique", "id": name} for name in self.techniques(number)],
                    "meta": {"count": len(self.techniques(number))},
                }
            },
        }

    def recommendation(self, number: int) -> Json:
        """The full object as the recommendations list gives it: with `context_attributes`."""
        return {**self.collection(number), "context_attributes": {"source": "SOURCE_RECOMMENDATION"}}

    def descriptor(self, number: int) -> Json:
        """A relationship's descriptor: type and id, no name."""
        return {
            "type": "collection",
            "id": self.collection_id(number),
            "context_attributes": {"source": "SOURCE_RECOMMENDATION"},
        }


def _name(kind: str, number: int) -> str:
    if number == 3:
        return "[click](http://evil.example) *report* <!here>"
    label = {"threat-actor": "SIM-UNC", "malware-family": "SIMLOADER", "campaign": "SIM-CAMP"}.get(kind)
    return f"{label}-{4100 + number}" if label else f"Simulated {kind} {4100 + number}"


def _description(kind: str, number: int) -> str:
    return (
        f"Simulated {kind} number {number}. It stands for what a vendor would describe at length: "
        "who is behind it, whom it targets, which tools are used. " * (1 + number % 4)
    )


def page(size: int, limit: int, cursor: str, url: str, item: Callable[[int], Json]) -> Json:
    """One page of v3's paging: `data`, `meta{count,cursor}`, `links{self,next}`; BadCursor for a foreign cursor."""
    try:
        start = int(base64.urlsafe_b64decode(cursor.encode())) if cursor else 0
    except (ValueError, binascii.Error):
        raise BadCursor("Invalid cursor") from None
    answer: Json = {
        "data": [item(k) for k in range(start, min(start + limit, size))],
        "meta": {"count": size},
        "links": {"self": f"{url}?limit={limit}"},
    }
    if start + limit < size:
        following = base64.urlsafe_b64encode(str(start + limit).encode()).decode()
        answer["meta"]["cursor"] = following
        answer["links"]["next"] = f"{url}?limit={limit}&cursor={following}"
    return answer
