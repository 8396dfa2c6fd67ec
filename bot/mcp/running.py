"""`soc-bot mcp`: on stdio it answers as one configured person, on HTTP as whoever holds the request's token."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import Core, core, rights
from bot.demo import Demo, simulated
from bot.log import configure
from bot.mcp import stdio
from bot.mcp.commands import Commands
from bot.mcp.persons import PLATFORM, TokenRow, account, bearer, tokens
from bot.mcp.server import build
from bot.settings import Settings, SettingsError
from connectors.clock import AnchoredClock, SystemClock
from handlers.core.call import Identity

if TYPE_CHECKING:
    from starlette.requests import Request

log = structlog.get_logger()
PERSON = "socbot.person"
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
App = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Wanted:
    """`http` None: stdio. `demo` set: the simulated SOC, where everybody is a manager or has `role`."""

    http: tuple[str, int] | None = None
    demo: Demo | None = None
    role: str = ""


async def run(settings: Settings, wanted: Wanted) -> None:
    """Until standard input ends, or SIGTERM. SettingsError before anything is started or served."""
    if wanted.demo is None and not settings.any_backend:
        raise SettingsError("No backend is configured. Set one, or add --demo for the simulated SOC.")
    configure(settings.process.log_level)
    if wanted.http is not None:
        rows = tokens(settings.own_mcp.tokens)
        async with _pointed(settings, wanted) as made:
            await serve(made, rows, *wanted.http)
        return
    who = _person(settings, wanted)
    async with _pointed(settings, wanted) as made:
        commands = Commands(made)
        commands.tell_ceilings([who.user])
        try:
            await stdio.serve(build(commands, lambda _: who))
        finally:
            await commands.settled()


@contextlib.asynccontextmanager
async def _pointed(settings: Settings, wanted: Wanted) -> AsyncIterator[Core]:
    if wanted.demo is None:
        async with core(settings, SystemClock(), demo=False) as made:
            yield made
        return
    clock = AnchoredClock(wanted.demo.now)
    async with simulated(wanted.demo, settings) as pointed, core(pointed, clock, demo=True) as made:
        yield made


def _person(settings: Settings, wanted: Wanted) -> Identity:
    """Over stdio: SOC_BOT_MCP_USER, who must be somebody. An agent gets no rights for want of a name."""
    if wanted.demo is not None:
        return account(f"demo-{wanted.role or 'manager'}")
    user = settings.own_mcp.user
    if not user:
        raise SettingsError("SOC_BOT_MCP_USER is not set: name the account (platform mcp) as which calls are answered.")
    if not rights(settings, demo=False).principal(PLATFORM, "", user).roles:
        raise SettingsError(f"SOC_BOT_ACCESS lists no account {{platform: mcp, user: {user}}}: it would have no right.")
    return account(user)


async def serve(made: Core, rows: tuple[TokenRow, ...], host: str, port: int) -> None:
    """On HTTP, until SIGTERM; prints its address when it listens, SettingsError when it cannot. TLS is a proxy's work:
    tokens travel in a header.
    """
    import uvicorn  # noqa: PLC0415

    commands = Commands(made)
    commands.tell_ceilings([row.user for row in rows])
    app = application(commands, rows, host)
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(f"{host}:{port} cannot be listened on: {error.strerror}.") from None
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=10, limit_concurrency=64)
    if host not in LOCAL:
        log.warning("tokens travel in clear unless TLS ends in front of me", host=host)
    with listening:
        shown = f"[{host}]" if ":" in host else host
        print(f"ready: http://{shown}:{listening.getsockname()[1]}/mcp", flush=True)  # noqa: T201
        server = uvicorn.Server(config)
        # uvicorn gives the signal on once it has ended, which would end the process before its state is closed.
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
        await server.serve(sockets=[listening])
        await commands.settled()


def application(commands: Commands, rows: tuple[TokenRow, ...], host: str) -> App:
    """The ASGI application: nothing is read of a request before its token is known."""
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415

    # Beyond loopback the Host header is the proxy's; without a token no page of a browser gets anywhere.
    security = None if host in LOCAL else TransportSecuritySettings(enable_dns_rebinding_protection=False)
    inner = build(commands, _bearer_of).streamable_http_app(
        host=host, stateless_http=True, json_response=True, transport_security=security
    )

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            who = bearer(headers.get(b"authorization", b"").decode("latin-1"), rows, commands.today)
            if who is None:
                await _refuse(send)
                return
            scope = {**scope, PERSON: who}
        await inner(scope, receive, send)

    return guarded


def _bearer_of(context: Any) -> Identity:
    """Who sent this very request; a context without one is a fault of ours, and answers nothing."""
    request: Request | None = context.request
    who = request.scope.get(PERSON) if request is not None else None
    if not isinstance(who, Identity):
        raise RuntimeError("a request without a person")
    return who


async def _refuse(send: Any) -> None:
    headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"A valid token is needed.\n"})
