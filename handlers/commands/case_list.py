"""`case list`: the open queue as a list, filtered, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.models.cases import PRIORITIES, Case
from connectors.models.reading import Reading
from handlers.analysis.sla import desk_promise
from handlers.core import cells, form
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.cases import DESK
from handlers.core.command import Args, Command, flag, option
from handlers.core.fetch import Got, fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Actions, Block, Bullets, Button, Document, KpiStrip, Status, Text, Verdict, spans
from messages.prose import duration

PAGE = 20
RULE = (
    "red: a listed case is past the due time of the desk's own SLA; amber: a critical or high one has no owner; "
    "unknown: the desk did not answer, or no listed case carries an SLA; otherwise green"
)
BASIS = "SLA here is the desk's own; monitor operations judges by sla.yaml, the promise to acknowledge included."
Lower = BeforeValidator(lambda said: said.lower() if isinstance(said, str) else said)
Priority = Annotated[Literal["critical", "high", "medium", "low", "info"] | None, Lower]
Order = Annotated[Literal["age", "priority", "sla"], Lower]


class CaseListArgs(Args):
    priority: Priority = option(None, "Only cases of this priority", PRIORITIES, "high")
    stage: str | None = option(None, "Only cases in this stage, as the desk names it", example="Triage")
    unassigned: bool = flag("Only cases that nobody owns")
    sort: Order = option("priority", "What comes first", ("age", "priority", "sla"))
    page: Annotated[int, Field(ge=1, le=10_000)] = option(1, "Which page of twenty", example="2")


def chosen(cases: Sequence[Case], args: CaseListArgs) -> list[Case]:
    """The cases that pass the filters."""
    stage = args.stage.casefold() if args.stage else None
    return [
        case
        for case in cases
        if (args.priority is None or case.priority == args.priority)
        and (stage is None or case.stage.casefold() == stage)
        and not (args.unassigned and case.owned_by_human)
    ]


def arranged(cases: Sequence[Case], order: str) -> list[Case]:
    """Oldest first, most urgent first (then oldest), or earliest due first (those without a due time last)."""
    rank = {name: at for at, name in enumerate(PRIORITIES)}

    def due(case: Case) -> tuple[bool, float]:
        at = case.sla.due_at if case.sla else None
        return (at is None, at.timestamp() if at else 0.0)

    keys = {
        "age": lambda case: (case.created_at, case.id),
        "priority": lambda case: (rank.get(case.priority, len(rank)), case.created_at, case.id),
        "sla": lambda case: (*due(case), rank.get(case.priority, len(rank)), case.id),
    }
    return sorted(cases, key=keys[order])


def judged(cases: Sequence[Case], now: datetime) -> Status:
    """RULE as code, for the listed cases of a desk that answered."""
    if any(desk_promise(case.sla, now).state == "breached" for case in cases):
        return "red"
    if any(urgent(case) and not case.owned_by_human for case in cases):
        return "amber"
    without = all(desk_promise(case.sla, now).state == "no sla" for case in cases)
    return "unknown" if cases and without else "green"


def urgent(case: Case) -> bool:
    """Critical or high."""
    return case.priority in PRIORITIES[:2]


def sla_words(case: Case, now: datetime) -> str:
    """The desk's SLA of a case in a few words; empty when it carries none."""
    promise = desk_promise(case.sla, now)
    if promise.state == "no sla":
        return ""
    if promise.state == "paused":
        return "paused"
    if promise.remaining is None:
        return promise.state
    if promise.remaining < 0:
        return f"passed {duration(-promise.remaining)} ago"
    return f"{'at risk, ' if promise.state == 'at risk' else ''}{duration(promise.remaining)} left"


async def run(args: CaseListArgs, call: Authorised, soc: Soc) -> Document:
    got = await fetch(DESK, soc.cases.open_cases())
    if got.value is None:
        verdict = Verdict(text=spans("The open cases could not be read."), status="unknown", rule=RULE)
        return Document(title="Open cases", verdict=verdict, blocks=shortfall(got), provenance=(got.source,))
    return await compose(args, got.value, got, call, soc)


async def compose(
    args: CaseListArgs, reading: Reading[Case], got: Got[Reading[Case]], call: Authorised, soc: Soc
) -> Document:
    """The list as a document."""
    now = soc.clock.now()
    listed = arranged(chosen(reading.items, args), args.sort)
    shown, pages = cells.page_of(listed, args.page, PAGE)
    sheet = Sheet(call, soc, Permission.CASES)
    figures(sheet, reading, listed, got, now)
    said = f"{cells.counted(len(listed), 'open case')} of {len(reading.items):,} listed"
    text = f"{said}; {counts(listed, now)}." if listed else f"No open case matches ({len(reading.items):,} are open)."
    blocks: list[Block] = [KpiStrip(figures=tuple(figure.id for figure in sheet.figures))]
    if needs := attention(listed, now):
        blocks.append(Bullets(items=needs))
    caption = f"Open cases, page {args.page} of {pages}"
    labels = ("Case", "Priority", "Title", "Stage", "Owner", ">Age", "SLA")
    blocks.append(cells.table(caption, labels, (line(case, now) for case in shown), len(listed)))
    blocks.append(cells.quality((got.source,), BASIS, apart(reading.items), odd(reading.items)))
    blocks.append(Actions(buttons=buttons(args, shown, pages)))
    return Document(
        title="Open cases",
        verdict=Verdict(text=spans(text), status=judged(listed, now), rule=RULE),
        blocks=tuple(blocks),
        figures=await sheet.keep(),
        provenance=(got.source,),
    )


