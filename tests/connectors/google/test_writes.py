"""What is written to the desk is sent once, and called confirmed only when the desk proves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import BackendError, RateLimited, Refused, Unavailable
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.wire import epoch_ms
from tests.connectors.google.stand_in import INSTANCE, StandIn, broken, in_turn, routes, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def desk(server: StandIn, clock: FixedClock, **options: Any) -> ChronicleCaseDesk:
    return ChronicleCaseDesk(server.backend(clock, timeout=0.3), INSTANCE, clock, **options)


def comments(*texts: str, at: datetime = NOW) -> dict[str, Any]:
    made = [
        {"name": f"x/caseComments/{k}", "comment": text, "createTime": str(epoch_ms(at))}
        for k, text in enumerate(texts)
    ]
    return {"caseComments": made}


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def empty(request: web.Request) -> web.StreamResponse:
    return web.Response()


async def test_a_comment_confirmed_by_its_answer(clock: FixedClock) -> None:
    """An answer that names the new comment proves it."""
    made = {"name": "x/caseComments/42", "comment": "hello"}
    async with standing_in(routes({"POST": made, "GET": comments()})) as server:
        written = await desk(server, clock).comment("7", "hello")
        assert (written.confirmed, written.reference) == (True, "42")
        assert [asked[3] for asked in server.asked if asked[0] == "POST"] == [{"comment": "hello"}]


@pytest.mark.parametrize("failure", [empty, broken, hang, 500, 503])
async def test_an_unclear_answer_is_settled_by_reading_back(clock: FixedClock, failure: Any) -> None:
    """When the answer proves nothing the case is read; the comment found there is confirmed, the POST sent once."""
    async with standing_in(routes({"POST": failure, "GET": comments("other", "hello")})) as server:
        written = await desk(server, clock).comment("7", "hello")
        assert (written.confirmed, written.reference) == (True, "1")
        assert server.count("POST") == 1


@pytest.mark.parametrize("failure", [empty, broken, hang, 500, 503])
async def test_what_cannot_be_found_is_not_confirmed(clock: FixedClock, failure: Any) -> None:
    """A comment that is not on the case is called not confirmed and is not sent again."""
    async with standing_in(routes({"POST": failure, "GET": comments("other")})) as server:
        written = await desk(server, clock).comment("7", "hello")
        assert not written.confirmed and written.detail.startswith("not confirmed: ")
        assert server.count("POST") == 1


async def test_the_same_words_of_yesterday_prove_nothing(clock: FixedClock) -> None:
    """An equal comment that is older than this write does not confirm it."""
    old = comments("hello", at=NOW - timedelta(days=1))
    async with standing_in(routes({"POST": empty, "GET": old})) as server:
        assert not (await desk(server, clock).comment("7", "hello")).confirmed


async def test_reading_back_may_fail_too(clock: FixedClock) -> None:
    """When neither the answer nor the read-back proves it, both reasons are told."""
    asked = in_turn(comments(), 500)
    async with standing_in(routes({"POST": 500, "GET": asked})) as server:
        written = await desk(server, clock).comment("7", "hello")
        assert not written.confirmed
        assert written.detail.count("failed (HTTP 500)") == 2


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (403, Refused), (404, BackendError), (429, RateLimited)])
async def test_a_refused_write_is_an_error(clock: FixedClock, status: int, error: type[BackendError]) -> None:
    """What certainly was not written is an error, not "not confirmed"."""
    async with standing_in(routes({"POST": status, "PATCH": status, "GET": comments()})) as server:
        with pytest.raises(error):
            await desk(server, clock).comment("7", "hello")
        with pytest.raises(error):
            await desk(server, clock).change_priority("7", "high")
        assert server.count("POST") + server.count("PATCH") == 2


async def test_older_hosts_call_comments_otherwise(clock: FixedClock) -> None:
    """Where `caseComments` does not exist `comments` is used, found out once and by reading."""
    table = {"/caseComments": 404, "POST": {"name": "x/comments/1"}, "/comments": {"comments": []}}
    async with standing_in(routes(table)) as server:
        writer = desk(server, clock)
        for _ in range(2):
            assert (await writer.comment("7", "hello")).confirmed
        assert server.count("GET", "/caseComments") == 1
        assert server.count("POST", "/comments") == 2


async def test_a_priority_shown_by_the_answer(clock: FixedClock) -> None:
    """The case that comes back shows the new priority."""
    async with standing_in(routes({"PATCH": {"name": "x/7", "priority": "PRIORITY_CRITICAL"}})) as server:
        written = await desk(server, clock).change_priority("7", "critical")
        assert written.confirmed
        assert server.asked[0][2:] == ({"updateMask": "priority"}, {"priority": "PRIORITY_CRITICAL"})


@pytest.mark.parametrize(("now", "confirmed"), [("PRIORITY_CRITICAL", True), ("PRIORITY_LOW", False)])
@pytest.mark.parametrize("failure", [empty, broken, hang, 503])
async def test_a_priority_settled_by_reading_back(clock: FixedClock, failure: Any, now: str, confirmed: bool) -> None:
    """Otherwise the case is read, and what it shows is what counts; the PATCH is sent once."""
    case = {"name": "x/7", "priority": now, "createTime": "1795300000000"}
    async with standing_in(routes({"PATCH": failure, "GET": case})) as server:
        written = await desk(server, clock).change_priority("7", "critical")
        assert written.confirmed is confirmed
        assert confirmed or written.detail.endswith("the case still shows low")
        assert server.count("PATCH") == 1


async def test_a_summary_is_started_once(clock: FixedClock) -> None:
    """`isFirstRequest` true is said once, because it starts a new generation; then it is only asked for."""
    states = in_turn(
        {"state": "PENDING_START"},
        {"state": "IN_PROGRESS"},
        {"state": "SUCCESSFUL", "summary": "All quiet", "reasons": ["a"], "nextSteps": ["b", "c"]},
    )
    async with standing_in(states) as server:
        summary = await desk(server, clock, summary_pause=0.001).summary("7")
        assert (summary.state, summary.text, summary.reasons) == ("SUCCESSFUL", "All quiet", ("a",))
        assert summary.next_steps == ("b", "c")
        assert [asked[3]["isFirstRequest"] for asked in server.asked] == [True, False, False]
        assert server.asked[0][1] == "/cases/7:getOrCreateCaseSummary"


async def test_a_summary_that_takes_too_long_says_where_it_stands(clock: FixedClock) -> None:
    """When the time is up the state reached so far is the answer."""
    async with standing_in(routes({"POST": {"state": "IN_PROGRESS"}})) as server:
        summary = await desk(server, clock, summary_seconds=0).summary("7")
        assert (summary.state, summary.text) == ("IN_PROGRESS", "")
        assert len(server.asked) == 1


async def test_starting_a_summary_is_not_repeated(clock: FixedClock) -> None:
    """The request that starts a generation is not retried when it fails."""
    async with standing_in(in_turn(503)) as server:
        with pytest.raises(Unavailable):
            await desk(server, clock).summary("7")
        assert len(server.asked) == 1
