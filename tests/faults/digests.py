"""Digests that are due when their bot is killed: between claim and post, and between post and its acknowledgement."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.clock import SystemClock
from handlers.core.call import Address, Identity
from handlers.digest.model import Schedule
from tests.bench.signed import TEAM
from tests.e2e.slack_standin import SCOPES
from tests.faults.counting import Tally, answers
from tests.faults.rig import LATENCY, Rig, eventually, rig

DUE = 24
YEARLY = "0 0 1 1 *"
"""The slot that a trial sets is the only one of its time."""


async def digests(trials: int, hasty: bool = False) -> Tally:
    """kill -9 while digests are made, and while Slack has posted some and not yet said so."""
    tally = Tally("g. kill -9 around digests that are due")
    async with rig(hasty=hasty) as on:
        on.stage.env["SOC_BOT_ACCESS"] = str(listed(Path(on.stage.env["SOC_BOT_ACCESS"]), trials * DUE))
        for trial in range(trials):
            on.fresh_slack()
            await _trial(on, [f"C{trial * DUE + n}" for n in range(DUE)], tally, midway=trial % 2 == 0)
    return tally


async def _trial(on: Rig, channels: list[str], tally: Tally, midway: bool) -> None:
    """`midway`: the kill falls between posting and Slack's answer; else between the claim and the making."""
    await due_in(on, channels)
    child, _ = await on.start()
    on.stage.slow(0 if midway else LATENCY)
    if midway:
        on.slack.be_late(DUE, 3.0, "chat.postMessage")
    enough = random.randint(1, DUE // 2)
    await eventually(lambda: _reached(on, midway, enough), lambda: child.said()[-2000:], pause=0.01)
    claimed, early = (await on.state.queue.depth()), sum(map(bool, answers(on.slack).values()))
    await asyncio.to_thread(child.kill)
    on.slack.faults.clear()
    on.stage.slow(0)
    again, _ = await on.start()
    await eventually(lambda: all_claimed(on), lambda: again.said()[-2000:])
    await on.quiet(again, channels)
    await asyncio.to_thread(again.stop)
    tally.add(channels, [], on.slack)
    tally.notes.append(f"killed with {claimed[0]} calls and {claimed[1]} deliveries open, {early} posted")


async def _reached(on: Rig, midway: bool, enough: int) -> bool:
    """Some are in the chat while Slack still holds its answers back; or some are claimed and none is made."""
    if midway:
        return sum(map(bool, answers(on.slack).values())) >= enough
    return (await on.state.queue.depth())[0] >= enough


async def all_claimed(on: Rig) -> bool:
    return not await on.state.schedules.due(SystemClock().now(), 1)


async def due_in(on: Rig, channels: list[str]) -> None:
    """One digest a channel, due some seconds ago."""
    on.slack.scopes = f"{SCOPES},channels:history"
    slot = SystemClock().now().replace(microsecond=0) - timedelta(seconds=5)
    for at, channel in enumerate(channels):
        on.slack.members[channel] = {"U0", on.slack.bot_user}
        made = Schedule(
            id=f"d-{channel}",
            line=f"alerts --hours {at + 1}",
            when="once a year",
            cron=YEARLY,
            zone="UTC",
            owner=Identity(platform="slack", tenant=TEAM, user="U0"),
            place=Address(platform="slack", tenant=TEAM, channel=channel, user="U0", visibility="channel"),
            made_by="trial",
            made_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
        assert await on.state.schedules.save(made.id, made.model_dump_json(), slot, 0)


def listed(before: Path, channels: int) -> Path:
    """The access file with these channels."""
    held = json.loads(before.read_text())
    held["channels"] = [{"platform": "slack", "tenant": TEAM, "channel": f"C{n}"} for n in range(channels)]
    path = before.with_name("access-digests.yaml")
    path.write_text(json.dumps(held))
    return path
