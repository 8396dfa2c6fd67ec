"""The whole bot in this process with the Teams adapter: real core, worker, courier, Redis and simulated SOC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.app import App, assemble, core
from bot.demo import Demo, simulated
from bot.http import application
from bot.platform import Platform
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from bot.settings import Teams as TeamsSettings
from bot.teams.adapter import TeamsAdapter
from connectors.clock import AnchoredClock
from tests.e2e.teams_hands import Hands
from tests.e2e.teams_signing import APP_ID, TENANT
from tests.e2e.teams_standin import BOARD_CHANNEL, CRISIS_CHANNEL, OTHER_CHANNEL, SECRET, TEAM_CHANNEL, Teams

ACCESS = f"""
channels:
  - {{platform: teams, tenant: {TENANT}, channel: "{TEAM_CHANNEL}", tlp: amber}}
  - {{platform: teams, tenant: {TENANT}, channel: "{BOARD_CHANNEL}", tlp: red}}
"""
"""Nobody cleared OTHER_CHANNEL and CRISIS_CHANNEL for anything: a crisis's thread may see what is of its TLP."""
assert OTHER_CHANNEL not in ACCESS


@dataclass
class Bot:
    """The running bot, Microsoft's side, and people's hands."""

    app: App
    teams: Teams
    hands: Hands


def teams_settings(teams: Teams, **more: Any) -> TeamsSettings:
    """Settings that point at the stand-in."""
    return TeamsSettings.model_construct(
        **{
            "app_id": APP_ID,
            "app_password": SecretStr(SECRET),
            "tenant_id": TENANT,
            "metadata_url": teams.metadata_url,
            "login_url": teams.base,
            "service_hosts": "127.0.0.1",
            "crisis_channel": CRISIS_CHANNEL,
            **more,
        }
    )


@asynccontextmanager
async def running_bot(teams: Teams, folder: Path, *, cases: int = 400, **more: Any) -> AsyncIterator[Bot]:
    """As `bot.serving.serve` puts it together, with the Teams adapter alone. `more` are settings of Teams."""
    access = folder / "access.yaml"
    access.write_text(ACCESS)
    process = Process().model_copy(update={"data": folder, "access": access})
    scene = Demo(cases=cases)
    bare = Settings(process, Slack.model_construct(), State(), Chronicle(), Gti(), Scc())
    async with simulated(scene, bare) as pointed:
        clock = AnchoredClock(scene.now)
        async with core(pointed, clock, demo=True) as made, aiohttp.ClientSession() as session:
            platforms: dict[str, Platform] = {}
            app = assemble(made, platforms)
            settings = teams_settings(teams, public_url="https://bot.example", **more)
            store, crises = made.state.store, made.state.crises
            adapter = TeamsAdapter(settings, app.intake, made.registry, clock, store, crises, 5.0, made.access)
            platforms[adapter.platform.name] = adapter.platform
            runner = web.AppRunner(application(app.health, adapter.routes()), access_log=None, shutdown_timeout=1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            tasks = app.start()
            await adapter.start()
            try:
                url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield Bot(app, teams, Hands(session, url, teams))
            finally:
                await runner.cleanup()
                await adapter.stop()
                await app.stop(tasks)
