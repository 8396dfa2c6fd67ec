"""`soc-bot serve --demo` as its own process, with Slack configured by its environment alone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.bot.stage import until
from tests.e2e.slack_hands import Hands
from tests.e2e.slack_standin import running


@pytest.mark.slow
async def test_a_process_answers_and_drains(tmp_path: Path) -> None:
    """A served bot answers a signed slash command; an answer on its way when SIGTERM comes still arrives, once."""
    async with running() as slack:
        kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        settings = {
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": f"{slack.base}/api/",
            "SOC_BOT_DATA": str(tmp_path),
            "SOC_BOT_PORT": "0",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", "serve", "--demo"),
            env=kept | settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert line.startswith("ready: "), line
            async with aiohttp.ClientSession() as session:
                hands = Hands(session, line.removeprefix("ready: ").strip().rstrip("/"), slack)
                await hands.slash("case lst")
                await until(lambda: len(slack.responses) == 1)
                slack.be_late(1, 1.0, "response_url")
                heard = await hands.slash("case lst")
                await until(lambda: slack.counted("response_url") == 2)
                process.send_signal(signal.SIGTERM)
            assert heard.status == 200
            _, log = await asyncio.wait_for(process.communicate(), 40)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, log.decode()[-2_000:]
        assert len(slack.responses) == 2
        assert not [secret for secret in (slack.token, slack.signing_secret, "/commands/") if secret in log.decode()]
