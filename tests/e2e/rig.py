"""The whole bot in this process on a free port: real core, worker, courier, Redis, Slack adapter and simulated SOC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.app import App, assemble, core
from bot.demo import Demo, simulated
from bot.http import application
from bot.platform import Platform
from bot.settings import Chronicle, Gti, Process, Scc, Settings, State
from bot.settings import Slack as SlackSettings
from bot.slack.adapter import SlackAdapter
from connectors.clock import AnchoredClock
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_standin import Slack

ACCESS = """
channels:
  - {platform: slack, tenant: T1, channel: CTEAM, tlp: amber}
  - {platform: slack, tenant: T1, channel: CELSEWHERE, tlp: amber}
  - {platform: slack, tenant: T1, channel: CBOARD, tlp: red}
"""
"""CTEAM may see what is TLP:AMBER; nobody cleared C1 for anything."""


@dataclass
class Bot:
    """The running bot, the Slack it talks to, and people's hands."""

    app: App
    slack: Slack
    hands: Hands
    adapter: SlackAdapter


def slack_settings(slack: Slack, *, socket: bool = False) -> SlackSettings:
    """Settings that point at the stand-in."""
    return SlackSettings.model_construct(
        bot_token=SecretStr(slack.token),
        signing_secret=None if socket else SecretStr(slack.signing_secret),
        app_token=SecretStr(slack.app_token) if socket else None,
        api_url=f"{slack.base}/api/",
        command="/security",
    )


@asynccontextmanager
async def running_bot(
    slack: Slack, folder: Path, *, socket: bool = False, seconds: float = 8.0, cases: int = 400
) -> AsyncIterator[Bot]:
    """As `bot.serving.serve` puts it together, with the Slack adapter alone."""
    access = folder / "access.yaml"
    access.write_text(ACCESS)
    process = Process().model_copy(update={"data": folder, "access": access})
    settings = Settings(process, slack_settings(slack, socket=socket), State(), Chronicle(), Gti(), Scc())
    scene = Demo(cases=cases)
    async with simulated(scene, settings) as pointed:
        clock = AnchoredClock(scene.now)
        async with core(pointed, clock, demo=True) as made, aiohttp.ClientSession() as session:
            platforms: dict[str, Platform] = {}
            app = assemble(made, platforms)
            adapter = SlackAdapter(
                pointed.slack,
                app.intake,
                made.registry,
                made.access,
                clock,
                made.state.store,
                made.state.crises,
                seconds,
            )
            platforms[adapter.platform.name] = adapter.platform
            runner = web.AppRunner(application(app.health, adapter.routes()), access_log=None, shutdown_timeout=1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            tasks = app.start()
            await adapter.start()
            try:
                url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield Bot(app, slack, Hands(session, url, slack), adapter)
            finally:
                await runner.cleanup()
                await adapter.stop()
                await app.stop(tasks)
