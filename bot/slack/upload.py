"""Files to Slack by its external upload: ask for an address, send the bytes, complete, which shares the file.

Source: docs.slack.dev, "files.getUploadURLExternal", "files.completeUploadExternal"; that Slack shares a file some
time after it has said "ok": slackapi/bolt-js#2115. Completing twice is not known to be harmless, so a doubtful
completion is looked for in the conversation and else sent again with a mark.
"""

from __future__ import annotations

import json

from bot.platform import DeliveryError, Later, Parcel, Receipt, Unsure
from bot.slack.outgoing import AGAIN
from bot.slack.pace import Pace
from bot.slack.web import CONNECT_AGAIN, Refusal, Web
from connectors.errors import StateError
from connectors.ports import Store
from handlers.core.call import Address
from messages.document import Context
from messages.escape import mrkdwn
from messages.files.model import Attachment
from messages.reading import summary, words

SECONDS = 86_400
HISTORY = 100


def uploads_key(parcel: Parcel) -> str:
    """Where the Slack ids of a parcel's uploads are kept, one for each attempt to complete."""
    return f"slackfile:{parcel.id}"


async def uploaded(web: Web, file: Attachment, content: bytes) -> str:
    """The Slack id of a file whose bytes are with Slack, seen by nobody yet. Raises Later, Unsure, Refusal."""
    said = await web.form("files.getUploadURLExternal", {"filename": file.name, "length": len(content)})
    await web.upload(str(said.get("upload_url", "")), content)
    return str(said.get("file_id", ""))


class Uploads:
    """A file that waits for its completion (Slack asked for patience) is not uploaded again by this process."""

    def __init__(self, web: Web, store: Store, pace: Pace) -> None:
        self._web, self._store, self._pace = web, store, pace
        self._waiting: dict[str, str] = {}

    async def hand_over(self, parcel: Parcel, file: Attachment, content: bytes) -> Receipt:
        """Raises Later (nothing was shared), Unsure (it may have been), Refusal, StateError."""
        try:
            channel = await self._channel(parcel.address)
            file_id = self._waiting.get(parcel.id) or await uploaded(self._web, file, content)
        except Unsure:
            # An upload that was not completed is seen by nobody: beginning anew doubles nothing.
            raise Later(CONNECT_AGAIN) from None
        self._waiting[parcel.id] = file_id
        await self._pace.turn(channel)
        await self._store.append(uploads_key(parcel), file_id, SECONDS)
        try:
            await self._complete(parcel, file, file_id, channel)
        except Later:
            raise
        except BaseException:
            self._waiting.pop(parcel.id, None)
            raise
        self._waiting.pop(parcel.id, None)
        return Receipt(channel=channel)

    async def _channel(self, at: Address) -> str:
        """The conversation's own id: completing takes no user's id."""
        if at.visibility != "private" and at.channel and at.channel != at.user:
            return at.channel
        opened = await self._web.ask("conversations.open", {"users": at.user})
        return str(opened["channel"]["id"])

    async def _complete(self, parcel: Parcel, file: Attachment, file_id: str, channel: str) -> None:
        asked = {
            "files": json.dumps([{"id": file_id, "title": file.name}]),
            "channel_id": channel,
            "initial_comment": comment(parcel),
        }
        at = parcel.address
        if at.thread and at.visibility != "private":
            asked["thread_ts"] = at.thread
        await self._web.form("files.completeUploadExternal", asked)

    async def stands(self, parcel: Parcel) -> bool | None:
        """Was one of the parcel's uploads shared? None: not to be ruled out. False: none was ever completed."""
        try:
            tried = {file_id for _, file_id in await self._store.tail(uploads_key(parcel), "", 0)}
            return await self._seen(parcel.address, tried) or None if tried else False
        except (StateError, Refusal, DeliveryError):
            return None

    async def _seen(self, at: Address, tried: set[str]) -> bool:
        asked = {"channel": await self._channel(at), "limit": HISTORY}
        if at.thread and at.visibility != "private":
            said = await self._web.read("conversations.replies", {**asked, "ts": at.thread})
        else:
            said = await self._web.read("conversations.history", asked)
        return any(file.get("id") in tried for message in said.get("messages", ()) for file in message.get("files", ()))


def comment(parcel: Parcel) -> str:
    """The words beside the file: its name, its TLP label, the answer it holds."""
    document = parcel.document
    small = [words(block.text, document) for block in document.blocks if isinstance(block, Context)]
    said = [AGAIN] if parcel.sent_before else []
    return mrkdwn("\n".join([*said, summary(document), *small]))
