"""`case_history` through `dashboardQueries:execute`: the query, and its columnar answer read into events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.google.dashboard import DashboardQuery
from connectors.google.dashboard_wire import DashboardPage, columns, moment, page
from connectors.google.wire import last_part, priority
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

NAME = "Case history"


def history_query(limit: int) -> DashboardQuery[CaseEvent]:
    """The question for case history, at most `limit` rows an answer."""
    lacks = "Case history does not tell which priority a case was changed to."
    return DashboardQuery(NAME, "events", [(query(WITH_PRIORITY, limit), ""), (query(FIELDS, limit), lacks)], decode)


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


def decode(answer: Any, window: Window) -> DashboardPage[CaseEvent]:
    """Events of the answer inside the window. ValueError when it is not columnar or its columns differ in length."""
    found, rows = columns(answer, _COLUMNS, {"case_id", "activity", "at"})
    return page(answer, _events(found, rows, window), rows, NAME)


def _events(columns: dict[str, list[Any]], rows: int, window: Window) -> tuple[CaseEvent, ...]:
    nothing: list[Any] = [None] * rows
    values = {activity: columns.get(source, nothing) for activity, source in _VALUE_BY_ACTIVITY.items()}
    needed = (columns.get(name, nothing) for name in ("case_id", "activity", "at", "actor"))
    orders: dict[tuple[str, datetime], int] = {}
    found: list[CaseEvent] = []
    for row, (number, kind, cell, actor) in enumerate(zip(*needed, strict=True)):
        at = moment(cell)
        if at is None or not window.start <= at < window.end:
            continue
        case_id, activity = last_part(str(number)), str(kind or "")
        seq = orders.get((case_id, at), 0)
        orders[case_id, at] = seq + 1
        value = str(values.get(activity, nothing)[row] or "")
        value = priority(value) if activity == "PRIORITY_CHANGE" else value
        found.append(CaseEvent(case_id, at, activity, value, str(actor or ""), seq))
    return tuple(found)
