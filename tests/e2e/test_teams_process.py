"""The bot as its own process, with Teams configured by its environment alone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import aiohttp
import pytest

from tests.bot.stage import until
from tests.e2e.teams_hands import Hands, text
from tests.e2e.teams_rig import ACCESS
from tests.e2e.teams_signing import APP_ID, TENANT
from tests.e2e.teams_standin import SECRET, TEAM_CHANNEL, TOKEN, Teams, running


async def started(teams: Teams, folder: Path, now: str) -> tuple[Process, str]:
    """The process and its address."""
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    (folder / "access.yaml").write_text(ACCESS)
    settings = {
        "MICROSOFT_APP_ID": APP_ID,
        "MICROSOFT_APP_PASSWORD": SECRET,
        "MICROSOFT_APP_TENANT_ID": TENANT,
        "TEAMS_OPENID_METADATA_URL": teams.metadata_url,
        "TEAMS_LOGIN_URL": teams.base,
        "TEAMS_SERVICE_HOSTS": "127.0.0.1",
        "SOC_BOT_DATA": str(folder),
        "SOC_BOT_ACCESS": str(folder / "access.yaml"),
        "SOC_BOT_PORT": "0",
    }
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", "demo", "--cases", "400", "--now", now),
            env=kept | settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    assert line.startswith("ready: "), line
    return process, line.removeprefix("ready: ").strip().rstrip("/")


@pytest.mark.slow
async def test_a_digest_lands_after_a_kill(tmp_path: Path) -> None:
    """Killed before its digest is due and started again, the bot posts it into the channel that nobody wrote in since;
    SIGTERM ends it with 0, and no secret stands in its log.
    """
    async with running() as teams, aiohttp.ClientSession() as session:
        process, url = await started(teams, tmp_path, "2026-11-22T09:00:00+00:00")
        try:
            hands = Hands(session, url, teams)
            teams.installed.add(hands.user)
            await hands.mention('digest schedule "2026-11-22 09:10" --zone UTC --run "case list"', root="1700000000001")
            await until(lambda: bool(teams.messages), 20)
            preview = teams.messages[0]
            assert "Confirm" in text(preview.card), text(preview.card)
            assert (await hands.press(preview, "Confirm"))[0] == 200
            await until(lambda: preview.versions == 2, 20)
            before = len(teams.messages)
        finally:
            process.kill()
            await process.wait()
        process, _ = await started(teams, tmp_path, "2026-11-22T09:11:00+00:00")
        try:
            await until(lambda: len(teams.messages) > before, 30)
            landed = teams.messages[-1]
            assert landed.conversation == f"{TEAM_CHANNEL};messageid={landed.id}"
            assert "open cases" in text(landed.card)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 40)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0
        assert teams.wrong == []
        log = (tmp_path / "log").read_text()
        assert not [secret for secret in (SECRET, TOKEN, "Bearer ey") if secret in log]
