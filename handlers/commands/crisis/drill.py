"""`crisis drill NAME`: a crisis that is none, to practise with; `crisis drills`; `crisis drill score`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.models.organisation.crisis import Drill
from connectors.models.organisation.voice import Stakeholder
from handlers.commands.crisis.declare import policy_of
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import NotFound
from handlers.core.fetch import fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.board import board
from handlers.crisis.drilling import FULL, RULE, WINDOW_MINUTES, Score, answers, in_order, scores, total
from handlers.crisis.here import here
from handlers.crisis.record import record_of
from handlers.crisis.state import Declared
from messages.document import (
    Block,
    Context,
    Document,
    Fact,
    Facts,
    KpiStrip,
    Notice,
    Paragraph,
    Strong,
    Text,
    Verdict,
    spans,
)
from messages.figures import Figure
from messages.prose import duration

CRISIS = "Which drill; left out: this room's"


class DrillArgs(Args):
    name: Annotated[str, Field(min_length=1, max_length=60)] = word("Which scenario of drills.yaml")
    speed: Annotated[float, Field(ge=1, le=60)] = option(1.0, "How many times faster its clocks run", example="10")


class DrillsArgs(Args):
    pass


class ScoreArgs(Args):
    crisis: str = option("", CRISIS)


async def _named(name: str, soc: Soc) -> Drill:
    known = (await soc.organisation.read(Drill)).items
    for one in known:
        if one.name.casefold() == name.casefold():
            return one
    lines = tuple(f"crisis drill {one.name}" for one in known[:3])
    there = cells.names([one.name for one in known], 12) or "none"
    raise NotFound(f"There is no drill “{name}”.", f"There are: {there}.", lines)


async def preview(args: DrillArgs, call: Authorised, soc: Soc) -> Document:
    """What would begin; what will happen in it is not shown."""
    drill, policy = await _named(args.name, soc), await policy_of(soc)
    last = max(one.after_minutes for one in drill.injects)
    facts = (
        Fact(label="Scenario", text=spans(Strong(text=drill.title), f", SEV{drill.tier}; all of it is made up")),
        Fact(label="Injects", text=spans(f"{len(drill.injects)} in {duration(last * 60 / args.speed)}")),
        Fact(label="Clocks", text=spans(f"run {args.speed:g} times as fast")),
        Fact(label="Score", text=spans(f"{RULE}; {duration(WINDOW_MINUTES * 60 / args.speed)} at this speed")),
        Fact(label="Called in", text=spans(cells.names(policy.called_in, 12) or "nobody but you")),
    )
    blocks: list[Block] = [Facts(facts=facts), *await _warnings(drill, soc)]
    return Document(title=f"Begin the drill {drill.name}?", blocks=tuple(blocks), tlp=policy.tlp)


async def _warnings(drill: Drill, soc: Soc) -> tuple[Block, ...]:
    found: list[str] = []
    for crisis_id, is_open in await soc.crises.port.listed():
        if is_open and not (one := await soc.crises.get(crisis_id)).drill:
            found.append(f"{one.name} is open and real. A drill beside it takes attention from it.")
    lost = [one.expects for one in drill.injects if one.expects and answers(one.expects) is None]
    if lost:
        found.append(f"Not scored, because the record does not show it: {cells.names(lost)}.")
    return tuple(Notice(level="warning", text=spans(one)) for one in found)


async def begin(args: DrillArgs, call: Authorised, soc: Soc) -> Document:
    """Declared as a drill: outside every real metric, and nothing of it leaves the house."""
    drill, policy = await _named(args.name, soc), await policy_of(soc)
    stakeholders = await fetch("Stakeholders", soc.organisation.read(Stakeholder))
    every: dict[str, int] = {one.audience: one.every_minutes for one in rows(stakeholders) if one.every_minutes}
    who = call.who
    invite = [user for p in policy.called_in for user in soc.access.accounts(p, who.platform, who.tenant)]

    def make(crisis: str, stamp: Stamp) -> Declared:
        return Declared(
            stamp=stamp,
            id=crisis,
            code_name=policy.code_names[(int(crisis) - 1) % len(policy.code_names)],
            title=drill.title,
            severity=drill.tier,
            reason=f"drill {drill.name}" + (f", clocks {args.speed:g} times as fast" if args.speed > 1 else ""),
            policy=policy,
            every_minutes=every,
            drill=drill.name,
            speed=args.speed,
            scenario=in_order(drill.injects),
            invite=tuple(dict.fromkeys(invite)),
        )

    return board((await soc.crises.declare(call, make)).crisis)


async def listed(args: DrillsArgs, call: Authorised, soc: Soc) -> Document:
    """The scenarios there are, without what happens in them."""
    known = (await soc.organisation.read(Drill)).items
    shown = [
        cells.row(one.name, one.title, f"SEV{one.tier}", str(len(one.injects)), f"crisis drill {one.name} --speed 10")
        for one in known
    ]
    table = cells.table("Scenarios of drills.yaml", ("Drill", "What", "Severity", ">Injects", "Begins with"), shown)
    return Document(title="Drills", blocks=(table,), tlp="amber")


async def score(args: ScoreArgs, call: Authorised, soc: Soc) -> Document:
    """What the team did about each inject, as the record shows it."""
    record = await record_of(soc.crises.port, await here(call, soc, args.crisis))
    crisis = record.crisis
    if not crisis.drill:
        raise Refused(f"{crisis.name} is no drill.", "`crisis after-action` shows how it went.")
    found = scores(record)
    reached, possible = total(found)
    share = Figure(
        id="drill.score.share", label="Score", value=reached / possible if possible else None, unit="share",
        n=possible // FULL, statistic="share", sources=("crisis record",), as_of=record.as_of, better="higher",
        definition=f"Points of {possible} possible for the injects that came: {RULE}. Part of no real metric.",
        note="" if possible else "no inject came yet that can be scored",
    )  # fmt: skip
    labels = ("#", "Came", "Inject", "Expects", "Answered by", ">After", ">Points")
    table = cells.table("Injects that came", labels, [_row(n, one) for n, one in enumerate(found, 1) if one.given])
    waiting = sum(one.given is None for one in found)
    blocks: list[Block] = [KpiStrip(figures=(share.id,)), table]
    if waiting:
        blocks.append(Paragraph(text=spans(f"{cells.counted(waiting, 'inject')} did not come yet or any more.")))
    blocks.append(Context(text=spans("The record decides: what was typed and refused earns nothing.")))
    verdict = Verdict(text=spans(f"{reached} of {possible} points."), status="unknown", rule=f"no colour: {RULE}")
    title = f"{crisis.name}: score of the drill {crisis.drill}"
    return Document(title=title, verdict=verdict, blocks=tuple(blocks), figures=(share,), tlp=crisis.tlp)


def _row(number: int, one: Score) -> tuple[Text, ...]:
    answer = f"#{one.entry}" if one.entry else "nothing" if one.points == 0 else "not scored"
    after = duration(one.after.total_seconds()) if one.after is not None else ""
    points = "" if one.points is None else str(one.points)
    return cells.row(str(number), cells.moment(one.given), one.inject.text, one.inject.expects, answer, after, points)


COMMANDS = (
    Command(
        name="crisis drill",
        summary="Begin a drill: a made-up crisis with timed injects, scored",
        args=DrillArgs,
        needs=Permission.CRISIS,
        run=preview,
        apply=begin,
        example="crisis drill ransomware --speed 10",
    ),
    Command(
        name="crisis drills",
        summary="The drills there are",
        args=DrillsArgs,
        needs=Permission.PART,
        run=listed,
        example="crisis drills",
        aliases=("crisis drill list",),
    ),
    Command(
        name="crisis drill score",
        summary="How the team did in a drill",
        args=ScoreArgs,
        needs=Permission.PART,
        run=score,
        example="crisis drill score",
    ),
)
