"""The process map, waiting, effort, conformance, hunts, and the automations, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.models.organisation.process import Runbook
from handlers.analysis.automation import Scored, overfull
from handlers.analysis.conformance import Conformance
from handlers.analysis.effort import Effort
from handlers.analysis.hunting import Hunting
from handlers.analysis.waiting import Wait
from handlers.analysis.workflow import Flow
from handlers.commands.process_optimize.verdict import months
from handlers.commands.process_optimize.work import Found, Inputs, rows
from handlers.core import cells
from messages.document import Block, Context, Heading, Notice, Table, Text, Value, spans
from messages.prose import quantity

TOP = 5
CAVEAT = (
    "Waiting: no human owner. Owned: a human owner, which is elapsed time, not effort. In the stage: average number of "
    "cases there; each: by Little's law (cases in the stage / entries an hour)."
)


def wait_table(waits: Sequence[Wait]) -> Table:
    """Stages, the one that waits most first."""
    made = (
        cells.row(w.stage, quantity(w.waiting, "seconds"), quantity(w.owned, "seconds"), f"{w.entered:,}",
                  f"{w.queue:.1f}", None if w.hours_each is None else quantity(w.hours_each * 3600, "seconds"))
        for w in waits
    )  # fmt: skip
    labels = ("Stage", ">Waiting", ">Owned", ">Entered", ">In the stage", ">Each")
    return cells.table("Where cases wait", labels, made)


def map_blocks(found: Found, flow: Flow) -> list[Block]:
    """Variants and what goes round in circles."""
    made = (
        cells.row(" → ".join(v.path), f"{v.cases:,}", quantity(v.share, "share"),
                  None if v.median is None else quantity(v.median, "seconds"))
        for v in flow.variants[:TOP]
    )  # fmt: skip
    table = cells.table(
        "Ways that cases go", ("Steps", ">Cases", ">Share", ">Median elapsed"), made, len(flow.variants)
    )
    told = f"{flow.cases:,} closed cases; {flow.open:,} still open are not in it, {found.left_out:,} tests, merged and "
    told += f"maintenance cases are left out. The {min(TOP, len(flow.variants))} commonest ways cover "
    told += f"{quantity(flow.covered(TOP), 'share')}. Stage entered again {len(flow.loops):,}, reopened "
    told += f"{len(flow.reopened):,}, back and forth between groups "
    told += "unknown without the roster." if flow.ping_pong is None else f"{len(flow.ping_pong):,}."
    return [Heading(text="Process map"), table, Context(text=spans(told))]


def effort_table(top: Sequence[Effort], everything: int) -> Table:
    """The types that make most of the hours."""
    made = (
        cells.row(e.type, f"{e.cases:,}", f"{e.minutes:.0f}", f"{e.hours:.1f}", quantity(e.share, "share"))
        for e in top
    )  # fmt: skip
    labels = ("Type", ">Cases", ">Minutes each", ">Hours", ">Share of hours")
    return cells.table("Work that makes most of the hours", labels, made, everything)


def check_table(checked: Sequence[Conformance], today: date, stale_days: int) -> Table:
    """Runbooks against the history of their cases, the worst first, with their last review."""
    return cells.table(
        "Mandatory steps by runbook",
        ("Runbook", ">Cases", ">Complete", "Missing or too early", "Cannot be seen", "Last review", "Owner"),
        (_checked(one, today, stale_days) for one in checked),
    )


def _checked(one: Conformance, today: date, stale_days: int) -> tuple[Text, ...]:
    wrong = [f"{s.step.id} missing {len(s.missing)}" for s in one.steps if s.missing]
    wrong += [f"{s.step.id} too early {len(s.early)}" for s in one.steps if s.early]
    hidden = cells.counted(one.unseen, "step") if one.unseen else None
    return cells.row(one.runbook.title, f"{one.cases:,}", f"{one.cases - len(one.bad):,}", "; ".join(wrong),
                     hidden, _review(one.runbook, today, stale_days), one.runbook.owner)  # fmt: skip


def _review(book: Runbook, today: date, stale_days: int) -> str:
    if book.reviewed is None:
        return "never (stale)"
    age, limit = (today - book.reviewed).days, book.review_days or stale_days
    return f"{age} d ago{f' (stale, limit {limit} d)' if age > limit else ''}"


def hunt_blocks(hunts: Hunting, today: date) -> list[Block]:
    """Hunts overdue, ahead and finished."""
    made = [
        cells.row(h.id, h.title, f"overdue since {h.due}" if h.due < today else f"{h.status}, due {h.due}",
                  ", ".join(h.techniques), h.owner, cells.shorten(h.hypothesis, 80))
        for h in (*hunts.overdue, *hunts.ahead)
    ] + [
        cells.row(h.id, h.title, f"done {h.finished}", ", ".join(h.techniques), h.owner, cells.shorten(h.result, 80))
        for h in hunts.done
    ]  # fmt: skip
    labels = ("Hunt", "What", "State", "Techniques", "Owner", "Hypothesis or result")
    gaps = f" Data that was missing: {'; '.join(hunts.gaps)}." if hunts.gaps else ""
    told = (
        f"Finished in 91 days: {len(hunts.done)} ({hunts.late} late), {hunts.hours:g} h, "
        f"{cells.counted(hunts.rules, 'rule')} made, {cells.counted(hunts.cases, 'case')} opened.{gaps} "
        "A hunt that finds nobody still answers its hypothesis. Hunts are overseen here, never started from here."
    )
    return [cells.table("Hunts, overdue first", labels, made), Context(text=spans(told))]


def automation_blocks(inputs: Inputs, found: Found, details: bool) -> list[Block]:
    """Ranked; with `details` also prerequisites, guardrails and what they rest on."""
    scored = found.scored or ()
    out: list[Block] = [Heading(text="Automation opportunities")] if details else []
    if scored:
        out.append(_ranking(scored if details else scored[:3], len(scored), inputs.assumed.hours_per_fte_month))
    if details and scored:
        labels = ("Automation", "Guardrail", "First", "Changes runbook", "Rests on", "Owner")
        out.append(cells.table("What each needs", labels, (_needs(one) for one in scored)))
    told = [f"{item.title} ({item.id}) cannot be scored: no {lacks}." for item, lacks in found.unscored]
    told += [
        f"{name}: automations together take {quantity(share, 'share')} of the work, so their hours are counted twice."
        for name, share in overfull([one for one in rows(inputs.automations) if one.status != "live"])
    ]
    out += [Notice(level="warning", text=spans(one)) for one in told]
    if details:
        out.append(Context(text=spans(
            "Hours a month = volume × minutes / 60 × automatable share × (1 − failure). Net: after running it. "
            "Payback: build hours / net. Hours given back are not headcount unless whole shifts vanish. "
            "Mend a bad process before automating it."
        )))  # fmt: skip
    return out


def _ranking(scored: Sequence[Scored], total: int, fte_hours: float) -> Table:
    made = (
        (
            *cells.row(s.item.title, s.item.case_type),
            spans(Value(figure=f"automation.{s.item.id}.hours")),
            *cells.row(f"{s.low:.1f}–{s.high:.1f}", _signed(s.net, 1), _signed(s.net / fte_hours, 2),
                       months(s.payback), s.item.status),
        )
        for s in scored
    )  # fmt: skip
    labels = ("Automation", "Type", ">Hours a month", ">Range", ">Net", ">FTE", ">Payback", "State")
    return cells.table("What to automate first", labels, made, total)


def _signed(value: float, places: int) -> str:
    return f"{value:.{places}f}".replace("-", "−")


def _needs(one: Scored) -> tuple[Text, ...]:
    facts = one.facts
    rests = f"{facts.volume or 0:.1f} a month, {facts.minutes or 0:g} min, {facts.failure or 0:.0%} fail"
    measured = f" ({', '.join(facts.measured)} from records)" if facts.measured else " (estimated)"
    return cells.row(one.item.title, f"{one.item.action}: {one.guardrail}", "; ".join(one.item.prerequisites),
                     one.item.runbook, rests + measured, one.item.owner)  # fmt: skip
