"""One bot on both platforms: Slack's adapter and Teams' beside each other on one core, each with its stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.app import App, assemble, core
from bot.demo import Demo, simulated
from bot.http import application
from bot.platform import Platform
from bot.settings import Chronicle, Gti, Process, Scc, Settings, State
from bot.slack.adapter import SlackAdapter
from bot.teams.adapter import TeamsAdapter
from connectors.clock import AnchoredClock
from tests.e2e import rig, slack_hands, slack_standin, teams_hands, teams_rig, teams_standin

ACCESS = rig.ACCESS + teams_rig.ACCESS.partition("channels:\n")[2]


class StoppedClock(AnchoredClock):
    """Stands still, so that two answers have the same ages; what waits goes on waiting as ever."""

    def now(self) -> datetime:
        return self._anchor


@dataclass
class Both:
    """The running bot and people's hands on either side."""

    app: App
    slack: slack_hands.Hands
    teams: teams_hands.Hands


@asynccontextmanager
async def running_both(folder: Path, *, cases: int = 400, access: str = ACCESS) -> AsyncIterator[Both]:
    """As `bot.serving.serve` puts it together, with both adapters; its clock stands still."""
    (folder / "access.yaml").write_text(access)
    process = Process().model_copy(update={"data": folder, "access": folder / "access.yaml"})
    scene = Demo(cases=cases)
    async with slack_standin.running() as slack, teams_standin.running() as teams:
        theirs = teams_rig.teams_settings(teams, public_url="https://bot.example")
        bare = Settings(process, rig.slack_settings(slack), State(), Chronicle(), Gti(), Scc())
        async with simulated(scene, replace(bare, teams=theirs)) as settings:
            clock = StoppedClock(scene.now)
            async with core(settings, clock, demo=True) as made, aiohttp.ClientSession() as session:
                platforms: dict[str, Platform] = {}
                app = assemble(made, platforms)
                store, crises = made.state.store, made.state.crises
                adapters = (
                    SlackAdapter(settings.slack, app.intake, made.registry, made.access, clock, store, crises, 8.0),
                    TeamsAdapter(theirs, app.intake, made.registry, clock, store, crises, 5.0, made.access),
                )
                platforms.update({one.platform.name: one.platform for one in adapters})
                routes = [route for one in adapters for route in one.routes()]
                runner = web.AppRunner(application(app.health, routes), access_log=None, shutdown_timeout=1)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                tasks = app.start()
                for one in adapters:
                    await one.start()
                url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                try:
                    yield Both(app, slack_hands.Hands(session, url, slack), teams_hands.Hands(session, url, teams))
                finally:
                    await runner.cleanup()
                    for one in adapters:
                        await one.stop()
                    await app.stop(tasks)
