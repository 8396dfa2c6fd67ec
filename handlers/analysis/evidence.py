"""Controls and their evidence: how fresh, covering how much of the period, and what blocks an audit.

That a control exists does not say that it operated: design, operation over the period and freshness are kept apart.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from connectors.models.organisation.assurance import Control, ControlException, Evidence

State = Literal["in date", "due soon", "overdue", "failed", "no evidence"]
PERIOD_DAYS = {"continuous": 1, "daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "annual": 366}
"""Longest distance between two pieces of evidence, in days."""
DESIGN, OPERATING, FRESH = 0.3, 0.4, 0.3
WEIGHTS = "0.3 design documented + 0.4 operating evidence in the period + 0.3 freshness, weighted by control"
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A control today. `due`: the next evidence; `overdue` in days (0 when in date). `exception`: the running one."""

    control: Control
    state: State
    last: date | None
    due: date | None
    overdue: int
    exception: ControlException | None


@dataclass(frozen=True, slots=True)
class Part:
    """The three parts of a control's readiness, 0 to 1. `covered` of `slots`: parts of the period with evidence."""

    control: Control
    design: float
    operating: float
    freshness: float
    covered: int
    slots: int

    @property
    def score(self) -> float:
        return DESIGN * self.design + OPERATING * self.operating + FRESH * self.freshness

    @property
    def in_place(self) -> bool:
        """Designed, evidence for the whole period so far, in date, and not failed."""
        return self.score > 1 - 1e-9 and self.control.result != "fail"


@dataclass(frozen=True, slots=True)
class Readiness:
    """`score` is None without controls. `blocking`: key controls without any operating evidence."""

    score: float | None
    parts: tuple[Part, ...]
    blocking: tuple[Control, ...]

    @property
    def in_place(self) -> int:
        return sum(part.in_place for part in self.parts)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A piece of evidence an auditor would question, and why."""

    evidence: Evidence
    why: str


def usable(evidence: Sequence[Evidence], now: datetime) -> list[Evidence]:
    """Evidence that is not dated in the future and whose period does not end before it begins."""
    return [one for one in evidence if one.at <= now and one.period_from <= one.period_to]


def last_of(control: Control, evidence: Sequence[Evidence], today: date) -> date | None:
    """The newest day of evidence, from the control itself or from the evidence file, none of the future."""
    days = [one.at.date() for one in evidence if one.control == control.id]
    days += [control.last_evidence] if control.last_evidence else []
    return max((day for day in days if day <= today), default=None)


def standing(
    control: Control, evidence: Sequence[Evidence], exceptions: Sequence[ControlException], today: date, soon: int
) -> Standing:
    """No evidence, failed, overdue, due soon (monthly or rarer controls alone), else in date: the first that fits."""
    last = last_of(control, evidence, today)
    running = [e for e in exceptions if e.control == control.id and e.approved_on <= today <= e.expires]
    exception = max(running, key=lambda e: e.expires, default=None)
    if last is None:
        return Standing(control, "no evidence", None, None, 0, exception)
    period = PERIOD_DAYS[control.frequency]
    due = last + timedelta(days=period)
    late = max((today - due).days, 0)
    state: State = "in date"
    if control.result == "fail":
        state = "failed"
    elif late:
        state = "overdue"
    elif period > soon and (due - today).days <= soon:
        state = "due soon"
    return Standing(control, state, last, due, late, exception)


def freshness(last: date | None, today: date, frequency: str) -> float:
    """max(0, 1 − days overdue / period); 0 without evidence."""
    if last is None:
        return 0.0
    period = PERIOD_DAYS[frequency]
    return max(0.0, 1 - max((today - last).days - period, 0) / period)


def slots(frequency: str, first: date, last: date) -> list[tuple[date, date]]:
    """The period cut into days, weeks, months, quarters or one whole, both days included."""
    if frequency == "annual":
        return [(first, last)]
    out, start = list[tuple[date, date]](), first
    while start <= last:
        end = min(_slot_end(frequency, start), last)
        out.append((start, end))
        start = end + _ONE
    return out


def _slot_end(frequency: str, day: date) -> date:
    match frequency:
        case "weekly":
            return day + timedelta(days=6 - day.weekday())
        case "monthly":
            return day.replace(day=monthrange(day.year, day.month)[1])
        case "quarterly":
            month = day.month + (3 - day.month) % 3
            return date(day.year, month, monthrange(day.year, month)[1])
    return day


def ended(frequency: str, period: tuple[date, date], today: date) -> list[tuple[date, date]]:
    """The slots of the period that are over; the running one when none is."""
    cut = slots(frequency, *period)
    begun = [slot for slot in cut if slot[0] <= today]
    return [slot for slot in begun if slot[1] < today] or begun[:1]


def operating(
    control: Control, evidence: Sequence[Evidence], period: tuple[date, date], today: date
) -> tuple[int, int]:
    """Slots with evidence, and slots asked for: those of the period that are over."""
    wanted = ended(control.frequency, period, today)
    spans = [(one.period_from, one.period_to) for one in evidence if one.control == control.id]
    covered = sum(any(a <= end and b >= start for a, b in spans) for start, end in wanted)
    return covered, len(wanted)


def part(control: Control, evidence: Sequence[Evidence], period: tuple[date, date], today: date) -> Part:
    """The three parts of one control. Design that nobody graded counts 0."""
    covered, wanted = operating(control, evidence, period, today)
    fresh = freshness(last_of(control, evidence, today), today, control.frequency)
    return Part(control, control.design or 0.0, covered / wanted if wanted else 0.0, fresh, covered, wanted)


def readiness(parts: Sequence[Part]) -> Readiness:
    """Σw·score / Σw, and the key controls without operating evidence, which no mean can make good."""
    weight = sum(one.control.weight for one in parts)
    score = sum(one.control.weight * one.score for one in parts) / weight if weight else None
    blocking = tuple(one.control for one in parts if one.control.key and one.operating == 0)
    return Readiness(score, tuple(parts), blocking)


def doubts(evidence: Sequence[Evidence], controls: Sequence[Control], period_to: date, now: datetime) -> list[Doubt]:
    """Evidence dated in the future, made after the fact, without a query, or of a control nobody lists."""
    known = {control.id: control for control in controls}
    out: list[Doubt] = []
    for one in evidence:
        control = known.get(one.control)
        if control is None:
            out.append(Doubt(one, f"its control “{one.control}” is not in the controls file"))
        elif one.period_to < one.period_from:
            out.append(Doubt(one, "its period ends before it begins: not counted"))
        elif one.at > now:
            out.append(Doubt(one, "it is dated in the future: not counted"))
        elif (why := _afterwards(one, control, period_to)) or (why := _incomplete(one)):
            out.append(Doubt(one, why))
    return out


def _afterwards(one: Evidence, control: Control, period_to: date) -> str:
    made = one.at.date()
    if made > period_to:
        return f"made {(made - period_to).days} days after the audit's period"
    late = (made - one.period_to).days
    return f"made {late} days after the period it covers" if late > PERIOD_DAYS[control.frequency] + 31 else ""


def _incomplete(one: Evidence) -> str:
    if one.kind == "screenshot" and not one.query:
        return "a screenshot without its query"
    lacking = [name for name, value in (("query", one.query), ("row count", one.rows), ("hash", one.hash)) if not value
               and not (name == "row count" and one.rows == 0)]  # fmt: skip
    return f"an export without {', '.join(lacking)}" if one.kind == "export" and lacking else ""
