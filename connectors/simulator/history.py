"""`dashboardQueries:execute` over `case_history`: rows of events, answered column by column (`case`: see `origins`).

The YARA-L text is not executed. Read from it are the variables (`$who = case_history.assignee` names a column
`who`), equalities on `case_activity`, and `limit:`. A query that names no variable gets every column under its
full name. Cells are written as the dashboards API writes them, `{"value": {"stringVal": ".."}}`, int64 as text;
times are in SECONDS here, while the case resource has milliseconds. JSON is put together from ready fragments:
a window of years has hundreds of thousands of cells.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from connectors.simulator import catalogue as cat
from connectors.simulator import origins, story
from connectors.simulator.desk import Desk
from connectors.simulator.filters import BadFilter
from connectors.simulator.times import DAY, HOUR, MINUTE, iso, parse
from connectors.simulator.world import FIRST_ID, OPEN_LIMIT

Row = tuple[int, str, story.Event]
CACHE_AGE = 4 * MINUTE
"""How old the dashboards' cache says it is."""
_BATCH = 4000
_UNITS = {"MINUTE": MINUTE, "HOUR": HOUR, "DAY": DAY, "WEEK": 7 * DAY, "MONTH": 30 * DAY}


def _text(value: str) -> str:
    return '{"value":{"stringVal":' + json.dumps(value) + "}}"


_READY = {value: _text(value) for value in (*cat.PRIORITIES, *cat.STAGES, *cat.TIER1, *cat.TIER2, *cat.LEADS)}


def _cell(value: str) -> str:
    return _READY.get(value) or _READY.setdefault(value, _text(value))


COLUMNS: dict[str, Callable[[Row], str]] = {
    "case_response_platform_info.case_id": lambda row: '{"value":{"stringVal":"' + row[1] + '"}}',
    "case_activity": lambda row: _cell(row[2].activity),
    "event_time.seconds": lambda row: '{"value":{"int64Val":"' + str(row[0] // 1000) + '"}}',
    "assignee": lambda row: _cell(row[2].assignee),
    "stage": lambda row: _cell(row[2].stage),
    "status": lambda row: _cell(row[2].status),
    "priority": lambda row: _cell(cat.PRIORITIES[row[2].priority]),
}
_VARIABLE = re.compile(r"\$(\w+)\s*=\s*([^\n$]*)")
_FIELD = re.compile(r"(?:case_history\.)?(" + "|".join(re.escape(name) for name in COLUMNS) + r")\b")
_ACTIVITY = re.compile(r"case_activity\s*=\s*\"(\w+)\"")
_LIMIT = re.compile(r"\blimit:\s*(\d+)")


def columns_of(query: str) -> list[tuple[str, str]]:
    """(column name, field) in the query's order."""
    found: dict[str, str] = {}
    for name, expression in _VARIABLE.findall(query):
        field = _FIELD.search(expression)
        if field is not None:
            found[name] = field.group(1)
    return list(found.items()) or [(name, name) for name in COLUMNS]


def window_of(given: dict[str, Any], now: int) -> tuple[int, int]:
    """Half-open window in milliseconds from `timeWindow{startTime,endTime}` or `relativeTime`; BadFilter else."""
    absolute, relative = given.get("timeWindow"), given.get("relativeTime")
    try:
        if isinstance(absolute, dict):
            return parse(str(absolute["startTime"])), parse(str(absolute.get("endTime") or now))
        if isinstance(relative, dict):
            return now - int(relative["startTimeVal"]) * _UNITS[str(relative["timeUnit"])], now
    except (KeyError, ValueError) as error:
        raise BadFilter(f"the time window cannot be read: {error}") from None
    raise BadFilter("input.timeWindow or input.relativeTime is needed")


def _batches(items: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(items), _BATCH):
        yield items[first : first + _BATCH]


async def rows(desk: Desk, low: int, high: int, activities: set[str]) -> list[Row]:
    """(instant, case id, event) of every event in [low, high), in order of time; lets others run in between."""
    world = desk.world
    first, last = world.index_at(low - OPEN_LIMIT), world.index_at(high + 2 * HOUR)
    found: list[Row] = []
    touched = await asyncio.to_thread(desk.index.touched_since, low, first, last)
    for batch in _batches(touched):
        for index in batch:
            case_id = str(FIRST_ID + index)
            for event in story.events(world, world.fresh(index)):
                if low <= event.at < high and (not activities or event.activity in activities):
                    found.append((event.at, case_id, event))
        await asyncio.sleep(0)
    found.extend(row for row in _written(desk) if low <= row[0] < high)
    found.sort(key=lambda row: row[0])
    return found


def _written(desk: Desk) -> Iterator[Row]:
    for index, notes in desk.overlay.notes.items():
        last = story.events(desk.world, desk.world.core(index))[-1]
        for note in notes:
            if note.kind == "PRIORITY_CHANGE":
                event = last._replace(at=note.at, activity=note.kind, priority=cat.PRIORITIES.index(note.text))
                yield note.at, str(FIRST_ID + index), event


async def _history(desk: Desk, text: str, low: int, high: int, most: int | None) -> list[str]:
    """The answer's columns, each as JSON text."""
    found = (await rows(desk, low, high, set(_ACTIVITY.findall(text))))[:most]
    results = []
    for name, field in columns_of(text):
        cells = ",".join(map(COLUMNS[field], found))
        results.append('{"column":' + json.dumps(name) + ',"values":[' + cells + "]}")
        await asyncio.sleep(0)
    return results


async def execute(desk: Desk, body: dict[str, Any], limit: int | None) -> str:
    """The answer as JSON text. `limit` is the server's own cap on rows; the query's may be lower."""
    query = body.get("query")
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        raise BadFilter("query.query is needed")
    text, now = query["query"], desk.world.now
    given = query.get("input") or body.get("input") or {}
    low, high = window_of(given, now)
    asked = _LIMIT.search(text)
    caps = [cap for cap in (limit, int(asked.group(1)) if asked else None) if cap is not None]
    most = min(caps) if caps else None
    if origins.is_about_cases(text):
        # what the vendor calls this data source in an answer was not seen anywhere
        source, results = "CASES", await origins.results(desk, text, low, high, most)
    else:
        source, results = "CASE_HISTORY", await _history(desk, text, low, high, most)
    rest = {
        "dataSources": [source],
        "lastBackendCacheRefreshedTime": iso(now - CACHE_AGE),
        "timeWindow": {"startTime": iso(low), "endTime": iso(high)},
        "queryRuntimeErrors": [],
    }
    return '{"results":[' + ",".join(results) + "]," + json.dumps(rest)[1:]
