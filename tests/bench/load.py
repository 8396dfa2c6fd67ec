"""`python -m tests.bench.load`: keeps N connections busy against one server, and prints one JSON line when done.

`--count` requests in all, or `--seconds` long; `--path` asks that path by GET, else signed slash commands are sent
whose response_urls stand at `--sink`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.bench.signed import get, slash


@dataclass
class Load:
    """Counts by status, and the time of each answer in seconds."""

    given: argparse.Namespace
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._serial = itertools.count(1)
        self._left = self.given.count
        self._end = time.monotonic() + self.given.seconds if self.given.seconds else float("inf")

    def more(self) -> bool:
        self._left -= 1
        return (self._left >= 0 or not self.given.count) and time.monotonic() < self._end

    def request(self, user: str) -> bytes:
        if self.given.path:
            return get(self.given.host, self.given.path)
        url = f"{self.given.sink}/commands/{self.given.name}-{next(self._serial)}"
        return slash(self.given.host, self.given.text, user, url)

    async def connection(self, number: int) -> None:
        host, port = self.given.host.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        while self.more():
            request = self.request(f"U{number}")
            started = time.monotonic()
            writer.write(request)
            self.statuses[await answer(reader)] += 1
            self.seconds.append(time.monotonic() - started)
        writer.close()
        await writer.wait_closed()


async def answer(reader: asyncio.StreamReader) -> int:
    """The status of one answer, read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    at = head.find(b"content-length:")
    if at >= 0:
        await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
    return int(head.split(b" ", 2)[1])


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--path", default="")
    parser.add_argument("--text", default="help")
    parser.add_argument("--sink", default="")
    parser.add_argument("--name", default="load")
    load = Load(parser.parse_args())
    started = time.monotonic()
    await asyncio.gather(*(load.connection(number) for number in range(load.given.connections)))
    took = sorted(load.seconds) or [0.0]
    said = {
        "statuses": load.statuses,
        "requests": len(load.seconds),
        "seconds": time.monotonic() - started,
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
        "longest": took[-1],
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
