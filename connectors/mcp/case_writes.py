"""What is written to the SOAR: a comment, sent once; and the summary it makes, read from a raw action result.

`post_case_comment` answers success when nothing was written. A comment is confirmed by its own text in the answer,
or by reading the case again; else the caller is told "not confirmed", and nothing is ever sent a second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from connectors.errors import BackendError, Refused, TimedOut, Unavailable, Unreadable
from connectors.mcp.errors import NotSent
from connectors.mcp.server import McpServer
from connectors.models.cases import PRIORITIES, Case, CaseSummary, WallRecord
from connectors.models.reading import Written
from connectors.ports import Clock
from connectors.soar_wire import summary_text
from connectors.wire import last_part, priority

SKEW = timedelta(minutes=2)
"""How far the desk's clock may be off when a comment just written is looked for."""

Comments = Callable[[], Awaitable[tuple[tuple[WallRecord, ...], bool]]]
"""The comments now on the case, and whether there are more than were given."""


async def comment(
    server: McpServer, clock: Clock, number: str, text: str, comments: Comments, *, tool: str = "post_case_comment"
) -> Written:
    """Send a comment. Raises when it certainly was not written."""
    started = clock.now() - SKEW
    why = f"{server.backend} did not show the comment"
    try:
        answer = await server.call(tool, {"case_id": number, "comment": text})
        if isinstance(answer, Mapping) and text in (answer.get("comment"), answer.get("Comment")):
            return Written(True, last_part(str(answer.get("id") or answer.get("name") or "")), "")
    except NotSent:
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        why = str(error)
    try:
        found, more = await comments()
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    if any(record.text == text and record.at >= started for record in found):
        return Written(True, number, "confirmed by reading the case again")
    where = "among the comments that can be read over MCP" if more else "on the case"
    return Written(False, "", f"not confirmed: {why}, and the comment is not {where}")


async def change_priority(server: McpServer, number: str, wanted: str, now: Callable[[], Awaitable[Case]]) -> Written:
    """Say the priority once to the hosted `update_case`; its answer, or the case read again, must show it."""
    if wanted not in PRIORITIES:
        raise Refused(server.backend, f"knows the priorities {', '.join(PRIORITIES)} only", 400)
    why = f"{server.backend} did not show the new priority"
    try:
        answer = await server.call("update_case", {"case_id": number, "priority": f"PRIORITY_{wanted.upper()}"})
        if isinstance(answer, Mapping) and priority(str(answer.get("priority", ""))) == wanted:
            return Written(True, number, "")
    except NotSent:
        raise
    except (Unavailable, TimedOut, Unreadable) as error:
        why = str(error)
    try:
        shown = (await now()).priority
    except BackendError as error:
        return Written(False, "", f"not confirmed: {why}, and reading back failed: {error}")
    if shown == wanted:
        return Written(True, number, "confirmed by reading the case again")
    return Written(False, "", f"not confirmed: {why}; the case still shows {shown or 'no priority'}")


def summary_of(backend: str, answer: Any) -> CaseSummary:
    """The text of an ExecuteManualAction result, whose shape nobody documents; Unreadable when there is none."""
    text = summary_text(answer)
    if not text:
        raise Unreadable(backend, "gave a summary of an unknown shape")
    return CaseSummary("SUCCESSFUL", text)
