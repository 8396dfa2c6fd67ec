"""`python -m tests.bench.teams_bare`: botbuilder as shipped, replying one ready-made card to each message.

A `CloudAdapterBase` on the SDK's own authentication, with its own connector clients, on aiohttp; nothing of ours. The
outgoing token is static, so that no token request is measured. No inbox, no rights, no audit. Prints `ready: URL`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity, Attachment
from botframework.connector.auth import (
    BotFrameworkAuthenticationFactory,
    ChannelValidation,
    MicrosoftAppCredentials,
    PasswordServiceClientCredentialFactory,
)


class Static(MicrosoftAppCredentials):
    def get_access_token(self, force_refresh: bool = False) -> str:
        return os.environ["BARE_TOKEN"]


class Factory(PasswordServiceClientCredentialFactory):
    async def create_credentials(
        self, app_id: str, oauth_scope: str, login_endpoint: str, validate_authority: bool
    ) -> Static:
        return Static(app_id, "secret", oauth_scope=oauth_scope)


async def main() -> None:
    ChannelValidation.open_id_metadata_endpoint = os.environ["TEAMS_OPENID_METADATA_URL"]
    card: dict[str, Any] = json.loads(os.environ["BARE_CARD"])
    factory = Factory(app_id=os.environ["MICROSOFT_APP_ID"], password="secret")
    adapter = CloudAdapterBase(BotFrameworkAuthenticationFactory.create(credential_factory=factory))

    async def turn(context: TurnContext) -> None:
        attachment = Attachment(content_type="application/vnd.microsoft.card.adaptive", content=card)
        await context.send_activity(Activity(type="message", attachments=[attachment]))

    async def messages(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity(request.headers["Authorization"], activity, turn)
        return web.Response(status=201)

    server = web.Application()
    server.add_routes([web.post("/api/messages", messages)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"ready: http://127.0.0.1:{runner.addresses[0][1]}/\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
