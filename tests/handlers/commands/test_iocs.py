"""`iocs` through its run(), and the matching of hosts to services."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.models.alerts import IocMatch
from connectors.models.organisation import Service
from handlers.analysis.assets import Assets, same_host
from handlers.commands import iocs
from handlers.core.errors import BadFlag
from tests.handlers.commands.twins import Desk, ago, cells, table, with_commands, words

PAY = Service(id="pay", name="Payments", owner="Owner 01", criticality=5, crown_jewel=True, hosts=("pay-core-01",))
WEB = Service(id="web", name="Web shop", owner="Owner 02", criticality=3, hosts=("web-01.example.test",))


def match(value: str, *assets: str, **more: Any) -> IocMatch:
    base: dict[str, Any] = {"sources": ("Feed",), "categories": ("Phishing",), "first_seen_at": ago(9)}
    return IocMatch("DOMAIN", value, assets=assets, **(base | {"last_seen_at": ago(2), "ingested_at": None} | more))


def desk(*items: IocMatch) -> Desk:
    made = with_commands(iocs.COMMAND)
    made.alerts.iocs = list(items)
    made.organisation.files[Service] = [PAY, WEB]
    return made


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("PAY-core-01", "pay-core-01", True),
        ("web-01", "web-01.example.test", True),
        ("web-01.other.test", "web-01.example.test", False),
        ("10.0.0.1", "10", False),
        ("web-010", "web-01.example.test", False),
        ("", "", False),
    ],
)
def test_same_host(one: str, other: str, same: bool) -> None:
    """Names equal ignoring case, a short name equals the first label of a full one, addresses never by their start."""
    assert same_host(one, other) is same
    assert same_host(other, one) is same


def test_touched_puts_crown_jewels_first() -> None:
    """Crown jewels come before more critical services; a resource path matches by its parts."""
    assets = Assets([WEB, PAY])
    assert assets.touched(["web-01", "pay-core-01"]) == [PAY, WEB]
    assert assets.of_resource("//compute.example/projects/p/instances/pay-core-01") == [PAY]
    assert assets.touched(["", "pay"]) == []


@pytest.mark.parametrize(
    "host", ["web-01", "WEB-01.example.test.", "web-01.other.test", "10.0.0.1", "10", "::1", "", "w"]
)
@pytest.mark.parametrize("mine", ["web-01", "web-01.example.test", "10.0.0.1", "10", "::1", "w.x"])
def test_index_agrees_with_the_rule(host: str, mine: str) -> None:
    """Looking up in the index finds exactly what comparing name by name finds."""
    service = Service(id="s", name="S", owner="Owner 01", criticality=1, hosts=(mine,))
    assert bool(Assets([service]).touched([host])) is same_host(host, mine)


async def test_crown_jewels_first_and_red() -> None:
    """A match on a crown jewel makes the verdict red, comes first and names the service's owner."""
    document = await desk(match("a.test", "ws-1"), match("b.test", "web-01"), match("c.test", "pay-core-01")).run(
        "iocs"
    )
    assert [document.figure(f"ioc.{n}").value for n in ("matches", "services", "crown_jewels", "assets")] == [
        3,
        2,
        1,
        3,
    ]
    assert [row[0] for row in cells(document, "Matches")] == ["c.test", "b.test", "a.test"]
    assert document.verdict is not None
    assert document.verdict.status == "red"
    assert "crown jewel Payments; owner Owner 01" in words(document)


@pytest.mark.parametrize(("items", "status"), [((match("b", "web-01"),), "amber"), ((match("a", "ws-1"),), "green")])
async def test_status(items: tuple[IocMatch, ...], status: str) -> None:
    """A listed service is amber, any other machine green."""
    verdict = (await desk(*items).run("iocs")).verdict
    assert verdict is not None
    assert verdict.status == status


async def test_services_unknown_is_not_zero() -> None:
    """Without the services file the touched counts are not available, the status unknown, the matches still there."""
    made = desk(match("c.test", "pay-core-01"))
    del made.organisation.files[Service]
    document = await made.run("iocs")
    assert document.figure("ioc.crown_jewels").value is None
    assert document.figure("ioc.matches").value == 1
    assert cells(document, "Matches")[0][3] == "not known"
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_siem_away() -> None:
    """A failing SIEM is a notice and no number."""
    made = desk()
    made.alerts.fails["ioc_matches"] = Unavailable("SIEM", "is down")
    document = await made.run("iocs")
    assert document.figures == ()
    assert "SIEM is down." in words(document)


async def test_truncation_is_said_and_not_green() -> None:
    """A cut answer says how many of how many, and nothing found in a part is not green."""
    made = desk(match("a.test", "ws-1"))
    made.alerts.truncated, made.alerts.total = True, 5_000
    document = await made.run("iocs --hours 48")
    assert document.figure("ioc.matches").value == 5_000
    assert "gave 1 of 5,000 matches" in words(document)
    assert table(document, "Matches").total == 5_000
    assert document.verdict is not None
    assert document.verdict.status == "unknown"


async def test_unknown_times_are_a_dash() -> None:
    """A match whose times the SIEM does not give is listed last and shows a dash."""
    document = await desk(match("a.test", "ws-1", last_seen_at=None), match("b.test", "ws-2")).run("iocs")
    assert [(row[0], row[5] == "—") for row in cells(document, "Matches")] == [("b.test", False), ("a.test", True)]


async def test_nothing_found() -> None:
    """An empty answer is a true zero, green, without a table."""
    document = await desk().run("iocs")
    assert document.figure("ioc.matches").value == 0
    assert document.verdict is not None
    assert document.verdict.status == "green"
    assert not [block for block in document.blocks if block.kind == "table"]
    with pytest.raises(BadFlag):
        await desk().run("iocs --hours 9999")
