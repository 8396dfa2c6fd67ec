"""Detection rules on the wire: rules, their deployments, how often they fired."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from connectors.google.wire import Instant, Text, Wire, last_part
from connectors.models.alerts import Rule

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

    def record(self, deployment: WireDeployment | None) -> Rule:
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


class WireRuleAlerts(Wire):
    """Firings of a window, by rule."""

    items: tuple[WireRuleAlert, ...] = Field(default=(), validation_alias="ruleAlerts")
    too_many: bool | None = Field(default=False, validation_alias="tooManyAlerts")
