"""`handover`: who is on shift, what the next shift must know; `handover accept`: the incoming lead takes it over."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from pydantic import AfterValidator

from handlers.analysis.handover import Change
from handlers.commands.handover import card
from handlers.commands.handover.work import (
    Accepted,
    Found,
    Inputs,
    acceptance,
    accepted_of,
    compute,
    gather,
    key,
    shifts,
)
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, word
from handlers.core.errors import Conflict, NotFound
from handlers.core.fetch import shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Button, Document, Moment, Notice, Paragraph, spans

SEEN_SECONDS = 16 * 60
"""A little longer than the confirm button lives."""
KEPT_SECONDS = 400 * 86_400


def _change(text: str) -> str:
    said = text.upper()
    if said and not (len(said) == 14 and said[8] == "T" and said[13] == "Z" and (said[:8] + said[9:13]).isdigit()):
        raise ValueError("a change of shift is written like 20261122T1300Z")
    return said


class HandoverArgs(Args):
    pass


class AcceptArgs(Args):
    change: Annotated[str, AfterValidator(_change)] = word(
        "Which change of shift, in UTC (20261122T1300Z); left out: the one that is due", default=""
    )


async def _found(soc: Soc) -> tuple[Inputs, Found]:
    now = soc.clock.now()
    inputs = await gather(soc, now)
    pair = shifts(inputs, now, soc.zone)
    accepted, known = await acceptance(soc.store, pair[0])
    return inputs, await asyncio.to_thread(compute, inputs, pair, accepted, known, now)


def _named(call: Authorised, soc: Soc) -> bool:
    """Persons are named to managers in a direct message only, and never under pseudonyms."""
    direct = call.address.visibility == "direct"
    return direct and call.principal.may(Permission.PERSONS) and not soc.pseudonyms


async def run(args: HandoverArgs, call: Authorised, soc: Soc) -> Document:
    """The card; nothing is changed."""
    inputs, found = await _found(soc)
    named = _named(call, soc)
    sheet = Sheet(call, soc, Permission.OPERATIONS)
    card.figures(Book(sheet, (inputs.cases.source, *files(inputs.policies)), None, ()), inputs, found)
    return Document(
        title="Shift handover",
        verdict=card.verdict(inputs, found),
        blocks=(
            *shortfall(*inputs.all),
            *_notices(inputs, found),
            *card.compose(inputs, found, [f.id for f in sheet.figures], named),
            cells.quality((inputs.cases.source, inputs.ledger.source), card.when(found)),
            card.actions(found),
        ),
        figures=await sheet.keep(),
        provenance=tuple(got.source for got in inputs.all),
        private=named,
    )


def _notices(inputs: Inputs, found: Found) -> list[Notice]:
    said = []
    if not found.known:
        said.append("Whether the handover was accepted could not be read; it is not known, not refused.")
    if found.queue is not None and inputs.cases.source.truncated:
        said.append("The case desk's list was cut: there are more open cases than are counted here.")
    if not inputs.absences.ok:
        said.append("Without the absences, persons on leave count as present.")
    return [Notice(level="warning", text=spans(text)) for text in said]


def seen_key(change: Change, call: Authorised) -> str:
    """Where what this person's preview showed is kept until they confirm."""
    return f"seen:{call.principal.person}:handover:{change.id}"


