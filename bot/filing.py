"""What a delivery needs before it leaves: the parcel's file written, or words in its place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bot.files import Unwritable, Writer
from bot.pictures import SECONDS, is_picture
from bot.platform import DeliveryError, Parcel, Platform, Receipt, TakesFiles, Undeliverable
from connectors.errors import StateError
from handlers.core.filed import failed

log = structlog.get_logger()
ELSEWHERE = "this platform takes no files from me. Ask for it in Slack, on the console or with `soc-bot ask --out`."


@dataclass(frozen=True, slots=True)
class Ready:
    """A parcel that can be sent as often as it takes; `content` is written once. `missing`: why a picture is not."""

    platform: Platform
    parcel: Parcel
    content: bytes | None = None
    missing: str = ""

    async def send(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """`parcel` is the one of `Ready` with other marks; without its file the words alone are delivered.

        Undeliverable for a picture that could not be drawn: its rows stand in the answer, nobody is told.
        """
        if self.missing:
            raise Undeliverable(self.missing)
        if parcel.file is None or self.content is None or not isinstance(self.platform, TakesFiles):
            return await self.platform.deliver(parcel, receipt)
        try:
            return await self.platform.hand_over(parcel, self.content)
        except (DeliveryError, StateError):
            raise
        except Exception:
            if not is_picture(parcel):
                raise
            log.exception("bug in showing a picture", parcel=parcel.id)
            raise Undeliverable("a picture could not be shown; its rows stand") from None


class Filing:
    """Writes the files of parcels."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def ready(self, platform: Platform, parcel: Parcel) -> Ready:
        """Never fails: a file that cannot be made becomes a message that says which and why."""
        file = parcel.file
        if file is None:
            return Ready(platform, parcel)
        if is_picture(parcel):
            return await self._drawn(platform, parcel)
        try:
            if not isinstance(platform, TakesFiles):
                raise Unwritable(ELSEWHERE)
            return Ready(platform, parcel, await self._writer.write(file))
        except Unwritable as error:
            told = failed(file, str(error), parcel.call)
            return Ready(platform, parcel.model_copy(update={"document": told, "file": None}))

    async def _drawn(self, platform: Platform, parcel: Parcel) -> Ready:
        assert parcel.file is not None  # noqa: S101 - it is a picture
        if not isinstance(platform, TakesFiles):
            return Ready(platform, parcel, missing="this platform shows no pictures; the rows stand")
        try:
            async with asyncio.timeout(SECONDS):
                return Ready(platform, parcel, await self._writer.write(parcel.file))
        except TimeoutError:
            return Ready(platform, parcel, missing=f"a chart was not drawn within {SECONDS:g} s")
        except Unwritable as error:
            return Ready(platform, parcel, missing=f"a chart was not drawn: {error}")
