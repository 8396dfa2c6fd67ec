"""Charts that a platform cannot draw itself, as pictures beside the answer that has them as rows.

Each is a parcel of its own: the answer waits for no drawing, and what stands of it is never sent again for the
picture's sake. A picture that cannot be made or shown is logged and left out: its rows stand.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.platform import Parcel
from messages import block_kit
from messages.document import Chart, Document
from messages.files.model import Attachment

MOST = 4
"""Pictures of one answer; the charts behind them stay rows."""
SECONDS = 15.0
"""Until a drawing counts as one that will never be finished: what the thread says next waits behind it."""
_UNDRAWN: dict[str, Callable[[Document], tuple[Chart, ...]]] = {"slack": block_kit.undrawn}
"""By platform: the charts that it shows as rows."""


def pictures(answer: Parcel) -> list[Parcel]:
    """One parcel a chart, to the same place as the answer or post. None of a board, which is replaced again and again,
    of what outsiders may not read, which is looked at before it is posted, and of what makes its room."""
    document, undrawn = answer.document, _UNDRAWN.get(answer.address.platform)
    if undrawn is None or answer.board or answer.insiders or answer.room or answer.file or answer.kind == "working":
        return []
    beside = answer.address.model_copy(update={"response_url": "", "update": ""})
    return [
        Parcel(
            id=f"{answer.id}:chart{number}",
            kind="post",
            call=answer.call,
            address=beside,
            document=(alone := _alone(chart, document)),
            file=Attachment(name=f"chart-{number}.png", format="png", document=alone),
        )
        for number, chart in enumerate(undrawn(document)[:MOST], start=1)
    ]


def is_picture(parcel: Parcel) -> bool:
    """Whether the parcel is one of `pictures`."""
    return parcel.file is not None and parcel.file.format == "png"


def _alone(chart: Chart, document: Document) -> Document:
    return Document(
        title=document.title,
        blocks=(chart,),
        provenance=document.provenance,
        tlp=document.tlp,
        private=document.private,
        simulated=document.simulated,
        call=document.call,
    )