async def preview(args: AcceptArgs, call: Authorised, soc: Soc) -> Document:
    """What would be accepted. Conflict: accepted already, or by somebody who leaves; NotFound: not this change now."""
    inputs, found = await _found(soc)
    change = _due(args, found)
    if found.accepted is not None:
        raise _taken(found.accepted, change)
    if call.principal.person in {b.person for b in change.leave} - {b.person for b in (*change.come, *change.stay)}:
        raise Conflict("Who leaves cannot accept the own handover.", "The incoming lead accepts it.")
    given = {"open": len(found.queue.cases) if found.queue else None, "shown_at": found.now.isoformat(),
             "cases": [s.case.id for s in found.urgent], "notes": [n.id for n in found.notes or ()],
             "incoming": _incoming(call, change)}  # fmt: skip
    await soc.store.put(seen_key(change, call), json.dumps(given), SEEN_SECONDS)
    blocks: list[Block] = [*shortfall(*inputs.all), *_notices(inputs, found)]
    if not given["incoming"]:
        told = "You are not on the roster of the incoming shift: that will be recorded with your acceptance."
        blocks.append(Notice(level="warning", text=spans(told)))
    count = cells.counted(len(found.urgent), "case") + " and " + cells.counted(len(found.notes or ()), "note")
    blocks.append(Paragraph(text=spans("You take over from ", Moment(at=change.at), f" with {count} to look at.")))
    named = _named(call, soc)
    return Document(
        title="Accept the handover?",
        blocks=(*blocks, *card.body(found, named)),
        provenance=tuple(got.source for got in inputs.all),
        private=named,
    )


def _due(args: AcceptArgs, found: Found) -> Change:
    change = found.due
    if change is None:
        raise NotFound("There is no handover to accept: no change of shift is due.", "", ("handover",))
    if args.change and args.change != change.id:
        raise NotFound(
            f"The handover of {args.change} cannot be accepted now; the one due is {change.id}.", "", ("handover",)
        )
    return change


def _incoming(call: Authorised, change: Change) -> bool:
    return call.principal.person in {b.person for b in (*change.come, *change.stay)}


def _taken(one: Accepted, change: Change) -> Conflict:
    at = one.at.strftime("%Y-%m-%d %H:%M UTC")
    return Conflict(f"The handover of {change.id} was accepted already ({at}).", "Nothing was changed.", ("handover",))


async def apply(args: AcceptArgs, call: Authorised, soc: Soc) -> Document:
    """Record it once: the first acceptance stands. Conflict when the preview is unknown or somebody was faster."""
    now = soc.clock.now()
    inputs = await gather(soc, now)
    due, after = shifts(inputs, now, soc.zone)
    found = await asyncio.to_thread(compute, inputs, (due, after), None, True, now)
    change = _due(args, found)
    seen = await soc.store.get(seen_key(change, call))
    if seen is None:
        raise Conflict("What the preview showed is no longer known. Nothing was changed.", "Look again.", ("handover",))
    given = json.loads(seen)
    record = given | {"change": change.id, "person": call.principal.person, "name": call.principal.name,
                      "at": now.isoformat(), "call": call.id}  # fmt: skip
    if not await soc.store.add(key(change), json.dumps(record), KEPT_SECONDS):
        text = await soc.store.get(key(change))
        held = accepted_of(text) if text is not None else None
        if held is None or held.call != call.id:
            raise (
                _taken(held, change) if held is not None else Conflict("It was accepted meanwhile.", "", ("handover",))
            )
    minutes = round((now - change.at).total_seconds() / 60)
    late = f", {minutes} min after the change" if minutes > inputs.assumed.accept_minutes else ""
    told = spans("Handover of ", Moment(at=change.at), f" accepted{late}: {len(given['cases'])} cases and "
                 f"{len(given['notes'])} notes, as shown.")  # fmt: skip
    show = Actions(buttons=(Button(label="Handover", line="handover"),))
    return Document(title="Handover accepted", blocks=(Notice(level="info", text=told), show))


COMMANDS = (
    Command(
        name="handover",
        summary="Who is on shift and what the next shift must know",
        args=HandoverArgs,
        needs=Permission.OPERATIONS,
        run=run,
        example="handover",
        budget=30.0,
        notes=("Persons of the roster are named in a direct message to a manager only.",),
    ),
    Command(
        name="handover accept",
        summary="Accept the shift handover, after a preview",
        args=AcceptArgs,
        needs=Permission.CASES_WRITE,
        run=preview,
        apply=apply,
        example="handover accept",
        budget=30.0,
        notes=(
            "From an hour before the change until the next one; the first acceptance stands and is kept for audit.",
        ),
    ),
)
