"""The faults, each a number of trials that ends in a tally."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from tests.bench.children import Child
from tests.e2e.slack_hands import Hands
from tests.faults.counting import Tally, answers
from tests.faults.crisis_trials import CrisisTallies, crisis_commits
from tests.faults.digest_replicas import replicas
from tests.faults.digests import digests
from tests.faults.rig import LATENCY, QUICK, Burst, Rig, eventually, rig, told
from tests.faults.slack_crisis import slack_crises
from tests.faults.storm_counting import StormTally

SLOW_CALLS = 8
BURST = 200


def slow_lines(users: list[str]) -> dict[str, str]:
    """Commands that wait for a slow backend, each about a window of its own so that none is answered from a cache."""
    return {user: f"alerts --hours {at + 1}" for at, user in enumerate(users)}


async def killed_midway(trials: int) -> Tally:
    """kill -9 while commands wait for a backend that takes 2 s."""
    tally = Tally("a. kill -9 in the middle of 2 s commands")
    async with rig() as on:
        for _ in range(trials):
            on.fresh_slack()
            child, hands = await on.start()
            on.stage.slow(LATENCY)
            burst = Burst(slow_lines(on.fresh(SLOW_CALLS)))
            await burst.run(hands)
            await asyncio.sleep(random.uniform(0.0, LATENCY + 1))
            await killed_and_answered(on, child, burst, tally)
    return tally


async def killed_in_burst(trials: int) -> Tally:
    """kill -9 at any moment of a burst of 200 commands."""
    tally = Tally(f"b. kill -9 in a burst of {BURST}")
    async with rig() as on:
        for _ in range(trials):
            on.fresh_slack()
            child, hands = await on.start()
            burst = Burst(dict.fromkeys(on.fresh(BURST), QUICK))
            bursting = asyncio.create_task(burst.run(hands))
            await some_way(on, burst)
            await killed_and_answered(on, child, burst, tally, bursting)
    return tally


async def some_way(on: Rig, burst: Burst, most: int = BURST - SLOW_CALLS) -> None:
    """Until a random number is acknowledged, or a random number answered: counted, not timed."""
    enough = random.randint(1, most)
    said = random.random() < 0.5

    async def so_far() -> bool:
        return (len(answers(on.slack)) if said else len(burst.acknowledged)) >= enough

    await eventually(so_far, lambda: f"only {len(burst.acknowledged)} acknowledged", pause=0.001)


async def killed_and_answered(
    on: Rig, child: Child, burst: Burst, tally: Tally, bursting: asyncio.Task[None] | None = None
) -> None:
    """Kill, start again on the same Redis, wait until nothing is left to do, count."""
    early = sum(map(bool, answers(on.slack).values()))
    await asyncio.to_thread(child.kill)
    if bursting is not None:
        await bursting
    on.stage.slow(0)
    again, _ = await on.start()
    await on.quiet(again, burst.acknowledged)
    await asyncio.to_thread(again.stop)
    tally.add(burst.acknowledged, burst.refused, on.slack)
    tally.notes.append(f"{len(burst.acknowledged)} acknowledged, {early} answered before the kill")


async def thrice(trials: int) -> Tally:
    """The same event delivered three times, at once and later, is one answer."""
    tally = Tally("c. the same event three times")
    async with rig() as on:
        child, hands = await on.start()
        for number in range(trials):
            await event_thrice(on, child, hands, f"Ev{number}", tally)
    return tally


async def event_thrice(on: Rig, child: Child, hands: Hands, event_id: str, tally: Tally) -> None:
    [user] = on.fresh(1)
    body = told(hands, event_id, user)
    heard = [*await asyncio.gather(hands.post(body), hands.post(body, headers={"X-Slack-Retry-Num": "1"}))]
    await on.quiet(child)
    heard.append(await hands.post(body, headers={"X-Slack-Retry-Num": "2"}))
    await on.quiet(child)
    assert [one.status for one in heard] == [200, 200, 200], heard
    tally.trials += 1
    tally.acknowledged += 1
    count = len(answers(on.slack)[user])
    tally.lost += [user] * (count == 0)
    tally.duplicated += count > 1


async def unsigned(trials: int) -> Tally:
    """A wrong signature is 401 and nothing is said."""
    tally = Tally("d. unsigned")
    async with rig() as on:
        child, hands = await on.start()
        for number in range(trials):
            await event_unsigned(on, child, hands, f"Unsigned{number}", tally)
    return tally


async def event_unsigned(on: Rig, child: Child, hands: Hands, event_id: str, tally: Tally) -> None:
    [user] = on.fresh(1)
    heard = await hands.post(told(hands, event_id, user), secret="somebody-elses-secret")
    await on.quiet(child)
    assert heard.status == 401, heard
    assert not answers(on.slack)[user], "an unsigned request was answered"
    tally.trials += 1
    tally.unacknowledged += 1


async def redis_killed(trials: int) -> Tally:
    """kill -9 of the embedded redis-server while commands come; the bot lives on and starts it again."""
    tally = Tally("e. kill -9 of the embedded redis-server")
    async with rig(redis=False) as on:
        child, hands = await on.start()
        for _ in range(trials):
            on.fresh_slack()
            burst = Burst(dict.fromkeys(on.fresh(BURST), QUICK))
            bursting = asyncio.create_task(burst.run(hands, side_by_side=8))
            await some_way(on, burst)
            os.kill(_redis(child.said()), signal.SIGKILL)
            await bursting
            await on.quiet(child, burst.acknowledged)
            tally.add(burst.acknowledged, burst.refused, on.slack)
            direct = sum("answer was made on the spot" in str(one) for one in on.slack.responses)
            tally.notes.append(f"{direct} answered on the spot, without the store")
    return tally


def _redis(log: str) -> int:
    """The newest embedded server that the bot tells of: a child of its own, or of a bot before it."""
    return int(re.findall(r"[Ee]mbedded Redis .*?\(.*?process (\d+)\)", log)[-1])


async def one_of_two_killed(trials: int) -> Tally:
    """Two bots on one Redis, both asked; one is killed and the other answers for it."""
    tally = Tally("f. one of two bots killed")
    async with rig() as on:
        staying, hands = await on.start()
        for _ in range(trials):
            on.fresh_slack()
            child, other = await on.start()
            on.stage.slow(LATENCY)
            users = on.fresh(BURST)
            burst = Burst(slow_lines(users[:SLOW_CALLS]) | dict.fromkeys(users[SLOW_CALLS:], QUICK))
            bursting = asyncio.create_task(burst.run(hands, other))
            await some_way(on, burst)
            await asyncio.to_thread(child.kill)
            await bursting
            on.stage.slow(0)
            await on.quiet(staying, burst.acknowledged)
            tally.add(burst.acknowledged, burst.refused, on.slack)
    return tally


FAULTS: dict[str, Callable[[int], Coroutine[Any, Any, Tally | CrisisTallies | StormTally]]] = {
    "a": killed_midway, "b": killed_in_burst, "c": thrice, "d": unsigned, "e": redis_killed, "f": one_of_two_killed,
    "g": digests, "h": crisis_commits, "i": slack_crises, "j": replicas,
}  # fmt: skip
