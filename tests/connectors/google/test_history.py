"""Case history: slices of time, answers at a cap asked for again in halves, cells in whatever encoding."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Refused, Unreadable
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.history_wire import FIELDS, WITH_PRIORITY, decode, query
from connectors.models.cases import CaseEvent
from connectors.models.reading import Reading, Window
from tests.connectors.google.stand_in import INSTANCE, StandIn, always, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
DAY = timedelta(days=1)
Row = tuple[datetime, str, str]


def answer_of(rows: list[Row]) -> dict[str, Any]:
    """The columnar answer for rows of (instant, case, activity)."""
    seconds = [str(int(at.timestamp())) for at, _, _ in rows]
    return {
        "results": [
            {"column": "case_id", "values": [{"value": {"stringVal": case}} for _, case, _ in rows]},
            {"column": "activity", "values": [{"value": {"stringVal": what}} for _, _, what in rows]},
            {"column": "event_time", "values": [{"value": {"int64Val": second}} for second in seconds]},
        ],
        "lastBackendCacheRefreshedTime": "2026-11-22T09:56:00Z",
        "queryRuntimeErrors": [],
    }


def serving(rows: list[Row], cap: int = 10**9) -> Any:
    """A server that holds `rows` and answers at most `cap` of them, without a word."""

    async def answer(request: web.Request) -> web.StreamResponse:
        given = (await request.json())["query"]["input"]["timeWindow"]
        start, end = (datetime.fromisoformat(given[key]) for key in ("startTime", "endTime"))
        return web.json_response(answer_of([row for row in rows if start <= row[0] < end][:cap]))

    return answer


def reader(server: StandIn, **options: Any) -> ChronicleCaseDesk:
    return ChronicleCaseDesk(server.backend(CLOCK), INSTANCE, CLOCK, **options)


async def collect(desk: ChronicleCaseDesk, window: Window) -> list[Reading[CaseEvent]]:
    return [page async for page in desk.history(window)]


def rows_every(hours: float, days: float) -> list[Row]:
    start = NOW - timedelta(days=days)
    return [(start + timedelta(hours=hours * k), str(k), "CREATE_CASE") for k in range(int(days * 24 / hours))]


async def test_history_is_read_in_slices_without_gap_or_double() -> None:
    """Slices adjoin, cover the window, and come oldest first."""
    rows = rows_every(5, 60)
    async with standing_in(serving(rows)) as server:
        pages = await collect(reader(server, slice_days=7), Window(NOW - 60 * DAY, NOW))
    windows = [page.window for page in pages if page.window]
    assert windows[0].start == NOW - 60 * DAY and windows[-1].end == NOW
    assert all(one.end == two.start for one, two in itertools.pairwise(windows))
    assert [event.case_id for page in pages for event in page.items] == [row[1] for row in rows]
    assert len(windows) == len(server.asked) < 9


@pytest.mark.parametrize(("cap", "row_cap"), [(100, 100), (500, 10_000)])
async def test_an_answer_at_the_cap_is_asked_for_again_in_halves(cap: int, row_cap: int) -> None:
    """A cap, ours or one that the tenant keeps to itself, loses no event."""
    rows = rows_every(0.1, 10)
    async with standing_in(serving(rows, cap)) as server:
        pages = await collect(reader(server, row_cap=row_cap, slice_days=10), Window(NOW - 10 * DAY, NOW))
    assert [event.case_id for page in pages for event in page.items] == [row[1] for row in rows]
    assert not any(page.truncated for page in pages)


async def test_more_events_than_a_minute_can_give_is_said() -> None:
    """When even the smallest slice is full, the reading is truncated and says so."""
    rows: list[Row] = [(NOW - timedelta(seconds=30), str(k), "CREATE_CASE") for k in range(50)]
    async with standing_in(serving(rows, 10)) as server:
        pages = await collect(reader(server, row_cap=10), Window(NOW - timedelta(minutes=4), NOW))
    cut = [page for page in pages if page.truncated]
    assert len(cut) == 1 and cut[0].notes == ("Case history: over 10 events within a minute; the rest is missing.",)


async def test_the_age_of_the_dashboards_cache_is_the_readings() -> None:
    """`as_of` is when the desk's own cache was built, not when we asked."""
    async with standing_in(always(answer_of([]))) as server:
        (page,) = await collect(reader(server), Window(NOW - DAY, NOW))
    assert page.as_of == datetime(2026, 11, 22, 9, 56, tzinfo=UTC)


async def test_runtime_errors_of_the_query_are_said() -> None:
    """An answer that admits errors is incomplete."""
    async with standing_in(always({**answer_of([]), "queryRuntimeErrors": [{"code": 3}]})) as server:
        (page,) = await collect(reader(server), Window(NOW - DAY, NOW))
    assert page.truncated and "1 runtime errors" in page.notes[0]


