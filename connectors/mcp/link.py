"""One session with one server, from start to end, in a task of its own: the SDK's scopes must end where they began."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.errors import BackendError, NotConfigured, Refused
from connectors.mcp.errors import NotSent
from connectors.mcp.spec import ServerSpec
from connectors.mcp.stderr import Stderr

if TYPE_CHECKING:
    import httpx2
    from mcp import ClientSession

MAX_TOOL_PAGES = 20

Auth = Callable[[], Awaitable[Mapping[str, str]]]
"""Gives headers that prove who we are, fresh for every request; raises `BackendError`."""


@dataclass(frozen=True)
class Ready:
    """A session that has shaken hands; its tools by name, each with the arguments that it declares, if any."""

    session: ClientSession
    tools: Mapping[str, frozenset[str]]


class Link:
    """`ready` comes with the session's tools; `over` is set when the session has ended, whoever ended it."""

    def __init__(
        self, backend: str, name: str, spec: ServerSpec, secrets: Mapping[str, str], auth: Auth | None = None
    ) -> None:
        self.backend, self.name = backend, name
        self._spec, self._secrets, self._auth = spec, secrets, auth
        self.stderr = Stderr(secrets.values())
        self.over = asyncio.Event()
        self.suspect = False
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.ready.add_done_callback(_looked_at)
        self._stop = asyncio.Event()
        self._status = 0
        self.task = asyncio.create_task(self._live())

    @property
    def up(self) -> bool:
        """Has it shaken hands, and has it not ended?"""
        ready = self.ready.done() and not self.ready.cancelled() and self.ready.exception() is None
        return ready and not self.over.is_set()

    def end(self) -> None:
        """Ask the session to end; its task takes a few seconds at most when the server does not listen."""
        self._stop.set()

    async def _live(self) -> None:
        try:
            async with self._transport() as (reading, writing):
                from mcp import ClientSession  # noqa: PLC0415 - half a second, on first use

                async with ClientSession(_Watched(reading, self.over.set), writing) as session:
                    await session.initialize()
                    self.ready.set_result(Ready(session, await _tools(session)))
                    await self._ended()
        except Exception as error:  # the SDK raises what its transports raise, in groups of groups
            if not self.ready.done():
                self.ready.set_exception(self._failure(error))
        finally:
            self.over.set()
            if not self.ready.done():
                self.ready.set_exception(NotSent(self.backend, f"ended its MCP server {self.name}"))

    async def _ended(self) -> None:
        waiting = {asyncio.ensure_future(self.over.wait()), asyncio.ensure_future(self._stop.wait())}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def _transport(self) -> Any:
        # what a server printed or answered is hostile and may hold secrets: the SDK logs it in full
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
        return self._http() if self._spec.url else self._stdio()

    @asynccontextmanager
    async def _stdio(self) -> AsyncIterator[Any]:
        from mcp.client.stdio import StdioServerParameters, stdio_client  # noqa: PLC0415

        given = {name: self._secrets[name] for name in self._spec.env if name in self._secrets}
        child = StdioServerParameters(
            command=self._spec.command, args=list(self._spec.args), env=given, encoding_error_handler="replace"
        )
        async with self.stderr.pipe() as errors, stdio_client(child, errors) as streams:
            yield streams

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[Any]:
        import httpx2  # noqa: PLC0415
        from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

        async def sign(request: httpx2.Request) -> None:
            if self._auth is not None:
                request.headers.update(await self._auth())

        async def note(response: httpx2.Response) -> None:
            self._status = response.status_code

        headers = {header: self._secrets[name] for header, name in self._spec.headers.items()}
        local = httpx2.URL(self._spec.url).host in {"127.0.0.1", "localhost", "::1"}
        async with (
            httpx2.AsyncClient(
                headers=headers,
                timeout=httpx2.Timeout(30.0, read=300.0),
                event_hooks={"request": [sign], "response": [note]},
                trust_env=not local,
            ) as client,
            streamable_http_client(self._spec.url, http_client=client) as streams,
        ):
            yield streams

    def _failure(self, error: BaseException) -> BackendError:
        """Why a session did not come about, without a word of what the server or the SDK said."""
        first = _first(error)
        server = f"its MCP server {self.name}"
        if isinstance(first, BackendError):
            return first
        if isinstance(first, FileNotFoundError | PermissionError | NotADirectoryError):
            return NotConfigured(self.backend, f"has no {server}: the command cannot be run")
        if self._status in {401, 403}:
            return Refused(self.backend, f"refused our credentials (HTTP {self._status})", self._status)
        if self._spec.url:
            said = f"HTTP {self._status}" if self._status >= 400 else "no connection"
            return NotSent(self.backend, f"cannot be reached over {server} ({said})")
        return NotSent(self.backend, f"cannot be asked: {server} ended while it was starting")


class _Watched:
    """The SDK's read stream, telling when it ends: a server that died is known before the next call."""

    def __init__(self, inner: Any, ended: Callable[[], None]) -> None:
        self._inner, self._ended = inner, ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __aiter__(self) -> _Watched:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._inner.__anext__()
        except BaseException:
            self._ended()
            raise

    async def receive(self) -> Any:
        return await self.__anext__()

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> _Watched:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *why: Any) -> bool | None:
        gone: bool | None = await self._inner.__aexit__(*why)
        return gone


async def _tools(session: ClientSession) -> dict[str, frozenset[str]]:
    from mcp.types import PaginatedRequestParams  # noqa: PLC0415

    found: dict[str, frozenset[str]] = {}
    cursor: str | None = None
    for _ in range(MAX_TOOL_PAGES):
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        found |= {tool.name: frozenset(tool.input_schema.get("properties") or ()) for tool in page.tools}
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def _looked_at(ready: asyncio.Future[Any]) -> None:
    """A start that nobody waited for to the end must not be reported as never retrieved."""
    if not ready.cancelled():
        ready.exception()
