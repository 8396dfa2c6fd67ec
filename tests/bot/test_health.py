"""Health: a probe is answered in time, whatever a port does."""

from __future__ import annotations

import asyncio
import time

import pytest

import bot.health
from bot.health import Health
from connectors.clock import FixedClock, SystemClock
from connectors.errors import StateError, Unavailable
from connectors.memory import MemoryState
from connectors.models.reading import Ping
from connectors.ports import Clock
from tests.bot.stage import NOW


async def fine() -> Ping:
    return Ping("a", True)


async def away() -> Ping:
    raise Unavailable("SIEM", "cannot be reached (no connection)")


async def odd() -> Ping:
    raise KeyError("token-abc")


async def hanging() -> Ping:
    await asyncio.Event().wait()
    raise AssertionError


async def kept() -> list[str]:
    return []


def health(clock: Clock | None = None, **pings: object) -> Health:
    state = MemoryState(SystemClock())
    made = Health(pings, state.queue, kept, clock or SystemClock())  # type: ignore[arg-type]
    made.ready = True
    return made


async def test_a_failed_port_is_degraded_and_named_and_a_bug_in_one_leaves_the_others() -> None:
    """Every port has its own line; what a bug said stays in the log."""
    report = await health(good=fine, siem=away, broken=odd).report()
    assert report["status"] == "degraded"
    assert report["ports"]["good"] == {"ok": True, "detail": ""}
    assert report["ports"]["siem"] == {"ok": False, "detail": "SIEM cannot be reached (no connection)"}
    assert report["ports"]["broken"]["ok"] is False
    assert "token-abc" not in str(report)


async def test_a_port_that_hangs_does_not_hold_up_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report comes within the probe's time, and names the port once its ping has timed out."""
    monkeypatch.setattr(bot.health, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(bot.health, "PING_SECONDS", 0.3)
    made = health(good=fine, slow=hanging)
    started = time.perf_counter()
    first = await made.report()
    assert time.perf_counter() - started < 0.3
    assert (first["status"], first["ports"]) == ("degraded", {})
    async with asyncio.timeout(5):
        while not (report := await made.report())["ports"]:
            await asyncio.sleep(0.01)
    assert report["ports"]["slow"]["detail"] == "did not answer within 0.3 s"
    assert report["ports"]["good"]["ok"] is True


async def test_probes_are_no_load() -> None:
    """Within the cache's time any number of reports asks each port once."""
    asked, clock = [], FixedClock(NOW)

    async def counted() -> Ping:
        asked.append(1)
        return Ping("a", True)

    made = health(clock, a=counted)
    await asyncio.gather(*(made.report() for _ in range(20)))
    assert len(asked) == 1
    clock.advance(bot.health.CACHE_SECONDS + 1)
    await made.report()
    assert len(asked) == 2


async def test_starting_and_draining_come_before_what_ports_say() -> None:
    """Status is starting until ready, and draining from the signal on."""
    made = health(a=fine)
    made.ready = False
    assert (await made.report())["status"] == "starting"
    made.ready = True
    assert (await made.report())["status"] == "ready"
    made.draining, made.ready = True, False
    assert (await made.report())["status"] == "draining"


async def test_a_port_added_later_is_asked_and_a_state_that_is_away_is_a_warning() -> None:
    """Chat platforms join at start; durability that cannot be asked is told."""
    state = MemoryState(SystemClock())

    async def gone() -> list[str]:
        raise StateError("The state store (Redis) is not reachable")

    made = Health({}, state.queue, gone, SystemClock())
    made.watch("slack", away)
    made.ready = True
    report = await made.report()
    assert report["ports"]["slack"]["ok"] is False
    assert report["warnings"] == ["The state store (Redis) is not reachable"]


async def test_closing_ends_an_asking_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ping outlives the bot."""
    monkeypatch.setattr(bot.health, "PROBE_SECONDS", 0.01)
    made = health(slow=hanging)
    await made.report()
    before = asyncio.all_tasks()
    await made.close()
    assert len(asyncio.all_tasks()) < len(before)
