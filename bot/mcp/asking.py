"""The person themselves, asked by their host before a change is made: the protocol's elicitation, where there is one.

A host without it, and HTTP, where no session is kept to ask back through, leave the question to the agent: then the
preview's token is what there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from mcp.server.session import ServerSession

log = structlog.get_logger()
QUESTION = "The SOC manager bot asks you, not your agent. Make this change?\n\n{line}"
NOT_AGREED = "The person was asked by their host and did not agree. Nothing was changed."
NOT_ASKED = "Your host could not ask the person, so nothing was changed; the preview can still be confirmed."
_NOTHING_TO_FILL_IN: dict[str, Any] = {"type": "object", "properties": {}}


def can_ask(session: ServerSession) -> bool:
    """Has the host said that it can show a question, and is there a way back to it?"""
    able = session.client_capabilities.elicitation if session.client_capabilities is not None else None
    # `{}` means forms; a host with nothing but `url` has said that it shows none
    return session.can_send_request and able is not None and (able.form is not None or able.url is None)


async def objection(session: ServerSession, request: Any, line: str) -> tuple[str, bool]:
    """Why the change is not made, "" when the person agreed; and whether they said so themselves."""
    from mcp import MCPError  # noqa: PLC0415

    try:
        said = " ".join(line.split())  # one line: the agent wrote it, and must not lay out the question
        answer = await session.elicit_form(QUESTION.format(line=said), _NOTHING_TO_FILL_IN, request)
    except MCPError as error:
        log.warning("the host did not ask", code=error.code)
        return NOT_ASKED, False
    if answer.action == "accept":
        return "", True
    return NOT_AGREED, answer.action == "decline"
