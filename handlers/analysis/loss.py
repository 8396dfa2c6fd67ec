"""Risk in money: annual loss expectancy, return on a measure, and a simulated year (FAIR).

Sources: ENISA, "Introduction to Return on Security Investment" (2012), which itself warns that ROSI is easily
manipulated; FAIR: loss event frequency × loss magnitude, here Poisson × PERT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


SEED, DRAWS = 42, 100_000


@dataclass(frozen=True, slots=True)
class Rosi:
    """`ale` a year, `saved` of it by the measure, `value` the return (0.7 = 70 %)."""

    ale: float
    saved: float
    cost: float
    value: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """Losses of simulated years. `analytic` is the exact mean; `beyond` the share of years above `threshold`."""

    mean: float
    analytic: float
    p50: float
    p90: float
    none: float
    """Share of years without any loss."""
    threshold: float | None
    beyond: float | None
    draws: int
    seed: int


def rosi(aro: float, sle: float, mitigation: float, cost: float) -> Rosi:
    """ALE = ARO × SLE; ROSI = (ALE × mitigation − cost) / cost. Raises ValueError without a cost."""
    if cost <= 0:
        raise ValueError("a measure without a cost has no return")
    ale = aro * sle
    return Rosi(ale, ale * mitigation, cost, (ale * mitigation - cost) / cost)


def pert_mean(low: float, mode: float, high: float) -> float:
    """(low + 4 mode + high) / 6."""
    return (low + 4 * mode + high) / 6


def simulate(
    frequency: tuple[float, ...], loss: tuple[float, ...], threshold: float | None, seed: int = SEED, draws: int = DRAWS
) -> Simulated:
    """Yearly loss: events Poisson of a PERT rate, each costing a PERT amount, by numpy's default generator (PCG64).

    Raises ValueError unless low ≤ mode ≤ high and nothing is negative.
    """
    import numpy as np  # noqa: PLC0415

    for name, given in (("frequency", frequency), ("loss", loss)):
        if len(given) != 3 or not 0 <= given[0] <= given[1] <= given[2]:
            raise ValueError(f"the {name} needs three values from lowest to highest, none below 0")
    generator = np.random.default_rng(seed)
    events = generator.poisson(_pert(generator, frequency, draws))
    amounts = _pert(generator, loss, int(events.sum()))
    year = np.bincount(np.repeat(np.arange(draws), events), weights=amounts, minlength=draws)
    middle, high = (float(q) for q in np.percentile(year, [50, 90]))
    beyond = None if threshold is None else float((year > threshold).mean())
    analytic = pert_mean(*frequency) * pert_mean(*loss)
    return Simulated(
        float(year.mean()), analytic, middle, high, float((events == 0).mean()), threshold, beyond, draws, seed
    )


def _pert(generator: np.random.Generator, given: tuple[float, ...], size: int) -> Floats:
    import numpy as np  # noqa: PLC0415

    low, mode, high = given
    if low == high:
        return np.full(size, low)
    a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    return low + (high - low) * generator.beta(a, b, size)
