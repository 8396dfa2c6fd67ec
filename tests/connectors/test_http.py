"""The one seam to HTTP: retries of reads alone, breaker, bulkhead, bounds, and every failure under its own name."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Absent, BackendError, RateLimited, Refused, TimedOut, Unavailable, Unreadable
from connectors.google.auth import bearer
from connectors.http import IN_THREAD, HttpBackend, NotSent
from connectors.resilience import Breaker
from tests.connectors.google.stand_in import always, broken, in_turn, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def limited(after: str, **headers: str) -> Any:
    """A 429 with a Retry-After."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": after, **headers})

    return answer


async def slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.json_response({})


async def test_a_read_is_retried_until_it_succeeds(clock: FixedClock) -> None:
    """A read outlives a 503, a 502 and a broken connection within its attempts."""
    async with standing_in(in_turn(503, broken, {"a": 1})) as server:
        assert await server.backend(clock).get_json("/x") == {"a": 1}
        assert len(server.asked) == 3


async def test_retries_are_bounded(clock: FixedClock) -> None:
    """A backend that stays away is asked as often as `attempts` says and no more."""
    async with standing_in(in_turn(503)) as server:
        with pytest.raises(Unavailable):
            await server.backend(clock, attempts=3).get_json("/x")
        assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_what_asking_again_cannot_help_is_asked_once(clock: FixedClock, status: int) -> None:
    """A refusal, an absence and a plain 500 are not retried."""
    async with standing_in(in_turn(status)) as server:
        with pytest.raises(BackendError):
            await server.backend(clock).get_json("/x")
        assert len(server.asked) == 1


async def test_retry_after_is_honoured(clock: FixedClock) -> None:
    """After a 429 the next attempt comes no earlier than the backend asked for."""
    async with standing_in(in_turn(limited("0.3"), {"a": 1})) as server:
        started = time.monotonic()
        assert await server.backend(clock).get_json("/x") == {"a": 1}
        assert time.monotonic() - started >= 0.3


async def test_patience_beyond_the_budget_is_the_callers_choice(clock: FixedClock) -> None:
    """A Retry-After longer than the budget is raised at once, with the backend's own figure."""
    async with standing_in(limited("3600")) as server:
        with pytest.raises(RateLimited) as caught:
            await server.backend(clock).get_json("/x")
        assert caught.value.retry_after == 3600
        assert len(server.asked) == 1


