"""What a client sends twice takes effect once: a preview's token is the key of its confirmation.

MCP gives a server nothing to know a repetition by: a request's id is new with every try, a progress token names no
work, over stateless HTTP there is no session, and the proposal of an `idempotencyKey` (SEP-3182) is not in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from connectors.errors import StateError
from connectors.ports import Clock, Store
from handlers.core.pipeline import TOKEN_SECONDS

if TYPE_CHECKING:
    from mcp_types import CallToolResult

log = structlog.get_logger()
PATIENCE = timedelta(seconds=90)
"""A confirmation that began this long ago elsewhere and left no answer has ended without one."""
BEING_MADE = "This confirmation is being carried out. Nothing was begun a second time; ask again in a minute."
AGAIN = "This confirmation was sent before. Nothing was done again; this is the answer it had:"


@dataclass(frozen=True)
class Try:
    """`call` and `at` are those of the first try, so that a later one (`attempt` 2) finds what that one wrote."""

    call: str
    at: datetime
    attempt: int


Work = Callable[[Try], Awaitable[tuple["CallToolResult", bool]]]
"""The result, and whether it is final: what failed may be confirmed again."""


def digest(*parts: str) -> str:
    """What names a confirmation without telling its token."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:40]


class Once:
    """The confirmations of this process, and by the store those of all that share it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._running: dict[str, asyncio.Task[CallToolResult]] = {}

    async def __call__(self, key: str, work: Work) -> CallToolResult:
        """The answer of the first try, to whoever sends the same again. A client that gives up ends nothing that has
        begun: it goes on, and the repetition gets its answer.
        """
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._answer(key, work))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def settled(self) -> None:
        """What has begun is ended."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def begun(self, key: str) -> bool:
        """Was this sent before?"""
        return await self._store.get(_name(key)) is not None

    async def _answer(self, key: str, work: Work) -> CallToolResult:
        now = self._clock.now()
        kept = await self._first(key, now)
        if "answer" in kept:
            return _repeated(kept["answer"])
        begun = datetime.fromisoformat(kept["at"]) if kept else now
        if kept and not kept.get("free") and now - begun < PATIENCE:
            return _refused(BEING_MADE)
        result, final = await work(Try(f"mcp-{key[:24]}", begun, 2 if kept else 1))
        left = {"at": begun.isoformat(), **({"answer": _words(result)} if final else {"free": True})}
        try:
            await self._store.put(_name(key), json.dumps(left), TOKEN_SECONDS)
        except StateError:
            log.warning("a confirmation's answer was not kept", call=key[:24])
        return result

    async def _first(self, key: str, now: datetime) -> dict[str, Any]:
        """What an earlier try left; nothing when this is the first, or when the store is away, which the pipeline
        tells in its own words."""
        try:
            if await self._store.add(_name(key), json.dumps({"at": now.isoformat()}), TOKEN_SECONDS):
                return {}
            return dict(json.loads(await self._store.get(_name(key)) or "{}"))
        except StateError:
            return {}


def _name(key: str) -> str:
    return f"mcp:once:{key}"


def _words(result: CallToolResult) -> dict[str, Any]:
    """The answer without its files, as JSON."""
    kept = [block for block in result.content if block.type == "text"]
    return result.model_copy(update={"content": kept}).model_dump(mode="json", by_alias=True, exclude_none=True)


def _repeated(kept: dict[str, Any]) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent  # noqa: PLC0415

    result = CallToolResult.model_validate(kept)
    return result.model_copy(update={"content": [TextContent(type="text", text=AGAIN), *result.content]})


def _refused(text: str) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent  # noqa: PLC0415

    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
