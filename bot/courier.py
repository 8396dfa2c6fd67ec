"""Delivers what the outbox holds: in order within a thread, never silently lost, a repeat ruled out or marked."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from bot.files import Writer
from bot.filing import Filing
from bot.handover import Handover
from bot.pictures import is_picture
from bot.places import Places, superseded
from bot.platform import Gone, Later, Parcel, Platform, Receipt, Undeliverable, Unsure
from connectors.errors import StateError
from connectors.ports import Outbox, Taken
from handlers.core import problems

log = structlog.get_logger()
LEASE = 15.0
TRIES = 8
"""Doubtful attempts until a delivery is given up."""
PATIENCE = 1_800.0
"""Seconds of waiting a platform may ask for in all; Slack's reply addresses live as long."""
WHISPERS = 4
"""Answers for one person under way at a time. No platform can say whether those arrived, so a kill leaves that many in
doubt, to be sent again with a mark."""
BESIDE = " pictures"
"""Behind a thread's key: the chain of its pictures."""
SENT = Counter("socbot_deliveries", "Deliveries by platform and result", ["platform", "result"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a delivery ended: sent, re-sent, already there, undeliverable, gone, given up or bug; `reason` for people."""

    result: str
    receipt: Receipt | None = None
    reason: str = ""


Tell = Callable[[Parcel, Ended], Awaitable[None]]
"""Tells whoever asked to know; StateError: try again."""


Note = Callable[[Ended], Awaitable[None]]
"""Takes a delivery off the outbox, by how it ended."""
ARRIVED = frozenset({"sent", "re-sent", "already there"})


async def nobody(parcel: Parcel, ended: Ended) -> None:
    """For a courier whose deliveries nobody waits for."""


async def _noted(note: Note, ended: Ended) -> Ended:
    try:
        await note(ended)
    except Exception:
        # What arrived has arrived: a bug in telling so must not be taken for one in sending, which would send again.
        log.exception("bug", doing="noting a delivery")
    return ended


UNMADE = "the message could not be made: its readers were told that something went wrong"
PERHAPS = "whether it arrived is not known: look there before it is sent again"


def _pause(attempt: int) -> float:
    """Seconds before a doubtful delivery is looked up and tried again."""
    return float(min(2**attempt, 20))


class Courier:
    """Owns as many outbox partitions as nobody else does; one chain of deliveries a thread, threads side by side."""

    def __init__(
        self,
        outbox: Outbox,
        places: Places,
        platforms: Mapping[str, Platform],
        owner: str,
        *,
        tell: Tell = nobody,
        filing: Filing | None = None,
        handover: Handover | None = None,
        side_by_side: int = 16,
    ) -> None:
        self._outbox, self._places, self._platforms, self._owner = outbox, places, platforms, owner
        self._tell, self._filing = tell, filing or Filing(Writer())
        self._handover = handover or Handover()
        self._rooms: dict[tuple[str, bool], asyncio.Semaphore] = {}
        self._side_by_side = side_by_side
        self._cursors: dict[int, str] = {}
        self._chains: dict[str, deque[tuple[int, Taken, Parcel]]] = defaultdict(deque)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`; Redis away is waited out."""
        await self._take_leases()
        renewing = asyncio.create_task(self._keep_leases())
        news = set(self._cursors)
        try:
            while not self._stopping.is_set():
                try:
                    await self._pump(news)
                    held = set(self._cursors)
                    news = await self._outbox.wait(dict(self._cursors), 1.0)
                    news |= set(self._cursors) - held
                except StateError as error:
                    log.warning("outbox away", reason=str(error))
                    await asyncio.sleep(1)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def stop(self, within: float = 10.0) -> None:
        """Deliver what waits, as far as the time goes; then take nothing new and hand the partitions back."""
        with contextlib.suppress(TimeoutError, StateError):
            async with asyncio.timeout(within / 2):
                while self._chains or await self._outbox.wait(dict(self._cursors), 0.05):  # noqa: ASYNC110 - in Redis
                    await asyncio.sleep(0.02)
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        for partition in list(self._cursors):
            try:
                await self._outbox.release(partition, self._owner)
            except StateError as error:
                log.warning("lease not released", partition=partition, reason=str(error))

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 5 if self._cursors else 0.5)
            await self._take_leases()

    async def _take_leases(self) -> None:
        for partition in range(self._outbox.partitions):
            try:
                if await self._outbox.lease(partition, self._owner, LEASE):
                    self._cursors.setdefault(partition, "")
                else:
                    self._cursors.pop(partition, None)
            except StateError as error:
                log.warning("lease not renewed", partition=partition, reason=str(error))

    async def _pump(self, news: set[int]) -> None:
        for partition in news & self._cursors.keys():
            for taken in await self._outbox.pending(partition, self._cursors.get(partition, ""), 200):
                self._cursors[partition] = taken.entry
                self._chain(partition, taken)

    def _chain(self, partition: int, taken: Taken) -> None:
        try:
            made_here = self._handover.take(taken.id, taken.payload)
            parcel = made_here or Parcel.model_validate_json(taken.payload)
        except ValidationError:
            log.error("unreadable delivery dropped", parcel=taken.id)
            self._begin(self._remove(partition, taken))
            return
        self._queue(parcel.address.order, (partition, taken, parcel))

    def _queue(self, key: str, link: tuple[int, Taken, Parcel]) -> None:
        chain = self._chains[key]
        chain.append(link)
        if len(chain) == 1:
            self._begin(self._walk(key))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _walk(self, key: str) -> None:
        chain = self._chains[key]
        while chain and not self._stopping.is_set():
            partition, taken, parcel = chain[0]
            if is_picture(parcel) and not key.endswith(BESIDE):
                # Its answer stands by now, and what the thread says next does not wait for a drawing.
                self._queue(key + BESIDE, chain.popleft())
                continue
            try:
                await self._one(partition, taken, parcel, superseded(parcel, [p for _, _, p in list(chain)[1:]]))
            except StateError as error:
                log.warning("outbox away", reason=str(error))
                await asyncio.sleep(1)
                continue
            chain.popleft()
        if not chain:
            self._chains.pop(key, None)

    async def _one(self, partition: int, taken: Taken, parcel: Parcel, outdone: bool) -> None:
        platform = self._platforms.get(parcel.address.platform)
        if outdone:
            await self._outbox.sent(partition, taken)
            return
        if platform is None:
            log.error("no such platform", platform=parcel.address.platform, parcel=parcel.id)
            await self._tell(parcel, Ended("undeliverable", None, "this bot does not serve that platform"))
            await self._outbox.sent(partition, taken)
            return
        receipt = await self._places.find(parcel)
        attempt = await self._outbox.begin(partition, taken, self._owner)
        if attempt == 0:
            self._cursors.pop(partition, None)
            return
        ended = await self._send(
            platform, parcel, receipt, attempt > 1, partial(self._remove, partition, taken, parcel)
        )
        SENT.labels(platform.name, ended.result).inc()

    async def _remove(
        self, partition: int, taken: Taken, parcel: Parcel | None = None, ended: Ended | None = None
    ) -> None:
        """Until Redis has heard it: what this process knows to be delivered it must not deliver again."""
        while True:
            try:
                if parcel is not None and ended is not None:
                    await self._tell(parcel, ended)
                await self._outbox.sent(partition, taken)
                return
            except StateError as error:
                log.warning("delivery not noted yet", reason=str(error))
                if self._stopping.is_set():
                    return
                await asyncio.sleep(0.5)

    async def _send(
        self, platform: Platform, parcel: Parcel, receipt: Receipt | None, doubtful: bool, note: Note
    ) -> Ended:
        """How it ended, once that is noted."""
        ended = await self._sent(platform, parcel, receipt, doubtful, note)
        if ended.result not in ARRIVED:
            await note(ended)
        return ended

    async def _sent(
        self, platform: Platform, parcel: Parcel, receipt: Receipt | None, doubtful: bool, note: Note
    ) -> Ended:
        """What arrived is noted while its room is held: no more than that many can be in doubt."""
        bound = log.bind(parcel=parcel.id, call=parcel.call, platform=platform.name)
        attempt, patience, broken = 0, PATIENCE, False
        ready = await self._filing.ready(platform, parcel)
        parcel = ready.parcel
        while attempt < TRIES and patience > 0:
            try:
                # Room is held while something is sent, not while a platform's patience is waited out.
                async with self._room(platform.name, parcel.address.visibility == "private"):
                    if doubtful:
                        there = await platform.delivered(parcel)
                        if there:
                            return await _noted(note, Ended("already there"))
                        parcel = parcel.model_copy(update={"sent_before": there is None})
                    made = await ready.send(parcel, receipt)
                    await self._places.keep(parcel, made)
                    if not broken:
                        return await _noted(note, Ended("re-sent" if parcel.sent_before else "sent", made))
                return Ended("bug", None, UNMADE)
            except Later as error:
                patience -= error.after
                await asyncio.sleep(error.after)
            except Unsure as error:
                bound.warning("delivery unsure", reason=str(error), attempt=attempt)
                doubtful = True
                await asyncio.sleep(_pause(attempt))
                attempt += 1
            except Undeliverable as error:
                bound.error("undeliverable", reason=str(error))
                return Ended("gone" if isinstance(error, Gone) else "undeliverable", None, str(error))
            except StateError:
                raise
            except Exception:
                # A document that cannot be shown must not stop the thread behind it; its asker is told.
                bound.exception("bug")
                if parcel.document == (fallback := problems.bug(parcel.call)):
                    return Ended("bug", None, UNMADE)
                parcel, broken = parcel.model_copy(update={"document": fallback, "file": None}), True
        bound.error("given up", tries=attempt)
        return Ended("given up", None, PERHAPS if doubtful else "the platform did not take it, again and again")

    def _room(self, platform: str, private: bool) -> asyncio.Semaphore:
        """A platform's own, so that none waits for another's slowness."""
        size = WHISPERS if private else self._side_by_side
        return self._rooms.setdefault((platform, private), asyncio.Semaphore(size))
