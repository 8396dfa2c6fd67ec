"""`dashboardQueries:execute` over `case`: one row a case, with what its alerts say, answered column by column.

As with history the YARA-L text is not executed. Read from it are the variables (`$name = min(case.….seconds)` names a
column `name`), the first field of each expression, and the number that an `if(field > 0, field, NUMBER)` puts in the
place of a missing time (0 otherwise). A field that is not in COLUMNS is a 400, as for any tenant. The window is that of
the cases' creation. All alerts of a case come from one rule; `min` and `array_distinct` are over those alerts.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.desk import Desk
from connectors.simulator.filters import BadFilter
from connectors.simulator.world import FIRST_ID, Core, World

_BATCH = 1000


def _second(at: int | None, missing: str) -> str:
    return '{"value":{"int64Val":"' + (missing if at is None else str(at // 1000)) + '"}}'


def _rule(world: World, core: Core) -> str:
    return _RULES[story.detection_of(world, core)]


_RULES = ['{"list":{"values":[{"stringVal":' + json.dumps(detection.name) + "}]}}" for detection in cat.DETECTIONS]
_ALERTS = "case.alerts.metadata."
COLUMNS: dict[str, Callable[[World, Core, str], str]] = {
    "case.response_platform_info.response_platform_id": lambda world, core, missing: (
        '{"value":{"stringVal":"' + str(FIRST_ID + core.number) + '"}}'
    ),
    "case.created_time.seconds": lambda world, core, missing: _second(core.created, missing),
    _ALERTS + "detection_time.seconds": lambda world, core, missing: _second(story.detected_at(core), missing),
    _ALERTS + "collection_elements.references.event.metadata.event_timestamp.seconds": (
        lambda world, core, missing: _second(story.first_event_at(core), missing)
    ),
    _ALERTS + "detection.rule_name": lambda world, core, missing: _rule(world, core),
}
_FIELD = re.compile(r"(?<![\w.])case\.[a-z_.]+")
_VARIABLE = re.compile(r"\$(\w+)\s*=\s*([^\n$]*)")
_MISSING = re.compile(r"\bif\(.*,\s*(\d+)\s*\)")


def is_about_cases(query: str) -> bool:
    """Whether the query reads `case` and not `case_history`."""
    return _FIELD.search(query) is not None


def columns_of(query: str) -> list[tuple[str, str, str]]:
    """(column name, field, what stands for a missing time) in the query's order; BadFilter for an unknown field."""
    unknown = sorted(set(_FIELD.findall(query)) - COLUMNS.keys())
    if unknown:
        raise BadFilter(f"unknown field {unknown[0]}")
    found = []
    for name, expression in _VARIABLE.findall(query):
        field, missing = _FIELD.search(expression), _MISSING.search(expression)
        if field is not None:
            found.append((name, field.group(), missing.group(1) if missing else "0"))
    return found


async def results(desk: Desk, query: str, low: int, high: int, most: int | None) -> list[str]:
    """The answer's columns, each as JSON text, for cases created in [low, high); lets others run in between."""
    world, wanted = desk.world, columns_of(query)
    first, last = world.index_at(low), world.index_at(high)
    last = last if most is None else min(last, first + most)
    cells: list[list[str]] = [[] for _ in wanted]
    for index in range(first, last):
        core = world.fresh(index)
        for column, (_, field, missing) in zip(cells, wanted, strict=True):
            column.append(COLUMNS[field](world, core, missing))
        if index % _BATCH == 0:
            await asyncio.sleep(0)
    return [
        '{"column":' + json.dumps(name) + ',"values":[' + ",".join(column) + "]}"
        for (name, _, _), column in zip(wanted, cells, strict=True)
    ]
