"""The Bot Connector's REST interface (v3): one session, one token, failures told by what can be done about them.

Source: learn.microsoft.com, "API reference for the Bot Framework Connector service"; what is worth trying again (412,
429, 502, 504): "Optimize your bot with rate limiting in Teams".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from random import SystemRandom
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
import structlog

from bot.platform import Later, Unsure
from bot.settings import Teams
from bot.teams.guard import trusted
from bot.teams.tokens import UNREACHED, NoToken, Tokens
from connectors.ports import Clock

log = structlog.get_logger()
Json = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "DELETE"]
SECONDS = 15.0
"""Until a call counts as lost."""
CONNECT_AGAIN = 5.0
LONGEST = 60.0
REMEMBERED = 2_000
_random = SystemRandom()


class Refusal(Exception):
    """Teams understood and said no, and did nothing; `code` is the service's own word, `status` HTTP's."""

    def __init__(self, what: str, status: int, code: str) -> None:
        super().__init__(f"Teams refused {what}: {status} {code}".strip())
        self.status, self.code = status, code


class Web:
    """Opened and closed by the adapter; between the two, one session for everything."""

    def __init__(self, settings: Teams, clock: Clock, seconds: float = SECONDS) -> None:
        self._settings, self._timeout = settings, aiohttp.ClientTimeout(total=seconds)
        self.tokens = Tokens(settings, clock)
        self._session: aiohttp.ClientSession | None = None
        self._strikes: OrderedDict[str, int] = OrderedDict()
        self._out = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def open(self) -> None:
        """Needs the running loop."""
        self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)

    async def close(self) -> None:
        """What is on its way is let through; what leaves later, while the process drains, opens its own session."""
        session, self._session = self._session, None
        if session is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self._timeout.total)
        await session.close()

    async def post(self, service_url: str, conversation: str, activity: Json) -> str:
        """A new message; its id. Raises Later, Unsure, Refusal."""
        said = await self._ask("POST", service_url, f"v3/conversations/{_safe(conversation)}/activities", activity)
        return str(said.get("id", ""))

    async def put(self, service_url: str, conversation: str, message: str, activity: Json) -> None:
        """A message of ours anew. Doing it twice does no harm, so it is never Unsure. Raises Later, Refusal."""
        path = f"v3/conversations/{_safe(conversation)}/activities/{_safe(message)}"
        await self._ask("PUT", service_url, path, {**activity, "id": message})

    async def begin(self, service_url: str, parameters: Json) -> Json:
        """A new conversation: a thread of a channel, or a personal chat. Raises Later, Unsure, Refusal."""
        return await self._ask("POST", service_url, "v3/conversations", parameters)

    async def member(self, service_url: str, conversation: str, account: str) -> Json:
        """Somebody of a conversation. Raises Later, Refusal."""
        return await self._ask("GET", service_url, f"v3/conversations/{_safe(conversation)}/members/{_safe(account)}")

    async def members(self, service_url: str, conversation: str, after: str = "") -> Json:
        """A page of the roster: `members`, and `continuationToken` when there are more. Raises Later, Refusal."""
        more = f"&continuationToken={_safe(after)}" if after else ""
        path = f"v3/conversations/{_safe(conversation)}/pagedmembers?pageSize=500{more}"
        return await self._ask("GET", service_url, path)

    async def _ask(self, method: Method, service_url: str, path: str, body: Json | None = None) -> Json:
        if not trusted(service_url, self._settings):
            raise Refusal("to be asked", 0, "an address that is not on the list of TEAMS_SERVICE_HOSTS")
        status, headers, found = await self._answer(method, f"{service_url.rstrip('/')}/{path}", body)
        if status == 401:
            # A key of Microsoft's or a clock may have moved: one new token, then it is a refusal.
            self.tokens.forget()
            status, headers, found = await self._answer(method, f"{service_url.rstrip('/')}/{path}", body)
        key = path.split("/activities", maxsplit=1)[0]
        if status < 400:
            self._strikes.pop(key, None)
            return found
        if status in {409, 412, 429}:
            raise Later(self._patience(key, headers.get("Retry-After")))
        if status >= 500:
            if method == "POST":
                raise Unsure(f"{method}: status {status}")
            raise Later(self._patience(key, headers.get("Retry-After")))
        inner = found.get("error")
        code = str(inner.get("code", "")) if isinstance(inner, dict) else ""
        raise Refusal(method, status, code[:80])

    async def _answer(self, method: Method, url: str, body: Json | None) -> tuple[int, dict[str, str], Json]:
        try:
            token = await self.tokens.get()
        except NoToken as error:
            if error.code.startswith(UNREACHED):
                raise Later(CONNECT_AGAIN) from None
            raise Refusal("a token", 401, error.code) from None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with (
                self._leaving() as session,
                session.request(method, _url(url), json=body, headers=headers, allow_redirects=False) as answer,
            ):
                text = await answer.read()
                return answer.status, dict(answer.headers), _object(text)
        except aiohttp.ClientConnectorError:
            raise Later(CONNECT_AGAIN) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if method == "POST":
                raise Unsure(f"{method}: {type(error).__name__}") from None
            raise Later(CONNECT_AGAIN) from None

    def _patience(self, key: str, said: str | None) -> float:
        """What the service asks for, or twice as long each time, with jitter."""
        strikes = self._strikes[key] = self._strikes.pop(key, 0) + 1
        if len(self._strikes) > REMEMBERED:
            self._strikes.popitem(last=False)
        try:
            return min(max(float(said or ""), 0.1), 300.0) + _random.uniform(0.0, 0.25)
        except ValueError:
            return min(0.5 * 2.0 ** min(strikes, 10), LONGEST) * _random.uniform(0.5, 1.0)

    @contextlib.asynccontextmanager
    async def _leaving(self) -> AsyncIterator[aiohttp.ClientSession]:
        self._out += 1
        self._idle.clear()
        try:
            if self._session is not None and not self._session.closed:
                yield self._session
                return
            async with aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as own:
                yield own
        finally:
            self._out -= 1
            if not self._out:
                self._idle.set()


def _url(text: str) -> Any:
    from yarl import URL  # noqa: PLC0415 - aiohttp's own; ids hold ":", ";" and "@", already encoded

    return URL(text, encoded=True)


def _safe(text: str) -> str:
    return quote(text, safe="")


def _object(text: bytes) -> Json:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
