"""What all Google readers share: instants in their many spellings, enums in both, ids, pages.

Wire models hold only the fields that are read; everything else in an answer is ignored.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from connectors.errors import Absent, NotConfigured, Unreadable
from connectors.http import HttpBackend, Params
from connectors.models.reading import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_INSTANCE_PART = re.compile(r"[0-9A-Za-z_.:\-]{1,128}")
_VERSION = re.compile(r"/v\d+\w*$")
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
    """Milliseconds as a number or as text, RFC 3339, or `{"seconds": ...}`; None for nothing, 0 and negatives.

    ValueError for anything else. Ten-digit numbers are seconds: 10^11 ms is 1973, before any of this existed.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        return instant(value.get("seconds"))
    if isinstance(value, str) and not _numeric(value):
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    if not isinstance(value, int | float | str):
        raise ValueError("an instant of an unknown encoding")  # pydantic understands ValueError alone
    number = float(value)
    if number <= 0:
        return None
    try:
        return _EPOCH + (timedelta(milliseconds=number) if number >= 1e11 else timedelta(seconds=number))
    except OverflowError as error:
        raise ValueError("an instant beyond the calendar") from error


def _numeric(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""Text; null counts as empty."""

Instant = Annotated[datetime | None, BeforeValidator(instant)]


def priority(value: str) -> str:
    """`PRIORITY_HIGH`, `PriorityHigh`, `80`, `High`: all "high". Unknown ones verbatim, lower case."""
    low = value.strip().lower().removeprefix("priority").removeprefix("_")
    return _PRIORITY.get(low, low)


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def rfc3339(at: datetime) -> str:
    """`2026-11-22T10:00:00.000000Z`"""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_range(prefix: str, window: Window) -> dict[str, str]:
    """The window as `<prefix>.startTime` and `<prefix>.endTime`."""
    return {f"{prefix}.startTime": rfc3339(window.start), f"{prefix}.endTime": rfc3339(window.end)}


def safe_id(backend: str, text: str) -> str:
    """An id that may stand in a path: word characters and hyphens. Anything else cannot exist: `Absent`."""
    if not _ID.fullmatch(text):
        raise Absent(backend, "has no such record (that is not an id)")
    return text


def last_part(name: str) -> str:
    """`projects/p/.../cases/4711` → `4711`."""
    return name.rstrip("/").rsplit("/", 1)[-1]


def read(backend: str, model: type[W], answer: Any) -> W:
    """`answer` as `model`; `Unreadable` names the first field that is not as documented, never its value."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        raise Unreadable(backend, f"gave an answer of another shape than documented (at {where})") from error


@dataclass(frozen=True, slots=True)
class Instance:
    """A Chronicle tenant: where its REST paths begin. Values come from settings alone, never from a user."""

    project_id: str
    customer_id: str
    region: str

    def path(self, backend: HttpBackend, rest: str) -> str:
        """`/v1alpha/projects/…/instances/…/<rest>`; the version is left out when the base URL ends with one."""
        for part in (self.project_id, self.customer_id, self.region):
            if not _INSTANCE_PART.fullmatch(part):
                raise NotConfigured(backend.name, "needs CHRONICLE_PROJECT_ID, CHRONICLE_CUSTOMER_ID, CHRONICLE_REGION")
        version = "" if _VERSION.search(backend.base_url) else "/v1alpha"
        where = f"projects/{self.project_id}/locations/{self.region}/instances/{self.customer_id}"
        return f"{version}/{where}/{rest}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it came. `cut` says why this is the last one although more exist; empty otherwise."""

    answer: Any
    last: bool
    cut: str = ""


async def pages(backend: HttpBackend, path: str, params: Params, *, max_pages: int) -> AsyncIterator[Page]:
    """All pages of a collection by `pageToken`, at most `max_pages`; a token seen before ends the walk, loudly."""
    token, seen = "", set[str]()
    for number in range(1, max_pages + 1):
        answer = await backend.get_json(path, {**params, "pageToken": token} if token else params)
        if not isinstance(answer, Mapping):
            raise Unreadable(backend.name, "gave an answer of another shape than documented (no page)")
        token = str(answer.get("nextPageToken") or "")
        if not token:
            yield Page(answer, True)
            return
        if token in seen:
            yield Page(answer, True, f"{backend.name} repeated page {number}; what came before is shown.")
            return
        seen.add(token)
        cut = f"Stopped after {max_pages} pages of {backend.name}; more exist." if number == max_pages else ""
        yield Page(answer, number == max_pages, cut)
