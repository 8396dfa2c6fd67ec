"""How long the event loop does not turn, and what the process was doing meanwhile."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STEP = 0.001
LONG = 0.025
"""Seconds from which the stacks are noted."""
FRAMES = 12


@dataclass
class Probe:
    """A task that sleeps 1 ms and notes how late it wakes; a thread that looks at the stacks when it is very late.

    `lags` are (seconds late, of these seconds how many the loop's own thread spent on the CPU): a late turn without
    CPU of its own was kept waiting, by another thread that holds the interpreter or by the machine.
    """

    lags: list[tuple[float, float]] = field(default_factory=list)
    stacks: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Stacks seen while the loop was late: by how many ms at most, how often."""

    def __post_init__(self) -> None:
        self._beat = time.monotonic()
        self._over = threading.Event()

    async def run(self) -> None:
        while True:
            started, worked = time.monotonic(), time.thread_time()
            self._beat = started
            await asyncio.sleep(STEP)
            late = time.monotonic() - started - STEP
            self.lags.append((max(late, 0.0), time.thread_time() - worked))

    def watch(self, loop_thread: int) -> None:
        while not self._over.wait(0.01):
            if (since := time.monotonic() - self._beat) > LONG:
                seen = _seen(loop_thread)
                worst, times = self.stacks.get(seen, (0, 0))
                self.stacks[seen] = max(worst, round(since * 1000)), times + 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The thread that looks; it ends with the block."""
        thread = threading.Thread(target=self.watch, args=(threading.get_ident(),), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def summary(self) -> dict[str, float]:
        """In ms; `longest_cpu` is what of the longest the loop itself worked, `most_cpu` its longest work at a time."""
        lags = sorted(self.lags) or [(0.0, 0.0)]
        longest, cpu = lags[-1]
        return {
            "turns": len(lags),
            "p99": lags[int(len(lags) * 0.99)][0] * 1000,
            "longest": longest * 1000,
            "longest_cpu": cpu * 1000,
            "most_cpu": max(worked for _, worked in lags) * 1000,
        }


def _seen(loop_thread: int) -> str:
    """The loop's innermost frames of ours, then those of the other threads that are at work."""
    found = []
    for thread, frame in sys._current_frames().items():
        if thread == threading.get_ident():
            continue
        stack = traceback.extract_stack(frame)[-FRAMES:]
        names = [f"{'/'.join(one.filename.split('/')[-2:])}:{one.lineno}:{one.name}" for one in stack]
        if thread != loop_thread and names[-1].endswith((":wait", ":_worker")):
            continue
        found.append(f"{'LOOP' if thread == loop_thread else 'thread'} {' > '.join(names[-5:])}")
    return " | ".join(sorted(found))
