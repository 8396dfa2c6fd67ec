"""The pipeline's answer as a tool's result: words for reading, figures as structured content, files beside it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from bot.files import Unwritable, Writer
from bot.mcp.persons import PLATFORM
from handlers.core.hosts import kept_from_host
from handlers.core.parcel import Post
from handlers.core.pipeline import Answer
from handlers.core.soc import Soc
from messages import as_json, text
from messages.document import Actions
from messages.files.model import MEDIA, Attachment

if TYPE_CHECKING:
    from mcp_types import CallToolResult

FAILED = frozenset({"refused", "withheld", "failed", "unconfirmed", "bug"})


async def result(answer: Answer, writer: Writer, soc: Soc) -> CallToolResult:
    """`is_error` with the calm sentence for what was refused, withheld, failed or could not be confirmed."""
    from mcp_types import CallToolResult, TextContent  # noqa: PLC0415

    words = text.render(answer.document)
    if answer.outcome in FAILED:
        return CallToolResult(content=[TextContent(type="text", text=words)], is_error=True)
    content: list[Any] = [TextContent(type="text", text=words)]
    here = [post for post in answer.posts if post.address.platform == PLATFORM]
    content += [TextContent(type="text", text=_beside(post, answer, soc)) for post in here]
    content += [await _file(file, writer) for file in answer.files]
    return CallToolResult(content=content, structured_content=structured(answer))


def _beside(post: Post, answer: Answer, soc: Soc) -> str:
    """A message to the asker, as far as their host may see it."""
    if post.address.user != answer.address.user:
        return f"{post.address.user} speaks over MCP alone, where nobody can be written to: they were not told."
    kept = kept_from_host(post.document, post.address, soc)
    return text.render(post.document) if kept is None else f"A message to you is not shown here. {kept.why}"


def structured(answer: Answer) -> dict[str, Any]:
    """As `bot.mcp.schema.OUTPUT_SCHEMA` says: equal to `ask --format json`, with outcome and token."""
    return {**as_json.render(answer.document), "outcome": answer.outcome, "confirm": token_of(answer)}


def token_of(answer: Answer) -> str | None:
    """The token that the preview's confirm button would type."""
    if answer.outcome != "preview":
        return None
    lines = (b.line for block in answer.document.blocks if isinstance(block, Actions) for b in block.buttons)
    return next((line.removeprefix("confirm ") for line in lines if line.startswith("confirm ")), None)


async def _file(file: Attachment, writer: Writer) -> Any:
    from mcp_types import BlobResourceContents, EmbeddedResource, TextContent  # noqa: PLC0415

    try:
        content = await writer.write(file)
    except Unwritable as error:
        return TextContent(type="text", text=f"{file.name} was not written: {error}")
    resource = BlobResourceContents(
        uri=f"socbot://files/{file.name}", mime_type=MEDIA[file.format], blob=base64.b64encode(content).decode()
    )
    return EmbeddedResource(type="resource", resource=resource)
