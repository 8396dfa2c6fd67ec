"""What `dashboardQueries:execute` is asked and how it answers: column by column.

How cells are encoded is documented nowhere; plain values, `{"stringVal": …}`, `{"value": {…}}` and, for lists,
`{"list": {"values": [{…}]}}` are all read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from connectors.google.wire import instant, rfc3339
from connectors.models.reading import Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DashboardPage(Generic[T]):
    """What one query answered. `rows` counts lines of the answer, those left out of `items` included."""

    items: tuple[T, ...]
    rows: int
    as_of: datetime | None
    notes: tuple[str, ...]


def body(query: str, window: Window) -> dict[str, Any]:
    """The request for a window."""
    interval = {"startTime": rfc3339(window.start), "endTime": rfc3339(window.end)}
    return {"query": {"query": query, "input": {"timeWindow": interval}}}


def columns(answer: Any, names: Mapping[str, Sequence[str]], needed: set[str]) -> tuple[dict[str, list[Any]], int]:
    """Cells by our name of the column, and the number of rows. `names`: ours → theirs, lower case.

    ValueError when the answer is not columnar, its columns differ in length, or a needed one is missing.
    """
    if not isinstance(answer, Mapping):
        raise ValueError("no object")
    found = _columns(answer.get("results") or [], names)
    lengths = {len(values) for values in found.values()}
    if len(lengths) > 1:
        raise ValueError("columns differ in length")
    rows = lengths.pop() if lengths else 0
    if rows and not needed <= found.keys():
        raise ValueError("a needed column is missing")
    return found, rows


def page(answer: Mapping[str, Any], items: tuple[T, ...], rows: int, name: str) -> DashboardPage[T]:
    """The items with what the answer says of itself: the age of its cache, and errors it admits."""
    errors = answer.get("queryRuntimeErrors") or []
    notes = (f"{name}: the dashboard query reported {len(errors)} runtime errors.",) if errors else ()
    return DashboardPage(items, rows, instant(answer.get("lastBackendCacheRefreshedTime")), notes)


def moment(cell: Any) -> datetime | None:
    """Seconds as text is what the dashboards write; everything else takes the slow way. None for nothing and 0."""
    if isinstance(cell, str) and cell.isdigit() and 1 < len(cell) <= 10:
        return datetime.fromtimestamp(int(cell), UTC)
    return instant(cell)


def _columns(results: Any, names: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
    if not isinstance(results, Sequence) or isinstance(results, str):
        raise ValueError("no columns")
    found: dict[str, list[Any]] = {}
    for result in results:
        key = _known(str(result.get("column", "")), names)
        if key is not None and key not in found:
            found[key] = [_cell(value) for value in result.get("values") or []]
    return found


def _known(column: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """Our name for a column: the last part of its dotted name that we know, `$` and case aside."""
    for part in reversed(column.lower().replace("$", "").split(".")):
        for ours, theirs in names.items():
            if part in theirs:
                return ours
    return None


def _cell(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1 and isinstance(inner := value.get("value"), dict):
        # nearly every cell of a long history is one of these two
        plain = inner.get("stringVal", inner.get("int64Val")) if len(inner) == 1 else None
        if isinstance(plain, str):
            return plain
    while isinstance(value, dict):
        if not value or value.get("nullVal"):
            return None
        if "seconds" in value:
            return value["seconds"]
        if "metadata" in value:
            value = {key: part for key, part in value.items() if key != "metadata"}
            continue
        value = value["value"] if "value" in value else next(iter(value.values()))
    return [_cell(part) for part in value] if isinstance(value, list) else value
