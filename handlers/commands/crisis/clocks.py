"""`crisis clock …`: the board of regulatory clocks, and the triggers that people confirm."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.models.organisation.clocks import ClockRule, RegulatorProfile
from handlers.analysis.clocks import counts
from handlers.analysis.deadlines import local_day
from handlers.core.access import Permission
from handlers.core.call import SELF, Authorised
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.fetch import fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp, speaker
from handlers.crisis.board_clocks import RULE, page, status
from handlers.crisis.clock_checks import TRIGGERS, check_start, may_keep, trigger_named, when
from handlers.crisis.clock_preview import answer, preview
from handlers.crisis.clockwork import Rulebook, computed
from handlers.crisis.duties import ClocksProposed, ClockStarted, Started
from handlers.crisis.here import here
from handlers.crisis.state import Crisis
from handlers.crisis.store import Changed
from messages.document import Document, Verdict, spans

WHICH = "Which crisis; left out: this room's"


async def rulebook(soc: Soc) -> Rulebook:
    """Rules and profile, or why they cannot be read."""
    rules = await fetch("Regulatory rules", soc.organisation.read(ClockRule))
    profile = await fetch("Regulator profile", soc.organisation.read(RegulatorProfile))
    lacking = tuple(got.source.note.rstrip(".") for got in (rules, profile) if not got.ok)
    ours = rows(profile)
    return Rulebook(rows(rules) if rules.ok else None, ours[0] if ours else None, soc.zone.key, lacking)


async def propose(soc: Soc, call: Authorised, crisis: str) -> Changed:
    """The candidate clocks, proposed by the house once a crisis is declared; whatever declares one calls this."""
    book = await rulebook(soc)
    by_house = {"id": f"{call.id}:clocks", "who": SELF, "principal": soc.access.principal(SELF.platform, "", SELF.user)}
    return await soc.crises.change(crisis, call.model_copy(update=by_house), lambda c, stamp: proposal(c, stamp, book))


def proposal(crisis: Crisis, stamp: Stamp, book: Rulebook) -> ClocksProposed:
    """The board of a crisis as rules and profile make it now."""
    made = computed(crisis, book, stamp.at)
    return ClocksProposed(stamp=stamp, board=made.board, notes=made.notes)


class BoardArgs(Args):
    crisis: str = option("", WHICH)


async def clock_board(args: BoardArgs, call: Authorised, soc: Soc) -> Document:
    """All clocks, what started them, and what is not law."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    now = soc.clock.now()
    rules = (await rulebook(soc)).rules or ()
    ours = {one.rule for one in crisis.duties.board}
    not_law = tuple(r for r in rules if not counts(r, local_day(now, soc.zone.key)) and r.id not in ours)
    board = crisis.duties.at(now).board
    running = sum(duty.due is not None and duty.state != "filed" for duty in board)
    unknown = sum(duty.state == "scope-not-declared" for duty in board)
    said = f"{len(board)} clocks, {running} with a deadline, {sum(d.state == 'overdue' for d in board)} overdue."
    said += f" Nobody has decided whether {unknown} apply: ask legal." if unknown else ""
    verdict = Verdict(
        text=spans(said if board else "No clock is on the board: ask legal."), status=status(board), rule=RULE
    )
    title = f"{crisis.name}: regulatory clocks"
    return Document(title=title, verdict=verdict, blocks=page(crisis, now, not_law), tlp=crisis.tlp)


async def propose_again(args: BoardArgs, call: Authorised, soc: Soc) -> Document:
    """Rules and profile read anew: a scope was decided, a file was mended."""
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClocksProposed:
        may_keep(crisis, call)
        new, old = proposal(crisis, stamp, book), crisis.duties
        unchanged = [d.model_copy(update={"owner": None, "since": None}) for d in old.at(stamp.at).board]
        if old.proposed and list(new.board) == unchanged and new.notes == old.notes:
            raise Refused("Rules and profile give the very board that stands.", "", ("crisis clock",))
        return new

    return answer(await soc.crises.change(await here(call, soc, args.crisis), call, decide), soc.clock.now())


