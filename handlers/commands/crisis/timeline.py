"""`crisis timeline`: what happened, when, when it was logged, and what was corrected."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis import asks, custody, duties, guests, letters, phases, press, roles, rooms, sitrep, work
from handlers.crisis.base import Event
from handlers.crisis.here import here
from handlers.crisis.need_to_know import strictest
from handlers.crisis.state import Crisis, Declared, ExitChecked, Injected, Reminded, after
from handlers.crisis.times import past
from messages.document import Document, Moment, Strong, Text, spans

PAGE = 40
GROUPS: dict[str, tuple[type[Event], ...]] = {
    "phase": (Declared, ExitChecked, *phases.EVENTS),
    "role": roles.EVENTS,
    "task": (work.TaskAdded, work.TaskChanged),
    "fact": (work.Stated, work.Restated, work.ItemMarked),
    "decision": (work.Decided, work.DecisionReversed),
    "note": (work.Noted, work.Corrected, work.SourceChanged, Injected, *sitrep.EVENTS),
    "evidence": (custody.EvidenceKept, custody.EvidenceMoved),
    "cost": (custody.CostNoted,),
    "clock": duties.EVENTS,
    "message": (*letters.EVENTS, *press.EVENTS),
    "ask": asks.EVENTS,
    "room": (*rooms.EVENTS, *guests.EVENTS),
    "reminder": (Reminded,),
}
Kind = Literal[
    "", "phase", "role", "task", "fact", "decision", "note", "evidence", "cost", "clock", "message", "ask", "room",
    "reminder",
]  # fmt: skip


class TimelineArgs(Args):
    since: Annotated[str, Field(max_length=40)] = option("", "Only what was logged since", example="06:40")
    kind: Kind = option("", "Only one kind of entry", tuple(GROUPS))
    order: Literal["logged", "happened"] = option("logged", "By which time, the newest first", ("logged", "happened"))
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page, the newest first", example="2")
    crisis: str = option("", "Which crisis; left out: this room's")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the timeline shows it: `later` is what was said of it afterwards, which the entry itself is not."""

    event: Event
    line: Text
    later: list[str]

    def row(self, *, logged: bool) -> tuple[Text, ...]:
        """Number, when it happened, with `logged` when it was logged if later, what, who."""
        event, said = self.event, self.line
        for words in self.later:
            said = (*said, *spans(" ", Strong(text=f"[{words}]")))
        first = (spans(f"#{event.stamp.n}"), spans(Moment(at=event.when)))
        at = (spans(Moment(at=event.stamp.at)) if event.occurred else spans(""),) if logged else ()
        return (*first, *at, said, spans(event.stamp.by.name))


async def entries(crisis_id: str, soc: Soc) -> tuple[Crisis, list[Entry]]:
    """The crisis and its whole timeline, in the order it was logged; NotFound when there is none."""
    crisis: Crisis | None = None
    found: list[Entry] = []
    later: dict[int, list[str]] = defaultdict(list)
    async for n, event in soc.crises.events(crisis_id):
        crisis = after(crisis, event)
        found.append(Entry(event, event.line(crisis), later[n]))
        if isinstance(event, work.Corrected):
            later[event.entry].append(f"corrected in #{n}: {event.text}")
        if isinstance(event, work.SourceChanged):
            what = "deleted in the chat" if event.deleted else f"edited in the chat: {event.text}"
            later[event.entry].append(f"#{n}: {what}")
    if crisis is None:
        raise NotFound(f"There is no crisis {crisis_id}.", "", ("crisis list",))
    return crisis, found


async def timeline(args: TimelineArgs, call: Authorised, soc: Soc) -> Document:
    """Event time beside logged time; corrections stand beside what they correct, and as entries of their own."""
    crisis, found = await entries(await here(call, soc, args.crisis), soc)
    total = len(found)
    if args.kind:
        found = [one for one in found if isinstance(one.event, GROUPS[args.kind])]
    if args.since:
        since = past(args.since, soc.clock.now(), soc.zone, "--since")
        found = [one for one in found if one.event.stamp.at >= since]
    if args.order == "happened":
        found.sort(key=lambda one: (one.event.when, one.event.stamp.n))
    shown, pages = cells.page_of(found[::-1], args.page, PAGE)
    chosen = f"{len(found)} of {total} entries" if len(found) != total else cells.counted(total, "entry", "entries")
    late = any(one.event.occurred for one in shown)
    labels = ("#", "Happened", *(("Logged, when later",) if late else ()), "What", "By")
    caption = f"{chosen}, newest first by time {args.order}; page {args.page} of {pages}"
    table = cells.table(caption, labels, [one.row(logged=late) for one in shown], len(found))
    return Document(title=f"{crisis.name}: timeline", blocks=(table,), tlp=strictest(crisis))


COMMANDS = (
    Command(
        name="crisis timeline",
        summary="What happened, when, and when it was logged",
        args=TimelineArgs,
        needs=Permission.PART,
        run=timeline,
        example="crisis timeline",
    ),
)
