"""`--business-impact`: each business service with its cases, downtime past the RTO, records, clocks, whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.models.organisation import Service
from connectors.models.organisation.risk import Affected, IncidentFacts
from handlers.analysis.downtime import Downtime, downtime
from handlers.commands.incident_prioritize.gather import Sources
from handlers.commands.incident_prioritize.judge import Group
from handlers.commands.incident_prioritize.work import Order
from handlers.core import cells
from handlers.core.book import Book
from messages.document import Block, Context, Heading, Paragraph, spans
from messages.prose import duration, quantity

DOWNTIME = (
    "Hours of outage past each service's RTO, outages that overlap taken once, times its cost an hour (services.yaml). "
    "An outage is what incident_facts.yaml records; none recorded is no evidence of none."
)
WITHHELD = "Costs are left out: they need the permission reports.read."


@dataclass(frozen=True, eq=False)
class Touched:
    """One service with the groups that touch it, in their order. `records`: largest of a group, summed over groups."""

    service: Service
    groups: tuple[Group, ...]
    down: Downtime | None
    records: int | None

    @property
    def cases(self) -> tuple[str, ...]:
        """Cases that touch the service itself."""
        own = (i for g in self.groups for i in g.items if any(s.id == self.service.id for s in i.services))
        return tuple(item.case.id for item in own)


def touched(found: Order) -> list[Touched]:
    """Services of the groups, the most urgent group's first."""
    services = {s.id: s for group in found.groups for s in group.services}
    out = []
    for service in services.values():
        groups = tuple(g for g in found.groups if any(s.id == service.id for s in g.services))
        told = [_of(group, service.id) for group in groups]
        spells = [(a.down_since, a.restored_at) for each in told for a in each if a.down_since is not None]
        down = downtime(spells, found.now, service.rto_hours, service.cost_per_hour)
        counts = [max(known) for each in told if (known := [a.records for a in each if a.records is not None])]
        out.append(Touched(service, groups, down, sum(counts) if counts else None))
    return out


def _of(group: Group, service: str) -> list[Affected]:
    told = (one.facts for one in group.items if one.facts is not None)
    return [a for facts in told for a in facts.affected if a.service == service]


def add_figures(book: Book, rows: Sequence[Touched], money: bool, sources: Sources) -> None:
    """Services touched, records at risk, cost so far; what a missing file holds is not known, never none."""
    services = sources.services.ok
    ids = [i for one in rows for i in one.cases]
    book.add("impact.services", "Services touched", len(rows) if services else None, "count",
             "Business services that a host of an open case or its incident facts name.", cases=ids,
             note="" if services else f"{Service.FILE} could not be read")  # fmt: skip
    records = [one.records for one in rows if one.records is not None]
    book.add("impact.records", "Records at risk", sum(records) if records else None, "count",
             "Records at risk by the incident facts: the largest number of each group and service, summed.",
             n=len(records) or None, statistic="sum",
             note="" if records else _lacking(sources) or "no incident facts tell of records")  # fmt: skip
    if money:
        _cost(book, rows, _lacking(sources))


def _lacking(sources: Sources) -> str:
    """Why outages and records are not known; empty when both files are there."""
    gone = [one for one in sources.lacking if one in {IncidentFacts.FILE, Service.FILE}]
    return f"{' and '.join(gone)} could not be read" if gone else ""


def _cost(book: Book, rows: Sequence[Touched], lacking: str) -> None:
    """One sum only where there is one currency and every outage has an RTO and a cost."""
    out = [one for one in rows if one.down is not None]
    costs = [(one.service.currency, one.down.cost) for one in out if one.down is not None]
    currencies = {currency for currency, _ in costs}
    known = [cost for _, cost in costs if cost is not None]
    note = "" if out else lacking or "no outage is recorded"
    if len(currencies) > 1:
        note = f"costs are in {', '.join(sorted(currencies))} and no rate is given: not summed"
    elif out and not known:
        note = "no outage has both an RTO and a cost an hour"
    elif len(known) < len(costs):
        note = f"{len(costs) - len(known)} of {len(costs)} outages lack an RTO or a cost an hour: at least this"
    value = sum(known) if known and len(currencies) == 1 else None
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    book.add("impact.downtime_cost", "Downtime past RTO", value, "money", DOWNTIME, n=len(known) or None,
             statistic="sum", currency=currency, note=note)  # fmt: skip


def blocks(found: Order, rows: Sequence[Touched], money: bool, sources: Sources) -> list[Block]:
    """One table; services that nobody listed are said."""
    head = Heading(text="Business impact")
    if not sources.services.ok:
        return [head, Paragraph(text=spans(f"No impact by service: {Service.FILE} could not be read."))]
    facts = sources.facts.ok
    lines = []
    for one in rows:
        first = one.groups[0]
        clocks = [c.regime for g in one.groups for c in g.clocks]
        line = [
            one.service.name, one.service.owner, found.level(first), cells.names(one.cases, 3),
            _outage(one.down) if facts else "not known", _cost_cell(one) if facts else "not known",
            "—" if one.records is None else f"{one.records:,}", cells.names(list(dict.fromkeys(clocks)), 3),
        ]  # fmt: skip
        lines.append(cells.row(*(line if money else [*line[:5], *line[6:]])))
    labels = ["Service", "Call", "Band", "Cases", "Outage", ">Cost past RTO", ">Records at risk", "Clocks running"]
    heads = labels if money else [*labels[:5], *labels[6:]]
    none = sum(not group.services for group in found.groups)
    told = f"{cells.counted(none, 'group')} of {len(found.groups)} touch no service of services.yaml. {DOWNTIME}"
    return [
        head,
        cells.table("By business service", heads, lines),
        Context(text=spans(told if money else f"{told} {WITHHELD}")),
    ]


def _outage(down: Downtime | None) -> str:
    if down is None:
        return "none recorded"
    told = f"{'down' if down.down else 'was down'} {duration(down.hours * 3600)}"
    if down.over is None:
        return f"{told}, no RTO"
    if down.over > 0:
        return f"{told}, {duration(down.over * 3600)} past RTO"
    return told + (f", RTO in {duration(down.left * 3600)}" if down.left is not None else ", within RTO")


def _cost_cell(one: Touched) -> str:
    if one.down is None:
        return "—"
    return "not known" if one.down.cost is None else quantity(one.down.cost, "money", one.service.currency)
