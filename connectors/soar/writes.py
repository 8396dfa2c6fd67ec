"""What is written over the legacy interface: a comment, a priority, a manual action. Each is sent once.

When an answer does not prove that the write took place, one read-back decides; when that cannot, the caller is told
"not confirmed" and nothing is sent again: a second comment is worse than a question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.errors import BackendError, RateLimited, Refused, TimedOut, Unavailable, Unreadable
from connectors.http import HttpBackend, NotSent
from connectors.models.cases import PRIORITIES, CaseSummary, WallRecord
from connectors.models.reading import Written
from connectors.ports import Clock
from connectors.soar_wire import WireCase, summary_text
from connectors.wire import last_part, priority, read

SKEW = timedelta(minutes=2)
"""How far the desk's clock may be off when a comment just written is looked for."""

INSTANCES = "/api/1p/external/v1/integrations/Siemplify/integrationInstances"
ACTION = "/api/external/v1/cases/ExecuteManualAction"
SUMMARISE = "Siemplify_Create Gemini Case Summary"
SUMMARY_SECONDS = 30.0

Comments = Callable[[], Awaitable[tuple[WallRecord, ...]]]
"""The comments now on the case."""


async def comment(backend: HttpBackend, clock: Clock, path: str, text: str, comments: Comments) -> Written:
    """POST a comment to the collection `path`. Raises when it certainly was not written."""
    started = clock.now() - SKEW
    why = f"{backend.name} did not show the comment"
    try:
        answer = await backend.post_json(path, {"Comment": text}, idempotent=False)
        if isinstance(answer, Mapping) and text in (answer.get("comment"), answer.get("Comment")):
            return Written(True, last_part(str(answer.get("id") or answer.get("name") or "")), "")
    except (NotSent, RateLimited):
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        why = str(error)
    try:
        found = await comments()
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    if any(record.text == text and record.at >= started for record in found):
        return Written(True, "", "confirmed by reading the case again")
    return Written(False, "", f"not confirmed: {why}, and the comment is not on the case")


async def change_priority(backend: HttpBackend, path: str, wanted: str) -> Written:
    """PATCH the priority of the case at `path`; the answer, or the case read again, must show it."""
    if wanted not in PRIORITIES:
        raise Refused(backend.name, f"knows the priorities {', '.join(PRIORITIES)} only", 400)
    why = f"{backend.name} did not show the new priority"
    try:
        answer = await backend.patch_json(path, {"Priority": f"Priority{wanted.capitalize()}"})
        if isinstance(answer, Mapping) and priority(str(answer.get("priority", ""))) == wanted:
            return Written(True, last_part(path), "")
    except (NotSent, RateLimited):
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        why = str(error)
    try:
        now = read(backend.name, WireCase, await backend.get_json(path)).record().priority
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    if now == wanted:
        return Written(True, last_part(path), "confirmed by reading the case again")
    return Written(False, "", f"not confirmed: {why}; the case still shows {now or 'no priority'}")


async def summary(backend: HttpBackend, number: str, groups: Sequence[str]) -> CaseSummary:
    """Run the Siemplify integration's action on all alerts; asked as `secops-soar` asks (its marketplace/siemplify)."""
    answer = await backend.post_json(
        ACTION,
        {
            "caseId": int(number) if number.isdigit() else number,
            "targetEntities": [],
            "properties": {
                "IntegrationInstance": await _instance(backend),
                "ScriptName": SUMMARISE,
                "ScriptParametersEntityFields": "{}",
            },
            "actionProvider": "Scripts",
            "actionName": SUMMARISE,
            "scope": "All entities",
            "alertGroupIdentifiers": list(groups),
            "isPredefinedScope": True,
        },
        idempotent=False,
        seconds=SUMMARY_SECONDS,
    )
    text = summary_text(answer)
    if not text:
        raise Unreadable(backend.name, "gave a summary of an unknown shape")
    return CaseSummary("SUCCESSFUL", text)


async def _instance(backend: HttpBackend) -> str:
    answer: Any = await backend.get_json(INSTANCES, {"$select": "identifier"})
    found = answer.get("integration_instances") if isinstance(answer, Mapping) else None
    first = found[0] if isinstance(found, list) and found else None
    name = first.get("identifier") if isinstance(first, Mapping) else None
    if not isinstance(name, str) or not name:
        raise Refused(backend.name, "makes no summaries: its Siemplify integration has no instance", 400)
    return name
