"""Pages into frames: cases come a page at a time, history and origins a slice at a time.

Rows become columns in a worker thread, at most CHUNK rows at once, so that the event loop never waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import polars as pl

from connectors.models.reading import Reading

T = TypeVar("T")
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a walk over pages gave. `as_of` None: it was refused; `refused_to`: all before then was, as too old."""

    frames: list[pl.DataFrame]
    notes: tuple[str, ...]
    truncated: bool
    as_of: datetime | None
    refused_to: datetime | None = None
    refusal: str = ""


async def gather(pages: AsyncIterator[Reading[T]], convert: Callable[[Sequence[T]], pl.DataFrame]) -> Gathered:
    """All pages as frames; `as_of` is the oldest that a page claims."""
    frames: list[pl.DataFrame] = []
    notes: dict[str, None] = {}
    truncated, as_of = False, None
    async for page in pages:
        for first in range(0, len(page.items), CHUNK):
            frames.append(await asyncio.to_thread(convert, page.items[first : first + CHUNK]))
        notes.update(dict.fromkeys(page.notes))
        truncated = truncated or page.truncated
        as_of = page.as_of if as_of is None else min(as_of, page.as_of)
    return Gathered(frames, tuple(notes), truncated, as_of)


async def single(reading: Awaitable[Reading[T]]) -> AsyncIterator[Reading[T]]:
    """One reading as if it came in pages."""
    yield await reading


async def thread(work: Callable[..., T], *given: object, **more: object) -> T:
    """`work` in a thread, waited for even by whoever is cancelled: two must never write side by side."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *given, **more))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
