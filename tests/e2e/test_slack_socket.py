"""Socket Mode, and a Slack that answers too late: the same bot without an inbound port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bot.stage import until
from tests.e2e.rig import Bot, running_bot
from tests.e2e.slack_standin import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHORT = "case lst"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    """A bot in Socket Mode that gives Slack one second to answer."""
    folder: Path = tmp_path_factory.mktemp("socket")
    async with running() as slack, running_bot(slack, folder, socket=True, seconds=1.0) as bot:
        await until(lambda: slack.connected)
        yield bot


async def test_a_slash_command_through_the_socket(bot: Bot) -> None:
    """A slash command's envelope is acknowledged and answered by response_url."""
    ack = await bot.slack.through_socket("slash_commands", bot.hands.slash_form(SHORT))
    assert "payload" not in ack
    await until(lambda: len(bot.slack.responses) == 1)


async def test_an_event_and_its_redelivery_through_the_socket(bot: Bot) -> None:
    """An event is acknowledged and answered; the same event again is not a second answer."""
    event = bot.hands.event(bot.hands.written(SHORT))
    for _ in range(2):
        await bot.slack.through_socket("events_api", event)
    await until(lambda: len(bot.slack.stands(bot.hands.user)) == 1)
    await bot.slack.through_socket("events_api", bot.hands.event(bot.hands.written(SHORT)))
    await until(lambda: len(bot.slack.stands(bot.hands.user)) >= 2)
    async with asyncio.timeout(10):
        while await bot.app.core.state.queue.depth() != (0, 0):
            await asyncio.sleep(0.01)
    assert len(bot.slack.stands(bot.hands.user)) == 2


async def test_field_errors_ride_the_acknowledgement(bot: Bot) -> None:
    """A wrong submission's envelope is acknowledged with the errors of its fields."""
    await bot.slack.through_socket("slash_commands", bot.hands.slash_form("case comment"))
    await until(lambda: len(bot.slack.views) == 1)
    ack = await bot.slack.through_socket("interactive", bot.hands.filled(bot.slack.views[0], {"case-id": "1001"}))
    assert ack["payload"]["response_action"] == "errors"


async def test_without_signing_secret_nothing_listens(bot: Bot) -> None:
    """What cannot be verified is not listened to: no secret, no route."""
    assert (await bot.hands.post('{"type":"url_verification","challenge":"c"}')).status == 404


async def test_an_answer_five_seconds_late_is_no_second_message(bot: Bot) -> None:
    """A post that took effect but was confirmed too late is found, not repeated."""
    bot.slack.be_late(1, 5.0, "chat.postMessage")
    await bot.slack.through_socket("events_api", bot.hands.event(bot.hands.written(SHORT)))
    await until(lambda: bot.slack.counted("conversations.history") >= 1)
    await bot.slack.through_socket("events_api", bot.hands.event(bot.hands.written("case lstt")))
    await until(lambda: len(bot.slack.stands(bot.hands.user)) == 2)
    ids = {message["metadata"]["event_payload"]["id"] for message in bot.slack.stands(bot.hands.user)}
    assert len(ids) == 2
