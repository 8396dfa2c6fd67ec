"""Where a host can ask the person itself, it is asked before a change is made; the agent's word is not enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from mcp import ClientSession
from mcp.shared.memory import create_client_server_memory_streams
from mcp_types import INTERNAL_ERROR, ClientCapabilities, ElicitResult, ErrorData

from bot.app import Core
from bot.mcp.asking import can_ask
from bot.mcp.commands import Commands
from bot.mcp.persons import account
from bot.mcp.server import build
from tests.bot.mcp.site import words

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Human:
    """What somebody answers when their host asks; `None`: the host fails at it."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[str]()

    async def __call__(self, _: Any, params: Any) -> ElicitResult | ErrorData:
        self.asked.append(params.message)
        if self.answer is None:
            return ErrorData(code=INTERNAL_ERROR, message="no window")
        return ElicitResult(action=self.answer, content={} if self.answer == "accept" else None)


@asynccontextmanager
async def host(made: Core, human: Human | None) -> AsyncIterator[ClientSession]:
    """A session as over stdio, with a host that can ask or one that cannot."""
    server = build(Commands(made), lambda _: account("lead-01"))
    async with create_client_server_memory_streams() as (ours, theirs):
        running = asyncio.create_task(server.run(*theirs, server.create_initialization_options()))
        async with ClientSession(*ours, elicitation_callback=human) as session:
            await session.initialize()
            yield session
        running.cancel()
        await asyncio.wait({running})


async def comments(made: Core, number: str, text: str) -> int:
    return sum(text in line.text for line in (await made.backends.cases.case(number)).comments or ())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def number(made: Core) -> str:
    return (await made.backends.cases.open_cases()).items[0].id


async def previewed(session: ClientSession, number: str, text: str) -> dict[str, str]:
    preview = await session.call_tool("case_comment", {"case_id": number, "text": text})
    return {"token": preview.structured_content["confirm"]}


async def test_who_agrees_is_asked_once(made: Core, number: str) -> None:
    """The question holds the line; the repetition has the first answer and asks nobody."""
    human = Human("accept")
    async with host(made, human) as session:
        token = await previewed(session, number, "Agreed upon")
        for _ in range(2):
            done = await session.call_tool("confirm", token)
            assert not done.is_error and done.structured_content["outcome"] == "applied"
    assert len(human.asked) == 1 and f"case comment {number} Agreed upon" in human.asked[0]
    assert await comments(made, number, "Agreed upon") == 1


@pytest.mark.parametrize(("answer", "left"), [("decline", False), ("cancel", True), (None, True)])
async def test_who_does_not_agree_changes_nothing(made: Core, number: str, answer: str | None, left: bool) -> None:
    """Who declines has dropped the preview; who closed the window, or was not asked at all, may still agree."""
    human, text = Human(answer), f"Never without consent ({answer})"
    async with host(made, human) as session:
        token = await previewed(session, number, text)
        refused = await session.call_tool("confirm", token)
        assert refused.is_error and "othing was changed" in words(refused)
        assert await comments(made, number, text) == 0
        human.answer = "accept"
        again = await session.call_tool("confirm", token)
    assert again.is_error is not left and await comments(made, number, text) == int(left)


async def test_a_host_that_cannot_ask_leaves_it_to_the_token(made: Core, number: str) -> None:
    """As every client did before; a token of nobody's is refused without a question."""
    async with host(made, None) as session:
        token = await previewed(session, number, "By token")
        assert not (await session.call_tool("confirm", token)).is_error
    human = Human("accept")
    async with host(made, human) as session:
        assert (await session.call_tool("confirm", {"token": "nobodys"})).is_error
    assert human.asked == [] and await comments(made, number, "By token") == 1


@pytest.mark.parametrize(
    ("said", "able"),
    [
        (None, False),
        (ClientCapabilities(), False),
        (ClientCapabilities.model_validate({"elicitation": {}}), True),
        (ClientCapabilities.model_validate({"elicitation": {"form": {}, "url": {}}}), True),
        (ClientCapabilities.model_validate({"elicitation": {"url": {}}}), False),
    ],
)
async def test_what_a_host_says_it_can_show(said: ClientCapabilities | None, able: bool) -> None:
    """Forms, or elicitation without more; one that opens addresses alone cannot ask this, and no way back is none."""
    assert can_ask(SimpleNamespace(can_send_request=True, client_capabilities=said)) is able  # type: ignore[arg-type]
    assert not can_ask(SimpleNamespace(can_send_request=False, client_capabilities=said))  # type: ignore[arg-type]
