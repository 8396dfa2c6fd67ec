"""The situation report: made from the record alone, in words that can be copied anywhere; times in UTC. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from handlers.core.cells import shorten
from handlers.core.parcel import Post
from handlers.crisis.base import Event
from handlers.crisis.board_people import unfilled
from handlers.crisis.board_work import pending
from handlers.crisis.cadence import TEAM, rhythms
from handlers.crisis.need_to_know import covered
from handlers.crisis.roles import TITLES
from handlers.crisis.tasking import by_urgency, is_overdue
from handlers.crisis.telling import in_rooms
from handlers.crisis.work import Kind
from messages.document import Block, Bullets, Context, Document, Heading, Paragraph, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

MOST = 12
"""Lines of a section; how many more there are is said."""
_LONG = 300


def utc(at: datetime) -> str:
    """As it is said to readers in any zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def sitrep(crisis: Crisis, since: datetime, now: datetime) -> Document:
    """What stands at `now`, and what happened since `since`; what is marked as more than its TLP only by its number."""
    crisis = covered(crisis, crisis.tlp)
    blocks: list[Block] = [Paragraph(text=_head(crisis))]
    for title, lines in _sections(crisis, since, now):
        more = [spans(f"and {len(lines) - MOST} more")] if len(lines) > MOST else []
        items = (*lines[:MOST], *more) or (spans("nothing recorded"),)
        blocks += [Heading(text=title), Bullets(items=items)]
    blocks.append(Paragraph(text=spans("Next update: ", Strong(text=next_update(crisis, now)))))
    blocks.append(Context(text=spans(f"From entries #1 to #{crisis.version} of the record, as of {utc(now)}.")))
    return Document(title=f"Situation report · {crisis.name} · {utc(now)}", blocks=tuple(blocks), tlp=crisis.tlp)


def next_update(crisis: Crisis, now: datetime) -> str:
    """The first due time still to come for those who work on it, by the severity's own cadence."""
    one = next((one for one in rhythms(crisis) if one.audience == TEAM), None)
    if one is None:
        return "none is planned"
    missed = max(0, (now - one.due) // one.every + 1)
    return utc(one.due + missed * one.every)


def _head(crisis: Crisis) -> Text:
    commander = crisis.roles.holder("commander")
    who = f"{TITLES['commander']}: {commander.name}." if commander else "There is no Incident Commander."
    drill = "DRILL: none of this is real. " if crisis.drill else ""
    said = f"SEV{crisis.severity}, {crisis.phase} since {utc(crisis.entered[crisis.phase])}"
    since = "" if crisis.phase == "declared" else f", declared {utc(crisis.declared)}"
    return spans(drill, Strong(text=crisis.title), f". {said}{since}. {who}")


def _sections(crisis: Crisis, since: datetime, now: datetime) -> tuple[tuple[str, list[Text]], ...]:
    period = f"since {utc(since)}"
    return (
        ("What is known", _statements(crisis, "fact")),
        ("What we assume", _statements(crisis, "assumption")),
        ("What we do not know", _statements(crisis, "unknown")),
        (f"Done {period}", _done(crisis, since)),
        (f"Decided {period}", _decided(crisis, since)),
        ("Next", _next(crisis, now)),
        ("Clocks", _clocks(crisis, now)),
    )


def _statements(crisis: Crisis, kind: Kind) -> list[Text]:
    found = [one for one in reversed(crisis.statements) if one.kind == kind and not one.withdrawn]
    return [spans(shorten(one.text, _LONG) + (f" ({one.source})" if one.source else "")) for one in found]


def _done(crisis: Crisis, since: datetime) -> list[Text]:
    moves = sorted((at, phase) for phase, at in crisis.entered.items() if at >= since)
    found = [spans(f"{phase} {utc(at)}") for at, phase in moves]
    tasks = [one for one in crisis.tasks if one.status == "done" and one.changed and one.changed >= since]
    return found + [spans(f"{one.id} {shorten(one.text, _LONG)}") for one in tasks]


def _decided(crisis: Crisis, since: datetime) -> list[Text]:
    found = []
    for one in crisis.decisions:
        if one.at >= since:
            why = f", because {shorten(one.rationale, _LONG)}" if one.rationale else ""
            undone = f" (reversed: {one.reversed})" if one.reversed else ""
            found.append(spans(f"{one.id} {shorten(one.text, _LONG)}{why}{undone}"))
    return found


def _next(crisis: Crisis, now: datetime) -> list[Text]:
    found = []
    if empty := unfilled(crisis):
        found.append(spans("Fill: " + ", ".join(TITLES[role] for role in empty)))
    for one in by_urgency(crisis.tasks):
        if one.status != "open":
            continue
        due = f", until {utc(one.due)}" if one.due else ""
        late = ", OVERDUE" if is_overdue(one, now) else ""
        owner = one.owner.name if one.owner else "nobody yet"
        found.append(spans(f"{one.id} {shorten(one.text, _LONG)} ({owner}{due}{late})"))
    return found


def _clocks(crisis: Crisis, now: datetime) -> list[Text]:
    found = []
    for one in pending(crisis):
        due = f"until {utc(one.due)}" if one.due else one.state
        late = ", OVERDUE" if one.due and one.due < now else ""
        owner = one.owner.name if one.owner else "nobody"
        found.append(spans(f"{one.name} ({one.key}): {due}{late}, {owner} files it"))
    waiting = sum(one.state == "not-started" for one in crisis.duties.board)
    if waiting:
        found.append(spans(f"{waiting} not started: no trigger of theirs is confirmed"))
    if not crisis.duties.board:
        found.append(spans("no clock is known: the scope is not declared, legal must say which rules apply"))
    return found


class Reported(Event):
    """A situation report was posted; `since`: what it covers begins there."""

    kind: Literal["situation reported"] = "situation reported"
    since: AwareDatetime

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"sitreps": (*crisis.sitreps, self.stamp.at)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Situation report posted, covering what happened since {utc(self.since)}")

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return in_rooms(crisis, sitrep(crisis, self.since, self.stamp.at))


EVENTS: tuple[type[Event], ...] = (Reported,)
