"""`incident prioritize`: the order of attention, whom to escalate to, when to tell the business."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from handlers.commands.crisis.declare import declare_line
from handlers.commands.incident_prioritize import business, figures, staff, view, vulnerable
from handlers.commands.incident_prioritize.gather import BACK, Sources, gather
from handlers.commands.incident_prioritize.verdict import PRIORITY, RULE, disagreements, needs, verdict
from handlers.commands.incident_prioritize.work import Order, order
from handlers.commands.metrics_soc import persons
from handlers.core import cells
from handlers.core.access import TLP_ORDER, Permission, Tlp
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.errors import UserError
from handlers.core.fetch import Got, rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, Heading, KpiStrip, Notice, Verdict, spans

LINE = "incident prioritize"
TITLE = "Order of attention"
VULNERABLE = ("vulnerabilities.overdue", "vulnerabilities.unjudged")
NOT_SHIPPED = "NCISS scores are not offered: their weights and band edges have not been read in full from their source."


class PrioritizeArgs(Args):
    management_view: bool = flag("The order with its reasons (the default)")
    business_impact: bool = flag("By business service: downtime, records, clocks, whom to call, who can take it")
    vulnerabilities: bool = flag("Cloud findings by due day of BOD 26-04, with the SSVC decision")
    names: bool = flag("Name the people who could take it; in a direct message only")
    limit: Annotated[int, Field(ge=1, le=50)] = option(10, "How many groups to list, 50 at most", example="10")


async def run(args: PrioritizeArgs, call: Authorised, soc: Soc) -> Document:
    if args.names:
        permit(call)
    if args.vulnerabilities:
        call.principal.require(Permission.POSTURE)
    now = soc.clock.now()
    part = call.principal.may(Permission.PART)
    sources = await gather(soc, now, args.vulnerabilities, args.business_impact or args.names, part)
    if not sources.cases.ok:
        return _nothing(sources)
    found = await asyncio.to_thread(order, sources, now, soc.zone.key)
    called = await _named(soc, sources) if args.names else None
    sheet = Sheet(call, soc, Permission.CASES, private=args.names)
    money = call.principal.may(Permission.REPORTS)
    view_of = View(sources, found, Book(sheet, _sources(sources), None, ()), called, money, soc.zone)
    body, late = await asyncio.to_thread(compose, args, view_of)
    return Document(
        title=TITLE,
        verdict=verdict(sources, found, late),
        blocks=(
            *_missing(sources, found),
            *body,
            *_assumed(found),
            cells.quality([got.source for got in sources.all]),
            _more(args, found, call.principal.may(Permission.CRISIS)),
        ),
        figures=await sheet.keep(),
        provenance=tuple(got.source for got in sources.all),
        private=args.names,
        tlp=max(("amber", *_crises(sources, found)), key=TLP_ORDER.index),
    )


def _crises(sources: Sources, found: Order) -> list[Tlp]:
    """How far the crises may go whose clocks stand at a case of this answer."""
    pinned = {item.case.id for group in found.groups if group.clocks for item in group.items}
    return [one.tlp for one in rows(sources.crises) if one.case in pinned]


def permit(call: Authorised) -> None:
    """Raise Denied without the permission, UserError outside a direct message."""
    call.principal.require(Permission.PERSONS)
    if call.address.visibility != "direct":
        raise UserError(
            "People are named in a direct message only.",
            "Send me the same line as a direct message; counts need no --names.",
            [f"{LINE} --business-impact"],
        )


def _nothing(sources: Sources) -> Document:
    told = Verdict(text=spans("The open cases could not be read: there is no order."), status="unknown", rule=RULE)
    provenance = tuple(got.source for got in sources.all)
    return Document(title=TITLE, verdict=told, blocks=shortfall(*sources.all), provenance=provenance)


def _sources(sources: Sources) -> list[Any]:
    kept = (sources.facts, sources.policy, sources.services, sources.triggers, sources.rules, sources.profile,
            sources.crises)  # fmt: skip
    heard: list[Got[Any]] = [sources.alerts, sources.iocs, sources.ledger]
    return [sources.cases.source, *(got.source for got in heard if got.ok), *files(*kept)]


async def _named(soc: Soc, sources: Sources) -> dict[str, str]:
    """Names by person id, or pseudonyms where the works council wants them."""
    people = rows(sources.people)
    key = {p.id: p.desk_user or p.id for p in people}
    told = await persons.names(soc, list(key.values()), {key[p.id]: p.name for p in people})
    return {person: told[account] for person, account in key.items()}


@dataclass(frozen=True, eq=False)
class View:
    """What the sections are composed from. `called`: names by person id, None: nobody is named."""

    sources: Sources
    found: Order
    book: Book
    called: Mapping[str, str] | None
    money: bool
    zone: ZoneInfo


def compose(args: PrioritizeArgs, of: View) -> tuple[list[Block], int]:
    """The strip, what needs you, the sections that were asked for; and how many vulnerabilities are overdue."""
    wide = args.business_impact or args.names
    touched = business.touched(of.found) if wide else []
    figures.add_all(of.book, of.found, of.sources)
    strip: tuple[str, ...] = figures.STRIP
    weak = vulnerable.Section(())
    if args.vulnerabilities:
        weak = vulnerable.section(_vulnerability_book(of), of.sources, of.found.now, of.zone)
        strip = (*strip[:4], *(one for one in VULNERABLE if one in of.book.sheet))
    if wide:
        business.add_figures(of.book, touched, of.money, of.sources)
        strip = (*strip[:4], "impact.records", *(("impact.downtime_cost",) if of.money else ()))
    out: list[Block] = [KpiStrip(figures=strip)]
    if told := [*needs(of.found)[: 5 - len(weak.needs)], *weak.needs]:
        out += [Heading(text="What needs you"), Bullets(items=tuple(told))]
    if args.management_view or not (wide or args.vulnerabilities):
        out += view.blocks(of.found, args.limit)
    if wide:
        out += business.blocks(of.found, touched, of.money, of.sources)
        out += staff.blocks(of.found, of.sources, of.called, of.zone.key)
    return [*out, *weak.blocks], weak.late


def _vulnerability_book(of: View) -> Book:
    asked = of.sources.findings
    return of.book.over(None, *([asked.source] if asked else []), *files(of.sources.vulnerable, of.sources.table))


def _missing(sources: Sources, found: Order) -> list[Block]:
    """Before all else: what is missing and what it does to the order."""
    out: list[Block] = list(shortfall(*sources.all))
    for got, told in (
        (
            sources.policy,
            "No policy: the product's weights count, and a service is rated by its criticality alone.",
        ),
        (sources.facts, "No incident facts: nothing is assessed; no clock, outage or safety risk is known."),
        (sources.services, "No services: what nobody rated counts as 3 of 5, and no crown jewel is known."),
        (sources.ledger, "No case ledger: rules of cases, and so sets of ransomware precursors, are not known."),
    ):
        out += [] if got.ok else [_notice(told)]
    if sources.cases.source.truncated:
        out.append(_notice("The desk gave only part of the open cases: the order may lack some."))
    return [*out, *(_notice(text) for text in found.problems)]


def _assumed(found: Order) -> list[Block]:
    """Last: what was left out or taken as the middle."""
    out: list[Block] = []
    if found.left_out:
        out.append(_notice(f"{cells.counted(found.left_out, 'test or simulated case')} left out.", "info"))
    assumed = sum(bool(found.scores[one.key].of.assumed) for one in found.groups)
    if assumed:
        told = f"{assumed} of {len(found.groups)} groups have a rating that nobody knows: it is taken as 3 of 5, not 0."
        out.append(_notice(told, "info"))
    return out


def _notice(text: str, level: Any = "warning") -> Notice:
    return Notice(level=level, text=spans(text))


def _more(args: PrioritizeArgs, found: Order, declares: bool) -> Actions:
    buttons = [Button(label="Business impact", line=f"{LINE} --management-view --business-impact"),
               Button(label="Vulnerabilities", line=f"{LINE} --vulnerabilities")]  # fmt: skip
    if found.groups:
        first = found.groups[0]
        buttons.append(Button(label=f"Case {first.key}"[:75], line=f"case show {first.key}"))
        if declares:
            title = next((item.case.title for item in first.items if item.case.id == first.key), first.key)
            label = f"Declare major incident: {first.key}"[:75]
            buttons.append(Button(label=label, line=declare_line(title, first.key), style="danger"))
    for case, _, level in disagreements(found)[:1]:
        buttons.append(
            Button(label=f"Make {case} {PRIORITY[level]}"[:75], line=f"case priority {case} {PRIORITY[level]}")
        )
    asked = {"management-view": args.management_view, "business-impact": args.business_impact,
             "vulnerabilities": args.vulnerabilities, "names": args.names}  # fmt: skip
    again = " ".join([LINE, *(f"--{name}" for name, on in asked.items() if on)])
    return Actions(buttons=(*buttons, Button(label="Refresh", line=again)))


COMMAND = Command(
    name=LINE,
    summary="The order of attention: what first and why, whom to escalate to, when to tell the business",
    args=PrioritizeArgs,
    needs=Permission.CASES,
    run=run,
    example="incident prioritize --management-view --business-impact",
    budget=40.0,
    notes=(
        f"Cases that name a same known host or account are one group; alerts of the last {BACK.days} days, indicator "
        "matches, services and incident facts tell which names are known.",
        NOT_SHIPPED,
        "People are named with --names in a direct message only.",
    ),
)
