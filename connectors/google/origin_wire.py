"""Where cases came from: the `case` data source of `dashboardQueries:execute`, with the alerts it holds.

Google's template for the mean time to detect averages `case.created_time` − `case.alerts.metadata.detection_time`
(docs.cloud.google.com, "YARA-L 2.0 dashboard query library"); its example of a join names the case's number. The other
two fields below are on no page of Google's that was seen: they are dropped, one by one, when a tenant refuses them.
Which instant of a case the time window selects by is documented nowhere either: what is read here is joined to cases by
their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.google.dashboard import DashboardQuery
from connectors.google.dashboard_wire import DashboardPage, columns, moment, page
from connectors.google.wire import last_part
from connectors.models.cases import CaseOrigin
from connectors.models.reading import Window

NAME = "Case origins"
CASE_ID = "case.response_platform_info.response_platform_id"
DETECTED = "case.alerts.metadata.detection_time.seconds"
EVENT = "case.alerts.metadata.collection_elements.references.event.metadata.event_timestamp.seconds"
"""Undocumented: the time of the events behind an alert."""

RULE = "case.alerts.metadata.detection.rule_name"
"""Undocumented: the rule that raised an alert."""

NEVER = 9_999_999_999_999_999
"""What stands for "no time" in `min`, where a missing time would count as 0; Google's own templates do the same."""

DOCUMENTED = {"detected_at": DETECTED}
_NO_EVENT = "The desk does not tell when the events behind its alerts happened: the first activity is not known."
_NO_RULE = "The desk does not tell which rules made its cases: products stand in for them."
SPELLINGS: tuple[tuple[Mapping[str, str], str], ...] = (
    ({**DOCUMENTED, "first_event_at": EVENT, "rules": RULE}, ""),
    ({**DOCUMENTED, "rules": RULE}, _NO_EVENT),
    ({**DOCUMENTED, "first_event_at": EVENT}, _NO_RULE),
    (DOCUMENTED, f"{_NO_EVENT} {_NO_RULE}"),
)
"""Fields by the column they are asked as, and what is missing then."""

_COLUMNS = {
    "case_id": ("case_id", "response_platform_id"),
    "detected_at": ("detected_at", "detection_time"),
    "first_event_at": ("first_event_at", "event_timestamp"),
    "rules": ("rules", "rule_name"),
}


def origins_query(limit: int) -> DashboardQuery[CaseOrigin]:
    """The question for origins, at most `limit` rows an answer."""
    return DashboardQuery(NAME, "cases", [(query(fields, limit), lacks) for fields, lacks in SPELLINGS], decode)


def query(fields: Mapping[str, str], limit: int) -> str:
    """YARA-L 2.0 dashboard query: one row a case, at most `limit` rows; a case without any alert may be missing."""
    wanted = "\n".join(f"  ${name} = {_outcome(field)}" for name, field in fields.items())
    return f"$case_id = {CASE_ID}\nmatch:\n  $case_id\noutcome:\n{wanted}\norder:\n  $case_id asc\nlimit:\n  {limit}\n"


def _outcome(field: str) -> str:
    return f"array_distinct({field})" if field == RULE else f"min(if({field} > 0, {field}, {NEVER}))"


def decode(answer: Any, window: Window) -> DashboardPage[CaseOrigin]:
    """Origins, one a case. ValueError when the answer is not columnar or a time is none."""
    found, rows = columns(answer, _COLUMNS, {"case_id", "detected_at"})
    nothing: list[Any] = [None] * rows
    cells = zip(*(found.get(name, nothing) for name in _COLUMNS), strict=True)
    items = tuple(
        CaseOrigin(last_part(str(number)), _time(event), _time(detected), _rule(rules))
        for number, detected, event, rules in cells
        if number
    )
    return page(answer, items, rows, NAME)


def _time(cell: Any) -> datetime | None:
    """None for nothing, for 0 and for NEVER, which comes back as whole number, float or text."""
    if isinstance(cell, str) and cell.isdigit() and len(cell) <= 10:
        return moment(cell)
    try:
        never = float(cell) > NEVER / 2
    except (TypeError, ValueError):
        never = False
    return None if never else moment(cell)


def _rule(cell: Any) -> str:
    """The first rule named: `array_distinct` promises no order, so with several it is any one of them."""
    names = cell if isinstance(cell, list) else [cell]
    return next((str(name) for name in names if name), "")
