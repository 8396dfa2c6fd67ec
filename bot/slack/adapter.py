"""Slack: one AsyncApp fed by HTTP or Socket Mode, and the delivery beside it."""

from __future__ import annotations

import asyncio
import logging

import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import Intake
from bot.platform import DeliveryError, Platform
from bot.settings import Slack
from bot.slack.delivery import SlackDelivery
from bot.slack.door import Door
from bot.slack.listeners import Listeners
from bot.slack.web import SECONDS, TOKEN_GONE, Refusal, Web
from connectors.ports import Clock, Crises, Store
from handlers.core.access import Access
from handlers.core.registry import Registry

log = structlog.get_logger()
UNKNOWN_HERE = "Slack no longer knows me here. Ask whoever runs me to install me again."


class SlackAdapter:
    """`seconds` until a Web API call counts as lost."""

    def __init__(  # noqa: PLR0917 - in the order of the composition root
        self,
        settings: Slack,
        intake: Intake,
        registry: Registry,
        access: Access,
        clock: Clock,
        store: Store,
        crises: Crises,
        seconds: float = SECONDS,
    ) -> None:
        self._settings = settings
        self._web = Web(settings, clock, seconds)
        delivery = SlackDelivery(self._web, access, clock, store)
        self.platform: Platform = delivery
        self._app = _app(self._web)
        listeners = Listeners(settings.command, intake, registry, access, clock, store, crises, self._web, delivery)
        listeners.register(self._app)
        self._socket: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    def routes(self) -> list[web.RouteDef]:
        """None without a signing secret: what cannot be verified is not listened to."""
        if self._settings.signing_secret is None:
            return []
        return Door(self._app, self._settings.signing_secret.get_secret_value()).routes()

    async def start(self) -> None:
        """Never fails for Slack's sake: what does not answer now is asked again when it is needed."""
        self._web.open()
        try:
            await self._web.me()
        except (Refusal, DeliveryError) as error:
            log.error("Slack does not know this bot yet", reason=str(error))
        if self._settings.app_token is not None:
            token = self._settings.app_token.get_secret_value()
            client = AsyncWebClient(token=token, base_url=self._settings.api_url, session=self._web.client.session)
            self._socket = AsyncSocketModeHandler(
                self._app, app_token=token, logger=_quiet("bot.slack.socket"), web_client=client
            )
            self._connecting = asyncio.create_task(self._socket.connect_async())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Nothing more comes in; answers still go out."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        await self._web.close()


def _app(web_: Web) -> AsyncApp:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        try:
            me = await web_.me()
        except Refusal as error:
            if error.code not in TOKEN_GONE:
                raise
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=me.user,
            bot_id=me.bot,
            bot_token=web_.client.token,
        )

    return AsyncApp(
        name="soc-bot",
        logger=_quiet("bot.slack.bolt"),
        client=web_.client,
        authorize=authorize,  # type: ignore[arg-type]  # None is how Bolt is told that nobody is authorised
        # Listeners store the call before Slack hears "ok"; without this mode Bolt also polls for acks every 10 ms.
        process_before_response=True,
        # The door verifies before anything is parsed; Socket Mode's connection is authenticated as a whole.
        request_verification_enabled=False,
        # What they add to a request nobody here reads, and every request would pay for it.
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
        user_facing_authorize_error_message=UNKNOWN_HERE,
    )


def _quiet(name: str) -> logging.Logger:
    """Bolt and the SDK log whole payloads below this level."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger
