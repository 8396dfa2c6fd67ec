"""What an outage costs beyond the time the business said it can bear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Downtime:
    """`hours` down in all, `over` of them past the recovery time objective (RTO), one outage at a time.

    `over` and `cost` None: the RTO or the cost an hour is not known. `left`: hours until a running outage passes the
    RTO, negative afterwards; None when it is up again or there is no RTO.
    """

    hours: float
    over: float | None
    cost: float | None
    down: bool
    left: float | None


def merged(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Intervals without overlap, in order: two cases about one outage are one outage."""
    out: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def downtime(
    outages: Sequence[tuple[datetime, datetime | None]], now: datetime, rto: float | None, cost: float | None
) -> Downtime | None:
    """Outages (an end of None: still down) against the RTO in hours; cost = hours past it × cost an hour.

    What begins after now or ends before it begins is left out; None when nothing is left.
    """
    spans = [(start, min(end or now, now)) for start, end in outages]
    whole = merged((start, end) for start, end in spans if start <= end)
    if not whole:
        return None
    lengths = [(end - start).total_seconds() / 3600 for start, end in whole]
    running = any(end is None and start <= now for start, end in outages)
    over = None if rto is None else sum(max(0.0, length - rto) for length in lengths)
    left = rto - lengths[-1] if running and rto is not None else None
    return Downtime(sum(lengths), over, None if over is None or cost is None else over * cost, running, left)
