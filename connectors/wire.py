"""What readers of Google's answers share: instants in their many spellings, priorities in both, names, ids.

Wire models hold only the fields that are read; everything else in an answer is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from connectors.errors import Absent, Unreadable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_PRIORITY = {
    "informative": "info",
    "informational": "info",
    "-1": "info",
    "40": "low",
    "60": "medium",
    "80": "high",
    "100": "critical",
}


class Wire(BaseModel):
    """A piece of an answer. Numbers where text is expected are taken as text: vendors write ids both ways."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


W = TypeVar("W", bound=BaseModel)


def instant(value: Any) -> datetime | None:
    """Milliseconds or seconds as number or text, ISO 8601, `{"seconds": …}`; None for nothing, 0 and negatives.

    ValueError for anything else. A number from 10^11 on is milliseconds: as seconds it would be the year 5138.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        return instant(value.get("seconds"))
    if isinstance(value, str) and not value.lstrip("-").replace(".", "", 1).isdigit():
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    if not isinstance(value, int | float | str):
        raise ValueError("an instant of an unknown encoding")
    number = float(value)
    try:
        since = timedelta(milliseconds=number) if number >= 1e11 else timedelta(seconds=number)
        return _EPOCH + since if number > 0 else None
    except OverflowError as error:
        raise ValueError("an instant beyond the calendar") from error


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""Text; null counts as empty."""

Instant = Annotated[datetime | None, BeforeValidator(instant)]


def priority(value: str) -> str:
    """`PRIORITY_HIGH`, `PriorityHigh`, `80`, `High`: all "high". Unknown ones verbatim, lower case."""
    low = value.strip().lower().removeprefix("priority").removeprefix("_")
    return _PRIORITY.get(low, low)


def last_part(name: str) -> str:
    """`projects/p/…/cases/4711` → `4711`."""
    return name.rstrip("/").rsplit("/", 1)[-1]


def safe_id(backend: str, text: str) -> str:
    """An id of word characters and hyphens: a server puts it into a path. Anything else cannot exist: `Absent`."""
    if not _ID.fullmatch(text):
        raise Absent(backend, "has no such record (that is not an id)")
    return text


def read(backend: str, model: type[W], answer: Any) -> W:
    """`answer` as `model`; `Unreadable` names the first field that is not as documented, never its value."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        raise Unreadable(backend, f"gave an answer of another shape than documented (at {where})") from error
