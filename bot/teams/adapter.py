"""Teams: the guard, the SDK's turn, the listeners, and the delivery beside them."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import web

from bot.intake import Intake
from bot.platform import Platform
from bot.settings import Teams
from bot.teams.delivery import TeamsDelivery
from bot.teams.guard import Guard, Refused
from bot.teams.keys import SigningKeys
from bot.teams.listeners import Listeners
from bot.teams.references import References
from bot.teams.room_guests import RoomGuests
from bot.teams.roster import Roster
from bot.teams.sdk import Checks, Turns, slim
from bot.teams.tokens import NoToken
from bot.teams.web import SECONDS, Web
from bot.teams.words import Json, part
from connectors.ports import Clock, Crises, Store
from handlers.core.access import Access
from handlers.core.registry import Registry

log = structlog.get_logger()
PATH = "/api/messages"


class TeamsAdapter:
    """`crises` knows which threads are a crisis's room; `seconds` until a call of the Bot Connector counts as lost;
    `access` knows what the crises' channel may see.
    """

    def __init__(  # noqa: PLR0917 - in the order of the composition root
        self,
        settings: Teams,
        intake: Intake,
        registry: Registry,
        clock: Clock,
        store: Store,
        crises: Crises,
        seconds: float = SECONDS,
        access: Access | None = None,
    ) -> None:
        self._settings, self._web = settings, Web(settings, clock, seconds)
        references = References(store, clock)
        guests = RoomGuests(intake, registry, crises, clock, references, Roster(self._web, clock))
        self._delivery = TeamsDelivery(settings, self._web, references, clock, store, access, guests)
        self.platform: Platform = self._delivery
        checks = Checks(settings.app_id, settings.metadata_url, SigningKeys(settings.metadata_url, clock))
        self._turns = Turns(checks)

        async def verify(activity: Json, header: str) -> Any:
            return await checks.authenticate_request(slim(activity), header)

        self._guard = Guard(settings, verify)
        self._listeners = Listeners(intake, registry, references, self._delivery.boards, self._web, clock, guests)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self._messages), *self._delivery.shelf.routes()]

    async def start(self) -> None:
        """Never fails for Microsoft's sake: what does not answer now is asked again when it is needed."""
        self._web.open()
        if not self._settings.app_id:
            log.warning("TEAMS_ANONYMOUS: whoever reaches this port is believed")
        try:
            await self._web.tokens.get()
        except NoToken as error:
            log.error("Microsoft does not know this bot yet", reason=str(error))

    async def stop(self) -> None:
        """Nothing more comes in; answers still go out."""
        await self._web.close()

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            found = await self._guard.admit(request)
        except Refused as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
            return web.json_response({"error": refused.sentence}, status=refused.status, headers=headers)
        body = await self._turns.take(found.verified, found.activity, self._listeners.heard)
        if part(found.activity, "type") == "invoke":
            return web.json_response(body or {})
        return web.Response(status=201)
