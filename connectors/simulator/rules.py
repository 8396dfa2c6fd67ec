"""The SIEM's own detection rules: resources, deployments, YARA-L text with and without ATT&CK tags."""

from __future__ import annotations

from connectors.simulator import catalogue as cat
from connectors.simulator.desk import Json
from connectors.simulator.hashing import draws, unit
from connectors.simulator.times import DAY, iso
from connectors.simulator.world import World

_VARIANTS = ("", "_servers", "_cloud", "_vip", "_ot", "_legacy", "_test")


def rule_id(number: int) -> str:
    """The rule's id as Chronicle writes it: "ru_" and a UUID."""
    return f"ru_{number:08x}-0000-4000-8000-{number * 7919 % 16**12:012x}"


def rule_name(number: int) -> str:
    """The first rules carry the detections' own names; further ones are variants of them."""
    detections = len(cat.DETECTIONS)
    variant, base = divmod(number, detections)
    suffix = _VARIANTS[variant] if variant < len(_VARIANTS) else f"_v{variant}"
    return cat.DETECTIONS[base].name + suffix


class Rules:
    """Rules 0 to n-1. One in six has no technique id; one in twelve says it in the text's comments alone;
    a few still carry an id that ATT&CK v19 has retired."""

    def __init__(self, world: World, instance: str) -> None:
        self.world, self.instance = world, instance
        self.size = max(world.settings.rules, len(cat.DETECTIONS))

    def find(self, rule: str) -> int | None:
        """Number of a rule id; None when there is no such rule."""
        try:
            number = int(rule.removeprefix("ru_").split("-")[0], 16)
        except ValueError:
            return None
        return number if number < self.size and rule_id(number) == rule else None

    def technique(self, number: int) -> tuple[str, str]:
        """(technique id, where it is said: "metadata", "comment" or "")."""
        d = draws(self.world.seed, "rule", number)
        base = cat.DETECTIONS[number % len(cat.DETECTIONS)]
        if not base.technique or unit(d[0]) < 0.13:
            return "", ""
        if number >= len(cat.DETECTIONS) and unit(d[1]) < 0.09:
            return cat.RETIRED[d[2] % len(cat.RETIRED)], "metadata"
        return base.technique, "comment" if unit(d[0]) > 0.92 else "metadata"

    def rule(self, number: int, full: bool) -> Json:
        """The `Rule` resource; text and metadata only in the FULL view."""
        d = draws(self.world.seed, "rule", number)
        base = cat.DETECTIONS[number % len(cat.DETECTIONS)]
        created = self.world.start + int((self.world.now - self.world.start) * 0.9 * unit(d[3]))
        revised = created + int((self.world.now - created) * unit(d[4]))
        answer: Json = {
            "name": f"{self.instance}/rules/{rule_id(number)}",
            "revisionId": f"v_{revised // 1000}_{d[5] % 10**9:09}",
            "displayName": rule_name(number),
            "author": f"engineer-0{1 + d[6] % 3}",
            "severity": {"displayName": cat.SEVERITIES[base.severity].capitalize()},
            "createTime": iso(created),
            "revisionCreateTime": iso(revised),
            "compilationState": "SUCCEEDED",
            "type": "MULTI_EVENT" if d[7] & 1 else "SINGLE_EVENT",
            "allowedRunFrequencies": ["LIVE", "HOURLY", "DAILY"],
        }
        if full:
            answer["metadata"], answer["text"] = self._written(number, base)
        return answer

    def _written(self, number: int, base: cat.Detection) -> tuple[Json, str]:
        technique, where = self.technique(number)
        metadata = {"author": "Detection engineering", "severity": cat.SEVERITIES[base.severity].capitalize()}
        metadata["description"] = base.title
        if where == "metadata":
            metadata["mitre_attack_technique_id"] = technique
            if base.tactic:
                metadata["mitre_attack_tactic"] = base.tactic
        comment = f"  // ATT&CK: {technique}\n" if where == "comment" else ""
        meta = "".join(f'    {key} = "{value}"\n' for key, value in metadata.items())
        text = (
            f"rule {rule_name(number)} {{\n  meta:\n{meta}{comment}  events:\n"
            f'    $e.metadata.product_name = "{base.product}"\n  condition:\n    $e\n}}\n'
        )
        return metadata, text

    def deployment(self, number: int) -> Json:
        """The `RuleDeployment`: nine in ten enabled, a few without alerting, a few archived."""
        d = draws(self.world.seed, "deployment", number)
        enabled = number < 4 or number == cat.SILENT or unit(d[0]) < 0.9
        answer: Json = {
            "name": f"{self.instance}/rules/{rule_id(number)}/deployment",
            "enabled": enabled,
            "alerting": enabled and unit(d[1]) < 0.92,
            "archived": not enabled and unit(d[2]) < 0.4,
            "runFrequency": ("LIVE", "HOURLY", "DAILY")[d[3] % 3],
            "executionState": "DEFAULT",
        }
        if answer["archived"]:
            answer["archiveTime"] = iso(self.world.now - d[4] % 300 * DAY)
        return answer
