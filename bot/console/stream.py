"""Server-sent events: a session's feed to an open page (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import contextlib
import json

from aiohttp import web

from bot.console.feed import Feeds
from bot.console.guard import HEADERS

KEEP_ALIVE = 15.0
"""Seconds; proxies close a connection that is silent for longer than that, at the earliest after 30 or so."""
MAX_STREAMS = 64


class Streams:
    """The open pages of this process."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def serve(self, request: web.Request, session: str, seconds: float) -> web.StreamResponse:
        """Until the page goes, the session ends (`seconds`) or the bot stops."""
        if self._stopping or len(self._tasks) >= MAX_STREAMS:
            reason = "The bot is stopping." if self._stopping else "Too many pages are open."
            raise web.HTTPServiceUnavailable(reason=reason)
        response = web.StreamResponse(
            headers={**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        after = request.headers.get("Last-Event-ID", "")
        task = asyncio.create_task(self._write(response, session, after))
        self._tasks.add(task)
        try:
            # `wait` leaves the task alone at its end: cancelling is ours to do, and to see done.
            await asyncio.wait({task}, timeout=seconds)
            if task.done() and not task.cancelled():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._tasks.discard(task)
        return response

    async def stop(self) -> None:
        """End every stream and take no new one; pages connect again by themselves."""
        self._stopping = True
        for task in list(self._tasks):
            task.cancel()

    async def _write(self, response: web.StreamResponse, session: str, after: str) -> None:
        with contextlib.suppress(ConnectionError):  # the page was closed
            await response.write(b"retry: 2000\n\n")
            async with contextlib.aclosing(self._feeds.follow(session, after, KEEP_ALIVE)) as entries:
                async for found in entries:
                    if found is None:
                        await response.write(b": still here\n\n")
                        continue
                    position, entry = found
                    mark = f"id: {position}\n" if position else ""
                    # JSON holds no line break, so one data line is the whole entry.
                    await response.write(f"{mark}data: {json.dumps(entry)}\n\n".encode())
