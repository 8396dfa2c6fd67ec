"""The adapter in front of an inbox that fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web as server

from bot.intake import Intake
from bot.platform import Platform
from bot.slack.adapter import SlackAdapter
from connectors.clock import SystemClock
from connectors.errors import StateError
from connectors.memory import MemoryState
from handlers.core.access import Access, AccessFile
from handlers.core.call import Call
from handlers.core.pipeline import Answer
from handlers.core.registry import discover
from messages.document import Document
from tests.bot.stage import until
from tests.e2e.rig import slack_settings
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_standin import Slack


class Inbox:
    """A queue whose state store can go away."""

    def __init__(self, real: MemoryState) -> None:
        self.real, self.away = real, False

    async def offer(self, call_id: str, payload: str) -> bool:
        if self.away:
            raise StateError("away")
        return await self.real.queue.offer(call_id, payload)


class Answering:
    """A pipeline that answers everything with the line it was asked."""

    async def answer(self, call: Call, attempt: int = 1) -> Answer:
        return Answer(Document(title=call.text or "nothing"), "answered", call.address)


@pytest.fixture
async def scene(slack: Slack, state: MemoryState) -> AsyncIterator[tuple[Hands, Inbox]]:
    inbox, platforms = Inbox(state), dict[str, Platform]()
    intake = Intake(inbox, Answering(), platforms)  # type: ignore[arg-type]
    access = Access(AccessFile(), {"*": ("analyst",)})
    adapter = SlackAdapter(
        slack_settings(slack), intake, discover(), access, SystemClock(), state.store, state.crises, 1.0
    )
    platforms["slack"] = adapter.platform
    app = server.Application()
    app.add_routes(adapter.routes())
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    await adapter.start()
    async with aiohttp.ClientSession() as session:
        yield Hands(session, f"http://127.0.0.1:{runner.addresses[0][1]}", slack), inbox
    await runner.cleanup()
    await adapter.stop()


async def waiting(state: MemoryState) -> list[Call]:
    return [Call.model_validate_json(taken.payload) for taken in await state.queue.take("test", 10, 0.0, 60)]


async def test_with_the_store_away_events_are_sent_again(scene: tuple[Hands, Inbox], slack: Slack) -> None:
    """An event that cannot be stored is 503, and is accepted when Slack sends it again."""
    hands, inbox = scene
    event = hands.written("help")
    inbox.away = True
    assert (await hands.tell(event, "EvAgain")).status == 503
    inbox.away = False
    assert (await hands.tell(event, "EvAgain", retry=1)).status == 200
    assert [call.text for call in await waiting(inbox.real)] == ["help"]
    assert not slack.stands("U1")


async def test_with_the_store_away_commands_and_buttons_are_answered(scene: tuple[Hands, Inbox], slack: Slack) -> None:
    """Nobody sends a command again: it is answered on the spot, and the answer says so."""
    hands, inbox = scene
    inbox.away = True
    assert (await hands.slash("case list")).status == 200
    await until(lambda: len(slack.responses) == 1)
    assert "not stored" in json.dumps(slack.responses[0])


async def test_whoever_may_not_gets_no_form(scene: tuple[Hands, Inbox], slack: Slack) -> None:
    """A form opens for those alone who may run the command; the others get the ordinary, audited refusal."""
    hands, inbox = scene
    await hands.slash("case comment")
    assert not slack.views
    assert [call.text for call in await waiting(inbox.real)] == ["case comment"]
    await hands.slash("case list --form")
    assert len(slack.views) == 1


async def test_a_refused_trigger_is_offered_again(scene: tuple[Hands, Inbox], slack: Slack) -> None:
    """A modal that cannot be opened becomes a call whose answer has the button for it."""
    hands, inbox = scene
    slack.break_down(1, "views.open")
    assert (await hands.slash("case list —form")).status == 200
    assert [call.text for call in await waiting(inbox.real)] == ["case list --form"]


async def test_a_slow_slack_is_answered_in_time(
    scene: tuple[Hands, Inbox], slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A modal that Slack is slow to open does not hold up the acknowledgement that Slack waits for."""
    monkeypatch.setattr("bot.slack.listeners.ANSWER_SECONDS", 0.1)
    hands, inbox = scene
    slack.be_late(1, 5.0, "views.open")
    heard = await hands.slash("case list --form")
    assert heard.status == 200 and heard.seconds < 0.9
    assert [call.text for call in await waiting(inbox.real)] == ["case list --form"]


async def test_a_cold_start_while_slack_is_away_loses_no_event(slack: Slack, state: MemoryState) -> None:
    """Until auth.test has answered once an event is 503, so that Slack sends it again."""
    slack.break_down(2, "auth.test")
    inbox = Inbox(state)
    intake = Intake(inbox, Answering(), {})  # type: ignore[arg-type]
    access = Access(AccessFile(), {"*": ("manager",)})
    adapter = SlackAdapter(
        slack_settings(slack), intake, discover(), access, SystemClock(), state.store, state.crises, 1.0
    )
    app = server.Application()
    app.add_routes(adapter.routes())
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    await adapter.start()
    async with aiohttp.ClientSession() as session:
        hands = Hands(session, f"http://127.0.0.1:{runner.addresses[0][1]}", slack)
        event = hands.written("help")
        assert (await hands.tell(event, "EvCold")).status == 503
        assert (await hands.tell(event, "EvCold")).status == 200
    await asyncio.gather(runner.cleanup(), adapter.stop())
    assert len(await waiting(state)) == 1
