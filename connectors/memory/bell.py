"""Wakes everybody who waits for a change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """One event per ring. Between a look and the wait nothing may be awaited, so no ring is missed."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def ring(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def until(self, look: Callable[[], T], block: float, longest: float = 60.0) -> T:
        """What `look` finds, looked for at once, at each ring and every `longest` s; empty after `block` seconds."""
        clock = asyncio.get_running_loop().time
        end = clock() + block
        while not (found := look()) and (left := end - clock()) > 0:
            if self._event is None:
                self._event = asyncio.Event()
            waiting = asyncio.ensure_future(self._event.wait())
            try:
                await asyncio.wait([waiting], timeout=min(left, longest))
            finally:
                waiting.cancel()
        return found
