"""Slack's Web API: one client, one session, and its failures told by what can be done about them.

Slack's error codes: docs.slack.dev/reference/methods/chat.postMessage, "Errors".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.platform import Later, Unsure
from bot.settings import Slack
from connectors.ports import Clock

log = structlog.get_logger()
SECONDS = 10.0
"""Until a Web API call counts as lost."""
UPLOAD_SECONDS = 120.0
CONNECT_AGAIN = 5.0
SLACK_HOST = "slack.com"
ME_SECONDS = 3_600.0
_BUSY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", ""})
_PATIENCE = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
TOKEN_GONE = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
NO_ENTRY = frozenset({"not_in_channel", "channel_not_found", "is_archived", "user_not_in_channel"})
"""Codes of a channel that the bot cannot write to."""


class Refusal(Exception):
    """Slack understood and said no, and did nothing; `code` is its error code."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}")
        self.code = code


@dataclass(frozen=True)
class Me:
    """Who the token is."""

    team: str
    user: str
    bot: str


class Web:
    """Opened and closed by the adapter; between the two, one session for everything."""

    def __init__(self, settings: Slack, clock: Clock, seconds: float = SECONDS) -> None:
        token = settings.bot_token.get_secret_value() if settings.bot_token else None
        # No retry handlers: the SDK would repeat posts whose fate is unknown.
        self.client = AsyncWebClient(token=token, base_url=settings.api_url, retry_handlers=[])
        self._clock, self._timeout = clock, aiohttp.ClientTimeout(total=seconds)
        self._hosts = response_hosts(settings.api_url)
        self._me: tuple[float, Me] | None = None
        self._asking = asyncio.Lock()
        self._out = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def open(self) -> None:
        """Needs the running loop."""
        self.client.session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """What is on its way is let through; what leaves later, while the process drains, opens its own session."""
        session, self.client.session = self.client.session, None
        if session is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self._timeout.total)
        await session.close()

    @contextlib.contextmanager
    def _leaving(self) -> Iterator[None]:
        self._out += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._out -= 1
            if not self._out:
                self._idle.set()

    async def ask(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        """A writing method. Raises Later, Unsure or Refusal."""
        return await self._answer(method, self.client.api_call(method, json=payload))

    async def form(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A writing method that is told its arguments as a form. Raises Later, Unsure or Refusal."""
        return await self._answer(method, self.client.api_call(method, data=fields))

    async def read(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """A reading method. Raises Later, Unsure or Refusal."""
        return await self._answer(method, self.client.api_call(method, http_verb="GET", params=params))

    async def _answer(self, method: str, asked: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
        try:
            with self._leaving():
                async with asyncio.timeout(self._timeout.total):
                    response = await asked
        except SlackApiError as error:
            failure = _failure(method, error)
            if isinstance(failure, Refusal) and failure.code in TOKEN_GONE:
                self.forget(failure.code)
            raise failure from None
        except aiohttp.ClientConnectorError:
            raise Later(CONNECT_AGAIN) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unsure(f"{method}: {type(error).__name__}") from None
        return response.data if isinstance(response.data, dict) else {}

    async def me(self, within: float = ME_SECONDS) -> Me:
        """auth.test, asked once at a time and remembered for `within` seconds."""
        async with self._asking:
            now = self._clock.monotonic()
            if self._me is None or now - self._me[0] > within:
                said = await self.ask("auth.test", {})
                self._me = now, Me(said.get("team_id", ""), said.get("user_id", ""), said.get("bot_id", ""))
            return self._me[1]

    def forget(self, reason: str) -> None:
        """The token may be worth nothing any more."""
        if self._me is not None:
            log.error("Slack no longer knows this bot: install it again and set SLACK_BOT_TOKEN", reason=reason)
        self._me = None

    def trusted(self, url: str) -> bool:
        """Is this a response_url of the Slack that we are configured for?"""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" in self._hosts

    async def respond(self, url: str, payload: dict[str, Any]) -> None:
        """Post to a response_url. Raises Later, Unsure or Refusal; never names the URL."""
        try:
            with self._leaving():
                async with (
                    self._session() as session,
                    session.post(url, json=payload, proxy=self.client.proxy, allow_redirects=False) as answer,
                ):
                    status, text = answer.status, (await answer.text(errors="replace"))[:2_000]
                    patience = answer.headers.get("Retry-After")
        except aiohttp.ClientConnectorError:
            raise Later(CONNECT_AGAIN) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unsure(f"response_url: {type(error).__name__}") from None
        _judge("response_url", status, patience, _refused(text))

    async def upload(self, url: str, content: bytes) -> None:
        """A file's bytes to the address that Slack named for them. Raises Later, Unsure or Refusal."""
        api, parts = urlsplit(self.client.base_url), urlsplit(url)
        host, theirs = parts.hostname or "", api.hostname or ""
        if parts.scheme != api.scheme or not (host == theirs or host.endswith(f".{theirs}")):
            raise Refusal("upload", "address of another host")
        try:
            with self._leaving():
                async with (
                    self._session() as session,
                    session.post(
                        url,
                        data=content,
                        headers={"Content-Type": "application/octet-stream"},
                        proxy=self.client.proxy,
                        allow_redirects=False,
                        timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS),
                    ) as answer,
                ):
                    status, patience = answer.status, answer.headers.get("Retry-After")
        except aiohttp.ClientConnectorError:
            raise Later(CONNECT_AGAIN) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unsure(f"upload: {type(error).__name__}") from None
        _judge("upload", status, patience)

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        session = self.client.session
        if session is not None and not session.closed:
            yield session
            return
        async with aiohttp.ClientSession(timeout=self._timeout) as own:
            yield own


def response_hosts(api_url: str) -> frozenset[str]:
    """Origins a response_url may have: Slack's own hooks host, or the hosts that belong to a configured API URL."""
    parts = urlsplit(api_url)
    if parts.hostname == SLACK_HOST:
        return frozenset({f"https://hooks.{SLACK_HOST}"})
    return frozenset({f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://hooks.{parts.netloc}"})


def _judge(what: str, status: int, patience: str | None, code: str = "") -> None:
    """Raise Later, Unsure or Refusal for what a plain address of Slack's answered; nothing for success."""
    if status == 429:
        raise Later(_seconds(patience))
    if status >= 500:
        raise Unsure(f"{what}: status {status}")
    if status != 200 or code:
        raise Refusal(what, code or f"status {status}")


def _failure(method: str, error: SlackApiError) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in _PATIENCE:
        return Later(_seconds(getattr(response, "headers", {}).get("Retry-After")))
    if status >= 500 or code in _BUSY:
        return Unsure(f"{method}: status {status} {code}".strip())
    return Refusal(method, code)


def _seconds(header: str | None) -> float:
    try:
        return min(max(float(header or 1), 0.1), 300.0)
    except ValueError:
        return 30.0


def _refused(text: str) -> str:
    """The error code in a response_url's answer: `ok`, `{"ok": true}`, a bare code, or `{"ok": false, "error": …}`."""
    try:
        said = json.loads(text)
    except ValueError:
        return "" if text.strip() in {"ok", ""} else text.strip()[:80]
    return str(said.get("error", "refused")) if isinstance(said, dict) and said.get("ok") is False else ""
