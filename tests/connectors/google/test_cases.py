"""The case desk's reader: all pages, both spellings of everything, loud bounds, hostile ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Absent, NotConfigured, Refused, Unreadable
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.wire import Instance, epoch_ms, instant, priority
from connectors.models.cases import Case
from connectors.models.reading import Reading, Window
from tests.connectors.google.stand_in import INSTANCE, StandIn, always, broken, in_turn, routes, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)


def desk(server: StandIn, **options: Any) -> ChronicleCaseDesk:
    return ChronicleCaseDesk(server.backend(CLOCK), INSTANCE, CLOCK, ttl=0, **options)


def wire(number: int, hours: float = 1, **more: Any) -> dict[str, Any]:
    """A case created `hours` ago."""
    created = str(epoch_ms(NOW - timedelta(hours=hours)))
    base = {"name": f"projects/p/cases/{number}", "createTime": created, "updateTime": created, "status": "OPENED"}
    return {**base, "displayName": f"Case {number}", "priority": "PRIORITY_HIGH", **more}


def paged(cases: list[dict[str, Any]], size: int = 2) -> Any:
    """A server that pages through `cases`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("pageToken", 0))
        page: dict[str, Any] = {"cases": cases[start : start + size], "totalSize": len(cases)}
        if start + size < len(cases):
            page["nextPageToken"] = str(start + size)
        return web.json_response(page)

    return answer


async def collect(desk: ChronicleCaseDesk, window: Window) -> list[Reading[Case]]:
    return [page async for page in desk.cases(window)]


async def test_every_page_is_read() -> None:
    """The open queue is complete however many pages it has."""
    async with standing_in(paged([wire(n) for n in range(7)])) as server:
        reading = await desk(server).open_cases()
        assert [case.id for case in reading.items] == [str(n) for n in range(7)]
        assert (reading.total, reading.truncated, reading.notes) == (7, False, ())
        assert server.asked[0][2]["filter"] == "status = 'OPENED'"


async def test_a_bound_on_pages_is_loud() -> None:
    """When the bound is reached the reading says that more exists."""
    async with standing_in(paged([wire(n) for n in range(7)])) as server:
        reading = await desk(server, max_pages=2).open_cases()
        assert len(reading.items) == 4 and reading.truncated
        assert reading.notes == (
            "Stopped after 2 pages of Case desk; more exist.",
            "The case desk counts 7 open cases and gave 4.",
        )


async def test_a_repeated_page_token_ends_the_walk() -> None:
    """A server that hands out the same token for ever is left after the second time, loudly."""
    async with standing_in(always({"cases": [wire(1)], "nextPageToken": "same"})) as server:
        reading = await desk(server).open_cases()
        assert len(server.asked) == 2 and len(reading.items) == 1
        assert reading.truncated and "repeated page" in reading.notes[0]


async def test_fewer_cases_than_counted_is_truncated() -> None:
    """A desk that counts more than it gives is not believed to be complete."""
    async with standing_in(always({"cases": [wire(1)], "totalSize": 9})) as server:
        reading = await desk(server).open_cases()
        assert reading.truncated and reading.notes == ("The case desk counts 9 open cases and gave 1.",)


async def test_cases_of_a_window() -> None:
    """The creation bounds are asked for, and what lies outside is dropped even if the server sends it."""
    window = Window(NOW - timedelta(hours=5), NOW - timedelta(hours=1))
    async with standing_in(paged([wire(n, hours=n) for n in range(1, 9)], size=3)) as server:
        pages = await collect(desk(server), window)
        assert [case.id for page in pages for case in page.items] == ["2", "3", "4", "5"]
        low, high = epoch_ms(window.start), epoch_ms(window.end)
        assert server.asked[0][2]["filter"] == f"createTime >= {low} AND createTime < {high}"
        assert len(server.asked) == 2 and not pages[-1].truncated


async def test_a_desk_that_cannot_filter_by_time_is_paged() -> None:
    """A refused filter falls back to paging newest first until the window is passed, and says so."""
    newest = paged([wire(n, hours=n) for n in range(1, 9)], size=2)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=400) if "filter" in request.query else await newest(request)

    async with standing_in(answer) as server:
        pages = await collect(desk(server), Window(NOW - timedelta(hours=3), NOW))
        assert [case.id for page in pages for case in page.items] == ["1", "2", "3"]
        assert len(server.asked) == 3
        assert pages[0].notes == (
            "The case desk does not filter by creation time; all newer cases were read and left out.",
        )
        assert all(page.total is None for page in pages)


