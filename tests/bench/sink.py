"""`python -m tests.bench.sink`: answers "ok" as Slack's Web API and as any response_url, as cheaply as it can.

Prints one JSON line with its URL. GET /count tells how many posts came, GET /times when each path was posted to
(seconds of the machine's monotonic clock, which all its processes share). Ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import defaultdict

OK = b'{"ok":true,"channel":"C1","ts":"1.000001","team_id":"T1","user_id":"UBOT","bot_id":"BBOT"}'


class Sink:
    """What came, by path."""

    def __init__(self) -> None:
        self.count = 0
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def answer(self, method: str, path: str) -> bytes:
        if method == "GET" and path == "/count":
            return json.dumps(self.count).encode()
        if method == "GET" and path == "/times":
            return json.dumps(self.times).encode()
        if path != "/api/auth.test":
            self.count += 1
            self.times[path].append(time.monotonic())
        return OK if path.startswith("/api/") else b"ok"


class Connection(asyncio.Protocol):
    """Enough of HTTP/1.1 for one request after the other with a Content-Length."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._buffer = sink, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + size:
                return
            method, path, _ = self._buffer.split(b" ", 2)
            self._buffer = self._buffer[end + 4 + size :]
            body = self._sink.answer(method.decode(), path.decode())
            kind = b"application/json" if body.startswith(b"{") else b"text/plain"
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)
            )


async def main() -> None:
    loop, sink, stop = asyncio.get_running_loop(), Sink(), asyncio.Event()
    loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 1024) else stop.set())
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", 0)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}) + "\n")
    sys.stdout.flush()
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
