"""The archived Bot Framework SDK, and what of it is used: its checks of a token, its adapter's turn.

Not used, because of what was measured in 4.17.1: `CloudAdapter.process` (500 for every Action.Execute), its connector
clients (milliseconds of CPU each, a TLS handshake a turn), its token fetching (blocking, every turn), its state classes
(jsonpickle). Imported when Teams is configured, never at start otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from botbuilder.core import InvokeResponse  # type: ignore[import-untyped]
from botbuilder.core.cloud_adapter_base import CloudAdapterBase  # type: ignore[import-untyped]
from botbuilder.schema import Activity, ActivityTypes, ConversationAccount  # type: ignore[import-untyped]
from botframework.connector.auth import (  # type: ignore[import-untyped]
    BotFrameworkAuthentication,
    ChannelValidation,
    JwtTokenValidation,
    SimpleCredentialProvider,
)
from botframework.connector.auth.authenticate_request_result import (  # type: ignore[import-untyped]
    AuthenticateRequestResult,
)
from botframework.connector.auth.connector_factory import ConnectorFactory  # type: ignore[import-untyped]
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor  # type: ignore[import-untyped]

from bot.teams.keys import SigningKeys
from bot.teams.words import Json, part

Listen = Callable[[Json], Awaitable[Json | None]]
"""Takes an activity in; the body of an invoke's answer, or None."""


class _Elsewhere(ConnectorFactory):  # type: ignore[misc]
    """What leaves goes by `bot.teams.web`: a turn builds no client."""

    async def create(self, service_url: str, audience: str | None = None) -> object:
        return self


class Checks(BotFrameworkAuthentication):  # type: ignore[misc]
    """The SDK's own verification of a token from the channel, with our keys under it."""

    def __init__(self, app_id: str, metadata_url: str, keys: SigningKeys) -> None:
        # Class attributes of the SDK: the production path, and the only seam it has.
        ChannelValidation.open_id_metadata_endpoint = metadata_url
        JwtTokenExtractor.metadataCache[metadata_url] = keys
        self._credentials = SimpleCredentialProvider(app_id, "")

    async def authenticate_request(self, activity: Any, auth_header: str) -> Any:
        """Raises whatever the SDK raises for a token that is not good."""
        claims = await JwtTokenValidation.authenticate_request(activity, auth_header, self._credentials)
        result = AuthenticateRequestResult()
        result.claims_identity, result.connector_factory = claims, _Elsewhere()
        return result

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> Any:
        raise NotImplementedError

    def create_connector_factory(self, claims_identity: Any) -> Any:
        return _Elsewhere()

    async def create_user_token_client(self, claims_identity: Any) -> None:
        return None


class Turns(CloudAdapterBase):  # type: ignore[misc]
    """One inbound activity through the SDK's adapter."""

    async def take(self, verified: Any, activity: Json, listen: Listen) -> Json | None:
        """The body of an invoke's answer."""

        async def turn(context: Any) -> None:
            body = await listen(activity)
            if body is not None:
                answer = InvokeResponse(status=200, body=body)
                await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=answer))

        response = await self.process_activity(verified, slim(activity), turn)
        found: Any = getattr(response, "body", None)
        return found if isinstance(found, dict) else None


def slim(activity: Json) -> Any:
    """As much of an activity as the SDK reads."""
    return Activity(
        type=part(activity, "type"),
        id=part(activity, "id"),
        name=part(activity, "name"),
        channel_id=part(activity, "channelId"),
        service_url=part(activity, "serviceUrl"),
        conversation=ConversationAccount(id=part(activity, "conversation", "id")),
    )
