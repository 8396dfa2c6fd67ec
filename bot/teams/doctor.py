"""Is Teams set up? Each finding with the exact line that fixes it."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from bot.settings import Teams
from bot.teams.setup import refusal
from bot.teams.tokens import UNREACHED, NoToken, Tokens
from connectors.clock import SystemClock
from connectors.ports import Clock

SECONDS = 10.0
SKEW_SECONDS = 60.0
"""A token is refused from 300 s on; a minute is a clock that nobody keeps."""
_WHY = {
    "AADSTS7000215": "the client secret is wrong",
    "AADSTS7000222": "the client secret has expired",
    "AADSTS700016": "the tenant does not know this application id",
    "AADSTS90002": "there is no such tenant",
}
"""learn.microsoft.com, "Microsoft Entra authentication and authorization error codes"."""


@dataclass(frozen=True)
class Finding:
    """`fix` is the exact line to write or run."""

    ok: bool
    sentence: str
    fix: str = ""


async def check(settings: Teams, *, loopback: bool, clock: Clock | None = None) -> list[Finding]:
    """App type, tenant, signing keys, token, clock, our own address. Never raises for what Microsoft answers."""
    clock = clock or SystemClock()
    if wrong := refusal(settings, loopback=loopback):
        return [Finding(False, f"Teams: {wrong}", wrong.rpartition(": ")[2])]
    if not settings.app_id:
        return [Finding(True, "Teams: TEAMS_ANONYMOUS, so nobody's token is checked; on this machine alone.")]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), trust_env=True) as session:
        found = [_application(settings), *await _keys(session, settings, clock), await _token(settings, clock)]
        return [*found, await _address(session, settings), _crisis(settings)]


def _application(settings: Teams) -> Finding:
    if settings.app_type == "MultiTenant":
        # Microsoft has created no new ones since July 2025 (OfficeDev/microsoft-365-agents-toolkit#14385).
        return Finding(True, "Teams: a multi-tenant application; whoever is not in the access file has no right.")
    return Finding(True, f"Teams: a {settings.app_type} application of tenant {settings.tenant_id}.")


async def _keys(session: aiohttp.ClientSession, settings: Teams, clock: Clock) -> list[Finding]:
    try:
        async with session.get(settings.metadata_url, raise_for_status=True) as answer:
            said, date = await answer.json(content_type=None), answer.headers.get("Date", "")
        async with session.get(said["jwks_uri"], raise_for_status=True) as answer:
            count = len((await answer.json(content_type=None))["keys"])
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
        sentence = f"Teams: Microsoft's signing keys were not fetched ({type(error).__name__}): nobody can be verified."
        return [Finding(False, sentence, f"let this machine reach {settings.metadata_url}")]
    return [Finding(True, f"Teams: {count} signing keys are there."), _clock(date, clock)]


def _clock(date: str, clock: Clock) -> Finding:
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Finding(True, "Teams: Microsoft sent no date, so the clock was not compared.")
    skew = (clock.now() - theirs).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        sentence = f"Teams: this machine's clock is {skew:+.0f} s off; from 300 s on every message is refused."
        return Finding(False, sentence, "timedatectl set-ntp true")
    return Finding(True, f"Teams: the clock agrees within {SKEW_SECONDS:g} s.")


async def _token(settings: Teams, clock: Clock) -> Finding:
    try:
        await Tokens(settings, clock).get()
    except NoToken as error:
        why = _WHY.get(error.code, "")
        said = f"{error.code}: {why}" if why else error.code
        fix = "MICROSOFT_APP_PASSWORD=… (Entra ID → App registrations → Certificates & secrets → Value)"
        if settings.app_type == "UserAssignedMSI":
            fix = "assign the identity named by MICROSOFT_APP_ID to this machine"
            if error.code.startswith(UNREACHED):
                fix = "MICROSOFT_APP_TYPE=SingleTenant with MICROSOFT_APP_PASSWORD: a managed identity is Azure's alone"
        elif error.code.startswith(UNREACHED):
            fix = f"let this machine reach {settings.login_url}"
        return Finding(False, f"Teams: no token for answers ({said}).", fix)
    return Finding(True, "Teams: a token for answers is issued.")


async def _address(session: aiohttp.ClientSession, settings: Teams) -> Finding:
    """Our own messaging endpoint as the world sees it: without a token it must answer 401."""
    if not settings.public_url:
        sentence = "Teams: TEAMS_PUBLIC_URL is not set, so our address was not tried, and no file can be handed over."
        return Finding(True, sentence, "TEAMS_PUBLIC_URL=https://…")
    if not settings.public_url.startswith("https://"):
        return Finding(False, "Teams: Microsoft sends messages to https alone.", "TEAMS_PUBLIC_URL=https://…")
    url = f"{settings.public_url.rstrip('/')}/api/messages"
    try:
        async with session.post(url, json={}, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        fix = "start `soc-bot serve`, and let the proxy before it pass /api/messages"
        return Finding(False, f"Teams: the messaging endpoint was not reached ({type(error).__name__}).", fix)
    if status != 401:
        fix = "let the proxy pass /api/messages to this bot, unchanged"
        return Finding(False, f"Teams: the messaging endpoint answers {status} to a message without token.", fix)
    return Finding(True, f"Teams: the messaging endpoint {url} answers; set it in the Azure Bot resource.")


def _crisis(settings: Teams) -> Finding:
    if settings.crisis_channel:
        return Finding(True, "Teams: a crisis gets its thread in the configured channel.")
    fix = "TEAMS_CRISIS_CHANNEL=19:…@thread.tacv2"
    return Finding(True, "Teams: TEAMS_CRISIS_CHANNEL is not set, so no crisis gets a room here.", fix)
