"""`soc-bot doctor`: every port asked, every file read, every finding with the line that fixes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.app import rights
from bot.backends import connect
from bot.mcp_doctor import check_mcp
from bot.mcp_door_doctor import check_door
from bot.settings import Settings, SettingsError
from bot.slack.doctor import check as check_slack
from bot.state import audit_key, opened
from bot.teams.doctor import check as check_teams
from connectors.clock import SystemClock
from connectors.errors import BackendError, StateError
from connectors.ledger.asking import TellsChanges
from connectors.models.reading import Ping
from connectors.organisation.checks import check as check_files
from connectors.organisation.checks import lacking
from connectors.organisation.files import SHIPPED
from connectors.ports import AlertFeed, CaseDesk, CloudPosture, ThreatIntel
from connectors.redis import RedisState
from connectors.unconfigured import Unconfigured
from handlers.core.audit import verify

PING_SECONDS = 15.0
UNFILLED_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """`fix` is the exact line to write or run."""

    ok: bool
    sentence: str
    fix: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """State, audit chain, backends, organisation files, Slack, Teams, our own MCP server, rights."""
    findings = [*await _state(settings), *await _backends(settings), *_organisation(settings)]
    if settings.slack.configured:
        findings += [Finding(f.ok, f.sentence, f.fix) for f in await check_slack(settings.slack)]
    else:
        findings.append(Finding(True, "Slack: not configured.", "SLACK_BOT_TOKEN=xoxb-…"))
    findings += await _teams(settings)
    findings += [Finding(*one) for one in check_door(settings, SystemClock().now().date())]
    return [*findings, _rights(settings)]


async def _teams(settings: Settings) -> list[Finding]:
    if not settings.teams.configured:
        return [Finding(True, "Teams: not configured.", "MICROSOFT_APP_ID=…")]
    found = await check_teams(settings.teams, loopback=settings.process.loopback)
    return [Finding(one.ok, one.sentence, one.fix) for one in found]


def _rights(settings: Settings) -> Finding:
    if settings.process.access is None:
        return Finding(
            False, "Access: nobody on any chat platform has any right.", "SOC_BOT_ACCESS=/path/to/access.yaml"
        )
    try:
        rights(settings, demo=False)
    except SettingsError as error:
        return Finding(False, f"Access: {error}", f"correct {settings.process.access}")
    return Finding(True, "Access: the file is in order.")


async def _state(settings: Settings) -> list[Finding]:
    try:
        async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
            ping = await state.ping()
            if not ping.ok:
                return [Finding(False, f"Redis: {ping.detail}", "REDIS_URL=redis://…")]
            warnings = await state.durability()
            if settings.state.redis_url is not None and isinstance(state, RedisState):
                warnings += await state.advice()  # the embedded server's file is mended before it starts
            chain = await verify(state.audit, audit_key(settings))
    except (SettingsError, StateError) as error:
        return [Finding(False, f"Redis: {error}", "REDIS_URL=redis://…")]
    found = [Finding(False, f"Redis: {w}", w) for w in warnings] or [
        Finding(True, "Redis: answers, and keeps what it is told.")
    ]
    if chain.broken_at is not None:
        found.append(Finding(False, f"Audit chain: broken: {chain.reason}.", "soc-bot audit verify"))
    else:
        found.append(Finding(True, f"Audit chain: {chain.entries} entries hold."))
    if settings.state.redis_url is not None and settings.process.audit_key is None:
        # Each machine would sign with a key of its own, and no chain of theirs would verify.
        sentence = "Audit key: it lies in this machine's data folder, and other machines on this Redis have others."
        found.append(Finding(False, sentence, "SOC_BOT_AUDIT_KEY=… (the same on every machine)"))
    return found


async def _backends(settings: Settings) -> list[Finding]:
    try:
        made = connect(settings, SystemClock())
    except SettingsError as error:
        return [Finding(False, f"Backends: {error}", f"correct {settings.process.mcp}")]
    ports: dict[str, CaseDesk | AlertFeed | ThreatIntel | CloudPosture] = {
        "Case desk": made.cases,
        "SIEM": made.alerts,
        "Threat intelligence": made.intel,
        "Cloud posture": made.posture,
    }

    async def ping(name: str) -> Ping:
        try:
            async with asyncio.timeout(PING_SECONDS):
                return await ports[name].ping()
        except TimeoutError:
            return Ping(name, False, f"did not answer within {PING_SECONDS:g} s")
        except BackendError as error:
            return Ping(name, False, str(error))

    try:
        servers = await check_mcp(made.servers)
        pings = await asyncio.gather(*(ping(name) for name in ports))
        refreshing = await _refreshing(made.cases) if pings[0].ok else []
    finally:
        await made.close()
    # A SOC need not have all four; without any there is nothing to answer from.
    spare = settings.any_backend
    told = [Finding(*one) for one in servers]
    return (
        told
        + [
            Finding(
                answer.ok or (spare and isinstance(ports[name], Unconfigured)),
                f"{name}: {answer.detail or 'answers'}",
                answer.detail,
            )
            for name, answer in zip(ports, pings, strict=True)
        ]
        + refreshing
    )


async def _refreshing(desk: CaseDesk) -> list[Finding]:
    """How the case ledger learns what changed: tenants differ, and no documentation tells."""
    if not isinstance(desk, TellsChanges):
        return []
    try:
        async with asyncio.timeout(PING_SECONDS):
            able = await desk.filters_by_update()
    except (BackendError, TimeoutError) as error:
        return [Finding(False, f"Case ledger: whether the tenant filters by update is unknown: {error}", "try again")]
    if able:
        return [
            Finding(True, "Case ledger: refreshed by the list of updated cases: the tenant filters by update time.")
        ]
    way = "refreshed by the open queue, new cases and case history (the tenant does not filter by update time)"
    return [Finding(True, f"Case ledger: {way}.")]


def _organisation(settings: Settings) -> list[Finding]:
    folder, today = settings.process.organisation, SystemClock().now().astimezone(settings.process.zone).date()
    if folder is None:
        none = Finding(False, "Organisation files: none.", "SOC_BOT_ORGANISATION=/path/to/folder")
        return [none, *(Finding(False, f"Reference data: {told}", told) for told in check_files(SHIPPED, today))]
    wrong = check_files(folder, today)
    if wrong:
        return [Finding(False, f"Organisation files: {w}", w) for w in wrong]
    empty = lacking(folder)
    if not empty:
        return [Finding(True, "Organisation files: in order.")]
    named = ", ".join(empty[:UNFILLED_NAMED]) + (
        f" and {len(empty) - UNFILLED_NAMED} more" if len(empty) > UNFILLED_NAMED else ""
    )
    told = f"in order, but {len(empty)} are not filled in, and answers leave out what rests on them: {named}."
    return [Finding(True, f"Organisation files: {told}", f"edit {folder / empty[0]}")]
