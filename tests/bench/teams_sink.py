"""`python -m tests.bench.teams_sink`: Microsoft's side of a bench: keys, login, and a connector that counts posts.

The public key (a JWK) is its argument. Prints one JSON line {"url"}; ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiohttp import web

from tests.e2e.teams_standin import TOKEN


async def main() -> None:
    count = 0
    key = json.loads(sys.argv[1])
    base = ""

    async def post(request: web.Request) -> web.Response:
        nonlocal count
        await request.read()
        count += 1
        return web.json_response({"id": str(count)}, status=201)

    async def metadata(_: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": f"{base}/keys"})

    async def keys(_: web.Request) -> web.Response:
        return web.json_response({"keys": [key]})

    async def login(_: web.Request) -> web.Response:
        return web.json_response({"access_token": TOKEN, "expires_in": 3599})

    async def counted(_: web.Request) -> web.Response:
        return web.json_response(count)

    app = web.Application(client_max_size=2**21)
    app.add_routes(
        [
            web.get("/metadata", metadata),
            web.get("/keys", keys),
            web.get("/count", counted),
            web.post("/{tenant}/oauth2/v2.0/token", login),
            web.post("/connector/v3/conversations/{conversation}/activities", post),
            web.post("/connector/v3/conversations/{conversation}/activities/{id}", post),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    sys.stdout.write(json.dumps({"url": base}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