class StartArgs(Args):
    trigger: Annotated[str, Field(max_length=60)] = word("What happened", choices=TRIGGERS)
    at: Annotated[str, Field(max_length=40)] = option(
        ..., "When, with zone or in the team's", example="2026-11-22T02:10Z"
    )
    said: Annotated[str, Field(min_length=2, max_length=200)] = option(
        ..., "Who says so", example="Data protection officer", phrase=True
    )
    reason: Annotated[str, Field(max_length=300)] = option("", "Why it replaces an earlier time", phrase=True)
    crisis: str = option("", WHICH)


def _started(args: StartArgs, call: Authorised, soc: Soc) -> Started:
    at = when(args.at, soc.clock.now(), soc.zone)
    return Started(
        trigger=trigger_named(args.trigger), at=at, said=args.said, confirmed=speaker(call), reason=args.reason
    )


async def start_preview(args: StartArgs, call: Authorised, soc: Soc) -> Reply:
    """Which clocks would start and until when; nothing is recorded."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_keep(crisis, call)
    new, now = _started(args, call, soc), soc.clock.now()
    before = check_start(crisis.duties, new, soc.zone)
    started = crisis.duties.model_copy(update={"started": (*crisis.duties.started, new)})
    then = computed(crisis.model_copy(update={"duties": started}), await rulebook(soc), now)
    shown = preview(crisis, new, before, then, now=now, zone=soc.zone)
    # The time too: “09:00” typed before nine is yesterday's, and stays it when it is confirmed after nine.
    return Reply(shown, settled={"crisis": crisis.id, "at": new.at.isoformat()})


async def start(args: StartArgs, call: Authorised, soc: Soc) -> Document:
    """Confirmed by whoever pressed."""
    return await _start(await here(call, soc, args.crisis), _started(args, call, soc), call, soc)


async def _start(crisis_id: str, new: Started, call: Authorised, soc: Soc) -> Document:
    book = await rulebook(soc)

    def decide(crisis: Crisis, stamp: Stamp) -> ClockStarted:
        may_keep(crisis, call)
        check_start(crisis.duties, new, soc.zone)
        with_it = crisis.duties.model_copy(update={"started": (*crisis.duties.started, new)})
        made = computed(crisis.model_copy(update={"duties": with_it}), book, stamp.at)
        old = {duty.key: duty.due for duty in crisis.duties.board}
        moved = tuple(duty.key for duty in made.board if duty.due and old.get(duty.key) != duty.due)
        return ClockStarted(stamp=stamp, started=new, board=made.board, notes=made.notes, new=moved)

    return answer(await soc.crises.change(crisis_id, call, decide), soc.clock.now())


async def confirm_aware(args: BoardArgs, call: Authorised, soc: Soc) -> Document:
    """The time of awareness given at the declaration, confirmed by one press."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    if crisis.aware is None:
        raise Refused("No time of awareness was given at the declaration.", "", ("crisis clock start --form",))
    said = f"{crisis.declared_by.name}, at the declaration"
    new = Started(trigger="aware_at", at=crisis.aware, said=said, confirmed=speaker(call))
    return await _start(crisis.id, new, call, soc)


COMMANDS = (
    Command(
        name="crisis clock",
        summary="Regulatory clocks: what runs until when, what waits for whom",
        args=BoardArgs,
        needs=Permission.PART,
        run=clock_board,
        example="crisis clock",
        aliases=("crisis clocks",),
    ),
    Command(
        name="crisis clock start",
        summary="A trigger is confirmed: its clocks start",
        args=StartArgs,
        needs=Permission.PART,
        run=start_preview,
        apply=start,
        example='crisis clock start aware --at 02:10 --said "Data protection officer"',
    ),
    Command(
        name="crisis clock confirm",
        summary="Confirm the time of awareness given at the declaration",
        args=BoardArgs,
        needs=Permission.PART,
        run=confirm_aware,
        example="crisis clock confirm",
        writes=True,
    ),
    Command(
        name="crisis clock propose",
        summary="Read rules and profile again and put the candidate clocks on the board",
        args=BoardArgs,
        needs=Permission.PART,
        run=propose_again,
        example="crisis clock propose",
        writes=True,
    ),
)
