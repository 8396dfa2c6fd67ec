"""What a delivery needs before it leaves: the parcel's file written, or words in its place."""

from __future__ import annotations

from dataclasses import dataclass

from bot.files import Unwritable, Writer
from bot.platform import Parcel, Platform, Receipt, TakesFiles
from handlers.core.filed import failed

ELSEWHERE = "this platform takes no files from me. Ask for it in Slack, on the console or with `soc-bot ask --out`."


@dataclass(frozen=True, slots=True)
class Ready:
    """A parcel that can be sent as often as it takes; `content` is written once."""

    platform: Platform
    parcel: Parcel
    content: bytes | None = None

    async def send(self, parcel: Parcel, receipt: Receipt | None) -> Receipt:
        """`parcel` is the one of `Ready` with other marks; without its file the words alone are delivered."""
        if parcel.file is not None and self.content is not None and isinstance(self.platform, TakesFiles):
            return await self.platform.hand_over(parcel, self.content)
        return await self.platform.deliver(parcel, receipt)


class Filing:
    """Writes the files of parcels."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def ready(self, platform: Platform, parcel: Parcel) -> Ready:
        """Never fails: a file that cannot be made becomes a message that says which and why."""
        file = parcel.file
        if file is None:
            return Ready(platform, parcel)
        try:
            if not isinstance(platform, TakesFiles):
                raise Unwritable(ELSEWHERE)
            return Ready(platform, parcel, await self._writer.write(file))
        except Unwritable as error:
            told = failed(file, str(error), parcel.call)
            return Ready(platform, parcel.model_copy(update={"document": told, "file": None}))
