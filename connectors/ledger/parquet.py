"""The ledger that lies on the disk: filled once, resumed after a restart, answering from what is there already."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from connectors.errors import BackendError, Unavailable
from connectors.ledger.asking import TOO_OLD, TellsChanges, speaks_of_changes
from connectors.ledger.filling import Filler, ask_again
from connectors.ledger.gathering import thread
from connectors.ledger.lease import Lease, Memory
from connectors.ledger.ledger import HORIZON_DAYS
from connectors.ledger.months import Months
from connectors.ledger.refreshing import Cost, refresh
from connectors.ledger.snapshots import Snapshots, no_days
from connectors.ledger.vault import NAME, Vault
from connectors.models.reading import Ping, Reading
from connectors.models.volumes import DailyVolume
from connectors.ports import CaseDesk, Clock, LedgerView, Store

T = TypeVar("T")

BETWEEN = timedelta(minutes=5)
"""During a long fill the newest cases are refreshed so often."""


class ParquetCaseLedger:
    """CaseLedger in a folder, read from any CaseDesk by one replica for all that share the folder.

    `refresh`: seconds between readings. `patience`: seconds that an answer waits for them; then it is given what is
    there, and said to be incomplete. Reading goes on in the background, whoever asked and left.
    """

    def __init__(
        self,
        desk: CaseDesk,
        clock: Clock,
        store: Store,
        folder: Path,
        tenant: str,
        *,
        snapshots: Snapshots | None = None,
        horizon_days: float = HORIZON_DAYS,
        refresh: float = 60.0,
        patience: float = 10.0,
        automation: Collection[str] = (),
        source: str = NAME,
    ) -> None:
        self._desk, self._clock, self._source = desk, clock, source
        self._horizon, self._refresh, self._patience = timedelta(days=horizon_days), refresh, patience
        self._vault = Vault(folder, tenant)
        self._lease, self._memory = Lease(store, self._vault), Memory(store, self._vault)
        self._filler = Filler(desk, self._vault)
        self._months, self._deriving = Months(self._vault, frozenset(automation), source), asyncio.Lock()
        self._snapshots = snapshots
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: list[str] = []
        self._opened, self._asked_changes = False, False
        self._changes: TellsChanges | None = None
        self._trouble: BackendError | None = None
        self._read_at: float | None = None
        self._turn = asyncio.Event()
        self._last: tuple[tuple[object, ...], LedgerView] | None = None
        self.cost: Cost | None = None
        """What the last refresh read and wrote."""

    async def ping(self) -> Ping:
        """The case desk's own answer, and how much is held."""
        below = await self._desk.ping()
        held = self._vault.manifest
        if held.as_of is None:
            return Ping(self._source, below.ok, below.detail or "Not read yet.")
        said = f"{held.cases} cases as of {held.as_of:%Y-%m-%d %H:%M} UTC" + ("" if held.complete else ", being filled")
        return Ping(self._source, below.ok, " ".join(filter(None, (below.detail, f"{said}."))))

    async def view(self, since: datetime) -> LedgerView:
        """See the port. Raises what the desk raised when nothing is held, or when asking again will not help."""
        self._start()
        end = asyncio.get_running_loop().time() + self._patience
        while self._reading and not self._covers(since) and self._trouble is None:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._turn.wait()
        if (flight := self._tasks["read"]).done() and not flight.cancelled() and (bug := flight.exception()):
            raise bug
        if self._trouble is not None and (self._trouble.permanent or self._vault.manifest.as_of is None):
            raise self._trouble
        return await self._view(since)

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        """See the port."""
        if self._snapshots is None:
            return no_days(self._clock.now())
        return await self._snapshots.volumes(since)

    async def filled(self) -> None:
        """Until what runs in the background has come to its end."""
        while self._reading:
            await self._turn.wait()

    async def close(self) -> None:
        """End what runs in the background; what was read stays."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._lease.release()

    @property
    def _reading(self) -> bool:
        return "read" in self._tasks and not self._tasks["read"].done()

    def _start(self) -> None:
        """Read in the background when what is held is old, or not all of it."""
        fresh = self._read_at is not None and self._clock.monotonic() - self._read_at < self._refresh
        if not self._reading and not fresh:
            self._trouble = None
            self._tasks["read"] = asyncio.create_task(self._read())
            self._tasks["read"].add_done_callback(lambda _: self._pulse())
        if self._snapshots is not None and ("daily" not in self._tasks or self._tasks["daily"].done()):
            self._tasks["daily"] = asyncio.create_task(self._snapshots.keep_up())

    def _pulse(self) -> None:
        """Wake whoever waits for the next step."""
        self._turn.set()
        self._turn = asyncio.Event()

    def _covers(self, since: datetime) -> bool:
        """Is the first fill, still going on, already past what is asked, and fresh?"""
        held = self._vault.manifest
        reached = held.filled_from is not None and held.filled_from <= since
        return reached and not held.complete and self._opened and not self._stale(BETWEEN)

    def _stale(self, after: timedelta) -> bool:
        as_of = self._vault.manifest.as_of
        return as_of is not None and self._clock.now() - as_of >= after

    async def _read(self) -> None:
        """Until the ledger is complete and fresh, or asking again is of no use. One at a time."""
        attempt = 0
        while True:
            try:
                await self._open()
                if await self._lease.take():
                    await self._work()
                    done = True
                else:
                    await asyncio.to_thread(self._vault.reload)
                    done = self._vault.manifest.complete
            except (BackendError, OSError) as failure:
                error = failure if isinstance(failure, BackendError) else _disk_failed(failure)
                self._trouble = error
                self._pulse()
                if error.permanent or self._vault.manifest.complete:
                    return
                await ask_again(error, attempt)
                attempt += 1
                continue
            self._trouble = None
            if done:
                self._read_at = self._clock.monotonic()
                self._pulse()
                return
            self._pulse()
            await asyncio.sleep(1.0)  # another replica fills

    async def _open(self) -> None:
        if self._opened:
            return
        told = await _on_disk(self._vault.open)
        told += await self._memory.differs()
        if await self._lease.take():
            told += await _on_disk(self._vault.verify)
        self._told = told
        self._opened = True

    async def _work(self) -> None:
        """What is damaged, then what is new, then what is old and not read yet."""
        vault = self._vault
        await _on_disk(vault.reload)
        if vault.manifest.start is None:
            await self._filler.begin(self._clock.now(), self._clock.now() - self._horizon)
        if vault.manifest.refill:
            await self._filler.again(self._clock.now())
        if self._stale(timedelta(seconds=self._refresh)):
            await self._again()
        if not vault.manifest.complete:
            await self._fill()

    async def _fill(self) -> None:
        """To the end, the newest cases being refreshed in between, and once more after it."""
        while not self._vault.manifest.complete:
            if not await self._lease.take():
                return
            await self._filler.step(self._clock.now())
            self._trouble = None
            await self._memory.keep()
            self._pulse()
            await self._prepare()
            if self._stale(BETWEEN):
                await self._again()
        if self._stale(timedelta(seconds=self._refresh)):
            await self._again()

    async def _again(self) -> None:
        if not self._asked_changes:
            self._changes, self._asked_changes = await speaks_of_changes(self._desk), True
        self.cost = await refresh(self._desk, self._changes, self._vault, self._clock.now())
        await self._memory.keep()
        await self._prepare()

    async def _prepare(self) -> None:
        """What was written is derived at once: whoever asks next only reads."""
        async with self._deriving:
            self._last = None  # its months are let go before new ones are derived
            await thread(self._months.prepare, self._vault.manifest)

    async def _view(self, since: datetime) -> LedgerView:
        held = self._vault.manifest
        notes, truncated = self._notes(since)
        key = (held.generation, f"{since.astimezone(UTC):%Y-%m}", notes, truncated)
        async with self._deriving:
            if self._last is None or self._last[0] != key:
                self._last = None  # its months are let go before the new ones are read
                view = await asyncio.to_thread(self._assembled, since.astimezone(UTC), notes, truncated)
                self._last = (key, view)
            return self._last[1]

    def _assembled(self, since: datetime, notes: tuple[str, ...], truncated: bool) -> LedgerView:
        try:
            return self._months.view(self._vault.manifest, since, notes, truncated=truncated)
        except FileNotFoundError:
            # another replica has replaced a month since we read its manifest
            self._vault.reload()
            return self._months.view(self._vault.manifest, since, notes, truncated=truncated)

    def _notes(self, since: datetime) -> tuple[tuple[str, ...], bool]:
        """What is to be said of this answer, and whether cases are missing in it."""
        held = self._vault.manifest
        notes = [*self._told, *held.notes]
        if self._trouble is not None and held.as_of is not None:
            notes.append(f"{self._trouble}; shown as of {held.as_of:%Y-%m-%d %H:%M} UTC.")
        elif self._reading and held.complete and held.as_of is not None:
            notes.append(f"Still being read; shown as of {held.as_of:%Y-%m-%d %H:%M} UTC.")
        if held.refused_to is not None:
            notes.append(
                f"{TOO_OLD} {held.refused_to:%Y-%m-%d} ({held.refusal}): earlier times are missing or proxies."
            )
        short = held.filled_from is None or (not held.complete and held.filled_from > since)
        if short:
            notes.append(self._progress())
        if held.refill:
            notes.append(f"Cases of {', '.join(held.refill)} are missing until they are read again.")
        if held.complete and held.filled_from is not None and since < held.filled_from:
            notes.append(f"No cases before {held.filled_from:%Y-%m-%d} are held.")
        return tuple(notes), short or bool(held.refill)

    def _progress(self) -> str:
        """How far the first fill is."""
        held = self._vault.manifest
        about = held.expected
        if about is None and held.start and held.filled_from and held.as_of and held.as_of > held.filled_from:
            about = round(held.cases * ((held.as_of - held.start) / (held.as_of - held.filled_from)))
        number = f"of about {max(about, held.cases):,}" if about is not None else "so far"
        back = f", back to {held.filled_from:%Y-%m-%d}" if held.filled_from else ""
        return f"{held.cases:,} {number} cases read (month by month, newest first{back}); the rest is being read."


async def _on_disk(work: Callable[[], T]) -> T:
    """In a thread; a disk that refuses is a failure of the ledger, told as such."""
    try:
        return await thread(work)
    except OSError as error:
        raise _disk_failed(error) from error


def _disk_failed(error: OSError) -> Unavailable:
    return Unavailable(NAME, f"cannot be kept on the disk ({error.strerror or type(error).__name__})")
