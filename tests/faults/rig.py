"""A bot process that is killed and started again between a stand-in for Slack and a simulated SOC."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from connectors.errors import StateError
from connectors.redis import RedisState, open_state
from connectors.redis.place import socket_path
from tests.bench.children import Child, module
from tests.bench.scene import Scene, host_of, scene
from tests.bench.signed import SECRET, TOKEN
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_standin import Slack, running
from tests.faults.counting import answers
from tests.faults.crisis_server import FaultyServer

QUICK = "help case list"
LATENCY = 2.0
PATIENCE = 90.0
LATE = 20.0
"""Seconds until an answer that is in no queue (made on the spot) counts as lost."""


@dataclass
class Rig:
    """`hasty`: leases of a few seconds instead of production's, so that a test need not wait for them."""

    stage: Scene
    slack: Slack
    session: aiohttp.ClientSession
    state: RedisState
    """The Redis that the bots stand on, looked at from outside."""
    hasty: bool = False
    server: FaultyServer | None = None
    """That Redis, where a trial kills it."""
    bots: list[Child] = field(default_factory=list)
    users: int = 0

    async def start(self) -> tuple[Child, Hands]:
        """One more bot process, ready."""
        child = await asyncio.to_thread(self._spawn)
        self.bots.append(child)
        ready = await asyncio.to_thread(child.line, "ready: ")
        return child, Hands(self.session, f"http://{host_of(ready)}", self.slack)

    def _spawn(self) -> Child:
        name = f"bot-{len(self.bots)}"
        if not self.hasty:
            return self.stage.bot(self.slack.base, name)
        env = self.stage.env | {
            "SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": f"{self.slack.base}/api/",
        }  # fmt: skip
        return Child(module("tests.faults.hasty"), self.stage.folder / f"{name}.log", env)

    def fresh(self, count: int) -> list[str]:
        """Askers who have asked nothing yet."""
        self.users += count
        return [f"U{number}" for number in range(self.users - count, self.users)]

    def fresh_slack(self) -> None:
        """Forget what was said; the response_urls go on working."""
        self.slack.reset()
        self.users = 0

    async def quiet(self, bot: Child, askers: Sequence[str] = ()) -> None:
        """Until these askers have an answer, if they get one, and inbox and outbox are empty: no more can come."""
        await eventually(self._empty, lambda: f"not settled: {bot.said()[-3000:]}")
        end = time.monotonic() + LATE
        while time.monotonic() < end and any(not answers(self.slack)[user] for user in askers):
            await asyncio.sleep(0.1)
        await eventually(self._empty, lambda: f"not settled: {bot.said()[-3000:]}")

    async def _empty(self) -> bool:
        try:
            return await self.state.queue.depth() == (0, 0)
        except StateError:
            return False


async def eventually(true: Callable[[], Awaitable[bool]], why: Callable[[], str], pause: float = 0.1) -> None:
    end = time.monotonic() + PATIENCE
    while not await true():
        assert time.monotonic() < end, why()
        await asyncio.sleep(pause)


async def said_slash(hands: Hands, text: str, user: str) -> bool:
    """Was it acknowledged with 200?"""
    try:
        return (await hands.slash(text, user=user)).status == 200
    except (aiohttp.ClientError, OSError):
        return False


@dataclass
class Burst:
    """Slash commands of different people at `side_by_side` connections; who was acknowledged so far."""

    lines: dict[str, str]
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def run(self, *hands: Hands, side_by_side: int = 32) -> None:
        room = asyncio.Semaphore(side_by_side)

        async def one(at: int, user: str, line: str) -> None:
            async with room:
                accepted = await said_slash(hands[at % len(hands)], line, user)
                (self.acknowledged if accepted else self.refused).append(user)

        await asyncio.gather(*(one(at, *row) for at, row in enumerate(self.lines.items())))


async def _state(stage: Scene) -> RedisState:
    url = stage.env.get("REDIS_URL")
    socket = None if url else str(socket_path(stage.folder / "data" / "redis"))
    return await open_state(url, socket, "default")


@asynccontextmanager
async def rig(*, hasty: bool = False, redis: bool = True, users: int = 300, faulty: bool = False) -> AsyncIterator[Rig]:
    """Stage, stand-in and session; every bot process still there at the end is stopped. `faulty`: on a Redis that a
    trial can kill and start again.
    """
    stages = scene(users=users, redis=redis and not faulty)
    stage = await asyncio.to_thread(stages.__enter__)
    made: Rig | None = None
    server: FaultyServer | None = None
    try:
        if faulty:
            server = await asyncio.to_thread(_faulty, stage)
        async with running() as slack, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            slack.token, slack.signing_secret = TOKEN, SECRET
            made = Rig(stage, slack, session, await _state(stage), hasty, server)
            try:
                yield made
            finally:
                for child in made.bots:
                    await asyncio.to_thread(child.stop)
                await made.state.close()
    finally:
        if server is not None:
            await asyncio.to_thread(server.stop)
        await asyncio.to_thread(stages.__exit__, None, None, None)


def _faulty(stage: Scene) -> FaultyServer:
    folder = stage.folder / "redis"
    folder.mkdir()
    server = FaultyServer(folder).start()
    stage.env["REDIS_URL"] = f"unix://{server.socket}"
    return server


def told(hands: Hands, event_id: str, user: str) -> str:
    """One direct message as Slack sends it."""
    return json.dumps(hands.event(hands.written(QUICK, user=user), event_id))
