"""What the SIEM answers: the streamed alerts view and indicator matches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field
from pydantic_core import from_json

from connectors.google.wire import Instant, Text, Wire, priority
from connectors.models.alerts import Alert, IocMatch

_HOST = ("hostname", "asset", "assetIpAddress", "ipAddress", "mac", "productSpecificId")


class WireDetection(Wire):
    """What one rule said."""

    rule: Text = Field(default="", validation_alias="ruleName")
    rule_id: Text = Field(default="", validation_alias="ruleId")
    severity: Text = ""


class WireFeedback(Wire):
    """What analysts said about an alert."""

    status: Text = ""
    priority: Text = ""
    severity: Text = Field(default="", validation_alias="severityDisplay")
    verdict: Text = ""


class WireAlert(Wire):
    """One alert of the view."""

    id: str
    created: Instant = Field(default=None, validation_alias="createdTime")
    detected: Instant = Field(default=None, validation_alias="detectionTime")
    case_name: Text = Field(default="", validation_alias="caseName")
    detection: tuple[WireDetection, ...] = ()
    feedback: WireFeedback = Field(default_factory=WireFeedback, validation_alias="feedbackSummary")
    elements: tuple[dict[str, Any], ...] = Field(default=(), validation_alias="collectionElements")

    def record(self) -> Alert | None:
        """For the port; None without any time: it belongs to no window."""
        at = self.created or self.detected
        if at is None:
            return None
        first = self.detection[0] if self.detection else WireDetection()
        return Alert(
            id=self.id,
            rule=first.rule,
            rule_id=first.rule_id,
            severity=(first.severity or self.feedback.severity).lower(),
            priority=priority(self.feedback.priority),
            status=self.feedback.status,
            verdict=self.feedback.verdict,
            created_at=at,
            detected_at=self.detected,
            case_name=self.case_name or None,
            hosts=tuple(dict.fromkeys(_hostnames(self.elements))),
        )


def _hostnames(value: Any, depth: int = 0) -> Iterable[str]:
    """Every `hostname` below `collectionElements` (sample events in UDM)."""
    if depth > 12:
        return
    if isinstance(value, Mapping):
        host = value.get("hostname")
        if isinstance(host, str) and host:
            yield host
        for part in value.values():
            yield from _hostnames(part, depth + 1)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _hostnames(part, depth + 1)


class WireAlertList(Wire):
    """Alerts are wrapped twice."""

    alerts: tuple[WireAlert, ...] = ()


class WireFieldValue(Wire):
    """One value of a field with its count; the value is text inside an object, or bare."""

    value: dict[str, Any] | str = ""
    count: int = Field(default=0, validation_alias="alertCount")

    @property
    def text(self) -> str:
        """The value as text."""
        return self.value if isinstance(self.value, str) else str(next(iter(self.value.values()), ""))


class WireField(Wire):
    """How many alerts carry which values of a field."""

    name: Text = Field(default="", validation_alias="fieldName")
    values: tuple[WireFieldValue, ...] = Field(default=(), validation_alias="allValues")


class WireAggregations(Wire):
    """Aggregations per field."""

    fields: tuple[WireField, ...] = ()


class WireView(Wire):
    """One fragment of the alerts view; fields that a fragment leaves out are None."""

    progress: float | None = None
    complete: bool | None = None
    baseline: int | None = Field(default=None, validation_alias="baselineAlertsCount")
    filtered: int | None = Field(default=None, validation_alias="filteredAlertsCount")
    alerts: WireAlertList | None = None
    aggregations: WireAggregations | None = Field(default=None, validation_alias="fieldAggregations")


def fragments(raw: bytes) -> list[Any]:
    """The JSON values in `raw`, an array counting as its elements. ValueError when something is no JSON or cut off.

    The SIEM streams an array whose commas and closing bracket some proxies lose; objects back to back are read too.
    """
    try:
        whole = from_json(raw)
    except ValueError:
        return _back_to_back(raw.decode("utf-8"))
    return whole if isinstance(whole, list) else [whole]


def _back_to_back(text: str) -> list[Any]:
    decoder, at = json.JSONDecoder(), 0
    found: list[Any] = []
    while True:
        while at < len(text) and text[at] in " \t\r\n,[]":
            at += 1
        if at == len(text):
            return found
        value, at = decoder.raw_decode(text, at)
        found.append(value)


class WireIoc(Wire):
    """One indicator match."""

    indicator: dict[str, Any] = Field(default_factory=dict, validation_alias="artifactIndicator")
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    assets: tuple[dict[str, Any], ...] = Field(default=(), validation_alias="assetIndicators")
    ingested: Instant = Field(default=None, validation_alias="iocIngestTimestamp")
    first: Instant = Field(default=None, validation_alias="firstSeenTimestamp")
    last: Instant = Field(default=None, validation_alias="lastSeenTimestamp")

    def record(self) -> IocMatch:
        """For the port; the indicator's only key is its type."""
        kind, value = next(iter(self.indicator.items()), ("", ""))
        names = (str(asset.get(key)) for asset in self.assets for key in _HOST if asset.get(key))
        return IocMatch(
            type=kind,
            value=str(value),
            sources=self.sources,
            categories=self.categories,
            assets=tuple(dict.fromkeys(names)),
            first_seen_at=self.first,
            last_seen_at=self.last,
            ingested_at=self.ingested,
        )


class WireIocs(Wire):
    """Indicator matches of a window."""

    matches: tuple[WireIoc, ...] = ()
    more: bool | None = Field(default=False, validation_alias="moreDataAvailable")
