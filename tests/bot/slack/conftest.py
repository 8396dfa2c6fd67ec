from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.slack.delivery import SlackDelivery
from bot.slack.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.access import Access, AccessFile
from tests.e2e.rig import slack_settings
from tests.e2e.slack_standin import Slack, running


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    """A fresh workspace over HTTP; whatever it was sent must have been valid Block Kit."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running() as found:
        yield found
        assert not found.wrong


@pytest.fixture
def state() -> MemoryState:
    return MemoryState(SystemClock())


@pytest.fixture
async def web(slack: Slack) -> AsyncIterator[Web]:
    opened = Web(slack_settings(slack), SystemClock(), seconds=1.0)
    opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def delivery(web: Web, state: MemoryState) -> SlackDelivery:
    everybody = Access(AccessFile(), {"*": ("manager",)})
    return SlackDelivery(web, everybody, SystemClock(), state.store)
