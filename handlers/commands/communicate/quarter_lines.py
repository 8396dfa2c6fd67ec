"""The lines of the quarterly review, section by section."""

from __future__ import annotations

from typing import Any

from handlers.analysis import executive as ex
from handlers.analysis.fiscal import Quarter
from handlers.commands.communicate.audiences import INSIDE, VOICES
from handlers.commands.communicate.quarter import Inputs, Measures, rows
from handlers.commands.communicate.wording import rounded
from handlers.core import cells
from handlers.core.fetch import Got
from handlers.core.sheet import Sheet
from messages.prose import count, quantity

LINES = 5
SEVERITY = ("critical", "high", "medium", "low")


def own_ids(inputs: Inputs) -> list[str]:
    """Ids of our own lists, which look like host names and are not."""
    lists = (inputs.asks, inputs.commitments, inputs.incidents, inputs.initiatives)
    return [one.id for got in lists for one in rows(got)]


def sections(
    inputs: Inputs, found: Measures | None, when: Quarter, sheet: Sheet, audience: str
) -> dict[str, list[str]]:
    """Lines by section; what only executives and the board read is empty for the others."""
    inside, outer = audience in INSIDE, VOICES[audience].outer
    outside = outer and not inside
    inner = {
        "objectives": _objectives(inputs, when), "people": _people(inputs, when, found),
        "budget": _budget(inputs, when), "plan": _plan(inputs, found), "asks": _asks(inputs),
    }  # fmt: skip
    return {
        "measures": _measures(found, sheet, outer), "incidents": [] if outside else _incidents(inputs, when),
        "coverage": [] if outside else _coverage(inputs), "compliance": _compliance(inputs) if inside else [],
        **(inner if inside else {name: [] for name in inner}),
    }  # fmt: skip


def _measures(found: Measures | None, sheet: Sheet, outer: bool) -> list[str]:
    if found is None:
        return ["Not available: the case ledger did not answer"]
    out = []
    for name, run in found.trends.items():
        figure = sheet[name]
        value = quantity(figure.value, figure.unit)
        if outer and figure.value is not None:
            value = _outer(figure.value, figure.unit)
        aim = f", target {quantity(figure.target, figure.unit)}" if figure.target is not None else ""
        words = run.verdict if run.enough else f"no evidence of a trend ({run.n} of 8 months)"
        p = f" (p = {run.p:.1g})" if run.p is not None else ""
        out.append(f"{figure.label}: {value}{aim}; {words}{p}")
    return out


def _outer(value: float, unit: str) -> str:
    if unit == "seconds":
        return f"{rounded(value / 3600)} hours"
    if unit == "share":
        return f"about {ex.two_digits(value) * 100:.0f} %"
    return rounded(value)


def _gone(got: Got[Any], file: str) -> list[str]:
    """Said where a section would stand, so that a missing file is not read as "none"."""
    return [] if got.ok else [f"Not available: {file} could not be read"]


def _objectives(inputs: Inputs, when: Quarter) -> list[str]:
    if lost := _gone(inputs.commitments, "commitments.yaml"):
        return lost
    mine = [one for one in rows(inputs.commitments) if when.first <= one.due <= when.last]
    open_ = [one for one in rows(inputs.commitments) if one.due > when.last and one.promised <= when.last]
    out = [f"{cells.shorten(one.title, 100)}: {one.status}" for one in mine]
    return [*out, f"{cells.counted(len(open_), 'commitment')} due later, "
            f"{sum(one.status in ('late', 'at risk') for one in open_)} of them late or at risk"]  # fmt: skip


def _incidents(inputs: Inputs, when: Quarter) -> list[str]:
    mine = [one for one in rows(inputs.incidents) if when.first <= one.occurred <= when.last]
    top = sorted(mine, key=lambda one: (SEVERITY.index(one.severity), one.occurred))
    out = _gone(inputs.incidents, "incidents.yaml")
    out += [f"{one.occurred}: {one.title} ({one.severity}). {one.effect}. {one.status}" for one in top[:LINES]]
    return out + ([f"{len(top) - LINES} more on file"] if len(top) > LINES else [])


def _coverage(inputs: Inputs) -> list[str]:
    if not rows(inputs.services):
        return _gone(inputs.services, "services.yaml")
    share = ex.watched(rows(inputs.services), crown_jewels=False)
    told = f"{share.successes} of {share.n} services on file are monitored today"
    return [f"{told}; the state at the quarter's start was not kept, so no change is told"]


def _people(inputs: Inputs, when: Quarter, found: Measures | None) -> list[str]:
    people = rows(inputs.people)
    if not people:
        return _gone(inputs.people, "roster.yaml")
    there = [p for p in people if p.start is None or p.start < when.first]
    at_start = [p for p in there if p.end is None or p.end >= when.first]
    left = sum(p.end is not None and when.first <= p.end <= when.last for p in people)
    came = sum(p.start is not None and when.first <= p.start <= when.last for p in people)
    rate = f" (attrition {quantity(left / len(at_start), 'share')} of the quarter's start)" if at_start else ""
    out = [f"{len(at_start)} people at the start, {came} joined, {left} left{rate}"]
    if found is not None and at_start:
        each = rounded(found.opened / len(at_start))
        out.append(f"Load: {rounded(found.opened)} cases opened, {each} for each of them")
    return out


def _budget(inputs: Inputs, when: Quarter) -> list[str]:
    lines = [one for one in rows(inputs.budget) if one.year == when.year]
    out = []
    for currency in sorted({one.currency for one in lines}):
        mine = [one for one in lines if one.currency == currency]
        plan, actual = sum(one.plan for one in mine), sum(one.actual for one in mine)
        booked = min(one.as_of for one in mine)
        out.append(f"FY{when.year}: {count(actual)} of {count(plan)} {currency} spent, booked to {booked}")
        training = [one for one in mine if one.kind == "training"]
        if training:
            out.append(f"Of it training: {count(sum(o.actual for o in training))} of "
                       f"{count(sum(o.plan for o in training))} {currency}")  # fmt: skip
    return out or _gone(inputs.budget, "budget.yaml") or [f"No budget line for FY{when.year} on file"]


def _compliance(inputs: Inputs) -> list[str]:
    if lost := _gone(inputs.commitments, "commitments.yaml"):
        return lost
    late = [one for one in rows(inputs.commitments) if one.status == "late"]
    return [f"{cells.counted(len(late), 'commitment')} late today; duties and clocks: see compliance monitor"]


def _plan(inputs: Inputs, found: Measures | None) -> list[str]:
    live = [one for one in rows(inputs.initiatives) if one.status in ("running", "approved")]
    ahead = f" ({found.plan_from})" if found is not None else ""
    out = _gone(inputs.initiatives, "initiatives.yaml")
    out += [f"{cells.shorten(one.title, 100)}: {one.status}" for one in live[:LINES]]
    return out + ([f"{len(live) - LINES} more running or approved{ahead}"] if len(live) > LINES else [])


def _asks(inputs: Inputs) -> list[str]:
    found = sorted(rows(inputs.asks), key=lambda one: one.decide_by)
    return _gone(inputs.asks, "asks.yaml") + [
        f"{one.title}: {one.recommendation}"
        + (f", {count(one.cost)} {one.currency}" if one.cost is not None else "") + f", by {one.decide_by}"
        for one in found
    ]  # fmt: skip
