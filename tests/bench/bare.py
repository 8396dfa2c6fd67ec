"""`python -m tests.bench.bare`: the least a Slack bot with a durable inbox can be, on the same SDK and server.

A slack-bolt AsyncApp on aiohttp with one shared ClientSession: its listener appends the command to a Redis stream,
acknowledges, and posts one ready-made message (BARE_MESSAGE, JSON, the very blocks that our own answer has) by
chat.postMessage. No parsing, no rights, no audit, no delivery guarantee. Prints `ready: URL`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import aiohttp
from aiohttp import web
from redis.asyncio import Redis
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    redis = Redis.from_url(os.environ["REDIS_URL"])
    message: dict[str, Any] = json.loads(os.environ["BARE_MESSAGE"])
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"], session=session)
        app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"], process_before_response=True)

        @app.command("/security")
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await redis.xadd("bare:inbox", {"id": body["trigger_id"], "payload": json.dumps(body)})
            await ack()
            await client.chat_postMessage(channel=body["channel_id"], **message)

        async def events(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        server = web.Application()
        server.add_routes([web.post("/slack/events", events)])
        runner = web.AppRunner(server, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"ready: http://127.0.0.1:{runner.addresses[0][1]}/\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
