"""The one module that speaks HTTP to backends (httpx), and the one seam where its failures become `connectors.errors`.

One `HttpBackend` a backend: bulkhead (at most `concurrency` questions at once), circuit breaker, a time limit for every
attempt, bounded retries of reads alone, a bound on the size of an answer. Messages never hold a query, header or body.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import stamina
from pydantic_core import from_json

from connectors.errors import (
    Absent,
    BackendError,
    NotConfigured,
    RateLimited,
    Refused,
    TimedOut,
    Unavailable,
    Unreadable,
)
from connectors.ports import Clock
from connectors.resilience import Breaker, BreakerOpen

Auth = Callable[[], Awaitable[Mapping[str, str]]]
"""Gives the headers that prove who we are; raises `BackendError`."""

Params = Mapping[str, object]

Decode = Callable[[bytes], Any]

_HALF = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""Half a surrogate pair, which is no letter; group 1 is what only looks like one."""

IN_THREAD = 256 * 1024
"""Bytes from which an answer is decoded off the event loop."""

MAX_BYTES = 64 * 1024 * 1024

SKEW_SECONDS = 60.0
"""A backend's clock further away than this is worth a sentence."""


def _decoded(decode: Decode, raw: bytes) -> Any:
    """What `decode` reads. Letters that were cut in two, where a backend cuts a long title, are U+FFFD: one such title
    must not hide all the others. ValueError.
    """
    try:
        return decode(raw)
    except ValueError:
        whole = _HALF.sub(lambda found: found[1] or rb"\ufffd", raw.decode("utf-8", "replace").encode())
        if whole == raw:
            raise
        return decode(whole)


class NotSent(Unavailable):
    """No connection came about: the backend cannot have seen the request. `passing` False: not asked at all."""

    def __init__(self, backend: str, detail: str, passing: bool = True) -> None:
        super().__init__(backend, detail)
        self.passing = passing


class Passing(Unavailable):
    """Likely to pass: 502, 503, 504, or a connection that broke. The backend may have seen the request."""


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    path: str
    params: Params | None
    body: Any
    seconds: float
    decode: Decode


