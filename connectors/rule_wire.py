"""Detection rules on the wire: rules, their deployments, how often they fired."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from connectors.models.alerts import Rule, RuleActivity
from connectors.models.reading import Window
from connectors.wire import Instant, Text, Wire, last_part

TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
"""An ATT&CK technique or sub-technique id."""


class WireSeverity(Wire):
    """A severity is an object in rules and a word in alerts."""

    shown: Text = Field(default="", validation_alias="displayName")


class WireRule(Wire):
    """A rule with its text (`view=FULL`)."""

    name: str
    title: Text = Field(default="", validation_alias="displayName")
    text: Text = ""
    author: Text = ""
    severity: Annotated[
        WireSeverity | None, BeforeValidator(lambda value: {"displayName": value} if isinstance(value, str) else value)
    ] = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    revised: Instant = Field(
        default=None, validation_alias=AliasChoices("revisionCreateTime", "updateTime", "createTime")
    )

    @property
    def id(self) -> str:
        """`ru_…`, without the revision that may follow an at sign."""
        return last_part(self.name).split("@")[0]

    def record(self, deployment: WireDeployment | None = None) -> Rule:
        """For the port. Technique ids are looked for in metadata, tags and text, as authors put them anywhere."""
        words = " ".join([*map(str, self.metadata.values()), *self.tags, self.text])
        severity = (self.severity.shown if self.severity else "") or str(self.metadata.get("severity", ""))
        return Rule(
            id=self.id,
            name=self.title or str(self.metadata.get("rule_name", "")) or self.id,
            enabled=deployment.enabled if deployment else None,
            alerting=deployment.alerting if deployment else None,
            severity=severity.lower(),
            techniques=tuple(dict.fromkeys(TECHNIQUE.findall(words))),
            author=self.author or str(self.metadata.get("author", "")),
            revised_at=self.revised,
        )


class WireRules(Wire):
    """One page of rules."""

    rules: tuple[WireRule, ...] = ()
    following: Text = Field(default="", validation_alias="nextPageToken")


class WireDeployment(Wire):
    """Whether a rule runs. Proto3 JSON leaves false booleans out, so that a missing one is False."""

    name: str
    enabled: bool = False
    alerting: bool = False

    @property
    def rule_id(self) -> str:
        """`…/rules/ru_1/deployment` → `ru_1`."""
        return self.name.rsplit("/deployment", 1)[0].rsplit("/", 1)[-1].split("@")[0]


class WireDeployments(Wire):
    """One page of deployments."""

    items: tuple[WireDeployment, ...] = Field(
        default=(), validation_alias=AliasChoices("ruleDeployments", "deployments")
    )


class WireRuleHit(Wire):
    """One firing of a rule."""

    at: Instant = Field(
        default=None,
        validation_alias=AliasChoices("detectionTimestamp", "detectionTime", "commitTimestamp", "timestamp"),
    )


class WireRuleProperties(Wire):
    """Which rule fired."""

    rule_id: Text = Field(default="", validation_alias="ruleId")
    name: Text = ""


class WireRuleMetadata(Wire):
    """A wrapper."""

    properties: WireRuleProperties = Field(default_factory=WireRuleProperties)


class WireRuleAlert(Wire):
    """All firings of one rule."""

    metadata: WireRuleMetadata = Field(default_factory=WireRuleMetadata, validation_alias="ruleMetadata")
    alerts: tuple[WireRuleHit, ...] = ()

    @property
    def rule(self) -> str:
        """Its name, or its id where it has none."""
        return self.metadata.properties.name or self.metadata.properties.rule_id


class WireRuleAlerts(Wire):
    """Firings of a window, by rule."""

    items: tuple[WireRuleAlert, ...] = Field(default=(), validation_alias="ruleAlerts")
    too_many: bool | None = Field(default=False, validation_alias="tooManyAlerts")


class Firings:
    """The firings of several answers, by rule."""

    def __init__(self) -> None:
        self._times: defaultdict[str, list[datetime]] = defaultdict(list)
        self._undated: Counter[str] = Counter()

    def add(self, wire: WireRuleAlerts, within: Window | None = None) -> None:
        """Those without a time count, and lie in no window."""
        for item in wire.items:
            self._undated[item.rule] += sum(hit.at is None for hit in item.alerts)
            dated = (hit.at for hit in item.alerts if hit.at is not None)
            self._times[item.rule] += [at for at in dated if within is None or within.holds(at)]

    def activities(self) -> tuple[RuleActivity, ...]:
        """For the port: most firings first, then by name."""
        count = {name: len(times) + self._undated[name] for name, times in self._times.items()}
        names = sorted((name for name in count if count[name]), key=lambda name: (-count[name], name))
        times = {name: tuple(sorted(self._times[name])) for name in names}
        return tuple(
            RuleActivity(name, count[name], times[name][-1] if times[name] else None, times[name]) for name in names
        )
