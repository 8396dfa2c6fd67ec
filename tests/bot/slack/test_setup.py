"""The manifest and the doctor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.settings import Slack as Settings
from bot.slack.doctor import check
from bot.slack.manifest import manifest, problems
from connectors.clock import FixedClock, SystemClock
from handlers.core.registry import discover
from tests.e2e.rig import slack_settings
from tests.e2e.slack_standin import Slack

Change = Callable[[dict[str, Any]], Any]


def made(**more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"request_url": "https://bot.example.org"} | more
    return manifest(discover(), Settings.model_construct(command="/security"), **asked)


def test_the_manifest_stands() -> None:
    """What is generated from the command table has no problem, by HTTP and by Socket Mode."""
    assert problems(made()) == []
    assert problems(made(request_url=None, socket_mode=True)) == []


def test_every_door_leads_to_the_one_route() -> None:
    """Commands, events and interactivity share the path that the adapter serves, given with or without it."""
    for url in ("https://bot.example.org", "https://bot.example.org/", "https://bot.example.org/slack/events"):
        found = made(request_url=url)
        settings = found["settings"]
        urls = {command["url"] for command in found["features"]["slash_commands"]}
        urls |= {settings["interactivity"]["request_url"], settings["event_subscriptions"]["request_url"]}
        assert urls == {"https://bot.example.org/slack/events"}


def test_every_visible_command_has_its_alias() -> None:
    """Each first word of the command table is an alias of its own."""
    names = {command["command"] for command in made()["features"]["slash_commands"]}
    assert names == {"/security"} | {f"/security-{command.name.split()[0]}" for command in discover().visible()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m["features"]["slash_commands"][0].update(command="/security:monitor"), "a-z, 0-9"),
        (lambda m: m["features"]["slash_commands"][0].update(command="/Security"), "a-z, 0-9"),
        (lambda m: m["features"]["slash_commands"][0].update(command="/" + "a" * 32), "a-z, 0-9"),
        (lambda m: m["features"]["slash_commands"][0].update(description=""), "description"),
        (lambda m: m["features"]["slash_commands"][0].update(usage_hint="x" * 1_001), "usage_hint"),
        (lambda m: m["features"]["slash_commands"][0].update(usage_hint=""), "usage_hint"),
        (lambda m: m["features"]["slash_commands"][0].update(command="/security-case"), "two commands"),
        (lambda m: m["features"]["slash_commands"].extend([m["features"]["slash_commands"][0]] * 50), "Slack takes 50"),
        (lambda m: m["oauth_config"]["scopes"]["bot"].append("admin.users:write"), "not one this bot knows"),
        (lambda m: m["oauth_config"]["scopes"]["bot"].remove("im:history"), "needs scope im:history"),
        (lambda m: m["settings"]["event_subscriptions"]["bot_events"].append("message.channels"), "listens to"),
        (lambda m: m["settings"]["event_subscriptions"].pop("request_url"), "https URL is needed"),
        (lambda m: m["settings"]["interactivity"].update(request_url="http://bot.example.org"), "https URL is needed"),
        (lambda m: m["oauth_config"]["scopes"]["bot"].remove("pins:read"), "pin_added needs scope pins:read"),
        (lambda m: m["features"]["shortcuts"][0].update(name="x" * 25), "longer than 24"),
        (lambda m: m["features"]["shortcuts"][0].update(description=""), "description is missing"),
        (lambda m: m["features"]["shortcuts"][0].update(callback_id="other"), "nobody listens"),
        (lambda m: m["features"]["shortcuts"].extend([m["features"]["shortcuts"][0]] * 10), "Slack takes 10"),
        (lambda m: m["display_information"].update(name="x" * 36), "name: longer"),
        (lambda m: m["display_information"].update(long_description="short"), "long_description"),
    ],
)
def test_what_slacks_schema_misses_is_found(change: Change, said: str) -> None:
    """Each fault that Slack refuses late, or never delivers for, is named."""
    found = made()
    change(found)
    assert any(said in problem for problem in problems(found)), problems(found)


def settings(slack: Slack, **more: Any) -> Settings:
    return slack_settings(slack).model_copy(update=more)


async def test_a_sound_setup_has_nothing_to_fix(slack: Slack) -> None:
    """Token, scopes, clock, signing secret and Socket Mode in order: every finding is ok."""
    found = await check(settings(slack, app_token=SecretStr(slack.app_token)))
    assert len(found) == 5 and all(finding.ok for finding in found), found


async def test_missing_scopes_are_named_with_the_line_to_write(slack: Slack) -> None:
    """The fix names exactly the scopes that are missing."""
    slack.scopes = slack.scopes.replace("im:history,", "")
    wrong = [finding for finding in await check(settings(slack)) if not finding.ok]
    assert len(wrong) == 1 and "add im:history," in wrong[0].fix


async def test_a_wrong_clock_is_found(slack: Slack) -> None:
    """A clock minutes away from Slack's is told before Slack's signatures are refused for it."""
    off = FixedClock(datetime(2020, 1, 1, tzinfo=UTC))
    wrong = [finding for finding in await check(settings(slack), off) if not finding.ok]
    assert len(wrong) == 1 and "clock" in wrong[0].sentence
    slack.skew = 120.0
    assert any("-1" in finding.sentence for finding in await check(settings(slack), SystemClock()) if not finding.ok)


async def test_each_secret_that_is_wrong_is_named(slack: Slack) -> None:
    """A wrong token, no signing secret, a wrong app token: one finding each, with the setting, without the secret."""
    bad = settings(slack, bot_token=SecretStr("xoxb-wrong"), signing_secret=None, app_token=None)
    wrong = [finding for finding in await check(bad) if not finding.ok]
    assert [finding.fix.split("=")[0] for finding in wrong] == ["SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"]
    worse = settings(slack, app_token=SecretStr("xapp-wrong"))
    found = [finding for finding in await check(worse) if not finding.ok]
    assert [finding.fix.split("=")[0] for finding in found] == ["SLACK_APP_TOKEN"]
    assert "wrong" not in str([*wrong, *found])


async def test_slack_away_is_a_finding(slack: Slack, unused_tcp_port: int) -> None:
    """No connection is told as such, not raised."""
    away = settings(slack, api_url=f"http://127.0.0.1:{unused_tcp_port}/api/")
    assert any("not reached" in finding.sentence for finding in await check(away))
