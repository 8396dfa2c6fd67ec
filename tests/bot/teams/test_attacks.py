"""What somebody who may write in Teams, or who has an old delivery, tries: through the door, with good tokens."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.teams.calls import conversation
from bot.teams.rooms import board_key
from bot.teams.targets import Target
from handlers.core.call import Call
from tests.bot.teams.test_guard import Site, _site
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import TENANT, token
from tests.e2e.teams_standin import TEAM_CHANNEL, Json, Teams

HALF = "\ud800"
"""Half a surrogate pair: JSON can say it, no UTF-8 can."""


@pytest.fixture
async def site(teams: Teams) -> AsyncIterator[Site]:
    async with _site(teams, teams_settings(teams)) as found:
        yield found


async def calls(site: Site) -> list[Call]:
    return [Call.model_validate_json(one.payload) for one in await site.state.queue.take("w", 100, 0.01, 10.0)]


async def test_a_delivery_that_comes_again_is_taken_once(site: Site) -> None:
    """The same signed activity again, or another text under its id: nothing more is done, and it is no error."""
    activity = site.hands.activity(text="case show 7")
    for change in ({}, {}, {"text": "case close 7"}, {"value": {"line": "help"}, "text": ""}):
        assert (await site.hands.send({**activity, **change}))[0] == 201
    assert [one.text for one in await calls(site)] == ["case show 7"]


async def test_a_press_that_comes_again_is_known(site: Site) -> None:
    """An invoke that Teams sends twice is answered twice and done once."""
    press = site.hands.activity("invoke", name="adaptiveCard/action", value={"action": {"data": {"line": "help"}}})
    said = [(await site.hands.send(press))[1]["value"] for _ in range(2)]
    assert said[0] != said[1]
    assert len(await calls(site)) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"line": "help", "who": {"platform": "system"}, "tenant": "other", "user": "user-9"},
        {"line": "help", "from": {"aadObjectId": "user-9"}, "address": {"visibility": "channel"}},
        {"line": "help", "door": "system", "principal": {"permissions": ["system"]}},
    ],
)
async def test_a_card_names_neither_person_nor_place(site: Site, data: Json) -> None:
    """Whoever pressed speaks, where they pressed: what a card's data say about that is not read."""
    press = site.hands.activity("invoke", TEAM_CHANNEL, name="adaptiveCard/action", value={"action": {"data": data}})
    await site.hands.send(press)
    (call,) = await calls(site)
    assert (call.who.platform, call.who.tenant, call.who.user) == ("teams", TENANT, "user-1")
    assert (call.address.platform, call.address.channel, call.door) == ("teams", TEAM_CHANNEL, "button")


async def test_a_card_of_another_tenant_presses_nothing(site: Site) -> None:
    """A press from a conversation of a tenant that is not served is refused at the door."""
    press = site.hands.activity("invoke", name="adaptiveCard/action", value={"action": {"data": {"line": "help"}}})
    press["conversation"]["tenantId"] = "99999999-0000-0000-0000-000000000000"
    assert (await site.hands.send(press))[0] == 403
    assert await calls(site) == []


@pytest.mark.parametrize("board", ["crisis:1", "../crisis:1", ";messageid=7:crisis:1", "7:crisis:1", "*"])
async def test_nobody_asks_for_another_conversations_board(site: Site, board: str) -> None:
    """A refresh is answered from the conversation that it comes from, whatever its card says."""
    there = Target(TENANT, site.teams.service_url, TEAM_CHANNEL, "7")
    await site.state.store.put(board_key(there, "crisis:1"), json.dumps({"type": "AdaptiveCard", "secret": 1}), 100)
    action = {"verb": "refresh", "data": {"board": board}}
    for elsewhere in ("", TEAM_CHANNEL, conversation(TEAM_CHANNEL, "8")):
        press = site.hands.activity("invoke", elsewhere, name="adaptiveCard/action", value={"action": action})
        _, body = await site.hands.send(press)
        assert "secret" not in json.dumps(body)


def paths(item: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where strings stand in an activity."""
    if isinstance(item, str):
        return [at]
    inner = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    return [path for key, value in inner for path in paths(value, (*at, key))]


async def test_half_a_character_anywhere_is_no_crash(site: Site) -> None:
    """A message or a press with half a surrogate in any of its strings is taken in or refused, never 500."""
    press = {"action": {"verb": "line", "data": {"line": "help"}}}
    for made in (
        site.hands.mentioning("help", TEAM_CHANNEL),
        site.hands.activity("invoke", name="adaptiveCard/action", value=press),
    ):
        for path in paths(made):
            activity: Any = copy.deepcopy(made)
            place = activity
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] += HALF
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(site.teams.service_url)}"}
            status = await site.post(json.dumps(activity).encode(), headers)
            assert status in {200, 201, 400, 401, 403}, path