async def test_retry_after_may_be_a_date(clock: FixedClock) -> None:
    """A Retry-After that is a date counts from the answer's own Date."""
    date = {"Date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    async with standing_in(limited("Sun, 22 Nov 2026 12:00:00 GMT", **date)) as server:
        with pytest.raises(RateLimited) as caught:
            await server.backend(clock).get_json("/x")
        assert caught.value.retry_after == 7200


@pytest.mark.parametrize("failure", [503, broken, limited("0"), slow])
async def test_a_write_is_never_sent_twice(clock: FixedClock, failure: Any) -> None:
    """Whatever becomes of a POST that is no question, and of a PATCH, it leaves the house once."""
    async with standing_in(in_turn(failure)) as server:
        backend = server.backend(clock, timeout=0.3)
        with pytest.raises(BackendError):
            await backend.post_json("/x", {"comment": "hello"}, idempotent=False)
        with pytest.raises(BackendError):
            await backend.patch_json("/x", {"priority": "P"})
        assert [asked[0] for asked in server.asked] == ["POST", "PATCH"]


async def test_a_question_by_post_is_retried(clock: FixedClock) -> None:
    """A POST that only asks is retried like a GET."""
    async with standing_in(in_turn(503, {"a": 1})) as server:
        assert await server.backend(clock).post_json("/x", {}, idempotent=True) == {"a": 1}


async def html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>proxy says hello</html>", content_type="text/html")


async def elsewhere(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/steal"})


async def half_json(request: web.Request) -> web.StreamResponse:
    return web.Response(text='{"cases": [{"na', content_type="application/json")


async def not_gzip(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})


CASES = [
    (in_turn(401), Refused, "refused our credentials (HTTP 401)"),
    (in_turn(403), Refused, "refused our credentials (HTTP 403)"),
    (in_turn(400), Refused, "refused the request (HTTP 400)"),
    (in_turn(404), Absent, "has no such record (HTTP 404)"),
    (in_turn(500), Unavailable, "failed (HTTP 500)"),
    (in_turn(502), Unavailable, "is out of service (HTTP 502)"),
    (limited("99"), RateLimited, "asks for patience (rate limit, try again in 99 s)"),
    (slow, TimedOut, "did not answer (timed out after 0.2 s)"),
    (broken, Unavailable, "broke off the connection"),
    (html, Unreadable, "gave an answer that is not JSON"),
    (half_json, Unreadable, "gave an answer that is not JSON"),
    (not_gzip, Unreadable, "gave an answer in a broken encoding"),
    (elsewhere, Unreadable, "pointed elsewhere instead of answering (HTTP 302)"),
]


@pytest.mark.parametrize(("answer", "error", "words"), CASES, ids=[case[2] for case in CASES])
async def test_every_failure_has_its_name(
    clock: FixedClock, answer: Any, error: type[BackendError], words: str
) -> None:
    """Each failure becomes its own error, says the backend's name, and holds no query, header or body."""
    async with standing_in(answer) as server:
        backend = server.backend(clock, timeout=0.2, attempts=2)
        with pytest.raises(error) as caught:
            await backend.get_json("/x", {"q": "hidden-query"})
        assert str(caught.value) == f"Case desk {words}"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (rb'{"t": "half \ud83d"}', "half \ufffd"),
        (rb'{"t": "\ude00 \ud83d\ude00 \\\\ud83d"}', "\ufffd \U0001f600 \\\\ud83d"),
        (b'{"t": "cut \xf0\x9f\x98"}', "cut \ufffd"),
    ],
)
async def test_half_a_letter_in_one_title_hides_no_other(clock: FixedClock, raw: bytes, title: str) -> None:
    """Who cuts an emoji in two in an alert's title blinds nobody: the half is shown as one that cannot be read."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=raw, content_type="application/json")

    async with standing_in(answer) as server:
        assert await server.backend(clock).get_json("/x") == {"t": title}


async def test_nobody_there(clock: FixedClock) -> None:
    """A refused connection is an Unavailable that knows that nothing was sent."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    backend = HttpBackend("SIEM", f"http://127.0.0.1:{port}", bearer("t"), clock, wait=0.001, attempts=2)
    with pytest.raises(NotSent, match=r"^SIEM cannot be reached \(no connection\)$"):
        await backend.get_json("/x")


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_too_large_is_refused(clock: FixedClock, packed: bool) -> None:
    """An answer over the bound is refused while it comes in, its unpacked size counting."""
    raw = b'"' + b"a" * 3_000_000 + b'"'
    headers = {"Content-Encoding": "gzip"} if packed else {}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(raw) if packed else raw, headers=headers)

    async with standing_in(answer) as server:
        with pytest.raises(Unreadable, match="too large"):
            await server.backend(clock, max_bytes=1_000_000).get_json("/x")
        assert len(server.asked) == 1


