"""One client on standard input and output; everything else that is said goes to standard error."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

LONGEST = 4 * 1024 * 1024
"""Bytes of one message; a line that never ends must not fill the memory."""


async def serve(server: Server[Any]) -> None:
    """Until standard input ends, or SIGTERM or SIGINT."""
    from mcp.server.stdio import stdio_server  # noqa: PLC0415

    async with _lines() as lines, stdio_server(stdin=lines) as (reading, writing):  # type: ignore[arg-type]
        serving = asyncio.ensure_future(server.run(reading, writing, server.create_initialization_options()))
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, _stop, serving, lines)
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _stop(serving: asyncio.Future[None], lines: Lines | None) -> None:
    if lines is not None:
        lines.end()
    serving.cancel()


class Lines:
    """The client's messages as the SDK iterates over them, ended from here as well: the SDK's own way waits for the
    next line in a thread, which nothing can call back, so that SIGTERM would wait for the client.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    def end(self) -> None:
        self._reader.feed_eof()

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> str:
        try:
            line = await self._reader.readline()
        except ValueError:  # longer than LONGEST: what follows it cannot be told from its rest
            line = b""
        if not line:
            raise StopAsyncIteration
        return line.decode("utf-8", "replace")


@contextlib.asynccontextmanager
async def _lines() -> AsyncIterator[Lines | None]:
    """None where standard input is no pipe or socket (a terminal, a file), which cannot be waited for like this."""
    mode = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        yield None
        return
    wire = os.fdopen(os.dup(0), "rb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # children read an end instead of the client's messages
    os.close(nothing)
    reader = asyncio.StreamReader(limit=LONGEST)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), wire
    )
    try:
        yield Lines(reader)
    finally:
        transport.close()
