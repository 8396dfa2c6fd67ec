"""Fault h: processes commit to the same crises while they, their Redis and its disk are taken away.

Counted, not timed: a fault strikes when a random number of commits has been acknowledged.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from connectors.keys import Keys
from connectors.redis import open_state
from tests.bench.children import Child, module
from tests.faults.crisis_counting import CrisisTally, Noted, count, noted
from tests.faults.crisis_server import FaultyServer, losing, shim

COMMITS = 1700
"""Acknowledged commits of a trial, at least; with five trials of each kind more than 50,000 in all."""
WRITERS = 4
FROZEN = 30.0
LOST_SHARE = 0.02
PATIENCE = 180.0


@dataclass
class Run:
    """One trial on one organisation. `door` is the socket that the writers use."""

    server: FaultyServer
    door: str
    org: str
    commits: int = COMMITS
    writers: int = WRITERS
    frozen: float = FROZEN
    faults: int = 0
    said: dict[str, int] = field(default_factory=dict)
    alive: list[Child] = field(default_factory=list)
    serial: int = 0

    def spawn(self) -> None:
        self.serial += 1
        name = f"{self.org}-w{self.serial}"
        notes = self.server.folder / f"{name}.noted"
        arguments = ("--socket", self.door, "--org", self.org, "--name", name, "--noted", str(notes))
        log = self.server.folder / f"{name}.log"
        self.alive.append(Child(module("tests.faults.crisis_writer", *arguments), log, stdin=True))

    def notes(self) -> list[Noted]:
        files = sorted(self.server.folder.glob(f"{self.org}-w*.noted"))
        return [row for path in files for row in noted(path.read_text().splitlines(keepends=True))]

    def reach(self, acknowledged: int) -> None:
        """Until so many commits have been acknowledged."""
        end = time.monotonic() + PATIENCE
        while (so_far := self._noted()) < acknowledged:
            assert time.monotonic() < end, f"only {so_far} of {acknowledged}: {self.server.said()}"
            dead = [child for child in self.alive if not child.alive]
            assert not dead, f"a writer ended by itself: {dead[0].said()[-2000:]}"
            time.sleep(0.03)

    def _noted(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self.server.folder.glob(f"{self.org}-w*.noted"))

    def play(self, faults: Sequence[Callable[[Run], None]]) -> None:
        """Each fault at a random moment of its own stretch of commits; then the writers settle and end."""
        for _ in range(self.writers):
            self.spawn()
        try:
            for child in self.alive:
                child.line("ready: ")
            stretch = self.commits // (len(faults) + 1)
            for number, fault in enumerate(faults):
                self.reach(number * stretch + random.randrange(1, stretch))
                fault(self)
                self.faults += 1
            self.reach(self.commits)
            for child in self.alive:
                child.close_stdin()
            for child in self.alive:
                for word, times in child.json().items():
                    self.said[word] = self.said.get(word, 0) + times
        finally:
            for child in self.alive:
                child.stop()


def kill_writer(run: Run) -> None:
    """SIGKILL; another process takes its place."""
    child = run.alive.pop(random.randrange(len(run.alive)))
    child.kill()
    run.spawn()
    run.alive[-1].line("ready: ")


def kill_redis(run: Run) -> None:
    run.server.restart()


def kill_both(run: Run) -> None:
    child = run.alive.pop(random.randrange(len(run.alive)))
    run.server.kill()
    child.kill()
    run.spawn()
    run.server.start()
    run.alive[-1].line("ready: ")


def fill_disk(run: Run) -> None:
    run.server.full_disk()


def freeze(run: Run) -> None:
    run.server.freeze(run.frozen)


def nothing(run: Run) -> None:
    """The fault is in the proxy, all the time."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done in one trial. `cut`: the server runs under the shim, so that a kill is a power cut."""

    name: str
    faults: tuple[Callable[[Run], None], ...]
    cut: bool = False
    share: float = 0.0
    fsync: str = "always"
    control: bool = False


KINDS = (
    Kind("kill -9 of writers", (kill_writer,) * 4),
    Kind("kill -9 of Redis", (kill_redis,) * 4),
    Kind("kill -9 of writers and Redis", (kill_both,) * 4),
    Kind("power cut, of Redis alone and with writers", (kill_redis, kill_both) * 2, cut=True),
    Kind("disk full", (fill_disk,) * 3),
    Kind(f"Redis frozen for {FROZEN:g} s", (freeze,)),
    Kind(f"{LOST_SHARE:.0%} of the replies lost", (nothing,), share=LOST_SHARE),
    Kind("all of them", (kill_both, fill_disk, kill_redis, kill_writer), cut=True, share=LOST_SHARE),
    Kind("control: power cut under appendfsync everysec", (kill_redis,) * 2, cut=True, fsync="everysec", control=True),
)


async def played(
    kind: Kind, trials: int, commits: int = COMMITS, writers: int = WRITERS, frozen: float = FROZEN
) -> CrisisTally:
    """The trials of one kind, on one server and an organisation each."""
    tally = CrisisTally(f"h. crisis commits, {kind.name}", control=kind.control)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="socbot-")))
        preload = shim(folder) if kind.cut else None
        if kind.cut and preload is None:
            tally.skipped = "a power cut needs a C compiler"
            return tally
        server = FaultyServer(folder, preload, kind.fsync)
        stack.callback(server.stop)
        await asyncio.to_thread(server.start)
        door, dropped = server.socket, [0]
        if kind.share:
            door = str(folder / "proxy.sock")
            dropped = await stack.enter_async_context(losing(server.socket, door, kind.share))
        said: dict[str, int] = {}
        for number in range(trials):
            run = Run(server, door, f"trial-{number}", commits, writers, frozen)
            await asyncio.to_thread(run.play, kind.faults)
            await _counted(run, tally)
            for word, times in run.said.items():
                said[word] = said.get(word, 0) + times
        tally.faults += dropped[0]
        told = ", ".join(f"{word} {times}" for word, times in said.items())
        tally.notes.append(f"the surviving writers were told: {told}; Redis was started {server.starts} times")
        tally.notes.append(f"an unfinished transaction was cut off the file before {server.mended} of the starts")
    return tally


async def _counted(run: Run, tally: CrisisTally) -> None:
    state = await open_state(None, run.server.socket, run.org)
    try:
        await count(state, Keys(run.org), run.notes(), tally)
    finally:
        await state.close()
    tally.trials += 1
    tally.faults += run.faults


@dataclass(frozen=True, slots=True)
class CrisisTallies:
    """One tally a kind, and their sum."""

    kinds: tuple[CrisisTally, ...]

    @property
    def sound(self) -> bool:
        return all(one.sound for one in self.kinds)

    def line(self) -> str:
        real = [one for one in self.kinds if not one.control]
        words = ("acknowledged", "lost", "duplicated", "torn", "breaks")
        total = ", ".join(f"{word} {sum(getattr(one, word) for one in real)}" for word in words)
        return "\n".join([*(one.line() for one in self.kinds), f"h. crisis commits in all: {total}"])


async def crisis_commits(trials: int) -> CrisisTallies:
    """Every kind of fault, so many trials each."""
    tallies = []
    for kind in KINDS:
        sys.stderr.write(f"{kind.name} ...\n")
        tallies.append(await played(kind, trials))
    return CrisisTallies(tuple(tallies))
