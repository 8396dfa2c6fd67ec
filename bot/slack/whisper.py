"""Messages for one pair of eyes: by response_url while that works, else ephemeral, else directly."""

from __future__ import annotations

from collections import OrderedDict

import structlog

from bot.platform import Parcel, Unsure
from bot.slack.outgoing import NOT_THERE, Message, marked, noted, threaded
from bot.slack.pace import Pace
from bot.slack.web import NO_ENTRY, Refusal, Web

log = structlog.get_logger()
RESPONSE_USES = 5
"""Of one response_url, within 30 minutes (docs.slack.dev, "Handling user interaction")."""
REMEMBERED = 2_000


class Whisper:
    """Counts the uses of each response_url; what another process used up, Slack refuses, and the next way is taken."""

    def __init__(self, web: Web, pace: Pace) -> None:
        self._web, self._pace = web, pace
        self._uses: OrderedDict[str, int] = OrderedDict()

    async def tell(self, message: Message, parcel: Parcel, original: bool) -> str:
        """`original`: in place of the ephemeral message that the call came from. Raises Later, Unsure, Refusal."""
        at = parcel.address
        if await self._respond(at.response_url, threaded({**message, "replace_original": original}, at.thread)):
            return "response_url"
        await self._pace.turn(at.channel)
        try:
            body = threaded({**message, "channel": at.channel, "user": at.user}, at.thread)
            said = await self._web.ask("chat.postEphemeral", body)
            return str(said.get("message_ts", ""))
        except Refusal as error:
            if error.code not in NO_ENTRY:
                raise
        body = marked(noted(message, NOT_THERE), parcel, 0, 1)
        said = await self._web.ask("chat.postMessage", {**body, "channel": at.user})
        return str(said.get("ts", ""))

    async def _respond(self, url: str, message: Message) -> bool:
        """False when this URL is not to be used, or is used up, or is past its 30 minutes."""
        used = self._uses.get(url, 0)
        if not url or used >= RESPONSE_USES:
            return False
        if not self._web.trusted(url):
            log.warning("response_url of another host left unused")
            return False
        try:
            await self._web.respond(url, {**message, "response_type": "ephemeral"})
        except Refusal as error:
            if error.code.startswith(("invalid_blocks", "msg_")):
                raise
            log.info("response_url no longer works", code=error.code)
            self._count(url, RESPONSE_USES)
            return False
        except Unsure:
            self._count(url, used + 1)
            raise
        self._count(url, used + 1)
        return True

    def _count(self, url: str, used: int) -> None:
        self._uses[url] = used
        if len(self._uses) > REMEMBERED:
            self._uses.popitem(last=False)