def figures(
    sheet: Sheet, reading: Reading[Case], listed: Sequence[Case], got: Got[Reading[Case]], now: datetime
) -> None:
    """The queue as it stands and what this list shows of it."""
    every, source = reading.items, (got.source,)
    nobody = [case.id for case in every if not case.owned_by_human]
    passed = [case.id for case in every if desk_promise(case.sla, now).state == "breached"]
    carry = sum(desk_promise(case.sla, now).state != "no sla" for case in every)
    add = sheet.add
    add(
        "queue.open", "Open cases", len(every), "count", sources=source, cases=(case.id for case in every),
        definition="Cases that are open at the case desk now, whatever the filters of this list.", better="lower",
    )  # fmt: skip
    add(
        "queue.unassigned", "Without a person", len(nobody), "count", sources=source, cases=nobody,
        definition="Open cases that no person owns: nobody at all, or a queue.", better="lower",
    )  # fmt: skip
    add(
        "queue.desk_sla_passed", "Past the desk's SLA", len(passed) if carry or not every else None, "count", n=carry,
        sources=source, cases=passed, better="lower",
        note="" if carry else "no open case carries an SLA at the desk",
        definition="Open cases past the due time of the SLA that the desk itself keeps; paused ones do not count.",
    )  # fmt: skip
    add(
        "cases.listed", "Listed", len(listed), "count", sources=source, cases=(case.id for case in listed),
        definition="Open cases that pass the filters of this list.",
    )  # fmt: skip


def counts(cases: Sequence[Case], now: datetime) -> str:
    """The listed cases in one clause."""
    nobody = sum(not case.owned_by_human for case in cases)
    passed = sum(desk_promise(case.sla, now).state == "breached" for case in cases)
    return f"{nobody:,} without a person, {passed:,} past the desk's SLA"


def attention(cases: Sequence[Case], now: datetime) -> tuple[Text, ...]:
    """At most five cases that need somebody, each with id, reason and owner."""
    out = []
    for case in arranged(cases, "priority"):
        passed = desk_promise(case.sla, now).state == "breached"
        if not passed and (case.owned_by_human or not urgent(case)):
            continue
        why = f"SLA {sla_words(case, now)}" if passed else "no person owns it"
        out.append(spans(f"Case {case.id} ({case.priority}): {why}; owner {case.assignee or 'none'}."))
    return tuple(out[:5])


def line(case: Case, now: datetime) -> tuple[Text, ...]:
    """One row of the list."""
    age = duration((now - case.created_at).total_seconds())
    title = cells.shorten(case.title, 120)
    return cells.row(case.id, case.priority, title, case.stage, case.assignee, age, sla_words(case, now))


def apart(cases: Sequence[Case]) -> str:
    """How many of them are tests or simulations, which `monitor operations` leaves out; empty when there are none."""
    tests = sum(case.type != "real" for case in cases)
    return f"{cells.counted(tests, 'test or simulation', 'tests or simulations')} among them." if tests else ""


def odd(cases: Sequence[Case]) -> str:
    """A sentence about priorities outside the known ones; empty when there are none."""
    strange = sum(case.priority not in PRIORITIES for case in cases)
    return f"{cells.counted(strange, 'case')} with a priority outside {', '.join(PRIORITIES)}." if strange else ""


def buttons(args: CaseListArgs, shown: Sequence[Case], pages: int) -> tuple[Button, ...]:
    """Next and previous page, refresh, and the first three cases."""
    out = []
    if args.page < pages:
        out.append(Button(label="Next page", line=again(args, args.page + 1)))
    if args.page > 1:
        out.append(Button(label="Previous page", line=again(args, args.page - 1)))
    out.append(Button(label="Refresh", line=again(args, args.page)))
    return (*out, *(Button(label=f"Case {case.id}", line=f"case show {case.id}") for case in shown[:3]))


def again(args: CaseListArgs, page: int) -> str:
    """The line that asks for another page of the same list."""
    values: dict[str, str | bool] = {"sort": args.sort, "page": str(page), "unassigned": args.unassigned}
    return form.line(COMMAND, values | {"priority": args.priority or "", "stage": args.stage or ""})


COMMAND = Command(
    name="case list",
    summary="The open cases, filtered and sorted",
    args=CaseListArgs,
    needs=Permission.CASES,
    run=run,
    example="case list --priority high --sort age",
    aliases=("cases",),
    notes=("A case owned by a queue (its owner begins with @) counts as unassigned.",),
)
