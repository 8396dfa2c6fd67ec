"""What all Google readers share beside `connectors.wire`: instants as Google asks for them, paths, pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.errors import NotConfigured, Unreadable
from connectors.http import HttpBackend, Params
from connectors.models.reading import Window
from connectors.wire import Instant, Text, Wire, epoch_ms, instant, last_part, priority, read, safe_id

__all__ = [
    "Instance", "Instant", "Page", "Text", "Wire", "epoch_ms", "instant", "last_part", "pages", "priority", "read",
    "rfc3339", "safe_id", "time_range",
]  # fmt: skip
_INSTANCE_PART = re.compile(r"[0-9A-Za-z_.:\-]{1,128}")
_VERSION = re.compile(r"/v\d+\w*$")


def rfc3339(at: datetime) -> str:
    """`2026-11-22T10:00:00.000000Z`"""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_range(prefix: str, window: Window) -> dict[str, str]:
    """The window as `<prefix>.startTime` and `<prefix>.endTime`."""
    return {f"{prefix}.startTime": rfc3339(window.start), f"{prefix}.endTime": rfc3339(window.end)}


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
