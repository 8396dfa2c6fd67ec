"""Threat intelligence by cursor, and findings ranked by us over all pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Absent, NotConfigured, Unreadable
from connectors.google.gti import GtiThreatIntel
from connectors.google.scc import SccCloudPosture
from tests.connectors.google.stand_in import StandIn, always, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)


def intel(server: StandIn, **options: Any) -> GtiThreatIntel:
    return GtiThreatIntel(server.backend(CLOCK, "GTI"), CLOCK, **options)


def posture(server: StandIn, project: str = "p", **options: Any) -> SccCloudPosture:
    return SccCloudPosture(server.backend(CLOCK, "SCC"), project, CLOCK, **options)


def by_cursor(items: list[dict[str, Any]], size: int) -> Any:
    """GTI's paging; `links.next` points to where no key of ours may go."""

    async def answer(request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("cursor", 0))
        page: dict[str, Any] = {"data": items[start : start + size], "meta": {}}
        if start + size < len(items):
            page["meta"]["cursor"] = str(start + size)
            page["links"] = {"next": "http://127.0.0.1:1/steal?cursor=1"}
        return web.json_response(page)

    return answer


async def test_profiles_over_all_pages() -> None:
    """The cursor is followed to the end; the address in the answer is not."""
    interests = {"INTEREST_TYPE_TARGETED_INDUSTRY": ["Finance"], "INTEREST_TYPE_TARGETED_REGION": ["Germany"]}
    attributes = {"name": "EU", "creation_date": 1700000000, "enable_recommendations": True, "interests": interests}
    items = [{"id": f"p{n}", "attributes": attributes} for n in range(5)]
    async with standing_in(by_cursor(items, 2)) as server:
        reading = await intel(server).profiles()
        assert len(server.asked) == 3
    assert [profile.id for profile in reading.items] == ["p0", "p1", "p2", "p3", "p4"]
    first = reading.items[0]
    assert (first.industries, first.regions, first.motivations) == (("Finance",), ("Germany",), ())
    assert first.created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert first.recommendations_enabled and not reading.truncated


async def test_recommendations_are_full_objects() -> None:
    """Names, targets as lists and as trees, techniques from attributes and relationships arrive."""
    collection = {
        "id": "threat-actor--1",
        "attributes": {
            "name": "SIM-1",
            "collection_type": "threat-actor",
            "targeted_industries": ["Retail"],
            "targeted_regions_hierarchy": [{"region": "Europe", "country": "Germany"}],
            "attack_techniques": ["T1059"],
        },
        "relationships": {"attack_techniques": {"data": [{"type": "attack_technique", "id": "T1566.001"}]}},
        "context_attributes": {"source": "SOURCE_RECOMMENDATION"},
    }
    async with standing_in(always({"data": [collection, {"id": "campaign--2"}]})) as server:
        one, two = (await intel(server).recommendations("p1")).items
        assert server.asked[0][1] == "/api/v3/threat_profiles/p1/recommendations"
    assert (one.name, one.type, one.industries) == ("SIM-1", "threat-actor", ("Retail",))
    assert (one.regions, one.techniques) == (("Germany", "Europe"), ("T1059", "T1566.001"))
    assert (two.type, two.techniques, two.profile_id) == ("campaign", (), "p1")


async def test_a_cursor_for_ever_is_left() -> None:
    """A repeated cursor and too many pages both end the walk, loudly."""
    async with standing_in(always({"data": [{"id": "p1"}], "meta": {"cursor": "same"}})) as server:
        reading = await intel(server).profiles()
        assert reading.truncated and len(reading.items) == 1 and len(server.asked) == 2
    async with standing_in(by_cursor([{"id": f"p{n}"} for n in range(9)], 2)) as server:
        reading = await intel(server, max_pages=2).profiles()
        assert reading.truncated and len(reading.items) == 4


@pytest.mark.parametrize("body", [[], {"data": "x"}, {"data": [{"attributes": {}}]}])
async def test_intel_of_another_shape_is_unreadable(body: Any) -> None:
    """A shape that is not as documented is an error, never an empty list."""
    async with standing_in(always(body)) as server:
        with pytest.raises(Unreadable):
            await intel(server).profiles()


