"""What changed since the last digest: figures compared as they are shown. Pure but for two functions on the store.

A figure has changed when its value reads differently, rounded as every reply rounds it: 4 h 10 min against 4 h 10 min
is no change though seconds differ. A verdict has changed when its colour differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from connectors.ports import Store
from handlers.core import cells
from handlers.core.call import Frozen
from messages.document import Block, Context, Document, Moment, Notice, Value, spans
from messages.prose import shown

SECONDS = 100 * 86_400
RULE = "Changed: the value reads differently as shown, or the verdict's colour differs."


class Seen(Frozen):
    """What a digest showed: figure id -> (label, value as shown), and the verdict's colour. `of`: only what is of the
    same is compared.
    """

    slot: datetime
    of: str = ""
    status: str = ""
    figures: dict[str, tuple[str, str]]


_KEPT = TypeAdapter(list[Seen])


def seen(document: Document, slot: datetime, of: str = "") -> Seen:
    """What there is to compare in a document."""
    status = document.verdict.status if document.verdict is not None else ""
    return Seen(slot=slot, of=of, status=status, figures={f.id: (f.label, shown(f)) for f in document.figures})


@dataclass(frozen=True, slots=True)
class Changes:
    """`figures`: (id, label, then, now); "" for a figure that was not or is no longer reported."""

    since: datetime
    status: tuple[str, str] | None
    figures: tuple[tuple[str, str, str, str], ...]

    def __bool__(self) -> bool:
        return self.status is not None or bool(self.figures)


def changes(before: Seen, after: Seen) -> Changes:
    """What reads differently, figures of the newer one first, in their order."""
    found = []
    for figure in [*after.figures, *(one for one in before.figures if one not in after.figures)]:
        then, now = before.figures.get(figure), after.figures.get(figure)
        if (then or ("", ""))[1] != (now or ("", ""))[1]:
            label = (now or then or ("", ""))[0]
            found.append((figure, label, then[1] if then else "", now[1] if now else ""))
    status = (before.status, after.status) if before.status != after.status else None
    return Changes(before.slot, status, tuple(found))


def changed(document: Document, told: Changes) -> Document:
    """The document cut down to what changed, its notices kept: a missing source must not look like silence."""
    blocks: list[Block] = list(document.notices)
    if not told:
        since = spans("Nothing changed since the digest of ", Moment(at=told.since), ".")
        blocks.append(Notice(level="info", text=since))
    if told.status is not None:
        then, now = (one or "no verdict" for one in told.status)
        blocks.append(Notice(level="info", text=spans(f"The verdict went from {then} to {now}.")))
    there = {figure.id for figure in document.figures}
    if told.figures:
        rows = [
            cells.row(label, then or "not reported", Value(figure=figure) if figure in there else "no longer reported")
            for figure, label, then, _ in told.figures
        ]
        blocks.append(cells.table("Changed since the last digest", ("Figure", ">Then", ">Now"), rows))
    blocks.append(Context(text=spans("Compared with the digest of ", Moment(at=told.since), f". {RULE}")))
    said = document.verdict.text if document.verdict is not None else ()
    wanted = {span.figure for span in said if isinstance(span, Value)} | {row[0] for row in told.figures}
    figures = tuple(figure for figure in document.figures if figure.id in wanted)
    title = f"{document.title}: what changed"
    return document.model_copy(update={"title": title, "blocks": tuple(blocks), "figures": figures})


def key(schedule_id: str) -> str:
    """Where a schedule's last two digests are kept."""
    return f"digest:{schedule_id}:seen"


async def remember(store: Store, schedule_id: str, now: Seen) -> Seen | None:
    """Keep what this slot shows and return the digest before it; made again for the same slot, still that one."""
    text = await store.get(key(schedule_id))
    kept = [one for one in (_KEPT.validate_json(text) if text else []) if one.slot < now.slot and one.of == now.of]
    await store.put(key(schedule_id), _KEPT.dump_json([*kept[-1:], now]).decode(), SECONDS)
    return kept[-1] if kept else None


async def last(store: Store, schedule_id: str) -> Seen | None:
    """The newest digest kept."""
    text = await store.get(key(schedule_id))
    kept = _KEPT.validate_json(text) if text else []
    return kept[-1] if kept else None
