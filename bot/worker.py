"""Takes calls from the inbox, answers them, and commits the answer and the call's end in one step."""

from __future__ import annotations

import asyncio
import contextlib
import time

import structlog
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from bot.handover import Handover
from bot.pictures import pictures
from connectors.errors import StateError
from connectors.ports import Outgoing, Queue, Taken
from handlers.core import problems
from handlers.core.call import NOWHERE, Call
from handlers.core.filed import filed
from handlers.core.parcel import Packed, Parcel, outgoing, wrapped
from handlers.core.pipeline import Answer, Pipeline
from messages.document import Context, Document, spans

log = structlog.get_logger()
LEASE = 10.0
WORKING_AFTER = 1.0
MAX_ATTEMPTS = 5
SECONDS = Histogram("socbot_call_seconds", "From taken to committed, by command", ["command"])
OUTCOMES = Counter("socbot_answers", "Answers by command and outcome", ["command", "outcome"])


class Worker:
    """`side_by_side` calls at once; a call whose worker dies is taken by another after the lease."""

    def __init__(
        self,
        queue: Queue,
        pipeline: Pipeline,
        consumer: str,
        side_by_side: int = 64,
        handover: Handover | None = None,
    ) -> None:
        self._queue, self._pipeline, self._consumer = queue, pipeline, consumer
        self._handover = handover or Handover()
        self._free = side_by_side
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    async def run(self) -> None:
        """Until `stop`; Redis away is waited out."""
        self._ended.clear()
        try:
            while not self._stopping.is_set():
                await self._take(1.0)
            while not await self._drained():  # noqa: ASYNC110 - what is waited for happens in Redis
                await asyncio.sleep(0.02)
        finally:
            self._ended.set()

    async def stop(self, within: float = 20.0) -> None:
        """Answer what was acknowledged, as far as the time goes; the rest is another worker's."""
        self._stopping.set()
        self._room.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._ended.wait()

    async def _drained(self) -> bool:
        """Nothing waits in the inbox and nothing is being worked on; True also when the inbox is away."""
        taken = await self._take(0.02)
        return not taken and not self._tasks

    async def _take(self, block: float) -> int:
        while (free := self._free - len(self._tasks)) <= 0:
            self._room.clear()
            await self._room.wait()
        try:
            taken = await self._queue.take(self._consumer, free, block, LEASE)
        except StateError as error:
            log.warning("inbox away", reason=str(error))
            await asyncio.sleep(block)
            return 0
        for one in taken:
            self._start(one)
        return len(taken)

    def _start(self, taken: Taken) -> None:
        task = asyncio.create_task(self._one(taken))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.set()

    async def _one(self, taken: Taken) -> None:
        started = time.perf_counter()
        try:
            call = Call.model_validate_json(taken.payload)
        except ValidationError:
            log.error("unreadable call dropped", call=taken.id)
            await self._queue.finish(taken, ())
            return
        beside: list[asyncio.Task[None]] = []
        # Most calls are done long before: a timer costs them nothing, a task would.
        timer = asyncio.get_running_loop().call_later(
            WORKING_AFTER, lambda: beside.append(asyncio.create_task(self._beside(taken, call)))
        )
        try:
            if taken.attempt > MAX_ATTEMPTS:
                # Whatever takes the process down each time must not do so for ever.
                answer = Answer(problems.bug(call.id), "bug", call.address)
            else:
                answer = await self._pipeline.answer(call, taken.attempt)
            await self._commit(taken, call, answer, announced=bool(beside) or taken.attempt > 1)
        finally:
            timer.cancel()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        SECONDS.labels(answer.command).observe(time.perf_counter() - started)
        OUTCOMES.labels(answer.command, answer.outcome).inc()

    async def _commit(self, taken: Taken, call: Call, answer: Answer, announced: bool) -> None:
        if call.address == NOWHERE and answer.outcome == "failed" and taken.attempt <= MAX_ATTEMPTS:
            return  # nobody reads that it failed: it is left to be taken again when its lease has run out
        parcels = []
        if call.address != NOWHERE:
            told = Parcel(
                id=f"{call.id}:answer",
                kind="answer",
                call=call.id,
                address=answer.address,
                document=answer.document,
                announced=announced,
            )
            parcels.append(told)
        parcels += [wrapped(post, f"{call.id}:post{n}", call.id) for n, post in enumerate(answer.posts)]
        parcels += [filed(file, answer.address, f"{call.id}:file{n}", call.id) for n, file in enumerate(answer.files)]
        if call.door != "home":
            parcels += [picture for parcel in parcels for picture in pictures(parcel)]
        messages = [self._noted(parcel, answer.packed) for parcel in parcels]
        while True:
            try:
                if not await self._queue.finish(taken, messages):
                    log.info("finished elsewhere", call=call.id)
                return
            except StateError as error:
                # An answer that could not be committed is committed again: finish is idempotent.
                log.warning("answer not committed yet", call=call.id, reason=str(error))
                await asyncio.sleep(0.5)

    def _noted(self, parcel: Parcel, packed: Packed | None = None) -> Outgoing:
        message = outgoing(parcel, packed)
        self._handover.put(parcel, message.payload)
        return message

    async def _beside(self, taken: Taken, call: Call) -> None:
        """What a call needs that takes longer than WORKING_AFTER: a word to the asker, and its lease kept."""
        if call.address != NOWHERE:
            await self._working(call)
        while True:
            await asyncio.sleep(LEASE / 3)
            with contextlib.suppress(StateError):  # a lease that cannot be renewed runs out, which is its purpose
                await self._queue.renew(self._consumer, taken.entry)

    async def _working(self, call: Call) -> None:
        text = "Working on it: asking the backends. This message will be replaced by the answer."
        document = Document(title="Working …", blocks=(Context(text=spans(text)),), tlp="green", call=call.id)
        parcel = Parcel(id=f"{call.id}:working", kind="working", call=call.id, address=call.address, document=document)
        with contextlib.suppress(StateError):  # a missing progress line costs nobody an answer
            await self._queue.emit(call.id, self._noted(parcel))
