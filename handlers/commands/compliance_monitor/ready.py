"""`--audit-readiness`: the score by control, what blocks, which evidence an auditor would question."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.analysis.evidence import WEIGHTS, Doubt, Part, Readiness
from handlers.core import cells
from messages.document import Block, Bullets, Context, Heading, Table, Text, Value, spans
from messages.prose import quantity

SHOWN = 20


def blocks(ready: Readiness, doubts: Sequence[Doubt], period: str) -> list[Block]:
    """Score, blocking list, parts, doubts."""
    n = len(ready.parts)
    out: list[Block] = [
        Heading(text="Audit readiness"),
        Context(text=spans(
            f"Period {period}. Score ", Value(figure="readiness.score"), f": {WEIGHTS}. Evidence in place for ",
            Value(figure="evidence.in_place"), f" of {n}.",
        )),
    ]  # fmt: skip
    if ready.blocking:
        out.append(Bullets(items=tuple(
            spans(f"Blocks the audit: key control {one.id} has no operating evidence in the period so far: "
                  f"{cells.shorten(one.statement, 80)} (owner {one.owner}).") for one in ready.blocking
        )))  # fmt: skip
    if n:
        out.append(parts(ready.parts))
    if doubts:
        out.append(doubt_table(doubts))
    return out


def parts(found: Sequence[Part]) -> Table:
    """Controls by score, the lowest first."""
    ranked = sorted(found, key=lambda p: (p.score, -p.control.weight, p.control.id))
    labels = ("Control", ">Weight", ">Design", ">Operating", ">Fresh", ">Score", "Periods covered")
    return cells.table("Readiness by control", labels, (_part(one) for one in ranked))


def _part(one: Part) -> tuple[Text, ...]:
    return cells.row(
        f"{one.control.id}{' (key)' if one.control.key else ''}", f"{one.control.weight:g}", f"{one.design:g}",
        f"{one.operating:.2f}", f"{one.freshness:.2f}", quantity(one.score, "share"),
        f"{one.covered} of {one.slots}" + (", last test failed" if one.control.result == "fail" else ""),
    )  # fmt: skip


def doubt_table(doubts: Sequence[Doubt]) -> Table:
    """Evidence to question, in the order of the file."""
    made = (
        cells.row(d.evidence.id, d.evidence.control, f"{d.evidence.period_from} to {d.evidence.period_to}",
                  str(d.evidence.at.date()), d.why)
        for d in doubts[:SHOWN]
    )  # fmt: skip
    return cells.table("Evidence to question", ("Evidence", "Control", "Covers", "Made", "Why"), made, len(doubts))
