"""`python -m tests.faults.crisis_writer`: commits to crises until stdin closes, and notes what was acknowledged.

Several of them share the crises of one organisation. Each acknowledged commit is a line `crisis version key` in
`--noted`, written before anything else is done. Says `ready: `, and at the end one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
from dataclasses import dataclass, field

from connectors.errors import StateError
from connectors.ports import Commit, Crises, Outgoing
from connectors.redis import open_state
from handlers.core.audit import canonical, digest

KEY = b"a key that Redis does not have"
PAD = "x" * 1800
"""Makes an event about 1.9 kB long."""


def made(crisis: str, key: str, version: int, head: str) -> Commit:
    """The event of this version, and a delivery of the same id; the state says what the last event was."""
    event = canonical({"key": key, "version": version, "text": PAD})
    return Commit(
        crisis=crisis,
        expected=version - 1,
        key=key,
        event=event,
        head=digest(KEY, head, event),
        state=canonical({"key": key, "version": version, "text": PAD[:600]}),
        open=True,
        due=float(version),
        rooms=(f"room of {crisis}",),
        messages=(Outgoing(key, crisis, canonical({"version": version})),),
    )


@dataclass
class Writer:
    """`said`: how often a commit met a conflict, was known already, or got no answer."""

    crises: Crises
    name: str
    noted: int
    count: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    said: dict[str, int] = field(default_factory=lambda: {"ok": 0, "known": 0, "conflict": 0, "unanswered": 0})

    async def task(self, number: int) -> None:
        serial = 0
        while not self.over.is_set():
            serial += 1
            await self.one(f"c{random.randrange(self.count)}", f"{self.name}-{number}-{serial}")

    async def one(self, crisis: str, key: str) -> None:
        """Until this key is committed: a conflict is read again, no answer is asked again."""
        commit = None
        while True:
            try:
                if commit is None:
                    held = await self.crises.load(crisis)
                    commit = made(crisis, key, (held.version if held else 0) + 1, held.head if held else "")
                told = await self.crises.commit(commit)
            except StateError:
                self.said["unanswered"] += 1
                await asyncio.sleep(random.uniform(0.01, 0.05))
                continue
            self.said[told.outcome] += 1
            if told.outcome != "conflict":
                os.write(self.noted, f"{crisis} {told.version} {key}\n".encode())
                return
            commit = None


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crisis_writer", description=__doc__)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--org", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--noted", required=True)
    parser.add_argument("--crises", type=int, default=16)
    parser.add_argument("--tasks", type=int, default=4)
    given = parser.parse_args()
    state = await open_state(None, given.socket, given.org)
    noted = os.open(given.noted, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writer = Writer(state.crises, given.name, noted, given.crises)
    sys.stdout.write("ready: \n")
    sys.stdout.flush()
    tasks = [asyncio.create_task(writer.task(number)) for number in range(given.tasks)]
    await asyncio.to_thread(sys.stdin.read)
    writer.over.set()
    await asyncio.gather(*tasks)
    await state.close()
    sys.stdout.write(json.dumps(writer.said) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