async def test_a_field_the_tenant_does_not_know_is_left_out() -> None:
    """A refused query is asked once more with the documented fields alone, and so from then on."""
    rows: list[Row] = [(NOW - timedelta(hours=1), "7", "CLOSE_CASE")]

    async def answer(request: web.Request) -> web.StreamResponse:
        if "priority" in (await request.json())["query"]["query"]:
            return web.Response(status=400)
        return await serving(rows)(request)  # type: ignore[no-any-return]

    async with standing_in(answer) as server:
        desk = reader(server)
        for _ in range(2):
            (page,) = await collect(desk, Window(NOW - DAY, NOW))
            assert page.items[0].activity == "CLOSE_CASE"
        assert len(server.asked) == 3


async def test_a_desk_that_refuses_history_refuses_it() -> None:
    """When the documented fields are refused too, that is the error."""
    async with standing_in(always({}, status=400)) as server:
        with pytest.raises(Refused):
            await collect(reader(server), Window(NOW - DAY, NOW))
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"results": "none"},
        {"results": [{"column": "case_id", "values": ["1"]}]},
        {"results": [{"column": "case_id", "values": ["1"]}, {"column": "activity", "values": []}]},
        {"results": [7]},
        [],
    ],
)
async def test_an_answer_that_is_not_columnar_is_unreadable(broken: Any) -> None:
    """Missing columns, columns of different length and other shapes are errors, not empty histories."""
    async with standing_in(always(broken)) as server:
        with pytest.raises(Unreadable):
            await collect(reader(server), Window(NOW - DAY, NOW))


AT = int((NOW - timedelta(hours=1)).timestamp())


@pytest.mark.parametrize(
    "cells",
    [
        ["7", "ASSIGNEE_CHANGE", AT, "analyst-07"],
        ["7", "ASSIGNEE_CHANGE", str(AT), "analyst-07"],
        [{"stringVal": "7"}, {"stringVal": "ASSIGNEE_CHANGE"}, {"int64Val": str(AT)}, {"stringVal": "analyst-07"}],
        [{"value": {"stringVal": text}} for text in ("7", "ASSIGNEE_CHANGE", str(AT), "analyst-07")],
        [{"value": "7"}, {"value": "ASSIGNEE_CHANGE"}, {"timestampVal": {"seconds": AT}}, {"value": "analyst-07"}],
        ["projects/p/cases/7", "ASSIGNEE_CHANGE", "2026-11-22T09:00:00Z", "analyst-07"],
    ],
)
@pytest.mark.parametrize("prefix", ["", "$", "case_history."])
def test_cells_and_columns_in_every_encoding(cells: list[Any], prefix: str) -> None:
    """Whatever wraps a cell or precedes a column's name, the event is the same."""
    names = ["case_response_platform_info.case_id", "case_activity", "event_time.seconds", "assignee"]
    answer = {"results": [{"column": prefix + name, "values": [cell]} for name, cell in zip(names, cells, strict=True)]}
    (event,) = decode(answer, Window(NOW - DAY, NOW)).items
    assert event == CaseEvent("7", NOW - timedelta(hours=1), "ASSIGNEE_CHANGE", "analyst-07", "", 0)


def test_the_value_is_that_of_the_activity() -> None:
    """Each activity carries its own new value; events of one second keep the answer's order."""
    activities = ["CREATE_CASE", "ASSIGNEE_CHANGE", "STAGE_CHANGE", "PRIORITY_CHANGE", "CLOSE_CASE", "ODD"]
    columns = {
        "case_id": ["7"] * 6,
        "activity": activities,
        "event_time": [AT] * 6,
        "assignee": ["@Tier1", "analyst-07", "x", "x", "x", "x"],
        "stage": ["x", "x", "Incident", "x", "x", "x"],
        "priority": ["x", "x", "x", "PRIORITY_HIGH", "x", "x"],
        "status": ["x", "x", "x", "x", "CLOSED", "x"],
    }
    answer = {"results": [{"column": name, "values": values} for name, values in columns.items()]}
    events = decode(answer, Window(NOW - DAY, NOW)).items
    assert [event.value for event in events] == ["@Tier1", "analyst-07", "Incident", "high", "CLOSED", ""]
    assert [event.seq for event in events] == list(range(6))


def test_the_query_names_each_field_once() -> None:
    """Every variable is defined, matched, and limited as asked."""
    for fields in (FIELDS, WITH_PRIORITY):
        text = query(fields, 123)
        assert re.findall(r"^\$(\w+) = case_history\.", text, re.M) == list(fields)
        assert text.rstrip().endswith("123")
