"""`posture` through its run()."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.organisation import Service
from connectors.models.threats import Finding
from handlers.commands import posture
from handlers.core.errors import BadFlag
from tests.handlers.commands.twins import Desk, ago, cells, table, with_commands, words

PAY = Service(id="pay", name="Payments", owner="Owner 01", criticality=5, crown_jewel=True, hosts=("pay-core-01",))


def finding(number: str, score: float | None, exploitation: str = "NO_KNOWN", **more: Any) -> Finding:
    base: dict[str, Any] = {
        "category": "SOFTWARE_VULNERABILITY",
        "resource": f"//compute.example/projects/p/instances/vm-{number}",
        "severity": "HIGH",
        "cve": f"CVE-2026-{number}",
        "zero_day": False,
        "created_at": ago(48),
        "event_at": None,
        "cvss": 7.5,
    }
    return Finding(number, attack_exposure=score, exploitation=exploitation, **(base | more))


def desk(*items: Finding) -> Desk:
    made = with_commands(posture.COMMAND)
    made.posture.finding_list = list(items)
    made.organisation.files[Service] = [PAY]
    return made


MIX = (
    finding("1", 3.0),
    finding("2", None, "WIDE", cvss=None),
    finding("3", 9.1, "AVAILABLE", resource="//compute.example/projects/p/instances/pay-core-01"),
    finding("4", None, cvss=9.8),
    finding("5", 9.1, zero_day=True),
)


async def test_ranking_and_counts() -> None:
    """Highest exposure first; unscored last, exploited before others; unscored are counted, not ranked as zero."""
    document = await desk(*MIX).run("posture")
    assert [row[1] for row in cells(document, "Findings")] == [f"CVE-2026-{n}" for n in "53124"]
    values = {figure.id: figure.value for figure in document.figures}
    assert values == {
        "findings.count": 5, "findings.top_score": 9.1, "findings.exploited": 2, "findings.unscored": 2,
    }  # fmt: skip
    assert cells(document, "Findings")[-1][0] == "not scored"
    assert cells(document, "Findings")[1][5] == "Payments"


@pytest.mark.parametrize(("items", "status"), [(MIX, "red"), (MIX[:1], "amber"), ((), "green")])
async def test_status(items: tuple[Finding, ...], status: str) -> None:
    """Exploited is red, any finding amber, none green."""
    verdict = (await desk(*items).run("posture")).verdict
    assert verdict is not None
    assert verdict.status == status


async def test_no_due_date_without_its_inputs() -> None:
    """BOD 26-04's due dates are not guessed: the inputs that are missing are named."""
    assert posture.DUE in words(await desk(*MIX).run("posture"))
    assert posture.DUE not in words(await desk().run("posture"))


async def test_limit_is_said() -> None:
    """A limit cuts the list, not the counts, and the table says of how many."""
    document = await desk(*MIX).run("posture --limit 2")
    assert len(table(document, "Findings").rows) == 2
    assert table(document, "Findings").total == 5
    assert document.figure("findings.count").value == 5
    for flags in ("--limit 0", "--limit 201", "--limit all"):
        with pytest.raises(BadFlag):
            await desk().run(f"posture {flags}")


async def test_source_cut() -> None:
    """When the source gave a part, the count is the source's, that is said, and the status is unknown."""
    made = desk(*MIX[:1])
    made.posture.truncated, made.posture.total = True, 900
    document = await made.run("posture")
    assert document.figure("findings.count").value == 900
    assert "gave 1 of 900 findings" in words(document)
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_nothing_scored() -> None:
    """Without any calculated score the top score is not available rather than zero."""
    figure = (await desk(MIX[3]).run("posture")).figure("findings.top_score")
    assert figure.value is None
    assert figure.note


async def test_posture_away_and_services_away() -> None:
    """A failing source gives no number; a missing services file leaves the ranking and says services are not known."""
    made = desk(*MIX)
    del made.organisation.files[Service]
    document = await made.run("posture")
    assert {row[5] for row in cells(document, "Findings")} == {"not known"}
    made.posture.fails["findings"] = Unavailable("Cloud posture", "is down")
    document = await made.run("posture")
    assert document.figures == ()
    assert "Cloud posture is down." in words(document)
