"""`metrics soc`: is the team getting better, where is the bottleneck, what to raise in reviews."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from connectors.ports import LedgerView
from handlers.analysis import slices, workload
from handlers.commands.metrics_soc import compose, needs, persons
from handlers.commands.metrics_soc.times import Times, times
from handlers.commands.metrics_soc.work import Numbers, Question, Sources, Wanted, compute, gather
from handlers.core.access import Permission
from handlers.core.book import Book
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.fetch import rows, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Block, Document, Verdict, spans

PRESETS = ("org", "google")
COHORTS = ("opened", "closed")


class MetricsSoc(Args):
    performance: bool = flag("every section; also what no flag shows")
    timeframe: str = option(
        "monthly",
        "last complete period of this kind, or an ISO period (2026-10, 2026-Q3, 2026-W40) or range of days (start/end)",
        ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly"),
        "monthly",
    )
    trend_analysis: bool = flag("twelve periods: Mann–Kendall, Theil–Sen, XmR")
    preset: Literal["org", "google"] = option("org", "whose definitions: google reconciles to its dashboards", PRESETS)
    cohort: Literal["opened", "closed", ""] = option("", "count cases by opening or by closing date", COHORTS)
    person: bool = flag("load by person: direct message to a manager only")


async def run(args: MetricsSoc, call: Authorised, soc: Soc) -> Document:
    """Fetch, compute in a thread, compose. Raises BadFlag for a timeframe that is none, UserError for `--person`."""
    if args.person:
        persons.permit(call)
    at = soc.clock.now()
    when = times(args.timeframe, at, soc.zone)
    wanted = Wanted(args.performance or not (args.trend_analysis or args.person), args.trend_analysis, args.person)
    sources = await gather(soc, when.since(wanted.trend), wanted)
    if sources.ledger.value is None:
        text = spans("No figures: the case ledger did not answer, and every metric needs it.")
        rule = "Unknown while the case ledger is missing."
        return Document(
            title=f"SOC performance, {when.label}",
            verdict=Verdict(text=text, status="unknown", rule=rule),
            blocks=(
                *shortfall(*sources.needed),
                compose.actions(_line(args), args.preset, _typed(args.timeframe), args.trend_analysis),
            ),
            provenance=tuple(got.source for got in sources.needed),
        )
    asked = Question(when, at, soc.zone.key, args.preset, args.cohort or None, args.trend_analysis)
    numbers = await asyncio.to_thread(compute, sources, sources.ledger.value, asked)
    people = await _persons(soc, sources.ledger.value, when, sources) if args.person else []
    sheet = Sheet(call, soc, Permission.METRICS, private=args.person)
    document = await asyncio.to_thread(
        _composed, args, sheet, wanted=wanted, numbers=numbers, sources=sources, when=when, people=people
    )
    return document.model_copy(update={"figures": await sheet.keep()})


def _composed(
    args: MetricsSoc,
    sheet: Sheet,
    *,
    wanted: Wanted,
    numbers: Numbers,
    sources: Sources,
    when: Times,
    people: list[Block],
) -> Document:
    """The answer but for its figures, which the sheet holds."""
    book = Book(sheet, (sources.ledger.source,), when.now, rows(sources.targets))
    compose.write(book, numbers, when, sources)
    if wanted.performance:
        compose.write_hours(book, numbers, when, sources)
    side = args.cohort or numbers.rules.defined("mttr").cohort
    blocks = [
        *shortfall(*sources.needed),
        *_body(wanted, numbers, sources, when, book),
        *people,
        compose.small_print(when, sources, args.preset, side),
        compose.actions(_line(args), args.preset, _typed(args.timeframe), args.trend_analysis),
    ]
    return Document(
        title=f"SOC performance, {when.label}",
        verdict=compose.verdict(book, numbers, when, args.preset),
        blocks=tuple(blocks),
        provenance=tuple(got.source for got in sources.needed),
        private=args.person,
        tlp="amber+strict" if args.person else "amber",
    )


def _body(wanted: Wanted, numbers: Numbers, sources: Sources, when: Times, book: Book) -> list[Block]:
    blocks: list[Block] = [*compose.notices(numbers, sources, when), compose.headline(numbers.rules.preset)]
    blocks += needs.what_needs_you(needs.needs(numbers), numbers.now.measures["mttr"].total.n > 0)
    if wanted.performance:
        blocks += compose.performance(numbers, book)
    blocks += needs.negatives(numbers)
    if wanted.trend:
        blocks += compose.trend_blocks(numbers, sources)
    return blocks + compose.to_date(book, when)


async def _persons(soc: Soc, view: LedgerView, when: Times, sources: Sources) -> list[Block]:
    done = await asyncio.to_thread(slices.closed, view.cases, when.now)
    told = await asyncio.to_thread(workload.handled, done)
    known = {p.desk_user: p.name for p in rows(sources.people) if p.desk_user}
    called = await persons.names(soc, [row.person for row in told], known)
    return persons.blocks(told, called, when.label)


def _typed(timeframe: str) -> str:
    return "".join(timeframe.split())


def _line(args: MetricsSoc) -> str:
    """The line that asks the same again."""
    words = ["metrics soc", f"--timeframe {_typed(args.timeframe)}", f"--preset {args.preset}"]
    words += [f"--cohort {args.cohort}"] if args.cohort else []
    switches: dict[str, Any] = {"performance": args.performance, "trend-analysis": args.trend_analysis}
    return " ".join([*words, *(f"--{name}" for name, on in (switches | {"person": args.person}).items() if on)])


COMMAND = Command(
    name="metrics soc",
    summary="Performance of the SOC: MTTx, SLA, quality, flow, workload, each against the period before",
    args=MetricsSoc,
    needs=Permission.METRICS,
    run=run,
    example="metrics soc --performance --timeframe monthly",
    notes=(
        "Each figure carries its definition; --preset google counts as the Google SecOps dashboards do.",
        "Fewer than 20 finished cases: too few to call a change. Fewer than 5: no statistic.",
        "--person answers in a direct message to a manager only; in a channel the distribution is anonymous.",
    ),
)
