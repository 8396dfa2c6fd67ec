"""Crisis work through Slack while bots and their Redis are killed: who types and presses what, and when something dies.

Every request is delivered as Slack delivers events: up to three times, to whichever bot answers, until one says 200
within three seconds. Slack itself repeats only events; slash commands and presses are repeated here as well, with the
same trigger, because a repeat that the bot could not recognise would be a double.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.bench.children import Child
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_room_hands import says
from tests.faults.counting import answers
from tests.faults.rig import Rig

DELIVERIES = 3
SLACK_WAITS = 3.0
PAUSE = 0.3
"""Seconds between two deliveries; Slack's are longer, which is easier on the bot."""
SIDE_BY_SIDE = 24
PRESS_WITHIN = 20.0
"""Seconds that a person waits for a button to appear."""
FAULTS = ("bot", "redis", "both")


@dataclass
class Asked:
    """One thing that somebody did: `kind` of the event it should leave, with `marker` in its words."""

    user: str
    kind: str
    marker: str
    acknowledged: bool = False
    presses: int = 0
    """Acknowledged presses of one button that says the same."""


@dataclass
class Storm:
    """`crises` are (id, channel) of those that are open when it begins."""

    on: Rig
    bots: list[tuple[Child, Hands]]
    crises: list[tuple[str, str]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    faults: int = 0
    repeats: int = 0
    serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def acknowledged(self) -> int:
        return sum(one.acknowledged + one.presses for one in self.asked)

    def _new(self, kind: str) -> Asked:
        one = Asked(self.on.fresh(1)[0], kind, f"mark{next(self.serial):06d}end")
        self.asked.append(one)
        return one

    def _hands(self) -> Hands:
        return random.choice(self.bots)[1]

    async def deliver(self, body: str) -> bool:
        """Was it acknowledged in the end?"""
        for number in range(DELIVERIES):
            headers = {"X-Slack-Retry-Num": str(number)} if number else None
            self.repeats += number > 0
            try:
                async with asyncio.timeout(SLACK_WAITS):
                    if (await self._hands().post(body, headers=headers)).status == 200:
                        return True
            except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
                pass
            await asyncio.sleep(PAUSE * random.random() * (number + 1))
        return False

    async def slash(self, user: str, text: str) -> bool:
        return await self.deliver(urlencode(self._hands().slash_form(text, user=user)))

    async def event(self, body: dict[str, Any]) -> bool:
        return await self.deliver(json.dumps(self._hands().event(body, f"Ev{next(self.serial)}")))

    async def twice(self, seen_by: str, ending: str, user: str) -> int:
        """A double click of `user` on the newest button whose label ends so; how many presses were acknowledged.

        TimeoutError: it never came.
        """
        async with asyncio.timeout(PRESS_WITHIN):
            while (found := self._button(seen_by, ending)) is None:
                await asyncio.sleep(0.05)
        payloads = [self._hands().pressed(*found, user=user) for _ in range(2)]
        bodies = [urlencode({"payload": json.dumps(one)}) for one in payloads]
        return sum(await asyncio.gather(*(self.deliver(body) for body in bodies)))

    def _button(self, user: str, ending: str) -> tuple[Any, str] | None:
        """The newest message to a person with a button whose label ends so, and that label."""
        for message in reversed(answers(self.on.slack)[user]):
            for block in message.get("blocks") or ():
                labels = [one["text"]["text"] for one in block.get("elements", ()) if one.get("type") == "button"]
                if found := [label for label in labels if label.endswith(ending)]:
                    return message, found[0]
        return None

    # what people do

    async def note(self) -> None:
        one, (crisis, _) = self._new("noted"), random.choice(self.crises)
        one.acknowledged = await self.slash(one.user, f"crisis note {one.marker} --crisis {crisis}")

    async def note_directly(self) -> None:
        one, (crisis, _) = self._new("noted"), random.choice(self.crises)
        line = f"crisis note {one.marker} --crisis {crisis}"
        one.acknowledged = await self.event(self._hands().written(line, user=one.user))

    async def fact(self) -> None:
        one, (crisis, _) = self._new("stated"), random.choice(self.crises)
        one.acknowledged = await self.slash(one.user, f"crisis fact {one.marker} --crisis {crisis}")

    async def pin(self) -> None:
        one, (_, channel) = self._new("noted"), random.choice(self.crises)
        self.on.slack.members[channel].add(one.user)
        message = says(self._hands(), channel, one.marker, one.user)
        item = {"type": "message", "channel": channel, "message": {k: v for k, v in message.items() if k != "channel"}}
        event = {"type": "pin_added", "user": one.user, "channel_id": channel, "item": item}
        one.acknowledged = await self.event(event)

    async def task(self) -> None:
        """A task, and a double click on its button."""
        one, (crisis, _) = self._new("task added"), random.choice(self.crises)
        one.acknowledged = await self.slash(one.user, f"crisis task {one.marker} --owner me --crisis {crisis}")
        if one.acknowledged:
            await self._press(one.user, " done", Asked(self.on.fresh(1)[0], "task changed", one.marker))

    async def declare(self) -> None:
        """A declaration: a preview, and a double click on its confirmation."""
        [user], one = self.on.fresh(1), self._new("declared")
        if await self.slash(user, f"crisis declare {one.marker} --severity 2 --separate"):
            await self._press(user, "Confirm", one)

    async def _press(self, seen_by: str, label: str, one: Asked) -> None:
        """The press is another account's of the same person, so that its answers are told apart."""
        try:
            one.presses = await self.twice(seen_by, label, one.user)
        except TimeoutError:
            return  # the answer that has the button is late, or was a refusal: counted by its own request
        if one not in self.asked:
            self.asked.append(one)

    def deeds(self, count: int) -> list[Callable[[], Awaitable[None]]]:
        """So many things to do, in any order."""
        weighed = {self.note: 8, self.note_directly: 8, self.fact: 3, self.task: 3, self.pin: 1, self.declare: 1}
        return random.choices(list(weighed), list(weighed.values()), k=count)

    # what dies

    async def kill(self, fault: str) -> None:
        """SIGKILL at once; the place of what died is taken as soon as the machine can."""
        victim = self.bots[random.randrange(len(self.bots))] if fault != "redis" else None
        server = self.on.server
        assert server is not None
        if fault != "bot":
            await asyncio.to_thread(server.kill)
        if victim is not None:
            self.bots.remove(victim)
            await asyncio.to_thread(victim[0].kill)
        if fault != "bot":
            await asyncio.sleep(random.random())
            await asyncio.to_thread(server.start)
        if victim is not None:
            self.bots.append(await self.on.start())
        self.faults += 1


async def blown(storm: Storm, requests: int, faults: int) -> None:
    """So many deeds, and so many faults at random points of them."""
    deeds, room = storm.deeds(requests), asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(deed: Callable[[], Awaitable[None]]) -> None:
        async with room:
            await deed()

    stretch = max(1, requests // (faults + 1))
    points = [number * stretch + random.randrange(1, stretch + 1) for number in range(faults)]
    under_way = [asyncio.create_task(one(deed)) for deed in deeds]
    try:
        for at in points:
            while len(storm.asked) < at and not all(task.done() for task in under_way):
                await asyncio.sleep(0.005)
            await storm.kill(random.choice(FAULTS))
        await asyncio.gather(*under_way)
    finally:
        for task in under_way:
            task.cancel()
