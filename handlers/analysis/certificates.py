"""Certificates: what has run out or will, whether the points are on pace, and whether duties are met."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from connectors.models.organisation.people import Cert, CertDuty, Certification
from handlers.analysis.training import months

State = Literal["expired", "30", "90", "180", "later", "no end"]
STATES: tuple[State, ...] = ("expired", "30", "90", "180", "later", "no end")
SOON = 90


def plain(name: str) -> str:
    """Without case, spaces and punctuation: "C.I.H." and "cih" are one name."""
    return re.sub(r"[\W_]+", "", name.casefold())


class Names:
    """Known certifications by every spelling on file."""

    def __init__(self, known: Iterable[Certification]) -> None:
        self._by: dict[str, str] = {}
        for one in known:
            for spelling in (one.name, *one.aliases):
                self._by.setdefault(plain(spelling), one.name)

    def known(self, name: str) -> str | None:
        """The name on file; None when no spelling matches."""
        return self._by.get(plain(name))

    def called(self, name: str) -> str:
        """The name on file, or the given one: an unknown certification is tracked under its own name."""
        return self.known(name) or name


def state(expires: date | None, today: date) -> State:
    """`expires` is the last valid day: what ended yesterday is expired, what ends today is not."""
    if expires is None:
        return "no end"
    left = (expires - today).days
    if left < 0:
        return "expired"
    return "30" if left <= 30 else "90" if left <= 90 else "180" if left <= 180 else "later"


@dataclass(frozen=True, slots=True)
class Pace:
    """Points of the running cycle: `done` earned/needed, `elapsed` share of the cycle, `behind` points under pace."""

    done: float
    elapsed: float
    due: float
    behind: float


def pace(earned: float, needed: float, start: date, end: date, today: date) -> Pace:
    """Points against time, by calendar months: 40 of 120 after 20 of 36 months is .33 against .56, behind by 26.7.

    Raises ValueError when the cycle does not end after it starts or nothing is needed.
    """
    length = months(start, end)
    if length <= 0 or needed <= 0:
        raise ValueError("a cycle must end after it starts and need some points")
    elapsed = min(max(months(start, today) / length, 0.0), 1.0)
    due = needed * elapsed
    return Pace(earned / needed, elapsed, due, max(due - earned, 0.0))


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate judged at its holder's date. `pace` None when no cycle is on file."""

    cert: Cert
    name: str
    known: bool
    state: State
    days: int | None
    pace: Pace | None

    @property
    def behind(self) -> bool:
        return self.pace is not None and self.pace.behind > 0


def judge(certs: Iterable[Cert], names: Names, today: Mapping[str, date], default: date) -> list[Held]:
    """Every certificate, soonest end first; `today` by person, because a day ends at another instant in each zone."""
    out = []
    for one in certs:
        day = today.get(one.person, default)
        days = None if one.expires is None else (one.expires - day).days
        out.append(
            Held(one, names.called(one.name), names.known(one.name) is not None, state(one.expires, day), days,
                 _pace(one, day))
        )  # fmt: skip
    return sorted(out, key=lambda h: (h.days is None, h.days or 0, h.name, h.cert.person))


def _pace(cert: Cert, today: date) -> Pace | None:
    """None without a cycle, with one that is over, or one that cannot be."""
    if cert.cycle_start is None or cert.expires is None or not cert.cpe_needed or cert.cpe_earned is None:
        return None
    if not cert.cycle_start < cert.expires or cert.expires < today:
        return None
    return pace(cert.cpe_earned, cert.cpe_needed, cert.cycle_start, cert.expires, today)


def current(held: Iterable[Held]) -> list[Held]:
    """One certificate a person and name, the one that lasts longest: an old one that was renewed does not count."""
    best: dict[tuple[str, str], Held] = {}
    for one in held:
        key = (one.cert.person, one.name)
        kept = best.get(key)
        if kept is None or _last(one) > _last(kept):
            best[key] = one
    return sorted(best.values(), key=lambda h: (h.days is None, h.days or 0, h.name, h.cert.person))


def _last(one: Held) -> date:
    return one.cert.expires or date.max


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty with its holders now and in 90 days (if nothing is renewed); `unknown` names nobody has on file."""

    duty: CertDuty
    now: int
    soon: int
    unknown: tuple[str, ...]

    @property
    def met(self) -> bool:
        return self.now >= self.duty.people

    @property
    def at_risk(self) -> bool:
        return self.met and self.soon < self.duty.people


def duties(asked: Iterable[CertDuty], held: Sequence[Held], names: Names) -> list[Duty]:
    """Each duty against valid certificates of distinct persons; unmet first."""
    holders: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        if one.state != "expired":
            holders[one.name].append(one)
    out = []
    for duty in asked:
        wanted = {names.called(name) for name in duty.any_of}
        mine = [one for name in wanted for one in holders[name]]
        lasting = {one.cert.person for one in mine if one.days is None or one.days > SOON}
        strange = tuple(sorted(name for name in duty.any_of if names.known(name) is None))
        out.append(Duty(duty, len({one.cert.person for one in mine}), len(lasting), strange))
    return sorted(out, key=lambda d: (d.met, not d.at_risk, d.duty.id))


def by_currency(amounts: Iterable[tuple[float | None, str]]) -> dict[str, float]:
    """Sums per currency; amounts in different currencies are never added."""
    out: dict[str, float] = defaultdict(float)
    for amount, currency in amounts:
        if amount is not None:
            out[currency] += amount
    return dict(sorted(out.items()))


def renewals(held: Iterable[Held], within: timedelta) -> list[Held]:
    """Certificates that have run out or will within the time."""
    return [one for one in held if one.days is not None and one.days <= within.days]
