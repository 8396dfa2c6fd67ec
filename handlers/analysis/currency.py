"""Amounts in one currency; one without a rate is told and left out, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connectors.models.organisation.money import FxRate


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates into `to`, each with its day. Of several for a currency the latest that is not after `today` counts."""

    to: str
    known: dict[str, FxRate]

    def convert(self, amount: float, currency: str) -> float | None:
        """The amount in `to`; None when no rate is known."""
        if currency == self.to:
            return amount
        rate = self.known.get(currency)
        return None if rate is None else amount * rate.rate

    def missing(self, currencies: Iterable[str]) -> tuple[str, ...]:
        """Currencies without a rate, in alphabetical order."""
        return tuple(sorted({c for c in currencies if self.convert(1, c) is None}))

    def used(self, currencies: Iterable[str]) -> tuple[FxRate, ...]:
        """The rates that were needed."""
        return tuple(self.known[c] for c in sorted(set(currencies)) if c != self.to and c in self.known)


def rates(rows: Iterable[FxRate], to: str, today: date) -> Rates:
    """The latest rate of each currency into `to`; a rate given the other way round is inverted."""
    found: dict[str, FxRate] = {}
    for row in sorted(rows, key=lambda r: r.as_of):
        if row.as_of > today:
            continue
        if row.to == to:
            found[row.currency] = row
        elif row.currency == to:
            found[row.to] = row.model_copy(update={"currency": row.to, "to": to, "rate": 1 / row.rate})
    return Rates(to, found)
