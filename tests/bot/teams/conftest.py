from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.teams.delivery import TeamsDelivery
from bot.teams.references import Reference, References, conversation_key, person_key, tenant_key
from bot.teams.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import CRISIS_CHANNEL, TEAM_CHANNEL, Teams, running


@pytest.fixture
async def teams(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Teams]:
    """Microsoft's side over HTTP; whatever it was sent must have been one card that stands."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with running() as found:
        yield found
        assert found.wrong == []


@pytest.fixture
async def state(teams: Teams) -> MemoryState:
    """Knows the team's channel, the crisis channel, and user-1 with their personal chat."""
    made = MemoryState(SystemClock())
    base = Reference(service_url=teams.service_url, tenant=TENANT, bot="28:bot", bot_name="SOC Bot")
    chat = {"conversation": "a:user-1", "user": "user-1", "account": "29:user-1", "name": "Analyst 01"}
    kept = {
        tenant_key(TENANT): base,
        person_key(TENANT, "user-1"): base.model_copy(update=chat),
        **{
            conversation_key(TENANT, channel): base.model_copy(update={"conversation": channel, "kind": "channel"})
            for channel in (TEAM_CHANNEL, CRISIS_CHANNEL)
        },
    }
    for key, reference in kept.items():
        await made.store.put(key, reference.model_dump_json(), 1000)
    return made


@pytest.fixture
async def web(teams: Teams) -> AsyncIterator[Web]:
    opened = Web(teams_settings(teams), SystemClock(), seconds=2.0)
    opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def delivery(teams: Teams, web: Web, state: MemoryState) -> TeamsDelivery:
    clock = SystemClock()
    settings = teams_settings(teams, public_url="https://bot.example")
    return TeamsDelivery(settings, web, References(state.store, clock), clock, state.store)
