"""Pictures of charts in Slack: uploaded without being shared anywhere, then shown by an image block.

An upload that is shared nowhere is seen by nobody but the bot, so repeating one doubles nothing; the message that shows
it is sent once, and not at all where it is not known whether it stands: the answer has the same figures as rows.
Sources: docs.slack.dev, "Slack file object"; that whoever reads the message sees the picture: slack.com/blog,
developers, "uploading-private-images-blockkit"; that Slack refuses a fresh upload as `invalid_blocks` for some seconds:
slackapi/java-slack-sdk#1349, slackapi/slack-github-action#413.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from typing import Any, Never

from bot.platform import DeliveryError, Later, Parcel, Receipt, Undeliverable, Unsure
from bot.slack.outgoing import Message, marked, threaded
from bot.slack.pace import Pace
from bot.slack.trace import trace
from bot.slack.upload import SECONDS, uploaded
from bot.slack.web import Refusal, Web
from bot.slack.whisper import Whisper
from connectors.errors import StateError
from connectors.ports import Clock, Store
from messages import block_kit
from messages.files.model import Attachment

UPLOAD_SECONDS = 15.0
"""For all three steps of an upload: the thread's next message waits behind it."""
PAUSES = (0.5, 1.0, 1.0, 2.0, 2.0, 4.0)
"""Waits for Slack to have looked at a fresh upload, and for a connection; then the picture is given up."""
REFUSED_SECONDS = 3_600.0
"""A workspace that shows no pictures is not asked with each answer."""
REMEMBERED = 2_000
UNKNOWN = "whether a picture stands is not known, so it is not sent again: its rows stand"


def picture_key(parcel: Parcel) -> str:
    """Where the Slack id of a parcel's upload is kept."""
    return f"slackpicture:{parcel.id}"


def shown_key(parcel: Parcel) -> str:
    """Stands from the moment on at which the message may be in the conversation."""
    return f"slackpicture:{parcel.id}:shown"


class Pictures:
    """Every way to fail ends in Undeliverable or a Refusal within some seconds: no thread is held up by a picture."""

    def __init__(self, web: Web, store: Store, pace: Pace, whisper: Whisper, clock: Clock) -> None:
        self._web, self._store, self._pace, self._whisper, self._clock = web, store, pace, whisper, clock
        self._tried: OrderedDict[str, int] = OrderedDict()
        self._refused: dict[tuple[str, bool], float] = {}

    async def hand_over(self, parcel: Parcel, file: Attachment, content: bytes) -> Receipt:
        """Raises Later (nothing was shown), Unsure (it may have been), Undeliverable, Refusal, StateError."""
        if parcel.sent_before:
            raise Undeliverable(UNKNOWN)
        if self._clock.monotonic() < self._refused.get(_kind(parcel), 0.0):
            raise Undeliverable("this workspace shows no pictures: the rows stand")
        file_id = await self._file(parcel, file, content)
        await self._store.put(shown_key(parcel), file_id, SECONDS)
        try:
            return await self._shown(block_kit.picture(parcel.document, file_id), parcel)
        except Refusal as error:
            if not error.code.startswith("invalid_blocks"):
                raise
            refused = error
        try:
            self._wait(parcel, str(refused))
        except Undeliverable:
            self._refused[_kind(parcel)] = self._clock.monotonic() + REFUSED_SECONDS
            raise

    async def _file(self, parcel: Parcel, file: Attachment, content: bytes) -> str:
        """The Slack id of the upload, of an earlier process too."""
        kept = await self._store.get(picture_key(parcel))
        if kept:
            return kept
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                file_id = await uploaded(self._web, file, content)
                named = json.dumps([{"id": file_id, "title": file.name}])
                await self._web.form("files.completeUploadExternal", {"files": named})
        except TimeoutError:
            raise Undeliverable(f"a picture was not uploaded within {UPLOAD_SECONDS:g} s") from None
        except (Later, Unsure) as error:
            # Shared nowhere, an upload that may have come about is seen by nobody: beginning anew doubles nothing.
            self._wait(parcel, str(error))
        await self._store.put(picture_key(parcel), file_id, SECONDS)
        return file_id

    async def _shown(self, message: Message, parcel: Parcel) -> Receipt:
        at = parcel.address
        if at.visibility == "private":
            await self._whisper.tell(message, parcel, original=False)
            return Receipt()
        channel = at.channel or at.user
        await self._pace.turn(channel)
        body: dict[str, Any] = {**marked(message, parcel, 0, 1), "channel": channel}
        said = await self._web.ask("chat.postMessage", threaded(body, at.thread))
        return Receipt(channel=str(said.get("channel") or channel), message=str(said.get("ts", "")))

    def _wait(self, parcel: Parcel, reason: str) -> Never:
        """Raises Later, and Undeliverable when all pauses were made."""
        tried = self._tried.pop(parcel.id, 0)
        if tried >= len(PAUSES):
            raise Undeliverable(f"a picture was given up, its rows stand: {reason}")
        self._tried[parcel.id] = tried + 1
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        raise Later(PAUSES[tried])

    async def stands(self, parcel: Parcel) -> bool | None:
        """Is the picture's message there? None: not to be ruled out. False: it was never sent, or is not there."""
        try:
            if await self._store.get(shown_key(parcel)) is None:
                return False
            if parcel.address.visibility == "private":
                return None
            return (await trace(self._web, parcel)).whole
        except (StateError, Refusal, DeliveryError):
            return None


def _kind(parcel: Parcel) -> tuple[str, bool]:
    """Workspace, and whether the message is for one pair of eyes: Slack may show pictures in one kind alone."""
    return parcel.address.tenant, parcel.address.visibility == "private"
