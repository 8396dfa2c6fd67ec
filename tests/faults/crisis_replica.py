"""`python -m tests.faults.crisis_replica`: one replica that adds tasks to a crisis through the real store and fold.

Each task takes the next number of the state it was decided on, so two decided on the same state would share one.
Waits for standard input to close, so that replicas start together; says how often it decided and gave way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass

from connectors.clock import SystemClock
from connectors.ports import Crises
from connectors.redis import open_state
from handlers.core.access import Principal
from handlers.core.call import NOWHERE, Authorised, Identity
from handlers.core.errors import Conflict
from handlers.crisis.base import Event, Stamp
from handlers.crisis.state import Crisis
from handlers.crisis.store import CrisisStore
from handlers.crisis.work import Task, TaskAdded

KEY = b"key of a test"
AT_ONCE = 3


def store(crises: Crises) -> CrisisStore:
    return CrisisStore(crises, KEY, SystemClock())


def call(call_id: str, attempt: int = 1) -> Authorised:
    """A lead's, from the console."""
    who = Identity(platform="console", tenant="", user="lead-02")
    lead = Principal(person="lead-02", name="Lead 02", roles=("lead",), permissions=frozenset())
    return Authorised(
        id=call_id, text="", who=who, address=NOWHERE, at=SystemClock().now(), door="console", principal=lead,
        attempt=attempt,
    )  # fmt: skip


@dataclass
class Replica:
    """`decided`: how often an event was made of a state; `gave_way`: how often the store gave up and was asked anew."""

    store: CrisisStore
    crisis: str
    name: str
    decided: int = 0
    gave_way: int = 0

    async def add(self, number: int) -> None:
        name = f"{self.name}-{number}"
        for attempt in range(1, 1000):
            try:
                await self.store.change(self.crisis, call(name, attempt), lambda *on: self.task(name, *on))
            except Conflict:
                self.gave_way += 1
            else:
                return
        raise AssertionError(f"{name} was never committed")

    def task(self, name: str, crisis: Crisis, stamp: Stamp) -> Event:
        self.decided += 1
        return TaskAdded(stamp=stamp, tasks=(Task(id=f"T{len(crisis.tasks) + 1}", text=name),))


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crisis_replica", description=__doc__)
    for word in ("--socket", "--org", "--crisis", "--name"):
        parser.add_argument(word, required=True)
    parser.add_argument("--count", type=int, required=True)
    given = parser.parse_args()
    state = await open_state(None, given.socket, given.org)
    replica = Replica(store(state.crises), given.crisis, given.name)
    sys.stdout.write("ready: \n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for first in range(0, given.count, AT_ONCE):
        await asyncio.gather(*(replica.add(number) for number in range(first, min(first + AT_ONCE, given.count))))
    await state.close()
    sys.stdout.write(json.dumps({"decided": replica.decided, "gave_way": replica.gave_way}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