async def test_hostile_profile_ids_are_not_asked_for() -> None:
    """What cannot be an id does not exist."""
    async with standing_in(always({"data": []})) as server:
        for bad in ("", "../collections", "a b"):
            with pytest.raises(Absent):
                await intel(server).recommendations(bad)
        assert server.asked == []


def finding(number: int, score: Any = None, **more: Any) -> dict[str, Any]:
    exposure = {} if score is None else {"attackExposure": {"score": score, "state": "CALCULATED"}}
    base = {"name": f"organizations/1/sources/2/findings/f{number}", "severity": "HIGH", "category": "SOFTWARE"}
    return {"finding": {**base, **exposure, **more}}


def by_token(items: list[dict[str, Any]], size: int) -> Any:
    async def answer(request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("pageToken", 0))
        more = str(start + size) if start + size < len(items) else ""
        page = {"listFindingsResults": items[start : start + size], "nextPageToken": more, "totalSize": len(items)}
        return web.json_response(page)

    return answer


async def test_the_top_finding_may_stand_on_the_last_page() -> None:
    """All pages are read before anything is ranked; scores as text count as numbers; unscored ones come last."""
    items = [finding(1, 9.1), finding(2), finding(3, 0), finding(4, "12.5"), finding(5), finding(6, 99.0)]
    async with standing_in(by_token(items, 2)) as server:
        reading = await posture(server).findings()
        assert len(server.asked) == 3 and server.asked[0][2]["pageSize"] == "1000"
    assert [found.id for found in reading.items] == ["f6", "f4", "f1", "f3", "f2", "f5"]
    assert [found.attack_exposure for found in reading.items] == [99.0, 12.5, 9.1, 0.0, None, None]
    assert (reading.total, reading.truncated) == (6, False)


async def test_a_score_that_was_not_calculated_is_none() -> None:
    """NaN, a failed calculation and a missing object are no score."""
    failed = {"attackExposure": {"score": 50, "state": "FAILED"}}
    items = [finding(1, "NaN"), finding(2, **failed), finding(3, attackExposure=None)]
    async with standing_in(by_token(items, 9)) as server:
        assert {found.attack_exposure for found in (await posture(server).findings()).items} == {None}


async def test_among_unscored_findings_critical_comes_first() -> None:
    """Severity orders what has no score, then the newest."""
    items = [
        finding(1, severity="HIGH", eventTime="2026-11-20T10:00:00Z"),
        finding(2, severity="HIGH", eventTime="2026-11-21T10:00:00Z"),
        finding(3, severity="CRITICAL", eventTime="2026-01-01T10:00:00Z"),
    ]
    async with standing_in(by_token(items, 9)) as server:
        assert [found.id for found in (await posture(server).findings()).items] == ["f3", "f2", "f1"]


async def test_what_a_finding_carries() -> None:
    """CVE, exploitation, zero day, CVSS and times arrive."""
    cve = {"id": "CVE-2026-90001", "exploitationActivity": "WIDE", "zeroDay": True, "cvssv3": {"baseScore": 9.8}}
    more = {"vulnerability": {"cve": cve}, "createTime": "2026-11-20T10:00:00Z", "resourceName": "//x/vm"}
    async with standing_in(by_token([finding(1, 5, **more)], 9)) as server:
        (found,) = (await posture(server).findings()).items
    assert (found.cve, found.exploitation, found.zero_day, found.cvss) == ("CVE-2026-90001", "WIDE", True, 9.8)
    assert (found.resource, found.severity, found.event_at) == ("//x/vm", "high", None)


async def test_a_bound_on_pages_of_findings_is_loud() -> None:
    """A top list over part of the findings says that it is one."""
    async with standing_in(by_token([finding(n, n) for n in range(9)], 2)) as server:
        reading = await posture(server, max_pages=2).findings()
    assert reading.truncated and reading.notes[-1] == "4 of 9 findings were given."


async def test_a_project_comes_from_settings_that_make_sense() -> None:
    """A project id that would change the path is refused before anything is sent."""
    async with standing_in(always({})) as server:
        with pytest.raises(NotConfigured):
            await posture(server, "p/../q").findings()
        assert server.asked == []
