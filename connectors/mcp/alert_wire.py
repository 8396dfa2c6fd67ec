"""The records of the two prose tools of `secops-mcp`; its rules and their firings are Chronicle's (`rule_wire`)."""

from __future__ import annotations

from connectors.mcp.prose import Record
from connectors.models.alerts import Alert, IocMatch
from connectors.wire import instant


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
