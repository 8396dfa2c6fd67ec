"""Microsoft's local Teams client, driven by a real browser, against the bot with its authentication on.

The Agents Playground itself signs nothing without an Entra application, so a relay between the two signs what it
sends as the Bot Connector would; an unsigned request straight to the bot is refused. The package is Microsoft's, under
pre-release terms: it is installed into a temporary folder for this test, and nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.bot.console.browser import CHROMIUM
from tests.e2e.playground import config
from tests.e2e.teams_rig import running_bot
from tests.e2e.teams_signing import token
from tests.e2e.teams_standin import running

HERE = Path(__file__).parent
SHOTS = Path(os.environ.get("SOC_BOT_SCREENSHOTS", "build/playground")).resolve()
"""Where the screenshots are left, for an eye to judge."""


async def installed(folder: Path) -> Path:
    """A folder with the playground and a browser's driver; skips with the reason where that cannot be had."""
    for name, path in (("node", shutil.which("node")), ("npm", shutil.which("npm")), ("chromium", CHROMIUM)):
        if path is None:
            pytest.skip(f"the Agents Playground was NOT run: {name} is not on this machine")
    (folder / "package.json").write_text("{}")
    npm = await asyncio.create_subprocess_exec(
        *("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", *config.PACKAGES),
        cwd=folder, stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(npm.communicate(), 120)
    except TimeoutError:
        npm.kill()
        await npm.wait()
        pytest.skip("the Agents Playground was NOT run: npm did not finish within 120 s")
    if npm.returncode:
        pytest.skip(f"the Agents Playground was NOT run: npm could not install it: {said.decode()[-300:]}")
    return folder


@asynccontextmanager
async def relay(bot: str) -> AsyncIterator[str]:
    """Signs every activity for the service address it names, and passes it on."""
    async with aiohttp.ClientSession() as session:

        async def sign(request: web.Request) -> web.Response:
            activity = await request.json()
            headers = {"Authorization": f"Bearer {token(activity['serviceUrl'])}"}
            async with session.post(f"{bot}/api/messages", json=activity, headers=headers) as answer:
                kind = answer.content_type
                return web.Response(status=answer.status, body=await answer.read(), content_type=kind)

        app = web.Application()
        app.router.add_post("/api/messages", sign)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
        finally:
            await runner.cleanup()


@asynccontextmanager
async def playground(folder: Path, endpoint: str) -> AsyncIterator[str]:
    """Its page's address. It listens on loopback alone and reaches nothing else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config.written(folder)
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    own = {"BOT_ENDPOINT": endpoint, "TEAMSAPPTESTER_BROWSER": "none", "DEFAULT_CHANNEL_ID": "msteams"}
    process = await asyncio.create_subprocess_exec(
        *("node", "-r", str(HERE / "loopback.cjs"), "node_modules/.bin/agentsplayground", "-p", str(port), "--dt"),
        cwd=folder, env=kept | own, stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while True:
                assert process.returncode is None, "the playground ended by itself"
                try:
                    async with session.get(f"{url}/_debug/ping"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
async def test_a_person_reads_presses_and_runs_a_crisis(tmp_path: Path) -> None:
    """Message → card with its chart; button → the card replaced in place; a crisis's board in the channel's thread,
    changed in place by its own button. All of it signed, and nothing else is let in.
    """
    npm = tmp_path / "npm"
    npm.mkdir()
    folder = await installed(npm)
    (folder / "visit.mjs").write_text((HERE / "visit.mjs").read_text())
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with (
        running() as teams,
        running_bot(teams, tmp_path, service_hosts="localhost", crisis_channel=config.CHANNEL) as bot,
        relay(bot.hands.url) as endpoint,
        playground(folder, endpoint) as url,
        aiohttp.ClientSession() as session,
    ):
        async with session.post(f"{bot.hands.url}/api/messages", json={"type": "message"}) as refused:
            assert refused.status == 401
        visit = await asyncio.create_subprocess_exec(
            *("node", "visit.mjs", url, str(CHROMIUM), str(SHOTS)), cwd=folder, stdout=PIPE, stderr=PIPE
        )
        out, error = await asyncio.wait_for(visit.communicate(), 120)
    assert visit.returncode == 0, error.decode()[-2000:]
    seen = json.loads(out)
    assert "failed" not in seen, json.dumps(seen)[:3000]
    assert "Simulated data" in seen["answer"]
    assert seen["charts"] >= 1
    assert "is declared" in seen["declared"]
    assert "Declare a major incident?" not in seen["declared"], "the preview was replaced, not answered below"
    assert "Mobilise" in seen["board"]
    assert seen["taken"].count("As of #") == 1, "one board, changed in place"
