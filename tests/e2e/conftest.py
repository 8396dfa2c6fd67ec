from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.rig import Bot, running_bot
from tests.e2e.slack_standin import Slack, running

_serial = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def no_proxy() -> Iterator[None]:
    """Loopback is never asked through a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.delenv(name, raising=False)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    """One bot for a module's tests: starting one takes two seconds."""
    folder: Path = tmp_path_factory.mktemp("data")
    async with running() as slack, running_bot(slack, folder) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="module")
async def bot(one_bot: Bot) -> AsyncIterator[Bot]:
    """The module's bot in a fresh workspace with a person of the test's own (Slack's pace is by conversation);
    whatever was sent must have been valid Block Kit.
    """
    one_bot.hands.user = f"U1{next(_serial):03d}"
    one_bot.slack.reset(one_bot.hands.user)
    yield one_bot
    wrong: list[str] = one_bot.slack.wrong
    assert not wrong


@pytest.fixture
def slack(bot: Bot) -> Slack:
    return bot.slack


@pytest.fixture
def me(bot: Bot) -> str:
    """The person who does things in this test."""
    return bot.hands.user
