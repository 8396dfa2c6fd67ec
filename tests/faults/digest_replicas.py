"""Fault j: digests on three bots; whoever has claimed is killed before it posts, whoever has posted before it knows."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

from connectors.keys import Keys, partition
from handlers.core.call import Address
from tests.bench.children import Child
from tests.bench.signed import TEAM
from tests.faults.counting import Tally, answers
from tests.faults.digests import all_claimed, due_in, listed
from tests.faults.rig import LATENCY, Rig, eventually, rig

BOTS = 3
DUE = 70
ROUNDS = 3
"""With five trials more than 1,000 slots, and 30 bots killed."""
MOST_UNDER_WAY = 12
"""Posts of one bot that may wait for Slack's answer at a time, or a few more."""
HELD_BACK = 3.0
"""Seconds that Slack keeps a bot waiting for the answer to a post that stands already."""
KEYS = Keys("default")


class SlotTally(Tally):
    """On Slack a slot that stands twice is one too many, whatever it says of itself."""

    @property
    def sound(self) -> bool:
        return self.acknowledged > 0 and not self.lost and not self.duplicated


async def replicas(trials: int, *, rounds: int = ROUNDS, slots: int = DUE, hasty: bool = False) -> SlotTally:
    """kill -9 of one of three bots between claim and post, and of one between post and Slack's answer."""
    tally = SlotTally("j. digests, one of three bots killed after its claim and one after its post")
    async with rig(hasty=hasty) as on:
        on.stage.env["SOC_BOT_ACCESS"] = str(listed(Path(on.stage.env["SOC_BOT_ACCESS"]), trials * rounds * slots))
        bots = {child.pid: child for child, _ in [await on.start() for _ in range(BOTS)]}
        for trial in range(trials):
            for at in range(rounds):
                on.fresh_slack()
                first = (trial * rounds + at) * slots
                await _round(on, bots, [f"C{first + n}" for n in range(slots)], tally)
            tally.trials += 1 - rounds  # `add` counts each round as a trial
    return tally


async def _round(on: Rig, bots: dict[int, Child], channels: list[str], tally: Tally) -> None:
    on.stage.slow(LATENCY)
    on.slack.be_late(len(channels), HELD_BACK, "chat.postMessage")
    await due_in(on, channels)
    enough = random.randint(1, len(channels) // 2)

    async def claimed() -> bool:
        return (await on.state.queue.depth())[0] >= enough

    await eventually(claimed, lambda: _said(bots), pause=0.01)
    holding = await claimants(on)
    await _killed(bots, random.choice(sorted(holding)))
    on.stage.slow(0)

    standing = random.randint(1, min(MOST_UNDER_WAY, len(channels) // 4))

    async def posted() -> bool:
        return len(answers(on.slack)) >= standing

    await eventually(posted, lambda: _said(bots), pause=0.005)
    await _killed(bots, await poster(on))
    standing = len(answers(on.slack))
    on.slack.faults.clear()
    while len(bots) < BOTS:
        child, _ = await on.start()
        bots[child.pid] = child
    await eventually(lambda: all_claimed(on), lambda: _said(bots))
    await on.quiet(next(iter(bots.values())), channels)
    tally.add(channels, [], on.slack)
    told = ", ".join(f"{count}" for count in holding.values())
    tally.notes.append(f"killed with {told} claimed by each of {len(holding)}, then with {standing} posted")


async def claimants(on: Rig) -> Counter[int]:
    """Process → calls that it has taken and not answered."""
    summary: Any = await on.state.link.call("XPENDING", KEYS.inbox, "workers")
    return Counter({_process(one["name"]): one["pending"] for one in summary["consumers"]})


async def poster(on: Rig) -> int:
    """The process that holds the deliveries to a channel in which something stands."""
    channel = next(iter(answers(on.slack)))
    place = Address(platform="slack", tenant=TEAM, channel=channel, user="U0", visibility="channel")
    owner = await on.state.link.call("GET", KEYS.lease(partition(place.order)))
    assert isinstance(owner, bytes), "nobody delivers"
    return _process(owner)


def _process(owner: bytes) -> int:
    """Workers and couriers are called `<host>-<process id>`."""
    return int(owner.decode().rpartition("-")[2])


async def _killed(bots: dict[int, Child], process: int) -> None:
    await asyncio.to_thread(bots.pop(process).kill)


def _said(bots: dict[int, Child]) -> str:
    return "\n".join(child.said()[-1500:] for child in bots.values())
