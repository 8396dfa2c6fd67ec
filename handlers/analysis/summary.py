"""The numbers of a set of durations: never a mean alone, and none at all when there are too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from handlers.analysis.durations import Durations
from handlers.analysis.survival import kaplan_meier, median, restricted_mean

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LIST_ONLY_BELOW = 5
CHANGE_NEEDS = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics in seconds. `n` counts finished cases and, where the definition keeps them, open ones.

    `mean`, `median`, `p90` (type 7: linear between neighbours), `p90_nearest_rank` and `geometric_mean` are over the
    finished ones and None when fewer than five are; the geometric mean also when one took no time at all.
    `km_median` counts open ones as "at least"; when `km_reached` is False it lies beyond `km_beyond`.
    `restricted_mean` is the mean time up to `horizon`.
    """

    n: int
    open: int
    excluded: int
    finished: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    p90_nearest_rank: float | None = None
    geometric_mean: float | None = None
    km_median: float | None = None
    km_reached: bool = False
    km_beyond: float | None = None
    restricted_mean: float | None = None
    horizon: float | None = None

    @property
    def list_only(self) -> bool:
        """Fewer than five cases: show the list, no statistic."""
        return self.n < LIST_ONLY_BELOW

    @property
    def too_few_for_change(self) -> bool:
        """Fewer than twenty finished: "too few to call a change"."""
        return self.finished < CHANGE_NEEDS


def nearest_rank(values: Sequence[float] | Floats, share: float) -> float:
    """Smallest value with at least `share` of all at or below it. Raises ValueError when there is none."""
    import numpy as np  # noqa: PLC0415

    ranked = np.sort(np.asarray(values, dtype=np.float64))
    if ranked.size == 0:
        raise ValueError("no values")
    return float(ranked[max(ceil(share * ranked.size - 1e-9), 1) - 1])


def type7(values: Sequence[float] | Floats, share: float) -> float:
    """Quantile by Hyndman and Fan's type 7, numpy's default."""
    import numpy as np  # noqa: PLC0415

    return float(np.quantile(np.asarray(values, dtype=np.float64), share))


def summarise(
    seconds: Floats, observed: npt.NDArray[np.bool_], excluded: int = 0, horizon: float | None = None
) -> Summary:
    """Summary of durations in seconds with flags (False: still open). `horizon` of the restricted mean in seconds."""
    n, still_open = int(seconds.size), int((~observed).sum())
    finished = n - still_open
    if n < LIST_ONLY_BELOW:
        return Summary(n, still_open, excluded, finished)
    curve = kaplan_meier(seconds, observed)
    middle = median(curve)
    area, end = restricted_mean(curve, horizon)
    done = seconds[observed]
    told = Summary(
        n,
        still_open,
        excluded,
        finished,
        km_median=middle.value,
        km_reached=middle.reached,
        km_beyond=middle.beyond,
        restricted_mean=area,
        horizon=end,
    )
    return _with_plain(told, done) if finished >= LIST_ONLY_BELOW else told


def _with_plain(told: Summary, done: Floats) -> Summary:
    import numpy as np  # noqa: PLC0415

    return replace(
        told,
        mean=float(done.mean()),
        median=float(np.median(done)),
        p90=type7(done, 0.9),
        p90_nearest_rank=nearest_rank(done, 0.9),
        geometric_mean=float(np.exp(np.log(done).mean())) if done.min() > 0 else None,
    )


def summary(durations: Durations, horizon: float | None = None) -> Summary:
    """Summary of extracted durations. Under "reached only" `open` counts the open cases that were left out of `n`."""
    seconds = durations.frame["seconds"].to_numpy()
    observed = durations.frame["observed"].to_numpy()
    told = summarise(seconds, observed, durations.excluded, horizon)
    return replace(told, open=durations.open)


def summaries(durations: Durations, by: str = "priority") -> dict[str, Summary]:
    """A summary for each value of `priority`, `rule` or `auto_closed`; exclusions are not split."""
    out: dict[str, Summary] = {}
    for key, group in sorted(durations.frame.partition_by(by, as_dict=True).items(), key=lambda kv: str(kv[0][0])):
        out[str(key[0])] = summarise(group["seconds"].to_numpy(), group["observed"].to_numpy())
    return out
