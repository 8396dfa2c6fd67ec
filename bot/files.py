"""Writes files in one process beside the bot: PDF and PPTX take seconds of CPU, and may take their process down."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess

import structlog

from messages.files.model import Attachment

log = structlog.get_logger()
SECONDS = 60.0
"""Until a file counts as one that will never be written."""
START_SECONDS = 30.0
MOST_BYTES = 50 * 2**20


class Unwritable(Exception):
    """A file could not be written; the message is a sentence for the person who waits for it."""


class Writer:
    """The process starts with the first file, and again after it was lost; one file at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._process = 0

    async def write(self, attachment: Attachment) -> bytes:
        """The file's bytes. Raises Unwritable."""
        async with self._turn:
            try:
                written = await self._written(attachment)
            except BrokenProcessPool:
                log.warning("the process that writes files ended", file=attachment.name)
                written = await self._again(attachment)
        if len(written) > MOST_BYTES:
            raise Unwritable(f"it has {len(written) // 2**20} MB; {MOST_BYTES // 2**20} MB are the most I hand over.")
        return written

    async def _again(self, attachment: Attachment) -> bytes:
        """Once more in a new process: the old one may have been lost for another file, or while it had none."""
        try:
            return await self._written(attachment)
        except BrokenProcessPool:
            log.error("a file takes its process down", file=attachment.name)
            raise Unwritable("the process that writes files was lost over it, twice.") from None

    async def _written(self, attachment: Attachment) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            pool = await self._started()
            async with asyncio.timeout(self._seconds):
                return await loop.run_in_executor(pool, _write, attachment)
        except TimeoutError:
            log.error("file not written in time", file=attachment.name, seconds=self._seconds)
            self._drop()
            raise Unwritable(f"it was not finished within {self._seconds:g} s.") from None
        except (BrokenProcessPool, asyncio.CancelledError):
            self._drop()
            raise
        except Unwritable:
            raise
        except ImportError as error:
            log.error("file not written", file=attachment.name, reason=f"{type(error).__name__}: {error}"[:300])
            raise Unwritable("a library that it needs is not installed where I run.") from None
        except Exception as error:
            log.error("file not written", file=attachment.name, reason=f"{type(error).__name__}: {error}"[:300])
            raise Unwritable(f"its contents do not fit into a file of that kind ({type(error).__name__}).") from None

    async def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_begin)
            try:
                async with asyncio.timeout(START_SECONDS):
                    self._process = await asyncio.get_running_loop().run_in_executor(self._pool, os.getpid)
            except TimeoutError:
                log.error("the process that writes files does not start", seconds=START_SECONDS)
                self._drop()
                raise Unwritable("the process that writes files does not start.") from None
        return self._pool

    def _drop(self) -> None:
        """End the process, whatever it is doing: what runs in a pool cannot be called back."""
        pool, self._pool = self._pool, None
        process, self._process = self._process, 0
        if process:
            _kill(process)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    async def close(self) -> None:
        """End the process; a file that is being written is lost."""
        self._drop()


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        log.info("the process that writes files had ended")


def _begin() -> None:
    """In the new process: Ctrl-C is the bot's to answer, and no process outlives a bot that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bot = parent_process()
    if bot is not None:
        threading.Thread(target=_end_with, args=(bot,), daemon=True).start()


def _end_with(bot: BaseProcess) -> None:
    bot.join()
    os._exit(0)


def _write(attachment: Attachment) -> bytes:
    from messages.files import write  # noqa: PLC0415 - the writers live in this process alone

    return write(attachment)
