"""Google Threat Intelligence's objects, as its REST interface (VirusTotal v3) and `gti-mcp` give them alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from connectors.models.threats import Recommendation, ThreatProfile
from connectors.wire import Instant, Text, Wire


class WireProfileAttributes(Wire):
    """A profile's attributes; times in seconds."""

    name: Text = ""
    created: Instant = Field(default=None, validation_alias="creation_date")
    modified: Instant = Field(default=None, validation_alias="last_modification_date")
    enabled: bool | None = Field(default=False, validation_alias="enable_recommendations")
    interests: dict[str, list[str]] = Field(default_factory=dict)


class WireProfile(Wire):
    """A threat profile."""

    id: str
    attributes: WireProfileAttributes = Field(default_factory=WireProfileAttributes)

    def record(self) -> ThreatProfile:
        """For the port."""
        known = self.attributes
        return ThreatProfile(
            id=self.id,
            name=known.name,
            industries=self._interests("INDUSTRY"),
            regions=self._interests("TARGETED_REGION"),
            motivations=self._interests("MOTIVATION"),
            recommendations_enabled=bool(known.enabled),
            created_at=known.created,
            modified_at=known.modified,
        )

    def _interests(self, kind: str) -> tuple[str, ...]:
        named = (values for key, values in self.attributes.interests.items() if key.endswith(kind))
        return tuple(dict.fromkeys(value for values in named for value in values))


class WireCollectionAttributes(Wire):
    """A collection's attributes: who is targeted comes as flat lists, as trees, or both."""

    name: Text = ""
    type: Text = Field(default="", validation_alias="collection_type")
    description: Text = ""
    industries: tuple[str, ...] = Field(default=(), validation_alias="targeted_industries")
    regions: tuple[str, ...] = Field(default=(), validation_alias="targeted_regions")
    industry_tree: tuple[dict[str, Any], ...] = Field(default=(), validation_alias="targeted_industries_tree")
    region_tree: tuple[dict[str, Any], ...] = Field(default=(), validation_alias="targeted_regions_hierarchy")
    techniques: tuple[str, ...] = Field(default=(), validation_alias="attack_techniques")
    modified: Instant = Field(default=None, validation_alias="last_modification_date")


class WireCollection(Wire):
    """A recommended collection as a full object."""

    id: str
    attributes: WireCollectionAttributes = Field(default_factory=WireCollectionAttributes)
    context: dict[str, Any] = Field(default_factory=dict, validation_alias="context_attributes")
    relationships: dict[str, Any] = Field(default_factory=dict)

    def record(self, profile_id: str) -> Recommendation:
        """For the port."""
        known = self.attributes
        return Recommendation(
            profile_id=profile_id,
            id=self.id,
            type=known.type or self.id.split("--")[0],
            name=known.name,
            description=known.description,
            industries=_unique(known.industries, known.industry_tree, ("industry", "industry_group")),
            regions=_unique(known.regions, known.region_tree, ("country", "sub_region", "region")),
            techniques=self.techniques(),
            source=str(self.context.get("source", "")),
            modified_at=known.modified,
        )

    def techniques(self) -> tuple[str, ...]:
        """ATT&CK ids: its own, then those it is related to, which stand in a list or in an object's `data`."""
        related = self.relationships.get("attack_techniques")
        data = related.get("data") if isinstance(related, Mapping) else related
        items = [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
        ids = (str(item["id"]) for item in items if item.get("id"))
        return tuple(dict.fromkeys([*self.attributes.techniques, *ids]))


def _unique(flat: tuple[str, ...], tree: tuple[dict[str, Any], ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The flat names, then every name in the tree: a country matches by its region's name too."""
    names = [str(node[key]) for node in tree for key in keys if node.get(key)]
    return tuple(dict.fromkeys([*flat, *names]))
