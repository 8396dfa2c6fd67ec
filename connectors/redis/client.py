"""The one seam to redis-py: two ways of asking with tight timeouts, and Redis' faults told as `StateError`.

redis-py's own defaults (5 s timeouts, 10 silent retries) repeat writes whose reply was lost; here every write is a
script that recognises its own repetition by a token, and the whole call has a budget below a chat platform's 3 s.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from redis import exceptions as faults
from redis.asyncio import BlockingConnectionPool, Connection, Redis, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

from connectors.errors import StateError
from connectors.redis.together import BUDGET, Together

REST = 1.0
"""Seconds in which nothing is asked of a server that has just let a command time out."""

SLICE = 10.0
"""Longest single BLOCK in seconds; longer waits are several."""

CONNECTIONS = 64
ENCODING = "surrogatepass"  # people paste half surrogates; they come back as they came


@cache
def script_text(names: str) -> str:
    """The Lua scripts of those names ("deliver emit"), in a row."""
    folder = files("connectors.redis") / "lua"
    return "".join((folder / f"{name}.lua").read_text("utf-8") for name in names.split())


@cache
def script_digest(names: str) -> str:
    """What EVALSHA calls the scripts of those names by."""
    return hashlib.sha1(script_text(names).encode(), usedforsecurity=False).hexdigest()


def text(value: bytes) -> str:
    """A reply's bytes as text."""
    return value.decode("utf-8", ENCODING)


def token() -> str:
    """Marks one call of a write, so that its repetition is recognised."""
    return secrets.token_hex(8)


def milliseconds(seconds: float) -> int:
    """At least 1: Redis reads BLOCK 0 as "for ever" and PX 0 as an error."""
    return max(1, round(seconds * 1000))


def _reason(fault: Exception) -> str:
    """Why, without address, user or password; an error code such as MISCONF is the server's first word."""
    if isinstance(fault, faults.MaxConnectionsError):
        return "has no free connection"
    if isinstance(fault, faults.AuthenticationError):
        return "refused the credentials"
    if isinstance(fault, faults.TimeoutError | TimeoutError):
        return "did not answer in time"
    if isinstance(fault, faults.ConnectionError | OSError):
        return "is not reachable"
    if isinstance(fault, faults.ResponseError):
        words = str(fault).split()
        return f"refused the command ({words[0]})" if words and words[0].isupper() else "refused the command"
    return f"failed ({type(fault).__name__})"


@contextmanager
def seam() -> Iterator[None]:
    """Turn whatever redis-py raises, and a budget that ran out (an OSError), into `StateError`."""
    try:
        yield
    except (faults.RedisError, OSError) as fault:
        raise StateError(f"The state store (Redis) {_reason(fault)}") from fault


async def _stoppable(asked: Coroutine[Any, Any, Any]) -> Any:
    """The reply; a cancellation that redis-py forgot is given again, not after the wait is over."""
    work = asyncio.create_task(asked)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=0.02)
        if not work.cancelled():
            work.exception()  # nobody waits for it any more
        raise


def _pool(url: str | None, socket: str | None, **timeouts: Any) -> BlockingConnectionPool:
    options = {"max_connections": CONNECTIONS, "timeout": 1, "encoding_errors": ENCODING, "protocol": 2, **timeouts}
    if socket is not None:
        return BlockingConnectionPool(connection_class=UnixDomainSocketConnection, path=socket, **options)
    try:
        return BlockingConnectionPool.from_url(url or "", **options)
    except ValueError:  # its text may quote a piece of the password
        raise StateError("REDIS_URL is not understood: redis://, rediss:// or unix:// is expected") from None


def _retry(times: int) -> Retry:
    return Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), times)


class Link:
    """Commands that go out together, and a blocking client; both connect on first use. Raises `StateError` only."""

    def __init__(self, url: str | None, socket: str | None) -> None:
        if (url is None) == (socket is None):
            raise StateError("The state store needs either REDIS_URL or the embedded server's socket")
        self._rest_until = 0.0
        pool = _pool(url, socket, socket_timeout=None, socket_connect_timeout=0.5, retry=_retry(3))
        self._blocking = Redis(
            connection_pool=_pool(url, socket, socket_timeout=SLICE + 5, socket_connect_timeout=0.5, retry=_retry(1))
        )
        connection: Connection = pool.make_connection()  # type: ignore[no-untyped-call]
        self._together = Together(connection, dict(self._blocking.response_callbacks))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """The seam, with a rest after a time-out: a chat platform waits three seconds for several commands."""
        clock = asyncio.get_running_loop().time
        if clock() < self._rest_until:
            raise StateError("The state store (Redis) did not answer in time")
        try:
            with seam():
                yield
        except StateError as fault:
            if isinstance(fault.__cause__, faults.TimeoutError | TimeoutError):
                self._rest_until = clock() + REST
            raise

    async def call(self, *command: str | int) -> Any:
        """One command that may be repeated unharmed."""
        with self._answering():
            return await self._together.ask(command)

    async def run(self, names: str, keys: Sequence[str], *args: str | int) -> Any:
        """The script of these names ("deliver emit": one put before the other), loaded when the server lacks it."""
        with self._answering():
            script, digest = script_text(names), script_digest(names)
            return await self._together.ask(("EVALSHA", digest, len(keys), *keys, *args), script)

    async def kept(self, names: str, keys: Sequence[str], *args: str | int) -> tuple[Any, bool]:
        """As `run`, and whether what was written lies on a replica too; True where there are none."""
        with self._answering():
            script, digest = script_text(names), script_digest(names)
            asked = self._together.submit(("EVALSHA", digest, len(keys), *keys, *args), script)
            return await asked.reply, asked.copied

    @property
    def lagging(self) -> bool:
        """There are, or were, replicas, and none has confirmed what was written last."""
        return self._together.copies.lagging

    async def wait(self, *command: str | int, block: float) -> Any:
        """A command that holds its connection for up to `block` seconds (at most SLICE)."""
        with seam():
            async with asyncio.timeout(block + BUDGET):
                return await _stoppable(self._blocking.execute_command(*command))  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        with seam():
            await self._together.close()
            await self._blocking.aclose()
            await self._blocking.connection_pool.disconnect()


def slices(block: float, longest: float = SLICE) -> Iterator[float]:
    """Cut a wait into pieces by the event loop's clock: yields seconds for the next piece until `block` is over."""
    clock = asyncio.get_running_loop().time
    end = clock() + block
    while (left := end - clock()) > 0:
        yield min(left, longest)
