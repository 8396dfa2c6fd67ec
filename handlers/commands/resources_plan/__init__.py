"""`resources plan`: hire, move shifts or outsource nights?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from handlers.commands.metrics_soc import persons
from handlers.commands.resources_plan import figures, matrix, sections, shifts
from handlers.commands.resources_plan.ahead import week_name
from handlers.commands.resources_plan.verdict import verdict
from handlers.commands.resources_plan.work import Inputs, Plan, before, gather, plan, times
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag
from handlers.core.errors import UserError
from handlers.core.fetch import Got, rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, Text, Value, spans

LINE = "resources plan"
STRIP = (
    "erlang.seats", "erlang.service_level", "erlang.occupancy", "staffing.fte.shortfall", "shift.coverage",
    "skills.uncovered_hours",
)  # fmt: skip


class PlanArgs(Args):
    staffing: bool = flag("Demand, seats by hour, people, sensitivity (the default)")
    shift_coverage: bool = flag("The week against its needs: gaps, who is alone, rest, handovers, holidays")
    skill_matrix: bool = flag("Skills needed against the best present, bus factor, uncovered hours")
    names: bool = flag("Name people; in a direct message only")
    ages_out: float | None = Field(
        default=None, gt=0, le=720, description="Hours after which waiting work ages out: adds Erlang A",
        json_schema_extra={"choices": [], "example": "1"},
    )  # fmt: skip


async def run(args: PlanArgs, call: Authorised, soc: Soc) -> Document:
    if args.names:
        permit(call)
    when = times(soc.clock.now(), soc.zone.key)
    inputs = await gather(soc, before(when.arrivals, when.zone).start)
    found = await asyncio.to_thread(plan, inputs, when)
    called = await _named(soc, inputs) if args.names else None
    sheet = Sheet(call, soc, Permission.STAFFING, private=args.names)
    await asyncio.to_thread(_figures, sheet, inputs, found)
    sources = tuple(got.source for got in inputs.all)
    return Document(
        title=f"Resources plan for {week_name(when.monday)}",
        verdict=verdict(inputs, found),
        blocks=(
            *_notices(inputs, found),
            *compose(args, inputs, found, called, sheet),
            cells.quality(sources),
            _more(),
        ),
        figures=await sheet.keep(),
        provenance=sources,
        private=args.names,
    )


def permit(call: Authorised) -> None:
    """Raise Denied without the permission, UserError outside a direct message."""
    call.principal.require(Permission.PERSONS)
    if call.address.visibility != "direct":
        raise UserError(
            "People are named in a direct message only.",
            "Send me the same line as a direct message; counts and tiers need no --names.",
            [f"{LINE} --shift-coverage"],
        )


async def _named(soc: Soc, inputs: Inputs) -> dict[str, str]:
    """Names by person id, or pseudonyms where the works council wants them."""
    people = rows(inputs.people)
    key = {p.id: p.desk_user or p.id for p in people}
    told = await persons.names(soc, list(key.values()), {key[p.id]: p.name for p in people})
    return {person: told[account] for person, account in key.items()}


def _figures(sheet: Sheet, inputs: Inputs, found: Plan) -> None:
    files: list[Got[Any]] = [inputs.policy, inputs.people, inputs.shifts, inputs.absences, inputs.skills, inputs.needs]
    kept = [got.source for got in files if got.ok]
    targets = rows(inputs.targets)
    window = found.load.window if found.load else None
    work = [inputs.ledger.source, *([inputs.handling.source] if inputs.handling.ok else []), *kept]
    figures.add_all(Book(sheet, work, window, targets), Book(sheet, kept, None, targets), found, inputs.absences.ok)


def _notices(inputs: Inputs, found: Plan) -> list[Notice]:
    """What is missing and what was assumed instead."""
    out = list(shortfall(*inputs.all))
    if not inputs.policy.ok:
        out.append(_notice("No staffing policy could be read: the bot's own assumptions are used, printed below."))
    if not inputs.absences.ok:
        out.append(_notice("Absences could not be read: coverage is shown as if everybody came."))
    if not inputs.handling.ok and found.load is not None:
        out.append(_notice("Handling times could not be read: every case takes the assumed time."))
    if found.load is not None and found.load.window != found.times.arrivals:
        out.append(_notice(f"The ledger holds {found.load.weeks} of the complete weeks looked back on."))
    if inputs.ledger.source.truncated:
        out.append(_notice("The case ledger is truncated: arrivals are at least what is shown, seats may be too few."))
    return [*out, *(_notice(text) for text in found.problems)]


def _notice(text: str) -> Notice:
    return Notice(level="warning", text=spans(text))


def compose(args: PlanArgs, inputs: Inputs, found: Plan, called: Mapping[str, str] | None, sheet: Sheet) -> list[Block]:
    """The strip, what needs you, and the sections that were asked for."""
    out: list[Block] = []
    if strip := tuple(figure for figure in STRIP if figure in sheet):
        out.append(KpiStrip(figures=strip))
    staff, skill = _needs(found, sheet), _skill_needs(found, sheet)
    only_skills = args.skill_matrix and not (args.staffing or args.shift_coverage)
    if needs := [*skill, *staff] if only_skills else [*staff, *skill]:
        out += [Heading(text="What needs you"), Bullets(items=tuple(needs[:5]))]
    if args.staffing or not (args.shift_coverage or args.skill_matrix):
        out += sections.staffing_blocks(found, args.ages_out)
    if args.shift_coverage:
        out += shifts.blocks(found, called)
    if args.skill_matrix:
        out += matrix.blocks(found, rows(inputs.skills), called)
    return out


def _needs(found: Plan, sheet: Sheet) -> list[Text]:
    """At most one line a kind of trouble, gravest first."""
    out: list[Text] = []
    if found.roster is not None:
        for figure, words in (
            ("shift.empty_hours", " with nobody on shift"),
            ("shift.gap_hours", " with fewer people than required"),
            ("shift.lone_hours", " with one person alone"),
            ("shift.violations", " rests or hours to check against the limits"),
        ):
            if sheet[figure].value:
                out.append(spans(Value(figure=figure), f"{words} (owner: shift planning)."))
        short = [feast for feast in found.roster.feasts if feast.gaps]
        if short:
            text = f"{cells.counted(len(short), 'public holiday')} ahead with hours short, first {short[0].day} "
            out.append(spans(f"{text}(owner: shift planning)."))
    return out


def _skill_needs(found: Plan, sheet: Sheet) -> list[Text]:
    """Skill-hours without anybody of the level, and skills that hang on one person."""
    out: list[Text] = []
    worst = max(found.skills or (), key=lambda c: c.uncovered, default=None)
    if worst is not None and worst.uncovered and sheet["skills.uncovered_hours"].value:
        first = f" a week without the level needed, most in {cells.shorten(worst.need.skill, 40)}: "
        out.append(spans(Value(figure="skills.uncovered_hours"), f"{first}{worst.uncovered:g} h (owner: SOC manager)."))
    single = [c.need.skill for c in found.skills or () if c.bus_factor < 2]
    if single:
        text = f"Skills that hang on one person or none: {cells.names([cells.shorten(s, 40) for s in single])}"
        out.append(spans(f"{text} (owner: SOC manager)."))
    return out


def _more() -> Actions:
    flags = (("Staffing", "--staffing"), ("Shift coverage", "--shift-coverage"), ("Skill matrix", "--skill-matrix"))
    return Actions(buttons=tuple(Button(label=label, line=f"{LINE} {said}") for label, said in flags))


COMMAND = Command(
    name=LINE,
    summary="Hire, move shifts or outsource nights: seats by hour, shift coverage, skills",
    args=PlanArgs,
    needs=Permission.STAFFING,
    run=run,
    example="resources plan --staffing --shift-coverage --skill-matrix",
    budget=40.0,
    notes=(sections.ASSUMED, "People are named with --names in a direct message only."),
)
