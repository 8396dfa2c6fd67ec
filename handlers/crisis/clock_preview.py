"""What a change of the clocks would do, and what it did, as documents. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.analysis.clock_doubts import words
from handlers.crisis.board_clocks import clock_lines
from handlers.crisis.clockwork import Computed, changes, told
from handlers.crisis.duties import Duty, Started, utc
from handlers.crisis.state import Crisis
from handlers.crisis.store import Changed
from handlers.crisis.telling import button, recorded
from handlers.crisis.times import said_back
from messages.document import Block, Bullets, Document, Notice, Paragraph, Strong, Text, spans


def preview(
    crisis: Crisis, new: Started, before: Started | None, then: Computed, *, now: datetime, zone: ZoneInfo
) -> Document:
    """Before a trigger is confirmed."""
    at = said_back(new.at, zone) if isinstance(new.at, datetime) else f"{new.at}, time of day not known"
    said = spans(Strong(text=words(new.trigger)), f": {at}, as {new.said} says.")
    blocks: list[Block] = [Paragraph(text=said)]
    if before is not None:
        loud = f"This CORRECTS {utc(before.at)}, confirmed by {before.confirmed.name}. Both stay on record."
        blocks.append(Notice(level="warning", text=spans(loud)))
    if not isinstance(new.at, datetime):
        none = "Without a time of day no hour clock can start, and no midnight is assumed: they stay anchor-missing."
        blocks.append(Notice(level="warning", text=spans(none)))
    return _document(f"Confirm a trigger of {crisis.name}?", crisis, blocks, then, now)


def change_preview(title: str, said: Text, crisis: Crisis, then: Computed, now: datetime, *loud: str) -> Document:
    """Before a filing is logged or a stage is dropped."""
    blocks: list[Block] = [Paragraph(text=said), *(Notice(level="warning", text=spans(one)) for one in loud)]
    return _document(title, crisis, blocks, then, now)


def _document(title: str, crisis: Crisis, blocks: list[Block], then: Computed, now: datetime) -> Document:
    changed = [_changed(was, new) for was, new in changes(crisis.duties.at(now).board, then.board)]
    blocks.append(
        Bullets(items=tuple(changed))
        if changed
        else Notice(level="info", text=spans("No clock on the board changes with it; it is recorded all the same."))
    )
    blocks += [Notice(level="warning", text=spans(f"{note.rstrip('.')}.")) for note in then.notes]
    return Document(title=title, blocks=tuple(blocks), tlp=crisis.tlp)


def _changed(was: Duty | None, new: Duty | None) -> Text:
    if new is None:
        return spans(Strong(text=was.name if was else ""), ": leaves the board")
    before = f" (until now {told(was)})" if was is not None and was.due is not None else ""
    return spans(Strong(text=new.name), f": {told(new)}{before}")


def answer(made: Changed, now: datetime) -> Document:
    """What was recorded, and the clocks that count now."""
    crisis = made.crisis
    blocks: list[Block] = [Notice(level="warning", text=spans(f"{note.rstrip('.')}.")) for note in crisis.duties.notes]
    if lines := clock_lines(crisis, most=8):
        blocks.append(Bullets(items=lines))
    return recorded(made, *blocks, buttons=(button(crisis, "All clocks", "crisis clock"),))
