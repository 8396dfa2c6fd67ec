"""How a crisis was responded to, in figures, from its record alone. Pure.

Intervals are those of the product's reference: aware, declared, commander in place, contained, eradicated, recovered,
closed. A phase that did not hold (the crisis went back) has no time. Figures of a drill are called `drill.…`, so that
none can be taken for a real one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from handlers.crisis.cadence import intervals
from handlers.crisis.custody import totals
from handlers.crisis.letters import LetterWritten
from handlers.crisis.misses import misses
from handlers.crisis.phases import OVER, Moved, Phase, Rated
from handlers.crisis.record import Record
from handlers.crisis.roles import RoleAccepted
from messages.figures import Figure, FigureWindow, Unit

SOURCE = "crisis record"
UPDATE = "Update to "
"""How a miss of `handlers.crisis.misses` begins that is about an update."""
_PHASES: tuple[tuple[Phase, str, Phase, str], ...] = (
    ("mobilised", "Declaration to mobilisation", "declared", "mobilise"),
    ("contained", "Declaration to containment", "declared", "contain"),
    ("eradicated", "Containment to eradication", "contained", "eradicate"),
    ("recovered", "Containment to recovery", "contained", "recover"),
    ("closed", "Declaration to close", "declared", "close"),
)


def figures(record: Record, case_created: datetime | None = None, case_note: str = "") -> tuple[Figure, ...]:
    """Every figure of the response, times first. `case_created`: when the case came to be, with what is to be said
    when it is not known.
    """
    detected = _between(record, case_created, record.crisis.declared, case_note or "no case is linked")
    aware = _between(record, record.crisis.aware, record.crisis.declared, "when we became aware was not recorded")
    return (
        _time(record, "detect", "Case to declaration", detected, "From the case's creation to the declaration"),
        _time(record, "declare", "Aware to declaration", aware, "From becoming aware to the declaration"),
        _commander(record),
        *_phases(record),
        *_counts(record),
    )


def ended(record: Record) -> datetime:
    """When it was over; until when the record reaches, while it is not."""
    moves = record.of(Moved)
    over = [event.when for event in moves if event.to in OVER and event.to != "reviewed"]
    return over[-1] if over and not record.crisis.open else record.as_of


def _between(record: Record, start: datetime | None, end: datetime | None, missing: str) -> tuple[float | None, str]:
    """Seconds, and why there are none."""
    if start is None or end is None:
        return None, missing
    seconds = (end - start).total_seconds()
    return (seconds, "") if seconds >= 0 else (None, "its beginning is recorded after its end")


def _figure(
    record: Record, name: str, label: str, value: float | None, *, unit: Unit, definition: str, **more: Any
) -> Figure:
    crisis = record.crisis
    drill = f"DRILL, clocks {crisis.speed:g} times as fast: part of no real metric" if crisis.drill else ""
    note = "; ".join(part for part in (more.pop("note", ""), drill) if part)
    return Figure(
        id=f"{'drill' if crisis.drill else 'crisis'}.{name}",
        label=label,
        value=value,
        unit=unit,
        definition=f"{definition}. Crisis {crisis.id} alone, as its record of {len(record.entries)} entries has it.",
        window=FigureWindow(start=crisis.declared, end=max(ended(record), crisis.declared)),
        sources=(SOURCE,),
        as_of=record.as_of,
        note=note,
        **more,
    )


def _time(
    record: Record,
    name: str,
    label: str,
    found: tuple[float | None, str],
    definition: str,
    *,
    target: float | None = None,
) -> Figure:
    value, note = found
    n = 0 if value is None else 1
    return _figure(
        record,
        f"{name}.time",
        label,
        value,
        unit="seconds",
        definition=f"{definition}, event time",
        n=n,
        statistic="time",
        better="lower",
        note=note,
        target=target,
    )


def _commander(record: Record) -> Figure:
    """Against the level it was declared with."""
    crisis = record.crisis
    tier = next((event.before for event in record.of(Rated)), crisis.severity)
    minutes = next((one.commander_minutes for one in crisis.policy.levels if one.tier == tier), None)
    target = minutes * 60 / crisis.speed if minutes is not None else None
    first = next((event.stamp.at for event in record.of(RoleAccepted) if event.role == "commander"), None)
    found = _between(record, crisis.declared, first, "nobody ever took command")
    definition = "From the declaration to the first acceptance of the command"
    return _time(record, "commander", "Declaration to commander", found, definition, target=target)


def _phases(record: Record) -> Iterator[Figure]:
    for phase, label, base, name in _PHASES:
        start = record.crisis.declared if base == "declared" else reached(record, base)
        value, note = _between(record, start, reached(record, phase), _why_not(record, phase, base))
        times = sum(event.to == phase for event in record.of(Moved))
        if value is not None and times > 1 and phase != "mobilised":
            note = f"{phase} {times} times; the last one counts"
        yield _time(record, name, label, (value, note), f"{label}: the entry into each phase that held")


def reached(record: Record, phase: Phase) -> datetime | None:
    """When a phase was reached for good; None when it never was, or the crisis went back behind it.

    Mobilised is what one goes back to: its first time counts.
    """
    if phase == "mobilised":
        return next((event.when for event in record.of(Moved) if event.to == phase), None)
    found = None
    for event in record.of(Moved):
        if event.to == phase:
            found = event.when
        elif event.to == "mobilised":
            found = None
    return found


def _why_not(record: Record, phase: Phase, base: Phase) -> str:
    for one in (phase, base):
        if one != "declared" and reached(record, one) is None:
            was = any(event.to == one for event in record.of(Moved))
            return f"{one} did not hold: the crisis went back" if was else f"never {one}"
    return ""


def _counts(record: Record) -> Iterator[Figure]:
    yield _updates(record)
    yield from _clocks(record)
    crisis = record.crisis
    undone = sum(bool(one.reversed) for one in crisis.decisions)
    yield _count(record, "decisions", "Decisions", len(crisis.decisions), "Decisions recorded")
    n = len(crisis.decisions)
    yield _count(record, "decisions.reversed", "Decisions reversed", undone, "Decisions that were reversed later", n=n)
    yield _approval(record)
    left = sum(one.status == "open" for one in crisis.tasks)
    yield _count(
        record,
        "tasks.open",
        "Tasks never done",
        left,
        "Tasks that are neither done nor dropped",
        n=len(crisis.tasks),
    )
    for currency, amount in totals(crisis.costs).items():
        yield _figure(
            record,
            f"cost.{currency.lower()}.sum",
            f"Cost recorded, {currency}",
            float(amount),
            unit="money",
            currency=currency,
            definition=f"Sum of what was recorded as spent or promised in {currency}",
            n=sum(one.currency == currency for one in crisis.costs),
            statistic="sum",
        )
    unknown = [one for one in crisis.statements if one.kind == "unknown" and not one.withdrawn]
    yield _count(record, "unknowns.open", "Unknowns never answered", len(unknown), "Statements that are still unknown")


def _count(record: Record, name: str, label: str, value: int, definition: str, *, n: int | None = None) -> Figure:
    return _figure(record, f"{name}.count", label, value, unit="count", definition=definition, n=n)


def due_updates(record: Record) -> int:
    """How many updates were due, over all audiences and severities."""
    crisis, changes = record.crisis, record.of(Rated)
    tiers = [changes[0].before if changes else crisis.severity, *(event.to for event in changes)]
    starts = [crisis.declared, *(event.stamp.at for event in changes)]
    total = 0
    for tier, since, until in zip(tiers, starts, [*starts[1:], ended(record)], strict=True):
        for minutes in intervals(crisis.policy, tier, crisis.every_minutes).values():
            every = timedelta(minutes=minutes) / crisis.speed
            total += max(0, math.ceil((until - since) / every) - 1)
    return total


def _updates(record: Record) -> Figure:
    due = due_updates(record)
    late = sum(1 + one.skipped for one in misses(record.events, record.as_of) if one.what.startswith(UPDATE))
    definition = "Updates due by the severity's and each stakeholder's rhythm that were sent in time, of those due"
    note = "" if due else "no update was due"
    return _figure(
        record,
        "updates.share",
        "Updates in time",
        max(0, due - late) / due if due else None,
        unit="share",
        definition=definition,
        n=due,
        statistic="share",
        better="higher",
        note=note,
    )


def _clocks(record: Record) -> Iterator[Figure]:
    """Only stages that have, or had, a deadline."""
    board = [duty for duty in record.crisis.duties.at(record.as_of).board if duty.due is not None]
    in_time = sum(duty.state == "filed" and duty.late is not True for duty in board)
    late = sum(duty.state == "filed" and duty.late is True for duty in board)
    missed = sum(duty.state == "overdue" for duty in board)
    for name, label, value, what in (
        ("in_time", "Clocks filed in time", in_time, "filed in time"),
        ("late", "Clocks filed late", late, "filed after they had passed"),
        ("missed", "Clocks missed", missed, "that passed without a filing"),
    ):
        yield _figure(
            record,
            f"clocks.{name}.count",
            label,
            value if board else None,
            unit="count",
            definition=f"Regulatory deadlines of this crisis {what}",
            n=len(board),
            note="" if board else " ".join(record.crisis.duties.notes) or "no deadline was ever on the board",
        )


def _approval(record: Record) -> Figure:
    """From the words as they were approved to the last approval they needed."""
    times = []
    for letter in record.crisis.letters:
        words = (e.stamp.at for e in record.of(LetterWritten) if e.letter.text_hash == letter.text_hash)
        start = next(words, None)
        if start is not None and letter.valid and not letter.missing:
            times.append((max(one.at for one in letter.valid) - start).total_seconds())
    return _figure(
        record,
        "letters.approval.median",
        "Messages: time to approve",
        median(times) if times else None,
        unit="seconds",
        definition="Median time from a message's last wording to its last approval",
        n=len(times),
        statistic="median",
        better="lower",
        note="" if times else "no message was approved",
    )
