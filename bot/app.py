"""The composition root: settings become a running bot; the only file that puts the pieces together."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.backends import Backends, connect
from bot.courier import Courier
from bot.files import Writer
from bot.filing import Filing
from bot.handover import Handover
from bot.health import Health
from bot.intake import Intake
from bot.keeping import FOLDER, Keeper
from bot.places import Places
from bot.platform import Platform
from bot.reporting import teller
from bot.scheduler import Scheduler
from bot.settings import Settings, SettingsError
from bot.state import AnyState, audit_key, opened
from bot.ticking import Ticker
from bot.worker import Worker
from connectors.errors import BackendError
from connectors.ledger import ParquetCaseLedger
from connectors.models.reading import Ping
from connectors.organisation.files import YamlOrganisation
from connectors.organisation.loading import load_one
from connectors.ports import Clock, Organisation
from handlers.core.access import ROLES, Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.pipeline import Pipeline
from handlers.core.registry import Registry, discover
from handlers.core.soc import Soc
from handlers.crisis.store import CrisisStore

log = structlog.get_logger()
WARM_MONTHS = 16
"""How far back the monthly trend and last year's month reach; all months are read, so many are brought to memory."""


@dataclass(frozen=True)
class Core:
    """What answers calls, whoever asks and wherever the answer goes."""

    settings: Settings
    clock: Clock
    state: AnyState
    backends: Backends
    registry: Registry
    access: Access
    soc: Soc
    auditor: Auditor
    pipeline: Pipeline
    writer: Writer = field(default_factory=Writer)


@contextlib.asynccontextmanager
async def core(settings: Settings, clock: Clock, *, demo: bool, memory_allowed: bool = False) -> AsyncIterator[Core]:
    """Everything but the chat platforms."""
    registry = discover()
    access = rights(settings, demo)
    async with opened(settings, settings.process.org, clock, demo or memory_allowed) as state:
        backends = connect(settings, clock, None if demo else state.store)
        try:
            key = audit_key(settings)
            soc = Soc(
                cases=backends.cases,
                alerts=backends.alerts,
                intel=backends.intel,
                posture=backends.posture,
                organisation=backends.organisation,
                ledger=backends.ledger,
                store=state.store,
                schedules=state.schedules,
                crises=CrisisStore(state.crises, key, clock, simulated=demo),
                clock=clock,
                zone=settings.process.zone,
                registry=registry,
                access=access,
                simulated=demo,
                pseudonyms=settings.process.pseudonyms,
            )
            auditor = Auditor(state.audit, key, clock)
            made = Core(settings, clock, state, backends, registry, access, soc, auditor, Pipeline(soc, auditor))
            try:
                yield made
            finally:
                await made.writer.close()
        finally:
            await backends.close()


def rights(settings: Settings, demo: bool) -> Access:
    """Rights from SOC_BOT_ACCESS; SettingsError names file, line and field."""
    file = AccessFile()
    if settings.process.access is not None:
        try:
            file = load_one(settings.process.access, AccessFile, backend="Access file", purpose="who may do what")
        except BackendError as error:
            raise SettingsError(str(error)) from None
    unlisted = {"cli": ("manager",)}
    if demo:
        unlisted = {"*": ("manager",)}
    try:
        return Access(file, unlisted, switchable=demo)
    except ValueError as error:
        raise SettingsError(f"{settings.process.access}: {error}") from None


@dataclass
class App:
    """A running bot: the core, the inbox's workers, the courier, the scheduler, health."""

    core: Core
    platforms: dict[str, Platform]
    intake: Intake
    worker: Worker
    courier: Courier
    scheduler: Scheduler
    health: Health
    ticker: Ticker
    keeper: Keeper

    def start(self, *, warm: bool = True) -> list[asyncio.Task[None]]:
        """Work begins; `ready` once Redis has answered or been found away. `warm`: see `warming`, at once."""
        tasks = [asyncio.create_task(part.run()) for part in (self.worker, self.courier, self.scheduler)]
        for task in tasks:
            task.add_done_callback(self._ended)
        tasks += [asyncio.create_task(part.run()) for part in (self.ticker, self.keeper)]
        tasks += [self.warming()] if warm else []
        for name, platform in self.platforms.items():
            self.health.watch(name, platform.ping)
        self.health.ready = True
        return tasks

    def warming(self) -> asyncio.Task[None]:
        """What makes the first figures quick and nothing else waits for."""
        return asyncio.create_task(self._warm())

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Without its worker or its courier a bot only looks alive: end, so that whoever runs it starts it again."""
        if not task.cancelled() and task.exception() is not None:
            log.error("a part of me has died", exc_info=task.exception())
            os.kill(os.getpid(), signal.SIGTERM)

    async def stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Drain: nothing new, finish what was begun, deliver what is on its way."""
        self.health.draining, self.health.ready = True, False
        self.scheduler.stop()
        await self.worker.stop()
        await self.intake.drain()
        await self.courier.stop()
        await self.health.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _warm(self) -> None:
        """Look at the reference data and fill the case ledger before somebody waits for them."""
        await referred(self.core.backends.organisation)
        await asyncio.to_thread(importlib.import_module, "scipy.stats")
        since = self.core.clock.now() - timedelta(days=31 * WARM_MONTHS)
        ledger = self.core.soc.ledger
        try:
            view = await ledger.view(since)
            if isinstance(ledger, ParquetCaseLedger):
                await ledger.filled()
                view = await ledger.view(since)
        except BackendError as error:
            log.warning("case ledger not filled", reason=str(error))
            return
        except Exception:
            log.exception("bug", doing="filling the case ledger")
            return
        log.info("case ledger filled", cases=view.facts.cases, events=view.facts.events)


async def referred(organisation: Organisation) -> None:
    """Reference data that cannot be used is an error of the log at the start, not of somebody's question later."""
    if not isinstance(organisation, YamlOrganisation):
        return
    try:
        found = await organisation.reference()
    except Exception:
        log.exception("bug", doing="reading the reference data")
        return
    for problem in found.wrong:
        log.error("reference data cannot be used", problem=problem)
    for rows in found.stale:
        log.warning("reference data is stale", rows=rows)


def assemble(made: Core, platforms: dict[str, Platform]) -> App:
    """The running parts around a core. `platforms` may be filled until `start`."""
    owner = f"{socket.gethostname()}-{os.getpid()}"
    state, backends, handover = made.state, made.backends, Handover()
    pings: dict[str, Callable[[], Awaitable[Ping]]] = {
        "redis": state.ping,
        "case desk": backends.cases.ping,
        "siem": backends.alerts.ping,
        "threat intelligence": backends.intel.ping,
        "cloud posture": backends.posture.ping,
        "organisation": backends.organisation.ping,
    }
    return App(
        core=made,
        platforms=platforms,
        intake=Intake(state.queue, made.pipeline, platforms),
        worker=Worker(state.queue, made.pipeline, owner, handover=handover),
        courier=Courier(
            state.outbox,
            Places(state.store),
            platforms,
            owner,
            tell=teller(state.queue.offer, made.clock),
            filing=Filing(made.writer),
            handover=handover,
        ),
        scheduler=Scheduler(state.schedules, state.store, made.clock),
        health=Health(pings, state.queue, state.durability, made.clock),
        ticker=Ticker(state.crises, state.queue, made.clock),
        keeper=Keeper(made.soc.crises, made.settings.process.data / FOLDER / made.settings.process.org, made.clock),
    )


def roles() -> list[str]:
    """Role names of the house."""
    return sorted(ROLES)
