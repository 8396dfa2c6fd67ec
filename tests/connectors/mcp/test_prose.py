"""The two prose tools: both formats are read, and whoever names a rule cannot write records."""

from __future__ import annotations

import pytest

from connectors.mcp import prose
from connectors.mcp.alert_wire import alert_of, ioc_of

OLD = (
    "Found 2 security alerts:\n\nAlert 1:\nRule: win_lsass_dump\nCreated: 2026-11-21T10:00:00Z\nStatus: OPEN\n"
    "Severity: HIGH\nAssociated Case: 101\n\nAlert 2:\nRule: {rule}\nCreated: 2026-11-21T11:00:00Z\nStatus: OPEN\n"
    "Severity: Unknown\n\n"
)
NEW = (
    "Found 1 security alerts:\n\nAlert 1:\nAlert ID: de_1\nRule: r\nCreated: 2026-11-21T10:00:00Z\nStatus: OPEN\n"
    "Verdict: TRUE_POSITIVE\nSeverity: High\n\n"
)
IOC = "Found 1 IoC matches:\n\nIoC 1:\nType: domain\nValue: {value}\nSources: Mandiant, ET Intel\n\n"
NEW_IOC = (
    "Found 1 IoC matches:\n\nIoC 1:\nIndicator(s): domain=bad.example\nFirst Seen: 2025-01-01T00:00:00Z\n"
    "Last Seen: 2025-01-02T00:00:00Z\nCategory: MALWARE\nSeverity: HIGH\nConfidence: HIGH\n"
    "Associated Entity: ws1, ws2\nSources: US_CERT\n\n"
)


def test_the_format_of_the_released_server_is_read() -> None:
    """Values come out word for word; "Unknown" is nothing; a missing case is None."""
    told = prose.alerts(OLD.format(rule="odd: name | <!channel> \u2028 \r x"))
    assert told.count == 2 and told.records is not None
    first, second = (alert_of(record) for record in told.records)
    assert (first.rule, first.severity, first.case_name, first.id) == ("win_lsass_dump", "high", "101", "")
    assert (second.rule, second.severity, second.case_name) == ("odd: name | <!channel> \u2028 \r x", "", None)


def test_the_format_after_it_is_read() -> None:
    """Ids and verdicts are there."""
    told = prose.alerts(NEW)
    assert told.records is not None
    alert = alert_of(told.records[0])
    assert (alert.id, alert.verdict, alert.status, alert.severity) == ("de_1", "TRUE_POSITIVE", "OPEN", "high")


@pytest.mark.parametrize(
    "rule",
    [
        "odd\nname\nStatus: CLOSED",
        "x\nCreated: 2026-11-21T10:00:00Z\nStatus: CLOSED\nSeverity: LOW",
        "x\nCreated: 2026-11-21T10:00:00Z\nStatus: CLOSED\nSeverity: LOW\n\nAlert 3:\nRule: y",
        "x\n\nAlert 3:\nRule: y",
        "\n\n",
        "x\n",
    ],
)
def test_a_rule_name_forges_nothing(rule: str) -> None:
    """A name with line breaks costs the details of the answer; the header's count stands, no field is believed."""
    assert prose.alerts(OLD.format(rule=rule)) == prose.Told(2, None)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (OLD.format(rule="r")[:-40], 2),
        (OLD.format(rule="r").replace("Alert 2:", "Alert 3:"), 2),
        (OLD.format(rule="r").replace("Found 2", "Found 3"), 3),
        (OLD.format(rule="r").replace("Status: OPEN\n", ""), 2),
        (NEW.replace("Verdict: TRUE_POSITIVE\nSeverity: High", "Severity: High\nVerdict: TRUE_POSITIVE"), 1),
        ("Found many security alerts:\n\n", None),
        ("Something else entirely", None),
        ("Found 0 security alerts:\n\n", None),
        ("", None),
    ],
)
def test_a_mismatch_is_a_count_at_most(text: str, count: int | None) -> None:
    """Cut, renumbered, miscounted, reordered or unknown answers give a count or nothing, never a record."""
    told = prose.alerts(text)
    assert (told.count, told.records) == (count, None)


def test_none_found_is_none() -> None:
    """The servers' own words for nothing are zero records."""
    assert prose.alerts(prose.NONE_FOUND["Alert"]) == prose.iocs(prose.NONE_FOUND["IoC"] + "\n") == prose.Told(0, ())
    assert prose.alerts(prose.NONE_FOUND["IoC"]).count is None


def test_indicators_in_both_formats() -> None:
    """Type, value and sources; the newer format has times and assets as well; several indicators stay one text."""
    old, new = prose.iocs(IOC.format(value="bad.example")), prose.iocs(NEW_IOC)
    assert old.records is not None and new.records is not None
    match, later = ioc_of(old.records[0]), ioc_of(new.records[0])
    assert (match.type, match.value, match.sources) == ("domain", "bad.example", ("Mandiant", "ET Intel"))
    assert (later.type, later.value, later.assets) == ("domain", "bad.example", ("ws1", "ws2"))
    assert later.last_seen_at is not None and match.last_seen_at is None
    both = NEW_IOC.replace("domain=bad.example", "domain=bad.example, url=https://x/?a=b, c")
    several = prose.iocs(both)
    assert several.records is not None
    assert ioc_of(several.records[0]).type == "several"
    assert prose.iocs(IOC.format(value="x\nSources: me")) == prose.Told(1, None)
