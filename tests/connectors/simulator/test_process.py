"""The simulator as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import aiohttp


async def test_process_announces_itself_and_ends() -> None:
    """The process prints one JSON line with its URLs, serves there, and ends with 0 on SIGTERM."""
    command = (sys.executable, "-m", "connectors.simulator", "--cases", "300", "--now", "2026-11-20T10:30:00Z")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = json.loads(await process.stdout.readline())
        environment = line["environment"]
        assert line["cases"] == 300 and line["url"].startswith("http://127.0.0.1:")
        assert environment["CHRONICLE_API_URL"] == environment["SCC_API_URL"] == line["url"]
        headers = {"Authorization": f"Bearer {environment['CHRONICLE_TOKEN']}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(line["instance_url"] + "/cases?pageSize=1") as answer,
        ):
            assert (await answer.json())["totalSize"] == 300
    finally:
        process.send_signal(signal.SIGTERM)
        ended = await process.wait()
    assert ended == 0
