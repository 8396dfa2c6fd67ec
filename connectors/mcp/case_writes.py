"""What is written to the SOAR: a comment, sent once; and the summary it makes, read from a raw action result.

`post_case_comment` answers success when nothing was written. A comment is confirmed by its own text in the answer,
or by reading the case again; else the caller is told "not confirmed", and nothing is ever sent a second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic_core import from_json

from connectors.errors import BackendError, TimedOut, Unavailable, Unreadable
from connectors.mcp.errors import NotSent
from connectors.mcp.server import McpServer
from connectors.mcp.wire import last_part
from connectors.models.cases import CaseSummary, WallRecord
from connectors.models.reading import Written
from connectors.ports import Clock

SKEW = timedelta(minutes=2)
"""How far the desk's clock may be off when a comment just written is looked for."""

_SUMMARY_KEYS = ("summary", "resultmessage", "outputmessage", "message")
_RESULT_KEYS = ("resultjsonobject", "resultjson", "result", "resultvalue")

Comments = Callable[[], Awaitable[tuple[tuple[WallRecord, ...], bool]]]
"""The comments now on the case, and whether there are more than were given."""


async def comment(server: McpServer, clock: Clock, number: str, text: str, comments: Comments) -> Written:
    """Send a comment. Raises when it certainly was not written."""
    started = clock.now() - SKEW
    why = f"{server.backend} did not show the comment"
    try:
        answer = await server.call("post_case_comment", {"case_id": number, "comment": text})
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


def summary_of(backend: str, answer: Any) -> CaseSummary:
    """The text of an ExecuteManualAction result, whose shape nobody documents; Unreadable when there is none."""
    text = _text_in(answer)
    if not text:
        raise Unreadable(backend, "gave a summary of an unknown shape")
    return CaseSummary("SUCCESSFUL", text)


def _text_in(answer: Any, depth: int = 0) -> str:
    if isinstance(answer, str):
        try:
            inside = from_json(answer)
        except ValueError:
            return answer.strip() if depth else ""
        return _text_in(inside, depth + 1) if isinstance(inside, Mapping) else ""
    if not isinstance(answer, Mapping) or depth > 3:
        return ""
    lowered = {str(key).lower(): value for key, value in answer.items()}
    nested = (_text_in(lowered[key], depth + 1) for key in _RESULT_KEYS if isinstance(lowered.get(key), Mapping | str))
    plain = (lowered[key].strip() for key in _SUMMARY_KEYS if isinstance(lowered.get(key), str))
    if isinstance(lowered.get("summary"), str):
        return str(lowered["summary"]).strip()
    return next((text for text in (*nested, *plain) if text), "")
