"""The simulated SOC as a process of its own, so that it never takes the bot's event loop; it ends with the bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Chronicle, Gti, Scc, Settings, SettingsError, Soar

ANCHOR = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""The simulated SOC's "now" unless --now says otherwise: its organisation files are written around that day."""


START_SECONDS = 60.0
CASES_A_SECOND = 20_000
"""Patience with a large simulated SOC, not a measurement."""


@dataclass(frozen=True)
class Demo:
    """What the simulated SOC is to be."""

    now: datetime = ANCHOR
    cases: int = 12_000


@contextlib.asynccontextmanager
async def simulated(demo: Demo, settings: Settings) -> AsyncIterator[Settings]:
    """Settings that point every backend at a simulated SOC on loopback."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "connectors.simulator", "--port", "0", "--cases", str(demo.cases), "--now", demo.now.isoformat()),
        "--until-stdin-closes",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must not end it before the bot has answered its last
    )
    assert process.stdout is not None and process.stdin is not None  # noqa: S101 - both were asked for
    try:
        yield _pointed(settings, await _environment(process.stdout, demo.cases))
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _environment(said: asyncio.StreamReader, cases: int) -> dict[str, str]:
    try:
        line = await asyncio.wait_for(said.readline(), START_SECONDS + cases / CASES_A_SECOND)
    except TimeoutError:
        raise SettingsError("The simulated SOC did not start in time: ask for fewer --cases.") from None
    if not line:
        raise SettingsError("The simulated SOC did not start: look above for its own words, and at --now and --cases.")
    environment: dict[str, str] = json.loads(line)["environment"]
    return environment


def _pointed(settings: Settings, at: dict[str, str]) -> Settings:
    zone = settings.process.timezone if "timezone" in settings.process.model_fields_set else "Europe/Berlin"
    token = SecretStr(at["CHRONICLE_TOKEN"])
    return replace(
        settings,
        process=settings.process.model_copy(
            update={"organisation": organisation(), "mcp": None, "timezone": zone, "org": "demo"}
        ),
        chronicle=Chronicle.model_construct(
            project_id=at["CHRONICLE_PROJECT_ID"],
            customer_id=at["CHRONICLE_CUSTOMER_ID"],
            region=at["CHRONICLE_REGION"],
            api_url=at["CHRONICLE_API_URL"],
            token=token,
            sa_path=None,
        ),
        gti=Gti.model_construct(key=SecretStr(at["VT_APIKEY"]), api_url=at["GTI_API_URL"]),
        scc=Scc.model_construct(
            project_id=at["SCC_PROJECT_ID"], api_url=at["SCC_API_URL"], token=token, credentials=None
        ),
        soar=Soar.model_construct(),
    )


def organisation() -> Path:
    """The simulated SOC's organisation files."""
    return Path(str(resources.files("connectors.simulator") / "organisation"))
