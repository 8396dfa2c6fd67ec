"""Who may speak to the console page: host, origin, session and token, before anything is answered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets

from aiohttp import web
from pydantic import SecretStr

from connectors.ports import Clock

SESSION_SECONDS = 12 * 3600
_COOKIE = re.compile(r"([A-Za-z0-9_-]{22})\.(\d{1,12})\.([0-9a-f]{64})")
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
_FAILED_LOGIN_SECONDS = 0.5
MOST_WAITING = 20
"""Wrong tokens that wait for their answer; more are sent away."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a form posts “Origin: null” (Fetch, section 3.2)
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer of the console; static files replace Cache-Control."""


class Guard:
    """Sessions are signed cookies, so they outlive a restart and need no state store; a new token ends them all."""

    def __init__(self, key: bytes, token: SecretStr | None, loopback: bool, clock: Clock) -> None:
        self._token = token.get_secret_value() if token is not None else ""
        self._key = hmac.digest(key, b"console session " + self._token.encode(), "sha256")
        self._loopback, self._clock = loopback, clock
        self._slow, self._waiting = asyncio.Lock(), 0

    @property
    def token_needed(self) -> bool:
        return bool(self._token)

    def host(self, request: web.Request) -> None:
        """403 for a Host that is not this machine: a foreign name that resolves to 127.0.0.1 (DNS rebinding)."""
        said = request.headers.getall("Host", [])
        if len(said) != 1:
            raise web.HTTPForbidden(reason="One Host header is needed.")
        name, port = _split(said[0])
        if self._loopback and (name not in _LOCAL or port != _port(request)):
            raise web.HTTPForbidden(reason="This console answers to 127.0.0.1, localhost and [::1] alone.")

    def origin(self, request: web.Request) -> None:
        """403 unless the browser says that the page which posts is our own."""
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        own = origin is not None and origin.partition("://")[2].lower() == request.headers.get("Host", "").lower()
        if (site is None and origin is None) or (site not in {None, "same-origin"}) or (origin is not None and not own):
            raise web.HTTPForbidden(reason="Only this console's own page may post here.")

    def session(self, request: web.Request) -> str | None:
        """The session's id, if its cookie is ours and not too old."""
        found = _COOKIE.fullmatch(request.cookies.get(_name(request), ""))
        if found is None:
            return None
        session, until, signature = found.groups()
        if not hmac.compare_digest(self._sign(session, until), signature):
            return None
        return session if int(until) > self._clock.now().timestamp() else None

    def seconds_left(self, request: web.Request) -> float:
        """Until the cookie of a valid session ends."""
        return int(request.cookies[_name(request)].split(".")[1]) - self._clock.now().timestamp()

    def admit(self, request: web.Request, response: web.StreamResponse, session: str | None) -> str:
        """Give or prolong a session."""
        session = session or secrets.token_urlsafe(16)
        until = str(int(self._clock.now().timestamp()) + SESSION_SECONDS)
        response.set_cookie(
            _name(request),
            f"{session}.{until}.{self._sign(session, until)}",
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )
        return session

    def forget(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take the session's cookie back."""
        response.del_cookie(_name(request))

    async def known(self, said: str) -> bool:
        """Is it the token? Wrong ones are answered two a second, however many ask; HTTPTooManyRequests when too many
        wait.
        """
        digests = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (said, self._token))
        if self._token and hmac.compare_digest(*digests):
            return True
        if self._waiting >= MOST_WAITING:
            raise web.HTTPTooManyRequests(reason="Too many wrong tokens wait for their answer: try again in a minute.")
        self._waiting += 1
        try:
            async with self._slow:
                await asyncio.sleep(_FAILED_LOGIN_SECONDS)
        finally:
            self._waiting -= 1
        return False

    def _sign(self, session: str, until: str) -> str:
        return hmac.new(self._key, f"{session}.{until}".encode(), "sha256").hexdigest()


def _name(request: web.Request) -> str:
    # Cookies know no ports: two consoles on one machine must not end each other's sessions.
    return f"soc_console_{_port(request)}"


def _port(request: web.Request) -> int:
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return int(name[1]) if name else 0


def _split(host: str) -> tuple[str, int]:
    """`localhost:8080` → name and port; no port is 80."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+)(?::(\d{1,5}))?", host)
    return (found[1].lower(), int(found[2] or 80)) if found else ("", 0)
