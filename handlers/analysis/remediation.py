"""By when a vulnerability has to be gone, by a table of four yes/no inputs, some of which may not be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Literal, get_args

from connectors.models.organisation.risk import CoordinatorRow, Decision, Exploitation, Mission, Remediation

ROWS = 16
COORDINATOR_ROWS = 36
DECISIONS: tuple[Decision, ...] = get_args(Decision)
"""From the calmest to the most urgent."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """None: not known."""

    kev: bool | None = None
    exposed: bool | None = None
    automatable: bool | None = None
    technical_impact: Literal["partial", "total"] | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        words = {"kev": "KEV listing", "technical_impact": "technical impact"}
        return tuple(words.get(f.name, f.name) for f in fields(self) if getattr(self, f.name) is None)


@dataclass(frozen=True, slots=True)
class Term:
    """`days` None: on the next system upgrade."""

    days: int | None
    forensics: bool

    @property
    def words(self) -> str:
        if self.days is None:
            return "on system upgrade"
        return f"{self.days} d" + (" with forensics" if self.forensics else "")

    def due(self, found: date) -> date | None:
        """The day by which, counted from the day it was found."""
        return None if self.days is None else found + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The strictest and the laxest term the known inputs allow; equal when what is not known makes no difference."""

    strictest: Term
    laxest: Term

    @property
    def certain(self) -> bool:
        return self.strictest == self.laxest

    @property
    def words(self) -> str:
        return self.strictest.words if self.certain else f"{self.strictest.words} to {self.laxest.words}"


def term(table: Sequence[Remediation], inputs: Inputs) -> Verdict:
    """What the table says of these inputs. Raises ValueError unless every combination stands in it exactly once."""
    keys = {(row.kev, row.exposed, row.automatable, row.technical_impact) for row in table}
    if len(keys) != ROWS or len(table) != ROWS:
        raise ValueError(f"the remediation table has {len(keys)} of {ROWS} combinations in {len(table)} rows")
    fits = [Term(row.days, row.forensics) for row in table if _fits(row, inputs)]
    order = sorted(fits, key=lambda one: (one.days is None, one.days or 0, not one.forensics))
    return Verdict(order[0], order[-1])


def _fits(row: Remediation, inputs: Inputs) -> bool:
    return all(getattr(inputs, f.name) in (None, getattr(row, f.name)) for f in fields(inputs))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the coordinator table asks. None: not known."""

    exploitation: Exploitation | None = None
    automatable: bool | None = None
    technical_impact: Literal["partial", "total"] | None = None
    mission: Mission | None = None


def coordinated(table: Sequence[CoordinatorRow], signals: Signals) -> tuple[Decision, Decision]:
    """The calmest and the most urgent decision the known signals allow; equal when the rest makes no difference.

    Raises ValueError unless every combination stands in the table exactly once.
    """
    keys = {(row.exploitation, row.automatable, row.technical_impact, row.mission) for row in table}
    if len(keys) != COORDINATOR_ROWS or len(table) != COORDINATOR_ROWS:
        raise ValueError(
            f"the coordinator table has {len(keys)} of {COORDINATOR_ROWS} combinations in {len(table)} rows"
        )
    fits = [
        DECISIONS.index(row.decision)
        for row in table
        if all(getattr(signals, f.name) in (None, getattr(row, f.name)) for f in fields(signals))
    ]
    return DECISIONS[min(fits)], DECISIONS[max(fits)]