async def test_a_large_answer_is_decoded_whole(clock: FixedClock) -> None:
    """An answer that is decoded in a thread is the same as one that is not."""
    value = {"cases": ["é" * 100] * (IN_THREAD // 100)}
    async with standing_in(always(value)) as server:
        assert await server.backend(clock).get_json("/x") == value


async def test_an_empty_answer(clock: FixedClock) -> None:
    """A 200 without a body answers a deed, with None; to a question it is no answer."""
    async with standing_in(in_turn(200)) as server:
        assert await server.backend(clock).post_json("/x", {}, idempotent=False) is None
        with pytest.raises(Unreadable, match="empty answer"):
            await server.backend(clock).get_json("/x")


async def test_the_breaker_opens_and_lets_one_probe_through(clock: FixedClock) -> None:
    """After the failures nothing is asked; after the rest exactly one probe is; its success closes the breaker."""
    async with standing_in(in_turn(500, 500, slow, {"a": 1})) as server:
        backend = server.backend(clock, breaker=Breaker(clock, failures=2, rest=30), timeout=0.2)
        for _ in range(2):
            with pytest.raises(Unavailable, match="HTTP 500"):
                await backend.get_json("/x")
        with pytest.raises(NotSent, match=r"is not asked for another 30 s"):
            await backend.get_json("/x")
        assert len(server.asked) == 2
        clock.advance(31)
        answers = await asyncio.gather(*(backend.get_json("/x") for _ in range(5)), return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["NotSent"] * 4 + ["TimedOut"]
        assert len(server.asked) == 3
        with pytest.raises(NotSent):
            await backend.get_json("/x")
        clock.advance(31)
        assert await backend.get_json("/x") == {"a": 1}
        assert await backend.get_json("/x") == {"a": 1}


async def test_refusals_do_not_open_the_breaker(clock: FixedClock) -> None:
    """A backend that says no is there: it is asked again next time."""
    async with standing_in(in_turn(404)) as server:
        backend = server.backend(clock, breaker=Breaker(clock, failures=2))
        for _ in range(5):
            with pytest.raises(Absent):
                await backend.get_json("/x")
        assert len(server.asked) == 5


async def test_a_cancelled_probe_does_not_block_the_next(clock: FixedClock) -> None:
    """A caller who leaves during the probe leaves the place free."""
    async with standing_in(in_turn(500, slow, {"a": 1})) as server:
        backend = server.backend(clock, breaker=Breaker(clock, failures=1, rest=5))
        with pytest.raises(Unavailable):
            await backend.get_json("/x")
        clock.advance(6)
        probe = asyncio.create_task(backend.get_json("/x"))
        while len(server.asked) < 2:
            await asyncio.sleep(0.005)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert await backend.get_json("/x") == {"a": 1}


async def test_the_bulkhead_bounds_what_runs_at_once(clock: FixedClock) -> None:
    """However many ask, at most `concurrency` requests are under way."""
    running, most = 0, 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.json_response({})

    async with standing_in(answer) as server:
        backend = server.backend(clock, concurrency=3)
        await asyncio.gather(*(backend.get_json("/x") for _ in range(12)))
        assert most == 3


async def test_waiting_at_the_bulkhead_is_bounded(clock: FixedClock) -> None:
    """Who waits for a free place longer than the time limit hears a timeout and nothing is sent for him."""
    async with standing_in(slow) as server:
        backend = server.backend(clock, concurrency=1, timeout=0.2)
        first = asyncio.create_task(backend.get_json("/first", seconds=5))
        while not server.asked:
            await asyncio.sleep(0.005)
        with pytest.raises(TimedOut):
            await backend.get_json("/second")
        assert server.count(path="/second") == 0
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize(
    ("minute", "note"),
    [(10, ""), (5, "Its clock is 300 s behind ours."), (15, "Its clock is 300 s ahead of ours.")],
)
async def test_a_clock_that_is_off_is_noticed(clock: FixedClock, minute: int, note: str) -> None:
    """A difference of more than a minute between the answer's Date and our clock becomes a sentence."""
    clock.at = NOW.replace(minute=10)
    async with standing_in(always({}, Date=f"Sun, 22 Nov 2026 10:{minute:02}:00 GMT")) as server:
        backend = server.backend(clock)
        await backend.get_json("/x")
        assert backend.skew_note() == note


async def test_it_works_again_after_close(clock: FixedClock) -> None:
    """Closing drops the connections, not the backend."""
    async with standing_in(always({"a": 1})) as server:
        backend = server.backend(clock)
        await backend.get_json("/x")
        await backend.close()
        assert await backend.get_json("/x") == {"a": 1}
        await backend.close()
