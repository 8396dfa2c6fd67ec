"""`training assess`: who trains on what, in which quarter, and where one person is all there is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from connectors.models.organisation import Person
from handlers.analysis.certificates import by_currency
from handlers.commands.metrics_soc import persons
from handlers.commands.training_assess import certs, skills
from handlers.commands.training_assess.verdict import verdict
from handlers.commands.training_assess.work import Inputs, Purse, Team, gather, purse, team
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag
from handlers.core.errors import UserError
from handlers.core.fetch import rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, Source, spans
from messages.prose import quantity

LINE = "training assess"
SKILLS = ("training.gap.share", "training.single.count", "training.cost.sum", "training.budget.left")
CERTS = ("certs.expired.count", "certs.due_30.count", "certs.behind.count", "certs.duty.unmet.count")


class TrainingArgs(Args):
    team_skills: bool = flag("Gaps, single-person risk and the training plan (the default)")
    certification_tracking: bool = flag("What expires, points behind pace, duties of contracts and rules")
    decay: bool = flag("Lower each level by one for every full 18 months unused")
    names: bool = flag("Name people; in a direct message only")


async def run(args: TrainingArgs, call: Authorised, soc: Soc) -> Document:
    if args.names:
        permit(call)
    shown = args.team_skills or not args.certification_tracking
    inputs = await gather(soc, call, shown, args.decay)
    tracked = await certs.gather(soc) if args.certification_tracking else None
    now, zone = soc.clock.now(), soc.zone.key
    found = await asyncio.to_thread(team, inputs, now, zone, args.decay) if shown else None
    held = None
    if tracked is not None:
        held = certs.certs(tracked, rows(inputs.people) if inputs.people.ok else None, now, zone)
    money = purse(inputs, now.astimezone(soc.zone).date())
    named = await _named(soc, inputs) if args.names else None
    sheet = Sheet(call, soc, Permission.STAFFING, private=args.names)
    ours = inputs.all if shown else (inputs.people, inputs.targets)
    asked = (*ours, *(tracked.all if tracked is not None else ()))
    book = Book(sheet, files(*asked), None, rows(inputs.targets))
    if found is not None:
        skills.add_figures(book, inputs, found, money)
    if held is not None and tracked is not None:
        certs.add_figures(book.over(None, *files(*tracked.all, inputs.people)), held)
    return Document(
        title="Training: team skills" if tracked is None else "Training and certifications",
        verdict=verdict(inputs, found, tracked, held, shown),
        blocks=(
            *shortfall(*asked),
            *_notices(args, inputs, found, held),
            *compose(shown, (found, money), (tracked is not None, held), sheet, (named, _roles(inputs, named))),
            cells.quality(_told(tuple(got.source for got in asked))),
            _more(),
        ),
        figures=await sheet.keep(),
        provenance=tuple(got.source for got in asked),
        private=args.names,
    )


def permit(call: Authorised) -> None:
    """Raise Denied without the permission, UserError outside a direct message."""
    call.principal.require(Permission.PERSONS)
    if call.address.visibility != "direct":
        raise UserError(
            "People are named in a direct message only.",
            "Send me the same line as a direct message; counts need no --names.",
            [LINE],
        )


async def _named(soc: Soc, inputs: Inputs) -> dict[str, str]:
    """Names by person id, or pseudonyms where the works council wants them."""
    people: tuple[Person, ...] = rows(inputs.people)
    key = {p.id: p.desk_user or p.id for p in people}
    told = await persons.names(soc, list(key.values()), {key[p.id]: p.name for p in people})
    return {person: told[account] for person, account in key.items()}


def _roles(inputs: Inputs, named: Mapping[str, str] | None) -> dict[str, str]:
    """What an owner is called: the name where people are named, else the role."""
    return dict(named) if named is not None else {p.id: p.role for p in rows(inputs.people)}


def _notices(args: TrainingArgs, inputs: Inputs, found: Team | None, held: certs.Certs | None) -> list[Notice]:
    """What was left out or assumed."""
    out: list[str] = []
    if found is not None and found.no_profile:
        roles = cells.names([f"{cells.shorten(role, 40)} ({n})" for role, n in found.no_profile.items()])
        out.append(f"No role profile, so no gap is known for: {roles}.")
    if found is not None and inputs.techniques is None:
        out.append("Threat profiles are unknown: skills without a weight of their own weigh 1.")
    if found is not None and not inputs.absences.ok:
        out.append("Absences could not be read: course dates are chosen as if nobody were away.")
    if found is not None and args.decay:
        out.append(f"Decay: {cells.counted(found.lowered, 'assessment')} lowered, each level −1 per 18 months unused.")
    if found is not None and inputs.ledger is not None and not inputs.ledger.ok:
        out.append("The case ledger could not be read: practice is unknown, decay follows the days in skills.yaml.")
    out += _retired(found) if found is not None else []
    if found is not None:
        costs = by_currency((seat.course.cost, seat.course.currency) for seat in found.seats if seat.starts is not None)
        told = ", ".join(quantity(cost, "money", currency) for currency, cost in costs.items())
        out += [f"Costs of courses in several currencies are not added: {told}."] if len(costs) > 1 else []
    if held is not None and held.unknown:
        known = cells.names([f"“{cells.shorten(name, 60)}”" for name in held.unknown])
        out.append(
            f"Unknown to certification_names.yaml: {known}. Tracked under the given name; counts for no known one."
        )
    if held is not None and held.gone:
        out.append(f"{cells.counted(held.gone, 'certificate')} of people who are not in the roster: left out.")
    for one in held.duties or () if held is not None and held.named else ():
        if one.unknown:
            name = cells.names([f"“{cells.shorten(name, 60)}”" for name in one.unknown])
            out.append(f"Duty {one.duty.id} asks for {name}, which certification_names.yaml does not know.")
    return [Notice(level="info" if text.startswith("Decay:") else "warning", text=spans(text)) for text in out]


def _retired(found: Team) -> list[str]:
    """Technique ids of ours that ATT&CK has retired: what stands for them, and which count for nothing."""
    moved = cells.names([f"{old} (now {new})" for old, new in found.retired.moved])
    gone = cells.names(found.retired.gone)
    by = found.attack.called if found.attack is not None else "the product's table (attack_remap.yaml)"
    told = f"skill_threats.yaml names techniques retired by {by}"
    out = [f"{told}, counted as their successors: {moved}."] if moved else []
    out += [f"{told} without a successor, left out: {gone}."] if gone else []
    if found.attack is not None and found.strange:
        lost = cells.names(found.strange)
        out.append(f"{found.attack.called} does not have techniques that skill_threats.yaml names: {lost}.")
    return out


def compose(
    shown: bool,
    team_of: tuple[Team | None, Purse | None],
    held_of: tuple[bool, certs.Certs | None],
    sheet: Sheet,
    words: tuple[Mapping[str, str] | None, Mapping[str, str]],
) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    (found, money), (tracked, held), (named, called) = team_of, held_of, words
    wanted = (*SKILLS[:3], *CERTS[:1], *CERTS[2:]) if shown and tracked else SKILLS if shown else CERTS
    out: list[Block] = []
    if strip := tuple(figure for figure in wanted if figure in sheet):
        out.append(KpiStrip(figures=strip))
    bad = certs.needs(held, called) if held is not None else []
    gaps = skills.needs(found, money, sheet, named) if found is not None else []
    if needs := [*gaps[:3], *bad[:2], *gaps[3:], *bad[2:]] if tracked else gaps:
        out += [Heading(text=_heading(len(needs))), Bullets(items=tuple(needs[:5]))]
    out += skills.blocks(found, sheet, named) if shown else []
    return out + (certs.blocks(held, sheet, named, called) if tracked else [])


def _told(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Threat recommendations come once a profile: one line for those that answered, with their rows together."""
    out: dict[tuple[str, bool], Source] = {}
    for one in sources:
        key = (one.name, one.ok)
        if key not in out:
            out[key] = one
        elif one.ok:
            both = (out[key].rows or 0) + (one.rows or 0)
            cut = out[key].truncated or one.truncated
            out[key] = out[key].model_copy(update={"rows": both, "truncated": cut})
    return tuple(out.values())


def _heading(number: int) -> str:
    """Five are shown; more are counted."""
    return "What needs you" + (f" (5 of {number})" if number > 5 else "")


def _more() -> Actions:
    lines = (
        ("Team skills", f"{LINE} --team-skills"),
        ("Certifications", f"{LINE} --certification-tracking"),
        ("With decay", f"{LINE} --decay"),
        ("Shift coverage", "resources plan --skill-matrix"),
    )
    return Actions(buttons=tuple(Button(label=label, line=line) for label, line in lines))


COMMAND = Command(
    name=LINE,
    summary="Who trains on what and when: skill gaps, single-person risk, certifications",
    args=TrainingArgs,
    needs=Permission.STAFFING,
    run=run,
    example="training assess --team-skills --certification-tracking",
    notes=(skills.METHOD, certs.NOTE, "People are named with --names in a direct message only."),
)
