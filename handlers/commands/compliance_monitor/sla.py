"""`--sla-adherence`: per priority and metric, breaches with their cause, vendors' promises."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.models.organisation.assurance import BreachCause, VendorPromise
from connectors.models.organisation.promises import SlaPolicy
from connectors.models.reading import Reading
from handlers.analysis.adherence import Late, credit, late, vendor_share
from handlers.analysis.proportions import against
from handlers.commands.compliance_monitor.figures import PREFIX
from handlers.commands.compliance_monitor.work import Inputs, Kept
from handlers.core import cells
from handlers.core.fetch import Got, rows
from messages.document import Block, Context, Heading, Span, Table, Text, Value, spans
from messages.prose import duration, quantity

SHOWN = 10
UNCODED = "not coded"


def blocks(kept: Kept, inputs: Inputs, label: str) -> list[Block]:
    """By priority, the breaches, what was paused, the vendors."""
    out: list[Block] = [Heading(text="SLA adherence"), _priorities(kept, inputs, label)]
    times: list[str | Span] = ["By time spent: "]
    for number, one in enumerate(kept.metrics):
        times += [f"{', ' if number else ''}{one.metric} ", Value(figure=f"{PREFIX[one.metric]}.by_time")]
    out.append(Context(text=spans(*times, "; a miss by a minute weighs a minute.")))
    reopened = sum(len(one.reopened_kept) for one in kept.metrics)
    if reopened:
        counted = "missed" if inputs.assumed.reopened_counts_as_missed else "kept"
        said = f"{cells.counted(reopened, 'case')} closed in time and reopened later: counted as {counted} by policy."
        out.append(Context(text=spans(said)))
    out += _breaches(kept, inputs.causes)
    if vendors := rows(inputs.vendors):
        out.append(vendor_table(vendors))
    return out


def _priorities(kept: Kept, inputs: Inputs, label: str) -> Table:
    promised: dict[tuple[str, str], SlaPolicy] = {(p.metric, p.priority): p for p in rows(inputs.promises)}
    made = []
    for one in kept.metrics:
        for priority, part in one.by_priority.items():
            policy = promised.get((one.metric, priority))
            if policy is None:
                continue
            share = part.share
            limits = f" ({quantity(share.low, 'share')}–{quantity(share.high, 'share')})" if share.n else ""
            made.append(cells.row(
                f"{one.metric} {priority}", f"{part.met:,}", f"{part.missed + part.open_past_due:,}",
                f"{kept.at_risk.get((one.metric, priority), 0):,}", f"{quantity(share.value, 'share')}{limits}",
                quantity(policy.target_share, "share"), against(share, policy.target_share),
            ))  # fmt: skip
    labels = ("Promise", ">Met", ">Missed", ">At risk now", "Kept (95 % CI)", ">Target", "Against target")
    return cells.table(f"Promises, cases opened in {label}", labels, made)


def _breaches(kept: Kept, causes: Got[Reading[BreachCause]] | None) -> list[Block]:
    coded: dict[tuple[str, str], BreachCause] = {(c.case_id, c.metric): c for c in rows(causes)}
    found = [(one.metric, row) for one in kept.metrics for row in late(one.judged)]
    if not found:
        return []
    ranked = sorted(found, key=lambda pair: (_rank(pair[1]), -pair[1].over, pair[1].case_id))
    rows_ = (_breach(metric, row, coded) for metric, row in ranked[:SHOWN])
    labels = ("Case", "Promise", "Over by", "Still open", "Cause", "Paused")
    table = cells.table("Broken promises, most urgent first", labels, rows_, len(found))
    return [table, Context(text=spans(_causes(found, coded)))]


def _rank(row: Late) -> int:
    order = ("critical", "high", "medium", "low", "info")
    return order.index(row.priority) if row.priority in order else len(order)


def _breach(metric: str, row: Late, coded: Mapping[tuple[str, str], BreachCause]) -> tuple[Text, ...]:
    cause = coded.get((row.case_id, metric))
    return cells.row(
        row.case_id, f"{metric} {row.priority}", duration(row.over), "yes" if row.open else "no",
        cause.cause if cause else UNCODED,
        duration(cause.paused_minutes * 60) if cause and cause.paused_minutes else None,
    )  # fmt: skip


def _causes(found: list[tuple[str, Late]], coded: Mapping[tuple[str, str], BreachCause]) -> str:
    tally: dict[str, int] = {}
    for metric, row in found:
        cause = coded.get((row.case_id, metric))
        tally[cause.cause if cause else UNCODED] = tally.get(cause.cause if cause else UNCODED, 0) + 1
    said = ", ".join(f"{name} {number:,}" for name, number in sorted(tally.items(), key=lambda kv: (-kv[1], kv[0])))
    known = {(row.case_id, metric) for metric, row in found}
    stray = sum(key not in known for key in coded)
    tail = f" {cells.counted(stray, 'coded cause')} of cases that are not in this list." if stray else ""
    return f"Causes: {said}.{tail} Pauses are those the causes file states; the case history has none."


def vendor_table(promises: tuple[VendorPromise, ...]) -> Table:
    """Each vendor's promise with its interval, target and service credit."""
    made = []
    for one in promises:
        share, back = vendor_share(one), credit(one)
        limits = f" ({quantity(share.low, 'share')}–{quantity(share.high, 'share')})" if share.n else ""
        made.append(cells.row(
            one.product, cells.shorten(one.metric, 60), f"{one.met:,} of {one.met + one.missed:,}",
            f"{quantity(share.value, 'share')}{limits}", quantity(one.target_share, "share"),
            against(share, one.target_share), None if back is None else quantity(back, "money", one.currency),
        ))  # fmt: skip
    labels = ("Product", "Promise", ">Kept", "Share (95 % CI)", ">Target", "Against target", ">Service credit")
    return cells.table("Vendors' promises", labels, made)
