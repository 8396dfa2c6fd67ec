"""One MCP server as the bot sees it: a long-lived session that is started when asked, watched, and started again.

Every call ends within its time budget. Nothing is retried here: a call that failed has failed, the next one finds
a fresh session. After a failed start the next attempt waits, twice as long each time, up to BACK_OFF_MOST.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.errors import BackendError, NotConfigured, Refused, TimedOut, Unavailable, Unreadable
from connectors.mcp.answers import read_answer
from connectors.mcp.errors import MissingTool, NotSent
from connectors.mcp.link import Auth, Link
from connectors.mcp.naming import named
from connectors.mcp.spec import BACKENDS, ServerSpec
from connectors.ports import Clock
from connectors.resilience import Breaker, BreakerOpen

if TYPE_CHECKING:
    from mcp.types import CallToolResult

BACK_OFF_FIRST = 0.5
BACK_OFF_MOST = 30.0
CLOSE_SECONDS = 8.0
_GONE = -32000
"""JSON-RPC code by which the SDK says that the connection is closed."""
_WRONG = {-32601, -32602}
"""Method not found, invalid params: what FastMCP answers to a tool or arguments it does not know."""


class McpServer:
    """`name` is one of BACKENDS; `secrets` the values of the variables the spec names, as far as they are set."""

    def __init__(
        self,
        name: str,
        spec: ServerSpec,
        secrets: Mapping[str, str],
        clock: Clock,
        *,
        auth: Auth | None = None,
        start_seconds: float = 20.0,
        concurrency: int = 8,
    ) -> None:
        self.name, self.spec, self.backend = name, spec, BACKENDS[name]
        self.breaker = Breaker(clock)
        self._secrets, self._auth = dict(secrets), auth
        self._clock, self._start_seconds = clock, start_seconds
        self._bulkhead = asyncio.Semaphore(concurrency)
        self._link: Link | None = None
        self._starting: asyncio.Task[Link] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._failed, self._not_before = 0, 0.0

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        optional: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The decoded answer of a tool (see `read_answer`), asked once, within `seconds` or the spec's timeout.
        `optional` arguments are given to a tool that declares them.
        """
        budget = seconds or self.spec.timeout
        try:
            with self.breaker.guard():
                return await self._within(budget, tool, arguments, optional or {})
        except BreakerOpen as error:
            rest = f"failed repeatedly and is not asked for another {error.seconds:.0f} s"
            raise NotSent(self.backend, rest) from error

    async def missing(self) -> tuple[str, ...]:
        """Tools of the port that the server does not list, by the names they were looked for. Starts the server."""
        link = await self._linked()
        have = link.ready.result().tools
        wanted = (self.spec.tools.get(tool, tool) for tool in self.spec.needs(self.name))
        return tuple(tool for tool in wanted if tool not in have)

    def last_words(self) -> str:
        """The last line of the child's standard error, secrets struck out; empty over HTTP."""
        last = self._link.stderr.last if self._link is not None else ()
        return last[-1] if last else ""

    async def close(self) -> None:
        """End the session and wait for the child to go."""
        self._drop()
        if self._starting is not None:
            self._starting.cancel()
        if self._ending:
            _, left = await asyncio.wait(self._ending, timeout=CLOSE_SECONDS)
            for task in left:
                task.cancel()

    async def _within(
        self, seconds: float, tool: str, arguments: Mapping[str, Any], optional: Mapping[str, Any]
    ) -> Any:
        link: Link | None = None
        try:
            async with asyncio.timeout(seconds), self._bulkhead:
                link = await self._linked()
                name = self.spec.tools.get(tool, tool)
                declared = link.ready.result().tools.get(name)
                if declared is None:
                    raise MissingTool(self.backend, self.name, name)
                given = {**self.spec.arguments, **arguments}
                result = await self._ask(link, name, named(given, optional, declared, self.spec.names))
        except TimeoutError as error:
            if link is not None:
                link.suspect = True
            raise TimedOut(self.backend, seconds) from error
        return read_answer(self.backend, result)

    async def _ask(self, link: Link, name: str, arguments: dict[str, Any]) -> CallToolResult:
        # In a task of its own: the SDK's courtesy cancel may wait for a server that reads nothing more.
        asking = asyncio.ensure_future(link.ready.result().session.call_tool(name, arguments))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.cancel()
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise
        except Exception as error:  # whatever the SDK and its transports raise: mapped at this seam
            link.suspect = True
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> BackendError:
        """What the SDK's exception means, without its words: they may quote the answer."""
        code = getattr(error, "code", None)
        if code in _WRONG:
            return Refused(self.backend, f"refused the request (its MCP server {self.name} knows no such call)", 400)
        if str(getattr(error, "message", "")).startswith("SSE stream failed"):
            return Unreadable(self.backend, "gave an answer too large or malformed over HTTP")
        if code == _GONE or type(error).__name__ in {"ClosedResourceError", "BrokenResourceError", "EndOfStream"}:
            return Unavailable(self.backend, f"broke off: its MCP server {self.name} went away during the call")
        if code is None and isinstance(error, RuntimeError | ValueError):
            return Unreadable(self.backend, "gave an answer of another shape than its MCP server declares")
        return Unavailable(self.backend, f"failed (its MCP server {self.name} answered with an error)")

    async def _linked(self) -> Link:
        link = self._link
        if link is not None and link.up:
            if not link.suspect or await self._alive(link):
                return link
            if link is self._link:
                self._drop()
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(lambda done: done.cancelled() or done.exception())
        # shielded: a caller whose time is up leaves the start to the next caller
        return await asyncio.shield(self._starting)

    async def _alive(self, link: Link) -> bool:
        """Does a session still answer after a call has failed or taken too long?"""
        asking = asyncio.ensure_future(link.ready.result().session.send_ping())
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        done, _ = await asyncio.wait({asking}, timeout=min(2.0, self.spec.timeout / 4))
        if not done or asking.cancelled() or asking.exception() is not None:
            asking.cancel()
            return False
        link.suspect = False
        return True

    async def _start(self) -> Link:
        absent = [name for name in self.spec.secrets if name not in self._secrets]
        if absent:
            raise NotConfigured(self.backend, f"needs {', '.join(absent)} for its MCP server {self.name}")
        left = self._not_before - self._clock.monotonic()
        if left > 0:
            raise NotSent(self.backend, f"could not start its MCP server {self.name}; tried again in {left:.1f} s")
        self._drop()
        link = self._link = Link(self.backend, self.name, self.spec, self._secrets, self._auth)
        try:
            async with asyncio.timeout(self._start_seconds):
                await asyncio.shield(link.ready)
        except TimeoutError as error:
            self._put_off()
            raise TimedOut(self.backend, self._start_seconds) from error
        except BackendError:
            self._put_off()
            raise
        self._failed = 0
        return link

    def _put_off(self) -> None:
        self._failed += 1
        wait = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2.0 ** (self._failed - 1))
        self._not_before = self._clock.monotonic() + wait
        if self._link is not None:
            self._link.end()

    def _drop(self) -> None:
        """Let go of the session; its end is awaited by `close` alone, so that no caller waits for it."""
        link, self._link = self._link, None
        if link is None:
            return
        link.end()
        self._ending.add(link.task)
        link.task.add_done_callback(self._ending.discard)
