"""`case_history` through `dashboardQueries:execute`: the query, and its columnar answer read into events.

How cells are encoded is documented nowhere; plain values, `{"stringVal": …}` and `{"value": {…}}` are all read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.google.wire import instant, last_part, priority, rfc3339
from connectors.models.cases import CaseEvent
from connectors.models.reading import Window

FIELDS = {
    "case_id": "case_response_platform_info.case_id",
    "activity": "case_activity",
    "event_time": "event_time.seconds",
    "assignee": "assignee",
    "stage": "stage",
    "status": "status",
}
"""What Google's own dashboard queries read of `case_history`; the column is named after the variable."""

WITH_PRIORITY = {**FIELDS, "priority": "priority"}
"""A field that no documentation was seen for: a tenant that refuses it is asked again without."""


def query(fields: Mapping[str, str], limit: int) -> str:
    """YARA-L 2.0 dashboard query: one row an event, oldest first, at most `limit` rows."""
    named = "\n".join(f"${name} = case_history.{field}" for name, field in fields.items())
    return (
        f"{named}\nmatch:\n  {', '.join(f'${name}' for name in fields)}\norder:\n  $event_time asc\nlimit:\n  {limit}\n"
    )


_COLUMNS = {
    "case_id": ("case_id", "caseid", "id"),
    "activity": ("case_activity", "activity"),
    "at": ("event_time", "seconds", "time", "timestamp"),
    "assignee": ("assignee",),
    "stage": ("stage",),
    "priority": ("priority",),
    "status": ("status",),
    "actor": ("actor", "user", "creator", "creator_user_id"),
}
_VALUE_BY_ACTIVITY = {
    "CREATE_CASE": "assignee",
    "ASSIGNEE_CHANGE": "assignee",
    "STAGE_CHANGE": "stage",
    "PRIORITY_CHANGE": "priority",
    "CLOSE_CASE": "status",
    "REOPEN_CASE": "status",
}


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What one query answered. `rows` counts lines of the answer, those outside the window included."""

    events: tuple[CaseEvent, ...]
    rows: int
    as_of: datetime | None
    notes: tuple[str, ...]


def body(fields: Mapping[str, str], window: Window, limit: int) -> dict[str, Any]:
    """The request for a window's history."""
    interval = {"startTime": rfc3339(window.start), "endTime": rfc3339(window.end)}
    return {"query": {"query": query(fields, limit), "input": {"timeWindow": interval}}}


def decode(answer: Any, window: Window) -> HistoryPage:
    """Events of the answer inside the window. ValueError when it is not columnar or its columns differ in length."""
    if not isinstance(answer, Mapping):
        raise ValueError("no object")
    columns = _columns(answer.get("results") or [])
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise ValueError("columns differ in length")
    rows = lengths.pop() if lengths else 0
    if rows and not {"case_id", "activity", "at"} <= columns.keys():
        raise ValueError("a needed column is missing")
    return HistoryPage(_events(columns, rows, window), rows, instant(answer.get("lastBackendCacheRefreshedTime")),
                       _notes(answer))  # fmt: skip


def _notes(answer: Mapping[str, Any]) -> tuple[str, ...]:
    errors = answer.get("queryRuntimeErrors") or []
    return (f"Case history: the dashboard query reported {len(errors)} runtime errors.",) if errors else ()


def _columns(results: Any) -> dict[str, list[Any]]:
    if not isinstance(results, Sequence) or isinstance(results, str):
        raise ValueError("no columns")
    found: dict[str, list[Any]] = {}
    for result in results:
        key = _known(str(result.get("column", "")))
        if key is not None and key not in found:
            found[key] = [_cell(value) for value in result.get("values") or []]
    return found


def _known(column: str) -> str | None:
    """Our name for a column: the last part of its dotted name that we know, `$` and case aside."""
    for part in reversed(column.lower().replace("$", "").split(".")):
        for ours, names in _COLUMNS.items():
            if part in names:
                return ours
    return None


def _cell(value: Any) -> Any:
    while isinstance(value, Mapping):
        if not value or value.get("nullVal"):
            return None
        if "seconds" in value:
            return value["seconds"]
        value = value["value"] if "value" in value else next(iter(value.values()))
    return value


def _moment(cell: Any) -> datetime | None:
    """Seconds as text is what the dashboards write; everything else takes the slow way."""
    if isinstance(cell, str) and cell.isdigit() and len(cell) <= 10:
        return datetime.fromtimestamp(int(cell), UTC)
    return instant(cell)


def _events(columns: dict[str, list[Any]], rows: int, window: Window) -> tuple[CaseEvent, ...]:
    nothing: list[Any] = [None] * rows
    values = {activity: columns.get(source, nothing) for activity, source in _VALUE_BY_ACTIVITY.items()}
    needed = (columns.get(name, nothing) for name in ("case_id", "activity", "at", "actor"))
    orders: dict[tuple[str, datetime], int] = {}
    found: list[CaseEvent] = []
    for row, (number, kind, cell, actor) in enumerate(zip(*needed, strict=True)):
        at = _moment(cell)
        if at is None or not window.start <= at < window.end:
            continue
        case_id, activity = last_part(str(number)), str(kind or "")
        seq = orders.get((case_id, at), 0)
        orders[case_id, at] = seq + 1
        value = str(values.get(activity, nothing)[row] or "")
        value = priority(value) if activity == "PRIORITY_CHANGE" else value
        found.append(CaseEvent(case_id, at, activity, value, str(actor or ""), seq))
    return tuple(found)
