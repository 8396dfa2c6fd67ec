"""Reference data grows old: which rows nobody has looked up at their source for too long, or ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.models.organisation import Record
from connectors.models.organisation.record import stale

_DATES = ("checked", "last_checked")
_INPUTS = {"kev", "exposed", "exploitation", "automatable", "technical_impact", "mission"}
_NAMED = 5


def aged(record: type[Record], rows: Sequence[Record], today: date) -> tuple[str, ...]:
    """Sentences on rows whose date is more than a year ago; nothing for records that are no reference data.

    That a row no longer holds (`stale_after`) is judged where it is used.
    """
    field = next((name for name in _DATES if name in record.model_fields), "")
    if not record.SHIPPED or not field:
        return ()
    looked: list[tuple[date | None, Record]] = [(getattr(row, field), row) for row in rows]
    old = [(day, name_of(row)) for day, row in looked if day is not None and stale(day, today)]
    if not old:
        return ()
    more = f" and {len(old) - _NAMED} more" if len(old) > _NAMED else ""
    told = f"{', '.join(name for _, name in old[:_NAMED])}{more}"
    oldest = min(day for day, _ in old)
    return (f"{len(old)} of {len(rows)} rows last checked more than a year ago, first on {oldest} ({told})",)


def name_of(row: Record) -> str:
    """What a row is called: its id, its technique, its name, else its content."""
    for field in ("id", "old", "name"):
        if field in type(row).model_fields:
            return str(getattr(row, field))
    named = row.model_dump(include=_INPUTS)
    return " ".join(f"{key} {value}" for key, value in named.items()) or type(row).FILE