class HttpBackend:
    """One backend, by the name people call it. Seconds: `timeout` an attempt, `budget` a read with its retries."""

    def __init__(
        self,
        name: str,
        base_url: str,
        auth: Auth,
        clock: Clock,
        *,
        timeout: float = 5.0,
        budget: float = 15.0,
        attempts: int = 3,
        concurrency: int = 8,
        max_bytes: int = MAX_BYTES,
        wait: float = 0.2,
        breaker: Breaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.breaker = breaker or Breaker(clock)
        self.skew: float | None = None
        self._auth, self._clock, self._transport = auth, clock, transport
        self._seconds, self._budget, self._attempts = timeout, budget, attempts
        self._concurrency, self._max_bytes, self._wait = concurrency, max_bytes, wait
        self._bulkhead = asyncio.Semaphore(concurrency)
        self._opened: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def get_json(
        self, path: str, params: Params | None = None, *, seconds: float | None = None, decode: Decode = from_json
    ) -> Any:
        """The decoded answer of a GET, retried within the budget. `decode` raises ValueError on what it cannot read."""
        return await self._read(_Ask("GET", path, params, None, seconds or self._seconds, decode))

    async def post_json(
        self, path: str, body: Any, params: Params | None = None, *, idempotent: bool, seconds: float | None = None
    ) -> Any:
        """The decoded answer of a POST, None when a deed's is empty. Retried only if `idempotent`: a question."""
        ask = _Ask("POST", path, params, body, seconds or self._seconds, from_json)
        return await (self._read(ask) if idempotent else self._attempt(ask))

    async def patch_json(self, path: str, body: Any, params: Params | None = None) -> Any:
        """The decoded answer of a PATCH, asked once."""
        return await self._attempt(_Ask("PATCH", path, params, body, self._seconds, from_json))

    def skew_note(self) -> str:
        """A sentence when the backend's clock and ours differ by more than a minute, else empty."""
        if self.skew is None or abs(self.skew) <= SKEW_SECONDS:
            return ""
        side = "ahead of" if self.skew > 0 else "behind"
        return f"Its clock is {abs(self.skew):.0f} s {side} ours."

    async def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None

    async def _read(self, ask: _Ask) -> Any:
        budget = max(self._budget, ask.seconds)
        ends = self._clock.monotonic() + budget

        def patience(error: Exception) -> bool | float:
            if isinstance(error, RateLimited):
                return error.retry_after if self._clock.monotonic() + error.retry_after < ends else False
            return isinstance(error, Passing) or (isinstance(error, NotSent) and error.passing)

        async for attempt in stamina.retry_context(
            on=patience, attempts=self._attempts, timeout=budget, wait_initial=self._wait, wait_jitter=self._wait
        ):
            with attempt:
                answer = await self._attempt(ask)
                if answer is None:
                    raise Unreadable(self.name, "gave an empty answer")
                return answer
        raise AssertionError("stamina raises the last error itself")

    async def _attempt(self, ask: _Ask) -> Any:
        await self._enter(ask.seconds)
        try:
            with self.breaker.guard():
                raw = await self._ask(ask)
        except BreakerOpen as error:
            rest = f"failed repeatedly and is not asked for another {error.seconds:.0f} s"
            raise NotSent(self.name, rest, passing=False) from error
        finally:
            self._bulkhead.release()
        if not raw or raw.isspace():
            return None
        large = len(raw) > IN_THREAD
        try:
            return await asyncio.to_thread(_decoded, ask.decode, raw) if large else _decoded(ask.decode, raw)
        except ValueError as error:
            raise Unreadable(self.name, "gave an answer that is not JSON") from error

    async def _enter(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bulkhead.acquire()
        except TimeoutError as error:
            raise TimedOut(self.name, seconds) from error

    async def _ask(self, ask: _Ask) -> bytes:
        try:
            async with asyncio.timeout(ask.seconds):
                headers = dict(await self._auth())
                client = await self._client()
                async with client.stream(
                    ask.method, self.base_url + ask.path, params=_params(ask.params), json=ask.body, headers=headers
                ) as response:
                    self._look_at_clock(response)
                    raw = await self._body(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(self.name, ask.seconds) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, ValueError) as error:
            raise NotConfigured(self.name, "has an address or a credential that makes no valid request") from error
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise NotSent(self.name, "cannot be reached (no connection)") from error
        except httpx.DecodingError as error:
            raise Unreadable(self.name, "gave an answer in a broken encoding") from error
        except httpx.TransportError as error:
            raise Passing(self.name, "broke off the connection") from error
        if not response.is_success:
            raise self._failure(response)
        return raw

    async def _body(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._max_bytes:
                raise Unreadable(self.name, f"gave an answer too large (over {self._max_bytes // 1024} kB)")
            parts.append(part)
        return b"".join(parts)

    def _failure(self, response: httpx.Response) -> BackendError:
        status = response.status_code
        if status == 429:
            return RateLimited(self.name, self._retry_after(response))
        if status in {408, 502, 503, 504}:
            return Passing(self.name, f"is out of service (HTTP {status})")
        if status >= 500:
            return Unavailable(self.name, f"failed (HTTP {status})")
        if status == 404:
            return Absent(self.name, "has no such record (HTTP 404)")
        if status >= 400:
            what = "our credentials" if status in {401, 403} else "the request"
            return Refused(self.name, f"refused {what} (HTTP {status})", status)
        return Unreadable(self.name, f"pointed elsewhere instead of answering (HTTP {status})")

    def _retry_after(self, response: httpx.Response) -> float:
        """Seconds to wait by RFC 9110 §10.2.3, which allows seconds or a date; 1 when the header is missing or odd."""
        said = response.headers.get("retry-after", "")
        try:
            return max(0.0, float(said))
        except ValueError:
            pass
        try:
            until = parsedate_to_datetime(said)
            since = parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else self._clock.now()
            return max(0.0, (until - since).total_seconds())
        except (ValueError, TypeError):
            return 1.0

    def _look_at_clock(self, response: httpx.Response) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers["date"])
            self.skew = (theirs - self._clock.now()).total_seconds()
        except (KeyError, ValueError, TypeError):
            self.skew = None

    async def _client(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._opened is None:
                # certificates and httpx's own late imports take a tenth of a second
                self._opened = await asyncio.to_thread(self._open)
            return self._opened

    def _open(self) -> httpx.AsyncClient:
        at = urlsplit(self.base_url)
        # without TLS no certificates are read: an empty trust trusts nobody
        trust = httpx.create_ssl_context() if at.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.AsyncClient(
            timeout=httpx.Timeout(None),
            limits=httpx.Limits(max_connections=self._concurrency),
            transport=self._transport,
            trust_env=at.hostname not in {"127.0.0.1", "localhost", "::1"},
            verify=trust,
        )


def _params(params: Params | None) -> dict[str, str] | None:
    if params is None:
        return None
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in params.items()}
