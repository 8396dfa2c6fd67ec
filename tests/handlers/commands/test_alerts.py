"""`alerts` through its run()."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import RateLimited
from connectors.models.alerts import Alert, AlertView
from handlers.commands import alerts
from handlers.core.errors import BadFlag
from tests.handlers.commands.twins import Desk, ago, cells, lines, table, with_commands, words


def alert(number: int, rule: str = "rule_a", severity: str = "HIGH", hours: float = 1, **more: Any) -> Alert:
    base = {"status": "NEW", "verdict": "", "priority": "", "case_name": "c"} | more
    return Alert(f"a{number}", rule, f"ru_{rule}", severity, created_at=ago(hours), **base)


def desk(*items: Alert) -> Desk:
    made = with_commands(alerts.COMMAND)
    made.alerts.items = list(items)
    return made


ALERTS = (
    alert(1, "phish_click"),
    alert(2, "phish_click", "LOW", case_name=None),
    alert(3, "beacon", "CRITICAL", status="CLOSED", case_name=None),
    alert(4, "beacon", "HIGH", case_name=None),
    alert(5, "beacon", "LOW", hours=30),
)


async def test_totals_and_the_window_before() -> None:
    """`alerts.total` is the SIEM's count of the window, with the window before as previous."""
    document = await desk(*ALERTS).run("alerts")
    figure = document.figure("alerts.total")
    assert (figure.value, figure.previous) == (4, 1)
    assert figure.window is not None
    assert (figure.window.end - figure.window.start).total_seconds() == 24 * 3600
    assert cells(document, "Alerts by rule") == [["phish_click", "2", "50.0 %"], ["beacon", "2", "50.0 %"]]


async def test_what_needs_you_names_alerts_that_no_case_took() -> None:
    """The verdict's alerts without a case are listed by id, critical before high, the closed ones left out."""
    late = alert(6, "scan", "CRITICAL", hours=20, case_name=None)
    said = words(await desk(*ALERTS, late).run("alerts"))
    assert "What needs you" in said
    assert said.index("(a6), no owner") < said.index("(a4), no owner")
    assert "(a3)" not in said
    assert "What needs you" not in words(await desk(alert(1)).run("alerts"))


async def test_without_a_case() -> None:
    """Only alerts that are not closed and that no case took count; critical is red, high amber."""
    document = await desk(*ALERTS).run("alerts")
    assert document.figure("alerts.no_case.critical").value == 0
    assert document.figure("alerts.no_case.high").value == 1
    assert document.verdict is not None
    assert document.verdict.status == "amber"
    red = (await desk(alert(1, severity="CRITICAL", case_name=None)).run("alerts")).verdict
    assert red is not None
    assert red.status == "red"


@pytest.mark.parametrize(
    ("flags", "total"), [("--rule PHISH", 2), ("--severity low", 1), ("--open", 3), ("--rule beacon --open", 1)]
)
async def test_filters(flags: str, total: int) -> None:
    """Rule, severity and open narrow the total when the SIEM gave all."""
    assert (await desk(*ALERTS).run(f"alerts {flags}")).figure("alerts.total").value == total


async def test_truncated_answer() -> None:
    """Totals stay the SIEM's; what is counted over the returned part says so, and nothing found there is not green."""
    made = desk()
    made.alerts.view = AlertView((alert(1),), 4_000, 4_100, (("rule_a", 3_000), ("rule_b", 1_000)))
    document = await made.run("alerts")
    assert document.figure("alerts.total").value == 4_000
    assert "1 of 4,000 alerts" in words(document)
    assert "over the 1 alerts returned" in document.figure("alerts.no_case.high").note
    assert document.verdict is not None
    assert document.verdict.status == "unknown"
    assert (await made.run("alerts --rule rule_b")).figure("alerts.total").value == 1_000
    by_severity = (await made.run("alerts --severity high")).figure("alerts.total")
    assert by_severity.value is None
    assert by_severity.note
    assert table(document, "Newest alerts").total == 4_000


async def test_siem_away() -> None:
    """A failing SIEM is a notice with its name and no number."""
    made = desk(*ALERTS)
    made.alerts.fails["alerts"] = RateLimited("SIEM", 30)
    document = await made.run("alerts")
    assert document.figures == ()
    assert "SIEM asks for patience" in words(document)
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_empty_window_is_zero_and_green() -> None:
    """An answer without alerts is a true zero."""
    document = await desk().run("alerts --hours 1")
    assert document.figure("alerts.total").value == 0
    assert document.verdict is not None
    assert document.verdict.status == "green"


async def test_buttons_parse_even_with_hostile_rules() -> None:
    """Every button's line parses, whatever the SIEM's rule is called."""
    made = desk(alert(1, 'x" --hours 2 \u201cy\u201d —open <!channel>'))
    typed = lines(await made.run("alerts"))
    assert typed
    for line in typed:
        assert (await made.run(line)).title


@pytest.mark.parametrize("flags", ["--hours 0", "--hours 721", "--hours soon", "--severity urgent", "--rule"])
async def test_bad_flags(flags: str) -> None:
    """A wrong value is refused before the SIEM is asked."""
    made = desk()
    with pytest.raises(BadFlag):
        await made.run(f"alerts {flags}")
    assert made.alerts.asked == []
