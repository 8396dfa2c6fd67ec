"""A proxy on a unix socket that loses the server's reply, once, after the server has done the work."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class LosingProxy:
    """Passes everything on until `lose(words)`: the reply to the next request holding `words` is dropped."""

    def __init__(self, front: str, server: str) -> None:
        self.front = front
        self.lost = 0
        self._server = server
        self._words: bytes | None = None
        self._pumps: set[asyncio.Task[None]] = set()

    def lose(self, words: bytes) -> None:
        self._words = words

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_unix_server(self._serve, self.front)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType) -> None:
        self._listener.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        back_reader, back_writer = await asyncio.open_unix_connection(self._server)
        try:
            while request := await reader.read(1 << 20):
                drop = self._words is not None and self._words in request
                back_writer.write(request)
                reply = await back_reader.read(1 << 20)
                if drop and not reply.startswith(b"-NOSCRIPT"):
                    self._words, self.lost = None, self.lost + 1
                    return
                writer.write(reply)
                await writer.drain()
        finally:
            writer.close()
            back_writer.close()