async def test_both_spellings_of_everything() -> None:
    """Times in three encodings, enums in two, unknown values verbatim, closure ignored on an open case."""
    at = NOW - timedelta(hours=2)
    modern = wire(1, createTime=str(epoch_ms(at)), closureDetails={"reason": "MALICIOUS"}, assignee="@Tier2")
    legacy = wire(2, createTime=epoch_ms(at), priority="PriorityInformative", status="Opened", assignee=None)
    iso = wire(3, createTime=at.isoformat().replace("+00:00", "Z"), priority="PRIORITY_ODD", stage="Spielwiese")
    async with standing_in(always({"cases": [modern, legacy, iso]})) as server:
        one, two, three = (await desk(server).open_cases()).items
    assert one.created_at == two.created_at == three.created_at == at
    assert (one.priority, two.priority, three.priority) == ("high", "info", "odd")
    assert (one.close_reason, one.assignee, two.assignee, three.stage) == (None, "@Tier2", None, "Spielwiese")
    assert one.owned_by_human is False


async def test_what_a_closed_case_carries() -> None:
    """Closing details, SLA, tags and products arrive; -1 is no deadline."""
    sla = {"expirationTime": "-1", "criticalExpirationTime": str(epoch_ms(NOW)), "expirationStatus": "OPEN_SLA"}
    closure = {"reason": "NOT_MALICIOUS", "rootCause": "rule too broad", "caseClosedAction": "MANUALLY"}
    tags = [{"displayName": "oauth", "priority": 0}, "plain"]
    case = wire(5, status="CLOSED", closureDetails=closure, sla=sla, tags=tags, type="TEST", products=None)
    async with standing_in(always(case)) as server:
        found = (await desk(server).case("5")).case
    assert (found.status, found.close_reason, found.root_cause) == ("closed", "NOT_MALICIOUS", "rule too broad")
    assert found.sla is not None and found.sla.due_at is None and found.sla.critical_at == NOW
    assert (found.tags, found.products, found.type) == (("oauth", "plain"), (), "test")


@pytest.mark.parametrize("number", ["", "..", "../rules", "1/2", "1?x=1", "1 OR 1=1", "%2e%2e", "é", "a" * 200])
async def test_hostile_ids_are_not_asked_for(number: str) -> None:
    """What cannot be an id does not exist; no request leaves."""
    async with standing_in(always({})) as server:
        for ask in (desk(server).case(number), desk(server).comment(number, "x"), desk(server).summary(number)):
            with pytest.raises(Absent):
                await ask
        assert server.asked == []


async def test_instances_come_from_settings_that_make_sense() -> None:
    """A project, customer or region that would change the path is refused before anything is sent."""
    async with standing_in(always({})) as server:
        bad = ChronicleCaseDesk(server.backend(CLOCK), Instance("p", "c", "eu/../x"), CLOCK)
        assert (await bad.ping()).ok is False
        with pytest.raises(NotConfigured):
            await bad.open_cases()
        assert server.asked == []


@pytest.mark.parametrize(
    "body",
    [[], "text", {"cases": "many"}, {"cases": [{"displayName": "no name"}]}, {"cases": [wire(1, createTime="soon")]}],
)
async def test_an_answer_of_another_shape_is_unreadable(body: Any) -> None:
    """A shape that is not as documented is an error that shows none of it, never an empty queue."""
    async with standing_in(always(body)) as server:
        with pytest.raises(Unreadable) as caught:
            await desk(server).open_cases()
        assert "soon" not in str(caught.value)


