"""POST /slack/events: nothing is parsed before its signature is verified.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

PATH = "/slack/events"
_SSL_CHECK_BYTES = 1_000


class Door:
    """Both ways of Slack's HTTP: signed posts, and the unsigned look at the certificate."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app, self._verifier = app, SignatureVerifier(signing_secret)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.post), web.get(PATH, self.get)]

    async def post(self, request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            body = raw.decode()
        except UnicodeDecodeError:
            return _said(400, "The body is not UTF-8.")
        if not self._signed(request, body):
            return web.Response() if _ssl_check(body) else _said(401, "The signature is missing, wrong or too old.")
        try:
            asked = AsyncBoltRequest(body=body, headers=request.headers)  # type: ignore[arg-type]
            known = isinstance(asked.body, dict)
        except (ValueError, RecursionError, AttributeError, TypeError):
            known = False
        if not known:
            return _said(400, "The body is not what Slack sends.")
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

    async def get(self, request: web.Request) -> web.Response:
        if request.query.get("ssl_check") == "1":
            return web.Response()
        raise web.HTTPMethodNotAllowed("GET", ["POST"])

    def _signed(self, request: web.Request, body: str) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16 and signature.isascii()):
            return False
        return self._verifier.is_valid(body, timestamp, signature)


def _ssl_check(body: str) -> bool:
    return len(body) < _SSL_CHECK_BYTES and ("ssl_check", "1") in parse_qsl(body)


def _said(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
