"""`crisis declare TITLE`: criteria, a proposed severity with its reason, and once a person confirms, the room.

It waits for no backend: a desk or a file that does not answer is said, and the declaration goes on.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.errors import StateError
from connectors.models.organisation.crisis import CrisisPolicy
from connectors.models.organisation.voice import Stakeholder
from handlers.commands.crisis.clocks import propose
from handlers.commands.crisis.proposing import lacks, proposed
from handlers.core import form
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.cases import CaseId
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.errors import Conflict
from handlers.core.fetch import fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.base import Stamp
from handlers.crisis.declared_answer import acknowledged, asked
from handlers.crisis.declaring import BARE, lookalikes, refuse_second
from handlers.crisis.severity import Proposal, coded
from handlers.crisis.state import Declared
from handlers.crisis.times import past, said_back
from messages.document import Document

PREVIEW_SECONDS, RACE_SECONDS = 15 * 60, 60


class DeclareArgs(Args):
    title: Annotated[str, Field(min_length=3, max_length=200)] = word("What is happening, in a few words", phrase=True)
    severity: Literal["", "1", "2", "3"] = option("", "SEV1 is the worst; left out: proposed", ("1", "2", "3"))
    criteria: Annotated[str, Field(max_length=300)] = option("", "Criteria that are met, by number", example="1.2, 2.1")
    reason: Annotated[str, Field(max_length=500)] = option("", "Why this severity", phrase=True)
    case: CaseId | Literal[""] = option("", "The case it began with", example="12995")
    aware: Annotated[str, Field(max_length=40)] = option("", "When we became aware", example="2026-11-22T02:10Z")
    separate: bool = flag("It is another one than the one that looks like it")


async def policy_of(soc: Soc) -> CrisisPolicy:
    """The organisation's crisis.yaml, or the product's; BackendError names file, line and field."""
    return (await soc.organisation.read(CrisisPolicy)).items[0]


async def _policy(soc: Soc) -> tuple[CrisisPolicy, tuple[str, ...]]:
    """The policy, and what is said when its file cannot be read: the barest one counts then."""
    got = await fetch("crisis.yaml", policy_of(soc))
    if got.value is not None:
        return got.value, ()
    return BARE, (f"{got.source.note} The product's barest policy counts until it can be read.",)


async def run(args: DeclareArgs, call: Authorised, soc: Soc) -> Document:
    """The preview; nothing is opened. What it proposes is what a press on Confirm declares."""
    policy, notices = await _policy(soc)
    aware = _aware(args, soc)
    await _check_twice(args, soc)
    proposal = await proposed(args, policy, soc)
    await soc.store.put(_key(args, call), proposal.model_dump_json(), PREVIEW_SECONDS)
    met = {code: line(args, criteria=code) for code in coded(policy)} if not args.criteria and not args.severity else {}
    return asked(
        args.title,
        proposal,
        policy,
        met=met,
        aware=said_back(aware, soc.zone) if aware else "",
        notices=(*notices, *proposal.notices),
    )


def line(args: DeclareArgs, **changed: str | bool) -> str:
    """The same declaration as typed, with something changed."""
    said: dict[str, str | bool] = {name: value for name, value in args.model_dump().items() if value}
    return form.line(COMMANDS[0], {**said, **changed})


def declare_line(title: str, case: str) -> str:
    """What a case's button types."""
    return form.line(COMMANDS[0], {"title": " ".join(title.split())[:150].ljust(3, "."), "case": case})


def _aware(args: DeclareArgs, soc: Soc) -> datetime | None:
    return past(args.aware, soc.clock.now(), soc.zone, "--aware") if args.aware else None


def _key(args: DeclareArgs, call: Authorised) -> str:
    said = json.dumps(args.model_dump(), sort_keys=True)
    return f"declare:{call.principal.person}:{hashlib.sha256(said.encode()).hexdigest()}"


async def _check_twice(args: DeclareArgs, soc: Soc) -> None:
    """Conflict when a crisis looks like this one, unless it is said to be another."""
    if not args.separate:
        crises = [await soc.crises.get(one) for one, is_open in await soc.crises.port.listed() if is_open]
        known = lookalikes(crises, args.title, args.case, soc.clock.now())
        refuse_second(known, line(args, separate=True))


async def _alone(args: DeclareArgs, call: Authorised, soc: Soc) -> None:
    """Two people who press at the same moment: the second is told, before there are two rooms."""
    about = f"case:{args.case}" if args.case else f"title:{args.title.casefold()}"
    key = f"declaring:{hashlib.sha256(about.encode()).hexdigest()}"
    if args.separate or await soc.store.add(key, call.id, RACE_SECONDS):
        return
    if await soc.store.get(key) != call.id:
        raise Conflict("Somebody is declaring this very incident.", "Join that one.", ("crisis list",))


async def _shown(args: DeclareArgs, call: Authorised, policy: CrisisPolicy, soc: Soc) -> Proposal:
    """The proposal that was confirmed; made anew only when the preview is no longer kept."""
    kept = await soc.store.get(_key(args, call))
    return Proposal.model_validate_json(kept) if kept else await proposed(args, policy, soc)


async def apply(args: DeclareArgs, call: Authorised, soc: Soc) -> Document:
    """Declared: from here on the crisis is a matter of record, and its candidate clocks are proposed."""
    policy, notices = await _policy(soc)
    proposal = await _shown(args, call, policy, soc)
    if await soc.crises.port.find(f"call:{call.id}") is None:
        await _check_twice(args, soc)
        await _alone(args, call, soc)
    stakeholders = await fetch("Stakeholders", soc.organisation.read(Stakeholder))
    every: dict[str, int] = {one.audience: one.every_minutes for one in rows(stakeholders) if one.every_minutes}
    who = call.who
    invite = [user for p in policy.called_in for user in soc.access.accounts(p, who.platform, who.tenant)]

    def make(crisis: str, stamp: Stamp) -> Declared:
        return Declared(
            stamp=stamp,
            id=crisis,
            code_name=policy.code_names[(int(crisis) - 1) % len(policy.code_names)],
            title=args.title,
            severity=proposal.tier,
            reason=proposal.reason,
            criteria=proposal.criteria,
            aware=_aware(args, soc),
            case=args.case,
            policy=policy,
            every_minutes=every,
            invite=tuple(dict.fromkeys(invite)),
        )

    made = await soc.crises.declare(call, make)
    missing = (*notices, *lacks(stakeholders))
    try:
        crisis = (await propose(soc, call, made.crisis.id)).crisis
    except (StateError, Conflict):
        # It is declared: that must be said, whatever follows. The next tick proposes them.
        crisis, missing = made.crisis, (*missing, "No clock could be proposed yet; it is tried again in a minute.")
    return acknowledged(crisis, call.principal.may(Permission.CASES_WRITE), missing)


COMMANDS = (
    Command(
        name="crisis declare",
        summary="Declare a major incident: severity, room, roles, clocks",
        args=DeclareArgs,
        needs=Permission.CRISIS,
        run=run,
        apply=apply,
        example='crisis declare "Ransomware on file servers" --severity 1',
    ),
)
