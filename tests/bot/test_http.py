"""The one HTTP application: health and metrics, body limit, no trace to the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import structlog
from aiohttp import web

from bot.health import Health
from bot.http import MAX_BODY, application
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from connectors.models.reading import Ping

Site = tuple[aiohttp.ClientSession, Health]


async def kept() -> list[str]:
    return []


async def bug(_: web.Request) -> web.Response:
    raise RuntimeError("secret-in-a-trace")


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    health = Health({}, MemoryState(SystemClock()).queue, kept, SystemClock())
    routes = [web.get("/bug", bug), web.get("/files/{token}", bug), web.post("/echo", echo)]
    runner = web.AppRunner(application(health, routes))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(base) as session:
        yield session, health
    await runner.cleanup()


async def test_ready_only_between_start_and_drain(site: Site) -> None:
    """/readyz is 503 while starting and draining, 200 between; /healthz is 200 throughout."""
    session, health = site
    found = []
    for ready, draining in ((False, False), (True, False), (False, True)):
        health.ready, health.draining = ready, draining
        async with session.get("/readyz") as answer, session.get("/healthz") as alive:
            found.append((answer.status, (await answer.json())["status"], alive.status))
    assert found == [(503, "starting", 200), (200, "ready", 200), (503, "draining", 200)]


async def test_whoever_asks_for_readiness_learns_no_more(site: Site) -> None:
    """/readyz stands where platforms reach it: which port fails is told, why is for the log and the doctor."""
    session, health = site

    async def wrong() -> Ping:
        return Ping("Organisation", False, "roster.yaml line 4, field name: “Lead 02” at 10.0.0.7 is not …")

    health.watch("organisation", wrong)
    health.ready = True
    async with session.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["ports"]) == (200, {"organisation": {"ok": False}})
        assert "Lead 02" not in await answer.text()
    assert "Lead 02" in (await health.report())["ports"]["organisation"]["detail"]


async def test_nothing_new_comes_in_while_draining(site: Site) -> None:
    """Every other path is 503 with a Retry-After, so that a platform sends its event again."""
    session, health = site
    health.draining = True
    async with session.post("/echo", data=b"x") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_a_bug_is_a_calm_sentence(site: Site) -> None:
    """Neither the exception's words nor its trace leave the process."""
    async with site[0].get("/bug") as answer:
        assert answer.status == 500
        text = await answer.text()
    assert "secret-in-a-trace" not in text
    assert "my log" in text


async def test_a_link_does_not_reach_the_log(site: Site) -> None:
    """A path may hold a one-time link: the log names the door, not what was in it."""
    with structlog.testing.capture_logs() as said:
        async with site[0].get("/files/token-in-a-link") as answer:
            assert answer.status == 500
    assert [one["path"] for one in said if one["event"] == "bug"] == ["/files/{token}"]


async def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    """The limit itself passes, one byte more is 413."""
    async with site[0].post("/echo", data=b"x" * MAX_BODY) as answer:
        assert await answer.text() == str(MAX_BODY)
    async with site[0].post("/echo", data=b"x" * (MAX_BODY + 1)) as answer:
        assert answer.status == 413


async def test_unknown_paths_and_methods_are_json(site: Site) -> None:
    """404 and 405 carry one sentence, not aiohttp's page."""
    for method, path, status in (("GET", "/nope", 404), ("POST", "/healthz", 405)):
        async with site[0].request(method, path) as answer:
            assert answer.status == status
            assert (await answer.json())["error"]


async def test_metrics_have_their_names_also_with_the_state_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dashboards rely on these names, and most when Redis is away."""

    async def gone() -> tuple[int, int]:
        raise StateError("away")

    monkeypatch.setattr(site[1]._queue, "depth", gone)
    import bot.courier
    import bot.intake
    import bot.worker  # noqa: F401

    async with site[0].get("/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    for name in ("calls", "answers", "deliveries", "call_seconds", "queue_depth", "port_up"):
        assert f"# TYPE socbot_{name}" in text
