"""Is it getting better? Mann–Kendall for whether, Theil–Sen for how fast.

Sources: Mann (1945), Kendall (1975), tie correction as in Gilbert, "Statistical Methods for Environmental Pollution
Monitoring" (1987) §16.4; Sen, JASA 63 (1968) for the slope and its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


Better = Literal["lower", "higher"]
Verdict = Literal["improving", "worsening", "no evidence of a trend"]
MIN_PERIODS = 8
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Trend:
    """`slope` and its 95 % interval in units of the value per period; `tau` is S over all pairs.

    With fewer than eight periods nothing is computed (`enough` False) and nothing is claimed.
    """

    n: int
    missing: int
    verdict: Verdict
    s: int | None = None
    variance: float | None = None
    z: float | None = None
    p: float | None = None
    tau: float | None = None
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None

    @property
    def enough(self) -> bool:
        return self.p is not None


def trend(values: Sequence[float | None], better: Better, alpha: float = 0.05) -> Trend:
    """Trend of equally spaced complete periods, oldest first; None marks a period without a value (it keeps its place).

    p is two-sided from the normal approximation with ties corrected.
    """
    import numpy as np  # noqa: PLC0415

    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]
    missing = len(values) - len(known)
    if len(known) < MIN_PERIODS:
        return Trend(len(known), missing, "no evidence of a trend")
    x = np.array([i for i, _ in known], dtype=np.float64)
    y = np.array([v for _, v in known], dtype=np.float64)
    s, variance = mann_kendall(y)
    z = 0.0 if s == 0 or variance == 0 else (s - np.sign(s)) / sqrt(variance)
    p = erfc(abs(z) / sqrt(2))
    slope, low, high = sen(x, y)
    return Trend(
        n=len(known),
        missing=missing,
        verdict=verdict(s, p, better, alpha),
        s=s,
        variance=variance,
        z=float(z),
        p=p,
        tau=s / (len(known) * (len(known) - 1) / 2),
        slope=slope,
        slope_low=low,
        slope_high=high,
    )


def mann_kendall(y: npt.NDArray[np.float64]) -> tuple[int, float]:
    """S, the number of rising pairs minus falling ones, and its variance with ties corrected."""
    import numpy as np  # noqa: PLC0415

    n = y.size
    s = int(np.sign(y[None, :] - y[:, None])[np.triu_indices(n, 1)].sum())
    _, ties = np.unique(y, return_counts=True)
    correction = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return s, (n * (n - 1) * (2 * n + 5) - correction) / 18


def sen(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Theil–Sen slope and its 95 % interval."""
    import numpy as np  # noqa: PLC0415
    from scipy.stats import theilslopes  # noqa: PLC0415

    if np.ptp(y) == 0:
        return 0.0, 0.0, 0.0
    fit = theilslopes(y, x, LEVEL)
    return float(fit.slope), float(fit.low_slope), float(fit.high_slope)


def verdict(s: int, p: float, better: Better, alpha: float = 0.05) -> Verdict:
    """The fixed words. Absence of evidence is never called stability."""
    if p >= alpha or s == 0:
        return "no evidence of a trend"
    return "improving" if (s < 0) == (better == "lower") else "worsening"
