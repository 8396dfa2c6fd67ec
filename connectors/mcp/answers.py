"""A tool's answer as JSON or text; what only looks like success becomes a `BackendError`.

Of Google's servers `gti-mcp` alone sets `isError` honestly. The others answer a failure with nothing at all
(`secops-soar`), with prose beginning "Error " (`secops-mcp`), with `{"error": …}` or `{"Status": "Failed"}`.
What a server says of its failure is classified and not passed on: it may quote a URL, a header or a body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from connectors.errors import Absent, BackendError, NotConfigured, RateLimited, Refused, Unavailable, Unreadable

if TYPE_CHECKING:
    from mcp.types import CallToolResult

MAX_CHARS = 4_000_000
"""More than this is no answer to a person's question, and reading it would hold everybody else up."""

RETRY_AFTER = 60.0
"""Seconds to wait after a quota error: the tools do not say how long."""

_KINDS = (
    (re.compile(r"NotFoundError"), "absent"),
    (re.compile(r"Failed to get credentials|default credentials|Client not initialized", re.I), "setup"),
    (re.compile(r"QuotaExceeded|TooManyRequests|RESOURCE_EXHAUSTED|\b429\b", re.I), "quota"),
    (re.compile(r"AuthenticationRequired|WrongCredentials|Unauthenticated|\b401\b", re.I), "401"),
    (re.compile(r"Forbidden|Permission[_ ]?Denied|\b403\b", re.I), "403"),
)


def read_answer(backend: str, result: CallToolResult) -> Any:
    """The decoded JSON of an answer, or its text when that is no JSON.

    Raises `Unavailable` for an empty answer and for a failure the server tells, `Refused`, `NotConfigured`, `Absent`
    or `RateLimited` when its words say so, `Unreadable` when the answer is too large.
    """
    texts = [block.text for block in result.content if block.type == "text"]
    if sum(map(len, texts)) > MAX_CHARS:
        raise Unreadable(backend, f"gave an answer too large (over {MAX_CHARS // 1_000_000} million characters)")
    if result.is_error:
        raise failure(backend, " ".join(texts))
    answer = _payload(result.structured_content, texts)
    if answer is None:
        # secops-soar: a broken link and an empty list look alike, so that neither is believed
        raise Unavailable(backend, "gave its MCP server nothing (over MCP a broken link looks like that)")
    _look_for_failure(backend, answer)
    return answer


def _payload(structured: Any, texts: list[str]) -> Any:
    if isinstance(structured, Mapping) and (structured or not texts):
        return structured["result"] if set(structured) == {"result"} else structured
    if not texts:
        return None
    values = [_decoded(text) for text in texts]
    return values[0] if len(values) == 1 else values


def _decoded(text: str) -> Any:
    """get_security_alerts encodes its prose once more: a JSON string is its text."""
    try:
        return from_json(text)
    except ValueError:
        return text or None


def _look_for_failure(backend: str, answer: Any) -> None:
    if isinstance(answer, str) and answer.lstrip().startswith("Error "):
        raise failure(backend, answer)
    if isinstance(answer, Mapping):
        if answer.get("error"):
            raise failure(backend, f"{answer['error']} {answer.get('details', '')}")
        if str(answer.get("Status", "")).lower() == "failed":
            raise failure(backend, str(answer.get("Message", "")))


def failure(backend: str, words: str) -> BackendError:
    """The error for what a server says went wrong; its words are only classified."""
    kind = next((kind for pattern, kind in _KINDS if pattern.search(words[:4000])), "")
    if kind == "absent":
        return Absent(backend, "has no such record (says its MCP server)")
    if kind == "setup":
        return NotConfigured(backend, "is not set up: its MCP server has no usable credentials")
    if kind == "quota":
        return RateLimited(backend, RETRY_AFTER)
    if kind:
        return Refused(backend, f"refused our credentials (says its MCP server, {kind})", int(kind))
    return Unavailable(backend, "failed (says its MCP server)")


def text_of(backend: str, answer: Any) -> str:
    """An answer that has to be prose; a server may have encoded it as JSON once more."""
    if isinstance(answer, str):
        again = _decoded(answer) if answer.startswith('"') else answer
        return again if isinstance(again, str) else answer
    raise Unreadable(backend, "gave an answer of another shape than documented (text was expected)")