async def test_a_case_with_its_parts() -> None:
    """Alerts, comments and wall stand beside the case, in order of time."""
    comment = {"name": "x/comments/1", "comment": "checked", "user": "analyst-07", "createTime": str(epoch_ms(NOW))}
    record = {
        "activityType": "CASE_STAGE_CHANGE",
        "activityDataJson": json.dumps({"comment": "Stage changed to Incident"}),
        "createTime": str(epoch_ms(NOW - timedelta(hours=1))),
        "creatorUserId": "lead-02",
    }
    alert = {
        "name": "x/caseAlerts/9",
        "displayName": "Odd",
        "alertGroupIdentifier": "Odd_1",
        "priority": "PRIORITY_LOW",
    }
    table = {
        "/caseAlerts": {"caseAlerts": [alert]},
        "/caseComments": {"caseComments": [comment]},
        "/caseWallRecords": {"caseWallRecords": [{**record, "createTime": str(epoch_ms(NOW))}, record]},
        "/cases/7": wire(7),
    }
    async with standing_in(routes(table)) as server:
        detail = await desk(server).case("7")
    assert detail.alerts is not None and detail.comments is not None and detail.wall is not None
    assert (detail.alerts[0].id, detail.alerts[0].identifier, detail.alerts[0].priority) == ("9", "Odd_1", "low")
    assert (detail.comments[0].text, detail.comments[0].actor) == ("checked", "analyst-07")
    assert [line.at for line in detail.wall] == [NOW - timedelta(hours=1), NOW]
    assert (detail.wall[0].text, detail.wall[0].actor) == ("Stage changed to Incident", "lead-02")
    assert detail.notices == ()


async def test_a_part_that_fails_is_a_notice() -> None:
    """The case is shown without the part, and the part is None, not empty."""
    table = {"/caseAlerts": 500, "/caseComments": broken, "/caseWallRecords": {}, "/cases/7": wire(7)}
    async with standing_in(routes(table)) as server:
        detail = await desk(server).case("7")
    assert (detail.alerts, detail.comments, detail.wall) == (None, None, ())
    assert sorted(detail.notices) == [
        "Alerts: Case desk failed (HTTP 500).",
        "Comments: Case desk broke off the connection.",
    ]


async def test_a_missing_case_is_absent() -> None:
    """When the case itself is not there, that is the answer."""
    async with standing_in(in_turn(404)) as server:
        with pytest.raises(Absent):
            await desk(server).case("7")


async def test_a_link_for_people() -> None:
    """Cases carry the address a person opens, when one is configured."""
    async with standing_in(always({"cases": [wire(7)]})) as server:
        reading = await desk(server, url="https://soar.example/cases/").open_cases()
        assert reading.items[0].url == "https://soar.example/cases/7"


async def test_ping_says_what_is_wrong() -> None:
    """A desk that refuses is not up, in a sentence."""
    async with standing_in(in_turn(403)) as server:
        ping = await desk(server).ping()
        assert (ping.ok, ping.detail) == (False, "Case desk refused our credentials (HTTP 403)")


async def test_a_base_url_with_a_version_keeps_it() -> None:
    """A base URL that ends with a version is not given a second one."""
    async with standing_in(always({"cases": []})) as server:
        server.url += "/v1"
        await desk(server).open_cases()
        assert server.asked[0][1] == "/v1/projects/p/locations/eu/instances/c/cases"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), ("", None), (-1, None), ("0", None), (1795300000000, 1795300000), ("1795300000000", 1795300000),
        (1795300000, 1795300000), ("2026-11-21T10:00:00.123456789Z", 1795255200.123456),
        ({"seconds": "1795300000"}, 1795300000),
    ],
)  # fmt: skip
def test_instants(value: Any, expected: float | None) -> None:
    """Every encoding seen is read; nothing, zero and negatives are no instant."""
    found = instant(value)
    assert (found.timestamp() if found else None) == expected


@pytest.mark.parametrize("value", ["tomorrow", "12:00", [], "1" * 40])
def test_what_is_no_instant(value: Any) -> None:
    """Anything else is an error, not a guess."""
    with pytest.raises(ValueError):
        instant(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("PRIORITY_CRITICAL", "critical"), ("PriorityMedium", "medium"), ("-1", "info"), ("80", "high"), ("P1", "p1")],
)
def test_priorities(value: str, expected: str) -> None:
    """Both spellings and the legacy numbers name the same priority; others stay as they are, lower case."""
    assert priority(value) == expected


async def test_an_unknown_priority_is_not_written() -> None:
    """A priority that we do not know is refused before anything is sent."""
    async with standing_in(always({})) as server:
        with pytest.raises(Refused):
            await desk(server).change_priority("7", "urgent")
        assert server.asked == []
