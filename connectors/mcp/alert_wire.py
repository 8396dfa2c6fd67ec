"""`secops-mcp` on the wire: the records of its two prose tools, its rules and their firings as Chronicle gives them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from connectors.mcp.prose import Record
from connectors.models.alerts import Alert, IocMatch, Rule
from connectors.wire import Instant, Text, Wire, instant, last_part

TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
"""An ATT&CK technique or sub-technique id."""


def alert_of(record: Record) -> Alert:
    """An alert of the prose. ValueError when its time cannot be read: it would belong to no window."""
    at = instant(record["Created"])
    if at is None:
        raise ValueError("an alert without a time")
    return Alert(
        id=record.get("Alert ID", ""),
        rule="" if record["Rule"] == "Unknown Rule" else record["Rule"],
        rule_id="",
        severity=record["Severity"].lower(),
        priority="",
        status=record["Status"],
        verdict=record.get("Verdict", ""),
        created_at=at,
        case_name=record.get("Associated Case") or None,
    )


def ioc_of(record: Record) -> IocMatch:
    """An indicator match of the prose. Several indicators of one match stay one text: commas may be part of them."""
    kind, value = record.get("Type", ""), record.get("Value", "")
    if "Indicator(s)" in record:
        kind, _, value = record["Indicator(s)"].partition("=")
        if ", " in value or not value:
            kind, value = "several", record["Indicator(s)"]
    return IocMatch(
        type=kind,
        value=value,
        sources=_parts(record["Sources"]),
        categories=_parts(record.get("Category", "")),
        assets=_parts(record.get("Associated Entity", "")),
        first_seen_at=instant(record.get("First Seen")),
        last_seen_at=instant(record.get("Last Seen")),
        ingested_at=None,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(", ") if part)


class WireRule(Wire):
    """A rule with its text, as far as the server's SDK asked for it."""

    name: str
    title: Text = Field(default="", validation_alias="displayName")
    text: Text = ""
    author: Text = ""
    severity: Annotated[
        Text, BeforeValidator(lambda value: value.get("displayName") if isinstance(value, dict) else value)
    ] = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    revised: Instant = Field(
        default=None, validation_alias=AliasChoices("revisionCreateTime", "updateTime", "createTime")
    )

    def record(self) -> Rule:
        """For the port. Whether it is switched on is not in the answer; technique ids may stand anywhere."""
        words = " ".join([*map(str, self.metadata.values()), *self.tags, self.text])
        number = last_part(self.name).split("@")[0]
        return Rule(
            id=number,
            name=self.title or str(self.metadata.get("rule_name", "")) or number,
            enabled=None,
            alerting=None,
            severity=(self.severity or str(self.metadata.get("severity", ""))).lower(),
            techniques=tuple(dict.fromkeys(TECHNIQUE.findall(words))),
            author=self.author or str(self.metadata.get("author", "")),
            revised_at=self.revised,
        )


class WireRules(Wire):
    """One page of list_security_rules."""

    rules: tuple[WireRule, ...] = ()
    following: Text = Field(default="", validation_alias="nextPageToken")


class WireHit(Wire):
    """One firing of a rule."""

    at: Instant = Field(
        default=None,
        validation_alias=AliasChoices("detectionTimestamp", "detectionTime", "commitTimestamp", "timestamp"),
    )


class WireProperties(Wire):
    """Which rule fired."""

    rule_id: Text = Field(default="", validation_alias="ruleId")
    name: Text = ""


class WireMetadata(Wire):
    """A wrapper."""

    properties: WireProperties = Field(default_factory=WireProperties)


class WireFirings(Wire):
    """All firings of one rule."""

    metadata: WireMetadata = Field(default_factory=WireMetadata, validation_alias="ruleMetadata")
    alerts: tuple[WireHit, ...] = ()

    @property
    def rule(self) -> str:
        """Its name, or its id where it has none."""
        return self.metadata.properties.name or self.metadata.properties.rule_id


class WireRuleAlerts(Wire):
    """search_rule_alerts."""

    items: tuple[WireFirings, ...] = Field(default=(), validation_alias="ruleAlerts")
    too_many: bool | None = Field(default=False, validation_alias="tooManyAlerts")
