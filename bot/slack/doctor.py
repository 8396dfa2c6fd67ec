"""Is Slack set up? Each finding with the exact line that fixes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.settings import Slack
from bot.slack.manifest import SCOPES
from connectors.clock import SystemClock
from connectors.ports import Clock

SECONDS = 10.0
SKEW_SECONDS = 60.0
"""Slack's signatures are refused from 300 s on; a minute is a clock that nobody keeps."""
_MANIFEST = "soc-bot manifest slack"


@dataclass(frozen=True)
class Finding:
    """`fix` is the exact line to write or run."""

    ok: bool
    sentence: str
    fix: str = ""


async def check(settings: Slack, clock: Clock | None = None) -> list[Finding]:
    """Token, scopes, clock, signing secret, Socket Mode. Never raises for what Slack answers."""
    found = _incoming(settings)
    if settings.bot_token is None:
        return [Finding(False, "Slack: no bot token.", "SLACK_BOT_TOKEN=xoxb-…"), *found]
    said = await _ask(settings, "auth.test", settings.bot_token.get_secret_value())
    if isinstance(said, str):
        fix = "SLACK_BOT_TOKEN=xoxb-… (OAuth & Permissions → Bot User OAuth Token)"
        found.append(Finding(False, f"Slack: the bot token does not work ({said}).", fix))
    else:
        found.append(Finding(True, f"Slack: the bot token works ({said.get('team')}, {said.get('user_id')})."))
        found.append(_scopes(said.headers))
        found.append(_clock(said.headers, clock or SystemClock()))
    if settings.app_token is not None:
        found.append(await _socket(settings, settings.app_token.get_secret_value()))
    return found


def _incoming(settings: Slack) -> list[Finding]:
    if settings.signing_secret is not None:
        return [Finding(True, "Slack: a signing secret is set.")]
    if settings.app_token is not None:
        return [Finding(True, "Slack: no signing secret, none needed in Socket Mode.")]
    fix = "SLACK_SIGNING_SECRET=… (Basic Information → App Credentials), or SLACK_APP_TOKEN=xapp-… for Socket Mode"
    return [Finding(False, "Slack: no signing secret, so nothing that Slack says can be verified.", fix)]


def _scopes(headers: Any) -> Finding:
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        fix = f"OAuth & Permissions → Bot Token Scopes → add {', '.join(missing)}, then reinstall (or: {_MANIFEST})"
        return Finding(False, f"Slack: scopes missing: {', '.join(missing)}.", fix)
    more = ", ".join(sorted(granted - set(SCOPES)))
    return Finding(True, f"Slack: scopes complete; not needed: {more}." if more else "Slack: scopes complete.")


def _clock(headers: Any, clock: Clock) -> Finding:
    try:
        theirs = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return Finding(True, "Slack: sent no date, so the clock was not compared.")
    skew = (clock.now() - theirs).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        sentence = f"Slack: this machine's clock is {skew:+.0f} s off; from 300 s on every request is refused."
        return Finding(False, sentence, "timedatectl set-ntp true")
    return Finding(True, f"Slack: the clock agrees within {SKEW_SECONDS:g} s.")


async def _socket(settings: Slack, token: str) -> Finding:
    said = await _ask(settings, "apps.connections.open", token)
    if isinstance(said, str):
        fix = (
            "SLACK_APP_TOKEN=xapp-… (Basic Information → App-Level Tokens, scope connections:write; enable Socket Mode)"
        )
        return Finding(False, f"Slack: Socket Mode does not open ({said}).", fix)
    return Finding(True, "Slack: Socket Mode opens.")


async def _ask(settings: Slack, method: str, token: str) -> AsyncSlackResponse | str:
    """The answer, or in a word why there is none."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = AsyncWebClient(token=token, base_url=settings.api_url, session=session, retry_handlers=[])
        try:
            async with asyncio.timeout(SECONDS):
                return await client.api_call(method)
        except SlackApiError as error:
            data = getattr(error.response, "data", None)
            code = data.get("error", "") if isinstance(data, dict) else ""
            return code or "no readable answer"
        except (aiohttp.ClientError, OSError) as error:
            return f"not reached: {type(error).__name__}"
