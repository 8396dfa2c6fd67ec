"""Kaplan–Meier: how long things take when some of them are not finished yet.

Source: Kaplan, Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


_ROUNDING = 1e-12
"""A product of fractions that is exactly one half may come out a few bits above it."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Survival curve: `survival[i]` holds from `times[i]` (unit of the input) until the next time; 1 before the first.

    `times` are those of finished cases only; `followed` is the longest time seen, finished or not.
    """

    times: Floats
    survival: Floats
    followed: float
    n: int
    open: int

    def at(self, time: float) -> float:
        """Share still unfinished after `time`."""
        import numpy as np  # noqa: PLC0415

        index = int(np.searchsorted(self.times, time, side="right"))
        return 1.0 if index == 0 else float(self.survival[index - 1])


@dataclass(frozen=True, slots=True)
class Median:
    """`value` where the curve reaches one half; when it never does, None: "median not reached (> `beyond`)"."""

    value: float | None
    beyond: float

    @property
    def reached(self) -> bool:
        return self.value is not None


def kaplan_meier(durations: Sequence[float] | Floats, observed: Sequence[bool] | npt.NDArray[np.bool_]) -> Curve:
    """S(t) = Π(1 − dᵢ/nᵢ) over durations, `observed` False where the case is still open (right-censored).

    A case censored at t counts as at risk at t. Raises ValueError when empty, of unequal length or negative.
    """
    import numpy as np  # noqa: PLC0415

    t: Floats = np.asarray(durations, dtype=np.float64)
    seen: npt.NDArray[np.bool_] = np.asarray(observed, dtype=np.bool_)
    if t.size == 0 or t.shape != seen.shape:
        raise ValueError("durations and flags must be of the same length and not empty")
    if not np.all(t >= 0):
        raise ValueError("a duration is negative or not a number")
    times, deaths = np.unique(t[seen], return_counts=True)
    at_risk = t.size - np.searchsorted(np.sort(t), times, side="left")
    survival: Floats = np.cumprod(1.0 - deaths / at_risk, dtype=np.float64)
    return Curve(times.astype(np.float64), survival, float(t.max()), int(t.size), int((~seen).sum()))


def median(curve: Curve) -> Median:
    """First time at which at most half are unfinished."""
    import numpy as np  # noqa: PLC0415

    half = np.flatnonzero(curve.survival <= 0.5 + _ROUNDING)
    if half.size == 0:
        return Median(None, curve.followed)
    value = float(curve.times[half[0]])
    return Median(value, value)


def restricted_mean(curve: Curve, horizon: float | None = None) -> tuple[float, float]:
    """Area under the curve up to `horizon`, and the horizon used.

    By default up to the last finished case. A horizon beyond what was followed is cut to it while somebody is still
    open there, since the curve is unknown after.
    """
    import numpy as np  # noqa: PLC0415

    last = float(curve.times[-1]) if curve.times.size else curve.followed
    end = last if horizon is None else horizon
    unfinished = float(curve.survival[-1]) if curve.survival.size else 1.0
    if unfinished > _ROUNDING:
        end = min(end, curve.followed)
    before = curve.times[curve.times < end]
    widths = np.diff(np.concatenate(([0.0], before, [end])))
    heights = np.concatenate(([1.0], curve.survival[: before.size]))
    return float((widths * heights).sum()), float(end)
