"""A child's standard error: read as it comes, secrets struck out, the last lines kept for `soc-bot doctor`."""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TextIO
from urllib.parse import quote

KEPT_LINES = 20
LINE = 500
_BUFFER = 65_536
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


class Stderr(asyncio.Protocol):
    """`last` are the last lines, each at most LINE characters; `secrets` never stand in them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {form for secret in secrets if len(secret) >= 4 for form in (secret, quote(secret, safe=""))}
        found = sorted(spelled, key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, found))) if found else None
        self._rest = b""
        self.last: deque[str] = deque(maxlen=KEPT_LINES)

    def data_received(self, data: bytes) -> None:
        """Whole lines are kept; one longer than the buffer is cut where the buffer ends."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _BUFFER:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._keep(line)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._keep(self._rest)
            self._rest = b""

    def _keep(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        if self._secret is not None:
            text = self._secret.sub("[secret]", text)
        text = _CONTROL.sub(" ", text).strip()
        if text:
            self.last.append(text[:LINE])

    @asynccontextmanager
    async def pipe(self) -> AsyncIterator[TextIO]:
        """The end a child writes to."""
        reading, writing = os.pipe()
        writer = os.fdopen(writing, "w")
        try:
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: self, os.fdopen(reading, "rb", buffering=0)
            )
            try:
                yield writer
            finally:
                transport.close()
        finally:
            writer.close()
