"""What is written to the case desk: a comment, a priority, the start of an AI summary. Each is sent once.

When an answer does not prove that the write took place, one read-back decides; when that cannot, the caller is told
"not confirmed" and nothing is sent again: a second comment is worse than a question.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from pydantic import Field

from connectors.case_wire import WireCase, WireWall
from connectors.errors import BackendError, RateLimited, Refused, TimedOut, Unavailable, Unreadable
from connectors.google.wire import Instant, Text, Wire, last_part, priority, read
from connectors.http import HttpBackend, NotSent
from connectors.models.cases import PRIORITIES, CaseSummary
from connectors.models.reading import Written
from connectors.ports import Clock

SKEW = timedelta(minutes=2)
"""How far the desk's clock may be off when a comment just written is looked for."""


class WireSummary(Wire):
    """`cases/{id}:getOrCreateCaseSummary`."""

    state: Text = ""
    summary: Text = ""
    reasons: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = Field(default=(), validation_alias="nextSteps")
    at: Instant = Field(default=None, validation_alias="updateTime")


async def comment(backend: HttpBackend, clock: Clock, path: str, text: str) -> Written:
    """POST a comment to the collection `path`. Raises when it certainly was not written."""
    started = clock.now() - SKEW
    try:
        answer = await backend.post_json(path, {"comment": text}, idempotent=False)
    except (NotSent, RateLimited):
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        return await _find_comment(backend, path, text, started, error)
    name = last_part(str(answer.get("name") or answer.get("id") or "")) if isinstance(answer, dict) else ""
    if name:
        return Written(True, name, "")
    return await _find_comment(backend, path, text, started, None)


async def _find_comment(
    backend: HttpBackend, path: str, text: str, started: Any, cause: BackendError | None
) -> Written:
    why = str(cause) if cause else f"{backend.name} gave an empty answer"
    try:
        answer = await backend.get_json(path, {"pageSize": 1000})
        found = read(backend.name, WireWall, answer).items
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    for record in found:
        if record.text == text and record.at >= started:
            return Written(True, last_part(record.name), "confirmed by reading the case again")
    return Written(False, "", f"not confirmed: {why}, and the comment is not on the case")


async def change_priority(backend: HttpBackend, path: str, wanted: str) -> Written:
    """PATCH the priority; the answer, or the case read again, must show it."""
    if wanted not in PRIORITIES:
        raise Refused(backend.name, f"knows the priorities {', '.join(PRIORITIES)} only", 400)
    wire = {"priority": f"PRIORITY_{wanted.upper()}"}
    why = f"{backend.name} did not show the new priority"
    try:
        answer = await backend.patch_json(path, wire, {"updateMask": "priority"})
        if _shows(answer, wanted):
            return Written(True, last_part(path), "")
    except (NotSent, RateLimited):
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        why = str(error)
    try:
        now = priority(read(backend.name, WireCase, await backend.get_json(path)).priority)
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    if now == wanted:
        return Written(True, last_part(path), "confirmed by reading the case again")
    return Written(False, "", f"not confirmed: {why}; the case still shows {now or 'no priority'}")


def _shows(answer: Any, wanted: str) -> bool:
    return isinstance(answer, dict) and priority(str(answer.get("priority", ""))) == wanted


async def summary(backend: HttpBackend, clock: Clock, path: str, seconds: float, pause: float) -> CaseSummary:
    """Start a generation (`isFirstRequest` true starts a NEW one, so it is said once), then ask until it is settled."""
    ends = clock.monotonic() + seconds
    url = f"{path}:getOrCreateCaseSummary"
    answer = await backend.post_json(url, {"isFirstRequest": True}, idempotent=False)
    found = read(backend.name, WireSummary, answer)
    while found.state not in {"SUCCESSFUL", "ERROR"} and clock.monotonic() < ends:
        await asyncio.sleep(pause)
        answer = await backend.post_json(url, {"isFirstRequest": False}, idempotent=True)
        found = read(backend.name, WireSummary, answer)
    return CaseSummary(found.state, found.summary, found.reasons, found.next_steps, found.at)
