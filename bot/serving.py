"""Runs the bot: one aiohttp server, the adapters, the workers; SIGTERM drains."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable
from typing import Protocol

import structlog
from aiohttp import web

from bot.app import App, assemble, core
from bot.http import application
from bot.platform import Platform
from bot.settings import Settings, SettingsError
from bot.slack.adapter import SlackAdapter
from bot.state import KEY_BYTES
from bot.teams.setup import refusal
from connectors.ports import Clock

log = structlog.get_logger()
TOKEN_LENGTH = 16
"""Characters of the console's token where other machines can try theirs."""


class Adapter(Protocol):
    """A chat platform's incoming side, with the outgoing one beside it."""

    @property
    def platform(self) -> Platform: ...

    def routes(self) -> list[web.RouteDef]: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def serve(settings: Settings, clock: Clock, *, demo: bool, ready: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT. `ready` is called once with the URL."""
    check(settings, demo)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with core(settings, clock, demo=demo) as made:
        platforms: dict[str, Platform] = {}
        app = assemble(made, platforms)
        adapters = _adapters(app, demo)
        platforms.update({adapter.platform.name: adapter.platform for adapter in adapters})
        routes = [route for adapter in adapters for route in adapter.routes()]
        runner = web.AppRunner(application(app.health, routes), access_log=None, shutdown_timeout=5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.process.host, settings.process.port)
            try:
                await site.start()
            except OSError as error:
                raise SettingsError(f"Port {settings.process.port} cannot be used: {error.strerror}.") from None
            # What is alive now stays alive: a full collection over it would stop the loop for nothing, and here cost a
            # tenth of the start for some 2,000 objects that imports leave behind.
            # Large answers and the ledger make many objects that live: young collections find nothing among them.
            gc.freeze()
            gc.set_threshold(20_000, 20, 50)
            gc.enable()
            tasks = app.start(warm=False)  # which would take the processor from what follows
            for adapter in adapters:
                await adapter.start()
            ready(_url(settings, runner))
            tasks.append(app.warming())
            await stopping.wait()
            # A second signal ends at once, as it would have without us.
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
            log.info("draining")
            app.health.draining, app.health.ready = True, False
            # Nothing new comes in (bot.http refuses it, while /readyz goes on saying so) and open streams end first;
            # what was acknowledged is finished after.
            for adapter in adapters:
                await adapter.stop()
            await app.stop(tasks)
            await runner.cleanup()
        finally:
            with contextlib.suppress(RuntimeError):
                await runner.cleanup()


def check(settings: Settings, demo: bool) -> None:
    """SettingsError for what must not be started."""
    process, slack = settings.process, settings.slack
    if not demo and not settings.any_backend:
        raise SettingsError(
            "No backend is configured: set CHRONICLE_PROJECT_ID and CHRONICLE_CUSTOMER_ID, VT_APIKEY or "
            "SCC_PROJECT_ID, or use --demo for the simulated SOC."
        )
    if (demo or process.console) and not process.loopback and process.console_token is None:
        raise SettingsError("The console needs SOC_BOT_CONSOLE_TOKEN when SOC_BOT_HOST is not this machine alone.")
    token = process.console_token.get_secret_value() if process.console_token is not None else ""
    if (demo or process.console) and not process.loopback and len(token) < TOKEN_LENGTH:
        raise SettingsError(
            f"SOC_BOT_CONSOLE_TOKEN can be guessed: take at least {TOKEN_LENGTH} characters, or listen on this machine "
            "alone."
        )
    if slack.configured and slack.signing_secret is None and slack.app_token is None:
        raise SettingsError("SLACK_BOT_TOKEN is set: set SLACK_SIGNING_SECRET too, or SLACK_APP_TOKEN for Socket Mode.")
    if wrong := refusal(settings.teams, loopback=process.loopback):
        raise SettingsError(wrong)
    if not demo and not slack.configured and not settings.teams.configured and not process.console:
        raise SettingsError(
            "No chat platform is configured: set SLACK_BOT_TOKEN, MICROSOFT_APP_ID, or SOC_BOT_CONSOLE=true."
        )
    if not demo and process.access is None:
        log.warning("SOC_BOT_ACCESS is not set: nobody on any chat platform has any right")
    if not demo and settings.state.redis_url is not None and process.audit_key is None:
        log.warning("SOC_BOT_AUDIT_KEY is not set: other machines on this Redis would break the audit chain")
    if process.audit_key is not None and len(process.audit_key.get_secret_value().encode()) < KEY_BYTES:
        # Another key would break the chain that there is, so the bot goes on with it.
        log.warning(f"SOC_BOT_AUDIT_KEY has under {KEY_BYTES} bytes: whoever reads the chain can guess it")


def _adapters(app: App, demo: bool) -> list[Adapter]:
    made, settings = app.core, app.core.settings
    adapters: list[Adapter] = []
    if settings.slack.configured:
        adapters.append(
            SlackAdapter(
                settings.slack,
                app.intake,
                made.registry,
                made.access,
                made.clock,
                made.state.store,
                made.state.crises,
            )
        )
    if settings.teams.configured:
        from bot.teams.adapter import TeamsAdapter  # noqa: PLC0415 - the SDK costs half a second, where it is used

        store = made.state.store
        crises = made.state.crises
        adapters.append(
            TeamsAdapter(settings.teams, app.intake, made.registry, made.clock, store, crises, access=made.access)
        )
    if demo or settings.process.console:
        from bot.console.adapter import ConsoleAdapter  # noqa: PLC0415 - its templates, where it is used

        adapters.append(ConsoleAdapter(settings.process, app.intake, made, app.health, demo=demo))
    return adapters


def _url(settings: Settings, runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][0], runner.addresses[0][1]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"
