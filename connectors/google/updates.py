"""Whether a tenant's case desk filters by the time of the last update: documented for its MCP tool, not for REST."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.errors import Refused, Unreadable
from connectors.google.wire import epoch_ms
from connectors.http import HttpBackend

FUTURE = timedelta(days=1)


async def filtered(backend: HttpBackend, path: str, now: datetime) -> bool:
    """False when the tenant refuses the filter (HTTP 400) or answers as if it were not there. BackendError else."""
    try:
        every = await _one(backend, path, 1)
        return bool(every) and not await _one(backend, path, epoch_ms(now + FUTURE))
    except Refused as error:
        if error.status != 400:
            raise
        return False


async def _one(backend: HttpBackend, path: str, since: int) -> list[Any]:
    params: dict[str, object] = {"pageSize": 1, "orderBy": "updateTime desc", "filter": f"updateTime >= {since}"}
    answer = await backend.get_json(path, params)
    listed = answer.get("cases") or [] if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise Unreadable(backend.name, "gave an answer of another shape than documented (at cases)")
    return listed
